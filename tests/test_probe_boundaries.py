"""What changed between two cells, who shares memory, and what has to be looked at again."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from nb2pkg.execution.probe import boundary, touched
from nb2pkg.execution.probe.boundary import Boundaries
from nb2pkg.execution.probe.rules import resolve
from nb2pkg.execution.probe.schemas import schema_of
from nb2pkg.execution.probe.walk import Eyes


class Notebook:
    """Cells that run in a namespace, with a boundary behind each."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.cells: list[str] = []
        self.walked: list[str] = []
        self.boundaries = Boundaries()
        patch.setattr(boundary, "executed", lambda _: list(self.cells))
        record = boundary._record

        def noted(value: Any, eyes: Eyes) -> boundary.Record:
            self.walked += [name for name, one in self.names.items() if one is value]
            return record(value, eyes)

        patch.setattr(boundary, "_record", noted)

    def run(self, source: str, final: bool = False) -> dict[str, Any]:
        exec(source, self.names)
        self.cells.append(source)
        self.walked.clear()
        return self.boundaries.look(self.names, Eyes(lambda text: text, [], resolve), final)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    return Notebook(monkeypatch)


LARGE = "large = [[i] for i in range(1000)]\nother = [[i] for i in range(1000)]"


def test_only_what_changed_is_told(notebook: Notebook) -> None:
    assert set(notebook.run("a = 1\nb = [1]\n_hidden = 2")["names"]) == {"a", "b"}
    assert set(notebook.run("b.append(2)")["names"]) == {"b"}
    assert notebook.run("b.append(3); b.pop()")["names"] == {}
    told = notebook.run("del a\nc = 1")
    assert (set(told["names"]), told["gone"]) == ({"c"}, ["a"])


def test_groups_that_share_memory(notebook: Notebook) -> None:
    told = notebook.run("a = [1]\nb = a\nc = {'k': a}\nd = [1]\ne = [d]")
    assert told["shared"] == [["a", "b", "c"], ["d", "e"]]
    assert notebook.run("b = 1")["shared"] == [["a", "c"], ["d", "e"]]


def test_two_bridges_do_not_join_what_they_lead_to(notebook: Notebook) -> None:
    told = notebook.run("a = [1]\nc = [2]\nb = [a, c]")
    assert told["shared"] == [["a", "b"], ["b", "c"]]


def test_arrays_over_one_buffer_share_it(notebook: Notebook) -> None:
    pytest.importorskip("numpy", reason="about its views")
    told = notebook.run(
        "import numpy\na = numpy.zeros(4)\nb = a[1:]\nc = b.reshape(3, 1)\nd = a.copy()"
    )
    assert told["shared"] == [["a", "b", "c"]]


def test_what_cannot_change_is_not_shared(notebook: Notebook) -> None:
    assert (
        notebook.run("import os\na = ('x', 1)\nb = a\nf = os.path\ng = f\nh = i = len")["shared"]
        == []
    )


def test_large_variables_rest_until_they_are_touched(notebook: Notebook) -> None:
    notebook.run(LARGE)
    notebook.run("x = 1")
    assert notebook.walked == ["x"]
    told = notebook.run("large[5].append(1)")
    assert "large" in notebook.walked
    assert "other" not in notebook.walked
    assert set(told["names"]) == {"large"}


@pytest.mark.parametrize(
    ("before", "cell"),
    [
        ("", "alias = large\nalias.append(1)"),
        ("def f():\n    large.append(1)", "f()"),
        ("def f():\n    large.append(1)\ndef g():\n    f()", "g()"),
        ("class A:\n    def go(self):\n        large.append(1)\na = A()", "a.go()"),
        ("def make(x):\n    return lambda: x.append(1)\nf = make(large)", "f()"),
        ("def f(x=large):\n    x.append(1)", "f()"),
        ("holder = {'k': large}", "holder['k'].append(1)"),
        ("part = large[7]", "part.append(1)"),
        ("import functools\nf = functools.partial(list.append, large)", "f(1)"),
        ("f = large.append", "f(1)"),
        ("def make(x):\n    x.append(1)\n    yield x\ng = make(large)", "next(g)"),
        ("alias = large", "alias.append(1)\nalias = 1"),
        ("alias = large", "alias.append(1)\ndel alias"),
        ("def f():\n    large.append(1)", "f()\ndel f"),
        ("def f():\n    large.append(1)", "f()\nf = 1"),
        ("def make(d):\n    return lambda: d['k'].append(1)\nf = make({'k': large})", "f()"),
        (
            "def make():\n    def f(n):\n        return f(n - 1) if n else large.append(1)\n    return f\nf = make()",
            "f(2)",
        ),
        ("table = {'f': lambda: large.append(1)}", "table['f']()"),
        ("", "exec('large.append(1)')"),
        ("", "globals()['large'].append(1)"),
        ("_x = large", "_x.append(1)"),
    ],
)
def test_whatever_touches_a_large_variable_is_noticed(
    notebook: Notebook, before: str, cell: str
) -> None:
    notebook.run(LARGE)
    notebook.run(before)
    assert "large" in notebook.run(cell)["names"]


def test_what_shares_memory_rests_while_nothing_changes(notebook: Notebook) -> None:
    notebook.run(LARGE + "\nholder = [large]")
    notebook.run("len(large)")
    assert set(notebook.walked) == {"large"}
    notebook.run("large.append(1)")
    assert set(notebook.walked) == {"large", "holder"}


def test_a_global_of_an_imported_module_may_be_changed_there(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "promoted_data.py").write_text(
        "DATA = [[i] for i in range(1000)]\ndef grow(): DATA.append(1)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    notebook.run("from promoted_data import DATA, grow")
    assert "DATA" in notebook.run("grow()")["names"]


def test_the_end_looks_at_everything(notebook: Notebook) -> None:
    notebook.run(LARGE)
    notebook.cells.append("")
    notebook.names["large"].append(1)  # as a thread or a callback would
    assert notebook.run("pass")["names"] == {}
    assert set(notebook.run("pass", final=True)["names"]) == {"large"}


def test_a_thread_may_touch_everything(notebook: Notebook) -> None:
    notebook.run(LARGE)
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    notebook.run("pass")
    stop.set()
    thread.join()
    assert {"large", "other"} <= set(notebook.walked)


def test_nothing_is_held_between_boundaries(notebook: Notebook) -> None:
    import gc
    import weakref

    notebook.run("class A: pass\na = A()\nb = [a]")
    gone = weakref.ref(notebook.names["a"])
    notebook.names.pop("a")
    notebook.names.pop("b")
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b.c[d]", {"a", "b", "d"}),
        ("def f(x): return y", {"f", "y"}),
        ("import a.b, c as d\nfrom e import g", {"a", "d", "g"}),
        ("for _ in range(3): x", {"_", "range", "x"}),
        ("get_ipython().run_line_magic('matplotlib', 'inline')\na", {"a"}),
        ("get_ipython().system('ls {a}')", set()),
    ],
)
def test_names_of_a_cell(source: str, names: set[str]) -> None:
    assert touched.names_in([source]) == names


@pytest.mark.parametrize(
    "source",
    [
        "a =",
        "eval('a')",
        "_ + 1",
        "Out[3]",
        "get_ipython().run_line_magic('run', 'other.py')",
        "get_ipython().user_ns['a'] = 1",
        "ip = get_ipython()",
    ],
)
def test_names_that_cannot_be_known(source: str) -> None:
    with pytest.raises(touched.UnknownError):
        touched.names_in([source])


def test_timed_code_is_read_like_any_other(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    cell = shell.transform_cell("%%time\na = b\nc.sort()")
    line = shell.transform_cell("%timeit d.sort()")
    assert {"a", "b", "c", "d"} <= touched.names_in([cell, line])


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (1, {"type": "builtins.int", "public": "int"}),
        ("abc", {"type": "builtins.str", "public": "str", "items": 3}),
        ([1, "a"], {"type": "builtins.list", "public": "list", "items": 2, "of": ["int", "str"]}),
        ([1, "a", None, 2.0], {"type": "builtins.list", "public": "list", "items": 4}),
        (
            {"a": [1]},
            {
                "type": "builtins.dict",
                "public": "dict",
                "items": 1,
                "keys": ["str"],
                "of": ["list"],
            },
        ),
        ((), {"type": "builtins.tuple", "public": "tuple", "items": 0}),
    ],
)
def test_schema_of_builtin_values(value: Any, schema: dict[str, Any]) -> None:
    assert schema_of(value) == schema


def test_schema_of_a_class_of_the_notebook() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("class Mine: pass", names)
    assert schema_of(names["Mine"]()) == {"type": "__main__.Mine", "public": ""}


def test_schema_of_tables() -> None:
    pandas = pytest.importorskip("pandas", reason="about its tables")
    frame = pandas.DataFrame({"a": [1.0, None], 5: [1, 2]})
    told = schema_of(frame)
    assert told.pop("type").startswith("pandas.")
    assert told == {
        "public": "pandas.DataFrame",
        "shape": [2, 2],
        "columns": {"a": "float64", "5": "int64"},
        "index": "RangeIndex",
        "missing": 1,
    }
    column = schema_of(frame.set_index("a")[5])
    assert (column["public"], column["shape"], column["dtype"]) == ("pandas.Series", [2], "int64")


def test_schema_of_arrays() -> None:
    numpy = pytest.importorskip("numpy", reason="about its arrays")
    told = schema_of(numpy.zeros((2, 3)))
    assert (told["public"], told["shape"], told["dtype"]) == ("numpy.ndarray", [2, 3], "float64")
