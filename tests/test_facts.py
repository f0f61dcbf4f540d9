"""Facts as one-liners; every row is confirmed by running it."""

from __future__ import annotations

import ast
import builtins
import symtable
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from nb2pkg.errors import NotebookError
from nb2pkg.facts import analyze, scopes, words
from nb2pkg.model import Facts
from tests.build import notebook

BUILTINS = set(dir(builtins))


def of(source: str) -> Facts:
    """The facts of one statement."""
    (cell,) = analyze(notebook([source]))
    (facts,) = cell.statements
    return facts


# source, names that it reads, names that it surely binds, names that it may bind
ROWS = [
    ("n += 1", {"n"}, {"n"}, set()),
    ("a = b", {"b"}, {"a"}, set()),
    ("a = b = c", {"c"}, {"a", "b"}, set()),
    ("a, (b, *c) = d", {"d"}, {"a", "b", "c"}, set()),
    ("d[k] = v", {"d", "k", "v"}, set(), set()),
    ("o.x = v", {"o", "v"}, set(), set()),
    ("d[k] += v", {"d", "k", "v"}, set(), set()),
    ("x: int = v", {"v"}, {"x"}, set()),
    ("del a", {"a"}, set(), set()),
    ("if c:\n    x = 1", {"c"}, set(), {"x"}),
    ("if c:\n    x = 1\nelse:\n    x = 2", {"c"}, {"x"}, set()),
    ("if c:\n    x = 1\nelse:\n    raise ValueError", {"c"}, {"x"}, set()),
    ("if True:\n    x = 1", set(), {"x"}, set()),
    ("if c:\n    x = 1\n    y = x", {"c"}, set(), {"x", "y"}),
    ("for i in items:\n    t = i", {"items"}, set(), {"i", "t"}),
    ("for i in (1, 2):\n    t = i", set(), {"i", "t"}, set()),
    ("for i in range(3):\n    s = i", set(), {"i", "s"}, set()),
    ("for i in []:\n    t = i", set(), set(), {"i", "t"}),
    ("for d[k] in items:\n    pass", {"items", "d", "k"}, set(), set()),
    ("while c:\n    x = 1\n    c = False", {"c"}, set(), {"x", "c"}),
    ("try:\n    x = f()\nexcept ValueError:\n    x = None", {"f"}, {"x"}, set()),
    ("try:\n    x = f()\nexcept ValueError:\n    y = 1", {"f"}, set(), {"x", "y"}),
    ("try:\n    x = f()\nexcept ValueError as e:\n    x = e", {"f"}, {"x"}, set()),
    ("try:\n    x = f()\nfinally:\n    y = 1", {"f"}, {"x", "y"}, set()),
    (
        "try:\n    x = 1\n    f()\nexcept ValueError:\n    y = x\nelse:\n    y = 2",
        {"f"},
        {"x", "y"},
        set(),
    ),
    ("with m() as x:\n    y = x", {"m"}, {"x", "y"}, set()),
    ("import os.path", set(), {"os"}, set()),
    ("import math as m", set(), {"m"}, set()),
    ("from math import sin, cos as c", set(), {"sin", "c"}, set()),
    ("x = [a for a in b]", {"b"}, {"x"}, set()),
    ("x = [a for a in a]", {"a"}, {"x"}, set()),
    ("x = {k: v + w for k, v in d.items() if k}", {"d", "w"}, {"x"}, set()),
    ("x = [(y := a) for a in b]", {"b"}, {"x"}, {"y"}),
    ("if (n := f()) > 1:\n    pass", {"f"}, {"n"}, set()),
    ("x = a and (y := b)", {"a", "b"}, {"x"}, {"y"}),
    ("x = (lambda v: v + w)", {"w"}, {"x"}, set()),
    ("x = f'{a} {b!r:{w}}'", {"a", "b", "w"}, {"x"}, set()),
    ("def f(a, b=c):\n    return a + g", {"c"}, {"f"}, set()),
    ("class C(B):\n    x = y\n    z = x", {"B", "y"}, {"C"}, set()),
    (
        "match v:\n    case [a, b]:\n        x = a\n    case _:\n        x = 1",
        {"v"},
        {"x"},
        {"a", "b"},
    ),
    ("match v:\n    case {'k': a, **rest}:\n        pass", {"v"}, set(), {"a", "rest"}),
    ("print(*a, **b)", {"a", "b"}, set(), set()),
    ("x = a if b else c", {"a", "b", "c"}, {"x"}, set()),
]


@pytest.mark.parametrize(("source", "reads", "binds", "may"), ROWS, ids=[row[0] for row in ROWS])
def test_names(source: str, reads: set[str], binds: set[str], may: set[str]) -> None:
    facts = of(source)
    assert set(facts.reads) - BUILTINS == reads
    assert set(facts.binds) == binds
    assert set(facts.maybe_binds) == may


class Recording(dict[str, Any]):
    """A namespace that notes which names are read before they are bound in it."""

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__(given)
        self.read: set[str] = set()
        self.bound: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        if key not in self.bound:
            self.read.add(key)
        return super().__getitem__(key)

    def __setitem__(self, key: str, value: Any) -> None:
        self.bound.add(key)
        super().__setitem__(key, value)


class Anything:
    """A value that lets most statements run."""

    def __call__(self, *_: Any, **__: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter([self, self, self])

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: object) -> bool:
        return False

    def __add__(self, other: Any) -> Any:
        return self

    __radd__ = __iadd__ = __add__

    def __gt__(self, other: Any) -> bool:
        return True

    def __getitem__(self, key: Any) -> Any:
        raise IndexError

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __hash__(self) -> int:
        return 1

    def __format__(self, spec: str) -> str:
        return "x"

    def keys(self) -> list[str]:
        return []


# These need values of a certain kind to run at all.
_PICKY = ("match", "class", "x = {k", "while", "d[k] +=", "a, (b", "x = f'")
RUNS = [row for row in ROWS if not row[0].startswith(_PICKY)]


@pytest.mark.parametrize(("source", "reads", "binds", "may"), RUNS, ids=[row[0] for row in RUNS])
def test_names_are_those_of_a_run(
    source: str, reads: set[str], binds: set[str], may: set[str]
) -> None:
    """What one run reads and binds is among what the facts say; what is sure happens."""
    given: dict[str, Any] = {name: Anything() for name in reads}
    given |= {"B": object, "__builtins__": builtins}
    space = Recording(given)
    exec(compile(source, "cell", "exec"), space)
    assert space.read - BUILTINS - {"__builtins__", "__name__", "__annotations__"} <= reads
    assert binds <= space.bound
    assert space.bound - {"__annotations__"} <= binds | may


FUNCTIONS = [
    "def f(a):\n    return a + b",
    "def f():\n    global x\n    x = 1",
    "def f():\n    def g():\n        return y\n    y = z\n    return g",
    "def f(xs):\n    return [x + w for x in xs]",
    "def f():\n    import os\n    return os.sep",
    "def f():\n    try:\n        pass\n    except E as e:\n        print(e)",
    "def f(a, *b, c=1, **d):\n    return lambda q: (a, b, c, d, q, r)",
    "def f():\n    class K:\n        v = w\n        def m(self):\n            return v\n    return K",
    "async def f():\n    async with a as b:\n        return await b.c(d)",
    "def f(x):\n    match x:\n        case {'a': y}:\n            return y, z",
    "def f():\n    if (n := g()):\n        return n",
    "class A:\n    def m(self):\n        return __hidden, self.x",
]


@pytest.mark.parametrize("source", FUNCTIONS)
def test_free_names_are_those_of_symtable(source: str) -> None:
    """Python's own symbol tables say which names of a function are global."""
    node = ast.parse(source).body[0]
    if isinstance(node, ast.ClassDef):
        found = set(scopes.methods_free(node).reads)
    else:
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        free = scopes.body_free(node)
        found = set(free.reads) | set(free.writes)
    assert found == _globals(symtable.symtable(source, "cell", "exec"), top=True)


def _globals(table: symtable.SymbolTable, top: bool = False) -> set[str]:
    names = set()
    if not top and table.get_type() == "function":
        names = {s.get_name() for s in table.get_symbols() if s.is_global()}
    elif not top and table.get_type() == "class":
        names = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    for child in table.get_children():
        names |= _globals(child)
    return names - {"__class__"}


LATE = [
    ("def f():\n    return a", {"a"}, set()),
    ("def f():\n    global n\n    n += 1", {"n"}, {"n"}),
    ("g = lambda x: x + w", {"w"}, set()),
    ("t = sum(x * w for x in xs)", set(), set()),
    ("t = (x * w for x in xs)", {"w"}, set()),
    ("s = sorted(xs, key=lambda x: x[k])", set(), set()),
    ("class C:\n    a = 1\n    def m(self):\n        return a, b", {"a", "b"}, set()),
]


@pytest.mark.parametrize(("source", "reads", "writes"), LATE, ids=[row[0] for row in LATE])
def test_late_names(source: str, reads: set[str], writes: set[str]) -> None:
    facts = of(source)
    assert set(facts.late_reads) - BUILTINS == reads
    assert set(facts.late_writes) == writes


MUTATIONS = [
    ("x.append(1)", {"x"}),
    ("df['a'] = 1", {"df"}),
    ("df.loc[m, 'a'] = 1", {"df"}),
    ("df.drop(columns='a', inplace=True)", {"df"}),
    ("df.drop(columns='a', inplace=False)", set()),
    ("del d[k]", {"d"}),
    ("b += [1]", {"b"}),
    ("np.add(a, b, out=c)", {"c"}),
    ("ax.set_title('t')", {"ax"}),
    ("df2 = df.drop(columns='a')", set()),
    ("model.fit(X, y)", {"model"}),
]


@pytest.mark.parametrize(("source", "names"), MUTATIONS, ids=[row[0] for row in MUTATIONS])
def test_mutations(source: str, names: set[str]) -> None:
    cells = analyze(notebook(["import numpy as np", source]))
    assert {name for name, _ in cells[-1].statements[0].mutates} == names


LOOKS = [
    ("df.head()", True),
    ("df.shape", True),
    ("print(df.describe())", True),
    ("len(df)", True),
    ("df[df.a > 1].mean()", True),
    ("model.fit(X, y)", False),
    ("df.sample(3)", False),
    ("rows.append(1)", False),
    ("f(x)", False),
    ("(y := 1)", False),
]


@pytest.mark.parametrize(("source", "looks"), LOOKS, ids=[row[0] for row in LOOKS])
def test_looking(source: str, looks: bool) -> None:
    assert of(source).looks is looks


SHOWS = [
    ("x", True, False),
    ("x;", False, True),
    ("x  # ; no", True, False),
    ("x; # c", False, True),
    ("y = x", False, False),
    ("';'", True, False),
    ("x; \\\n\n", False, True),
    ("x;  # caf\u00e9\u2028see a; b", False, True),
]


@pytest.mark.parametrize(("source", "shows", "quiet"), SHOWS, ids=[row[0] for row in SHOWS])
def test_display_of_the_last_expression(source: str, shows: bool, quiet: bool) -> None:
    facts = of(source)
    assert (facts.shows, facts.quiet) == (shows, quiet)


TEXTS = [
    ("df.query('a > @limit')", {"limit"}),
    ("df.query('a > limit')", set()),
    ("v = eval('limit + 1')", {"limit"}),
    ("%time v = eval('limit + 1')", {"limit"}),
    ("%timeit df.query('a > @limit')", {"limit"}),
    ("%time exec(text)", set()),
    ("smf.ols('y ~ x + limit', data=df)", {"limit"}),
]


@pytest.mark.parametrize(("source", "names"), TEXTS, ids=[row[0] for row in TEXTS])
def test_names_in_texts(source: str, names: set[str]) -> None:
    imports = "import statsmodels.formula.api as smf"
    cells = analyze(notebook([imports, "limit = 1\nunrelated = 2", source]))
    assert set(cells[-1].statements[0].reads) & {"limit", "unrelated"} == names


def test_code_that_a_magic_runs_has_all_facts_of_code() -> None:
    timed = of("%time rows.append(1)")
    assert timed.mutates == of("rows.append(1)").mutates
    assert of("%time exec(text)").reads_everything
    assert of("\n%time exec(text)").opaque[0].line == 2


BOUND_BY_EXEC = [
    ("if a: exec('k = 2')", {"k"}),
    ("exec('if a: k = 2')", {"k"}),
    ("exec('if a:\\n    k = 2\\nj = 1')", {"k"}),  # j is bound, and not only maybe
    ("a and exec('k += 1')", {"k"}),
    ("exec('print(k)')", set()),
    ("exec('not code')", set()),
    ("def f():\n    exec('k = 2')", set()),
]


@pytest.mark.parametrize(("source", "names"), BOUND_BY_EXEC, ids=[row[0] for row in BOUND_BY_EXEC])
def test_names_that_exec_may_bind(source: str, names: set[str]) -> None:
    assert set(of(source).maybe_binds) == names


SURELY_READ = [
    ("print(w, *v, k=u)", {"print", "w", "v", "u"}),
    ("x = w[i].a", {"w", "i"}),
    ("w[i] = 1", {"w", "i"}),
    ("w += 1", {"w"}),
    ("if w:\n    u", {"w"}),
    ("for x in w:\n    u", {"w"}),
    ("with w:\n    u", {"w"}),
    ("x = w and u", {"w"}),
    ("x = u if w else v", {"w"}),
    ("x = a < b < c", {"a", "b"}),
    ("x = [u for i in w if v]", {"w"}),
    ("x = lambda: w", set()),
    ("try:\n    w\nexcept NameError:\n    w = 1", set()),
    ("x = (w := 1) + w", set()),
    ("x = (c and (w := 1), w)", {"c"}),
    ("def f(x=w): pass", set()),
]


@pytest.mark.parametrize(("source", "names"), SURELY_READ)
def test_names_that_are_read_on_every_path(source: str, names: set[str]) -> None:
    assert set(of(source).sure_reads) == names


def test_statements_keep_their_comments_and_text() -> None:
    source = "# above\na = 1  # beside\n\nb = (2 +\n     3); c = '''x\n  y'''\n# below"
    (cell,) = analyze(notebook([source]))
    assert [f.leading for f in cell.statements] == ["# above", "", ""]
    assert [f.source for f in cell.statements] == [
        "a = 1  # beside",
        "b = (2 +\n     3)",
        "c = '''x\n  y'''",
    ]
    assert cell.trailing == "# below"


def test_timeit_binds_nothing_and_time_does() -> None:
    cells = analyze(notebook(["%%timeit\nx = 1", "%%time\ny = 2", "%timeit z = 3", "%time w = 4"]))
    bound = [name for cell in cells for facts in cell.statements for name in facts.bound]
    assert bound == ["y", "w"]


# what parses, and is not Python all the same
NOT_PYTHON = {
    "return": "return 1",
    "nonlocal": "nonlocal x",
    "break": "break",
    "yield": "x = " + "-" * 1500 + "1\nyield x",
    "deep": "x = " + "(" * 150 + "-" * 30_000 + "1" + ")" * 150,
}


@pytest.mark.parametrize("source", NOT_PYTHON.values(), ids=NOT_PYTHON)
@pytest.mark.parametrize("version", ["3.10.1", "3.99.0"])
def test_cells_that_no_python_compiles(source: str, version: str) -> None:
    """They are not valid, whichever Python has saved the notebook."""
    saved = {"language_info": {"name": "python", "version": version}}
    with pytest.raises(NotebookError, match=r"not valid Python: cell 1, line \d"):
        analyze(notebook([source], **saved))


def test_cells_that_a_newer_python_compiles() -> None:
    """Python 3.11 allows an asynchronous comprehension within another one."""
    source = "async def f(g):\n    return [[x async for x in g()] for _ in range(2)]"
    saved = {"language_info": {"name": "python", "version": "3.11.4"}}
    if sys.version_info >= (3, 11):
        analyze(notebook([source], **saved))
    else:
        with pytest.raises(NotebookError, match=r"\(it was run with Python 3\.11\)"):
            analyze(notebook([source], **saved))


def test_awaiting_in_a_cell_is_fine() -> None:
    assert of("x = await f()").reads == ("f",)


def test_the_names_in_formulas_and_queries_are_words_of_the_notebook() -> None:
    cells = analyze(
        notebook(
            [
                "fit('mass ~ age + `body length`')",
                "db.sql('select island from birds')",
                "print('Ilse Gent')",
            ]
        )
    )
    found = words(cells)
    assert {"mass", "age", "body length", "island", "birds", "Ilse Gent"} <= found
    assert not {"Ilse", "Gent"} & found
