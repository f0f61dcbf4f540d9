"""What is promoted, and what is left where it is: cells in, steps and problem codes out."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import Any

import pytest

from nb2pkg import facts
from nb2pkg.errors import Nb2pkgError
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan
from nb2pkg.plan.request import Options
from nb2pkg.promote.build import Request, promote
from tests import build

HAZARDS = sorted((Path(__file__).parent / "hazards" / "notebooks").glob("*.ipynb"))


def plan(cells: build.Cells, **options: bool) -> Plan:
    notebook = build.notebook(cells)
    return make(notebook, facts.analyze(notebook), Options(everything=True, **options))


def steps(made: Plan) -> list[str]:
    """Each step as ``cell: params -> returns``, cells counted from 1."""
    return [f"{s.cell + 1}: {', '.join(s.params)} -> {', '.join(s.returns)}" for s in made.steps]


def codes(made: Plan) -> list[str]:
    return [problem.code for problem in made.problems if problem.code not in ("NB501", "NB505")]


def ran(*sources: str) -> list[dict[str, Any]]:
    """Code cells as they are saved after a run."""
    return [
        {"cell_type": "code", "source": source, "metadata": {}, "execution_count": count}
        for count, source in enumerate(sources, start=1)
    ]


PLOTS = "import matplotlib.pyplot as plt"

MOVES = {
    "a name on some paths that a run showed to be made": (
        ran("a = len('x')\nif a:\n    w = [a]", "w.append(2)\nn = len(w)", "print(n)"),
        ["2:  -> n"],
    ),
    "a builtin that the statement replaces": (["max = max([1, 2])", "max"], ["1: max -> max"]),
    "a plain class over data that stays": (
        [
            "v = [1] * 3",
            "class A:\n    def m(self):\n        return v",
            "a = A()\nn = a.m() + v\nprint(n)",
        ],
        ["2: v -> A", "3: A, v -> n"],
    ),
    "the last version may call itself": (
        [
            "def f(n): return 0",
            "a = f(1) + 1",
            "def f(n): return n and f(n - 1)",
            "b = f(3) + a\nb",
        ],
        ["2: f -> a", "4: f, a -> b"],
    ),
    "functions in a list that are called at once": (
        ["u = len('ab')", "d = {}", "o = d.agg([lambda s: s * u])", "u = 3\nprint(o, u)"],
        ["3: d, u -> o"],
    ),
    "params are what is read before it is bound": (
        ["a = [1]\na.append(2)", "b = a + a\nc = b + b", "print(c)"],
        ["1:  -> a", "2: a -> c"],
    ),
    "a name that a plain statement above leaves is bound anew": (
        [
            "rows = [3, 1]\nrows.sort()",
            "n = len(rows)\ndisplay(rows)\nn = max(rows) + min(rows)\ny = [n]\ny += [1]",
            "print(y)",
        ],
        ["1:  -> rows", "2: rows -> n, y"],
    ),
    "an old name that is bound again is returned": (
        ["x = [1]\nx.append(1)", "x = x + x + x", "y = 1 + len(x)\ny"],
        ["1:  -> x", "2: x -> x", "3: x -> y"],
    ),
    "a name that is bound on some paths passes through": (
        ["x = [1]\nx.append(1)", "if len(x) > 3:\n    x = []", "x"],
        ["1:  -> x", "2: x -> x"],
    ),
    "a loop's variable is no result": (
        ["rows = []\nfor i in range(9):\n    rows.append(i)", "rows"],
        ["1:  -> rows"],
    ),
    "a loop's variable that is read later is returned when it is sure": (
        ["for i in (1, 2):\n    j = i * 2", "i + j"],
        ["1:  -> i, j"],
    ),
    "what a late reader reads is returned": (
        ["def f():\n    return w", "w = [1] * 3\nv = 2", "r = [f() for _ in range(2)]\nr"],
        ["2:  -> w", "3: w -> r"],
    ),
    "what nobody reads is not returned beside what somebody does": (
        ["n = len('abc')\nm = n * 2\nspare = [n]", "m"],
        ["1:  -> m"],
    ),
    "what it is all for is returned, though nobody reads it": (
        ["n = len('abc')\nm = n * 2"],
        ["1:  -> m"],
    ),
    "what is shown on the way is returned": (
        ["n = len('abc')\nk = n * 2\nprint(f'{k} rows')\nspare = [n]\nm = [2] * n", "m"],
        ["1:  -> k, m"],
    ),
    "an object of a library that nobody looks at may be there to live": (
        ["from lib import Link\nlink = Link(1)\nm = [2] * 3\nm += [1]", "m"],
        ["1:  -> link, m"],
    ),
    "no old value is left behind": (
        ["n = 3", "print(n)", "m = [n] * 2\nn = m * 2", "m"],
        ["3: n -> m, n"],
    ),
    "a canvas that nobody reads is held by pyplot": (
        [f"{PLOTS}\nfig, ax = plt.subplots()\nax.plot([1])\nplt.title('a')"],
        ["1:  -> "],
    ),
    "nor is one returned beside what is read": (
        [f"{PLOTS}\nfig, ax = plt.subplots()\nlines = ax.plot([1])\nn = [1] * 2", "n"],
        ["1:  -> n"],
    ),
    "nor one that is told where to draw, or that another cell called so": (
        [
            f"{PLOTS}\nimport lib\nfig, ax = plt.subplots()\nax.plot([1])",
            "fig.gca()",
            "fig, ax = plt.subplots()\nfig = lib.draw(ax=ax)\nax.set_xlim(0)",
        ],
        ["1:  -> fig", "3:  -> "],
    ),
    "a canvas does not leave data under its name": (
        [
            f"n = sorted([3])\nn += [4]\n{PLOTS}",
            "print(n)",
            "m = [n] * 2\nn, k = plt.subplots()\nm += [k]",
            "m",
        ],
        ["1:  -> n", "3: n -> m, n"],
    ),
    "what a histogram counts is data": (
        [
            f"bins = sorted([1, 2])\nbins += [3]\n{PLOTS}",
            "print(bins)",
            "counts, bins, bars = plt.hist([1, 2], bins=bins)\ncounts *= 2",
            "counts",
        ],
        ["1:  -> bins", "3: bins -> counts, bins, bars"],
    ),
    "a canvas that is read is returned: by the next cell, or a look at it": (
        [
            f"{PLOTS}\nfig, ax = plt.subplots()\nax.plot([1])",
            "ax.set_title('a')\nax.set_xlim(0)",
            "fig",
        ],
        ["1:  -> fig, ax", "2: ax -> "],
    ),
    "a canvas that a function of the notebook reads later is returned": (
        [
            "def mark(x):\n    return ax.axvline(x)",
            f"{PLOTS}\nfig, ax = plt.subplots()\nax.plot([1])",
            "mark(1) if mark(2) else 0",
        ],
        ["2:  -> ax", "3: ax -> "],
    ),
    "sliders and animations live as long as their name": (
        [
            f"{PLOTS}\nfrom matplotlib.widgets import Slider\nfig, ax = plt.subplots()\n"
            "slider = Slider(ax, 'n', 0, 1)"
        ],
        ["1:  -> slider"],
    ),
    "data that a library of plots loads are data": (
        ["import seaborn as sns\ntips = sns.load_dataset('tips').head(3)"],
        ["1:  -> tips"],
    ),
    "an object that plots itself elsewhere is a value": (
        ["import plotly.express as px\nfig = px.line([1, 2]).update_layout(title='a')"],
        ["1:  -> fig"],
    ),
    "with objects whose end is noticed, every name is returned": (
        [f"import weakref\n{PLOTS}\nfig, ax = plt.subplots()\nax.plot([1])"],
        ["1:  -> fig, ax"],
    ),
    "prints in between move, prints at the end stay": (
        ["a = [1] * 2\nprint(a)\nb = a + a\nprint(b)"],
        ["1:  -> b"],
    ),
    "a second definition ends a step": (
        ["def f(): return 1\na = [f(), f()]\ndef f(): return 2\nb = [f(), f()]", "print(a, b)"],
        ["1: f -> a", "1: f -> b"],
    ),
    "display ends a step": (
        ["a = [1] * 2\ndisplay(a)\nb = a + a"],
        ["1:  -> a", "1: a -> b"],
    ),
    "names in a query are read": (
        ["t = len('abc')", "out = df.query('a > @t')", "out"],
        ["1:  -> t"],
    ),
    "builtins that the notebook takes are data": (
        ["sum = [1] * 2", "t = sum + sum", "t"],
        ["1:  -> sum", "2: sum -> t"],
    ),
    "an import with two meanings is data": (
        [
            "import datetime",
            "a = datetime.date.today()",
            "from datetime import datetime",
            "b = datetime.now()\na, b",
        ],
        ["2: datetime -> a", "4: datetime -> b"],
    ),
}


@pytest.mark.parametrize(("cells", "wanted"), MOVES.values(), ids=MOVES.keys())
def test_what_moves(cells: list[str], wanted: list[str]) -> None:
    assert steps(plan(cells)) == wanted


STAYS = {
    "maybe bound and read later": (["if len('ab'):\n    x = len('a')", "x"], ["NB303"]),
    "exec": (["exec('a = 1')"], ["NB301"]),
    "globals": (["n = len(globals())"], ["NB206"]),
    "del of a name of another cell": (["a = [1] * 2", "del a"], ["NB304"]),
    "history": (["x = _ + 1"], ["NB306"]),
    "a name that nobody saw made": (["globals()['n'] = 1", "n += 1"], ["NB201", "NB302"]),
    "a name that code from text made": (["exec(text)", "if n:\n    n = 2"], ["NB201", "NB301"]),
    "a name that nothing makes": (["n += 1"], ["NB201"]),
    "input": (["name = input('?')"], ["NB307"]),
    "shell": (["files = !ls"], ["NB308"]),
    "class in a branch": (["if len('a'):\n    class A: pass"], ["NB309"]),
    "place": (["import warnings", "warnings.warn('x')"], ["NB310"]),
    "late binding": (["k = 2\nf = lambda x: x * k", "k = 3", "f(1)"], ["NB311"]),
    "global": (
        ["n = 0", "def up():\n    global n\n    n += 1", "[up() for _ in 'ab']\nn"],
        ["NB313", "NB402"],
    ),
    "unknown star": (["from not_installed_here import *", "y = thing(1)"], ["NB314", "NB201"]),
    "builtin read and bound": (["if len('ab'):\n    max = max([1, 2])"], ["NB316"]),
    "annotation": (["x: int"], ["NB318"]),
    "nothing made it": (["y = ghost + 1"], ["NB201"]),
    "class computed from data": (
        ["v = [1] * 3", "class A:\n    v = len(v)", "A().v"],
        ["NB404"],
    ),
    "class reads data": (
        ["v = [1] * 3", "class A:\n    def m(self):\n        return v", "A().m()", "v = [2] * 2"],
        ["NB405"],
    ),
    "generator over changing data": (
        ["b = [1] * 2\ndef g():\n    yield b", "it = g()", "b = [2] * 3", "next(it)"],
        ["NB407"],
    ),
    "function as a value that reads data": (
        ["v = [1] * 3\ndef f(x):\n    return x in v", "g = f", "v = [2] * 3", "g(1)"],
        ["NB401"],
    ),
}


@pytest.mark.parametrize(("cells", "wanted"), STAYS.values(), ids=STAYS.keys())
def test_what_stays_and_why(cells: list[str], wanted: list[str]) -> None:
    assert sorted(set(codes(plan(cells)))) == sorted(wanted)


NOT_SHOWN_TO_BE_MADE = {
    "the cell was not run": [
        {"cell_type": "code", "source": "if len('x'):\n    w = [1]"},
        *ran("w"),
    ],
    "the cell that reads it failed": [
        *ran("if len('x'):\n    w = [1]"),
        {
            "cell_type": "code",
            "source": "w",
            "metadata": {"tags": ["raises-exception"]},
            "execution_count": 2,
        },
    ],
    "the counts show another order": list(reversed(ran("w", "if len('x'):\n    w = [1]"))),
    "only some paths read it": ran("if len('x'):\n    w = [1]", "len('x') > 3 and print(w)"),
    "names come from somewhere unseen": ran("%run other.py", "if len('x'):\n    w = [1]", "w"),
}


@pytest.mark.parametrize("cells", NOT_SHOWN_TO_BE_MADE.values(), ids=NOT_SHOWN_TO_BE_MADE.keys())
def test_a_name_that_no_run_shows_to_be_made_stays(cells: build.Cells) -> None:
    assert {"NB303", "NB205"} & set(codes(plan(cells)))


def test_a_function_returns_what_it_set_through_global() -> None:
    cells = ["n = len('x')", "def up(k):\n    global n\n    n += k", "up(2)\nup(n)", "print(n)"]
    made = plan(cells)
    (function,) = made.definitions
    assert function.source == "def up(k, *, n):\n    n += k\n    return n"
    assert made.steps[-1].body == "n = len('x')\nn = up(2, n=n)\nn = up(n, n=n)"
    assert codes(made) == []


def test_a_step_that_awaits_is_awaited() -> None:
    made = plan(["import asyncio", "ready = await asyncio.sleep(0, [1])", "ready"])
    (step,) = made.steps
    assert step.is_async
    assert made.pipeline.lines == ()


def test_a_function_is_passed_the_data_that_it_reads() -> None:
    cells = [
        "rate = [1] * 2",
        "def tax(x):\n    return x * len(rate)",
        "t = [tax(i) for i in range(3)]\nt",
    ]
    made = plan(cells)
    (function,) = made.definitions
    assert function.source == "def tax(x, *, rate):\n    return x * len(rate)"
    assert made.steps[-1].body == "t = [tax(i, rate=rate) for i in range(3)]"
    assert made.steps[-1].params == ("rate",)


LOWERED = {
    "it hides nothing": ("return x * len(RATE)", "return x * len(rate)", "rate"),
    "a local has the name": ("rate = x\n    return rate * len(RATE)", None, "RATE"),
    "it stands in a text": ("return [x, eval('RATE'), RATE]", None, "RATE"),
    "an inner function takes it": ("return (lambda RATE: x)(1) or len(RATE)", None, "RATE"),
    "a builtin has the name": ("return x * len(RATE)", None, "SUM"),
}


@pytest.mark.parametrize("name", LOWERED)
def test_a_parameter_is_in_lower_case_if_that_hides_nothing(name: str) -> None:
    body, lowered, parameter = LOWERED[name]
    body = body.replace("RATE", parameter) if parameter == "SUM" else body
    data = parameter.upper()
    cells = [
        f"{data} = [1] * 2",
        f"def tax(x):\n    {body}",
        "t = [tax(i) for i in range(3)] + [1]\nt",
    ]
    made = plan(cells)
    moved = [item for item in made.definitions if item.name == "tax"]
    if name == "it stands in a text":
        assert moved == [] or "*, RATE)" in moved[0].source
        return
    (function,) = moved
    assert function.source == f"def tax(x, *, {parameter}):\n    {lowered or body}"
    (passed,) = made.steps[-1].inside([data])
    assert made.steps[-1].body.startswith(f"t = [tax(i, {parameter}={passed}) for i")


def test_a_function_that_is_used_as_a_value_keeps_its_data() -> None:
    """Nothing binds the data again, so a function made inside a step sees what it always saw."""
    made = plan(
        ["v = [1] * 3\nw = 2", "def f(x):\n    return x in v", "r = [*map(f, [1, 2])] + [1]\nr"]
    )
    assert [(s.params, s.returns) for s in made.steps][1:] == [(("v",), ("f",)), (("f",), ("r",))]
    assert made.steps[1].body == "def f(x):\n    return x in v"


def test_constants_come_along_and_parameters_stay() -> None:
    cells = [
        {
            "cell_type": "code",
            "source": "SEED = 7",
            "metadata": {"tags": ["parameters"]},
            "outputs": [],
            "execution_count": None,
        },
        "DDOF = 0\ndef z(s):\n    return (s, DDOF)",
        "r = [z(i) for i in range(SEED)]\nr",
    ]
    made = plan(cells)  # type: ignore[arg-type]
    assert [definition.name for definition in made.definitions] == ["DDOF", "z"]
    assert [parameter.name for parameter in made.parameters] == ["SEED"]
    (step,) = made.steps
    assert [(keyword.name, keyword.parameter) for keyword in step.keywords] == [("seed", "SEED")]
    assert step.body == "r = [z(i) for i in range(seed)]"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("exec('k = 9')", []),
        ("%run other.py", []),
        ("exec(text)", []),
        ("exec('m = 9')", ["k"]),
    ],
)
def test_what_code_out_of_a_text_may_bind_is_no_constant(line: str, names: list[str]) -> None:
    made = plan(["k = 6", line, "r = [k] * 3\nr"])
    assert [definition.name for definition in made.definitions] == names


def test_only_tagged_cells_move_and_what_they_need_comes_along() -> None:
    notebook = build.notebook("""
        # %%
        LIMIT = 3
        def cut(xs):
            return xs[:LIMIT]
        # %%
        data = list(range(9))
        # %% tags=["nb2pkg:shape.shorten"]
        short = [cut(data), cut(data)]
        # %%
        other = short + short
        """)
    made = make(notebook, facts.analyze(notebook), Options())
    assert [(s.module, s.name, s.params, s.returns) for s in made.steps] == [
        ("shape", "shorten", ("data",), ("short",))
    ]
    assert [definition.name for definition in made.definitions] == ["LIMIT", "cut"]
    assert codes(made) == ["NB504", "NB504"]
    assert made.pipeline.inputs == ()
    assert [line.source or line.step.name for line in made.pipeline.lines if line] == [
        "data = list(range(9))",
        "shorten",
    ]


def test_the_order_of_the_counts_is_not_overlooked() -> None:
    def cells(first: int, second: int) -> str:
        return (
            "# %% execution_count=1\nx = 1\n"
            f"# %% execution_count={first}\nx = x * 10\n"
            f"# %% execution_count={second}\nx = x + 5\n"
        )

    other = build.notebook(cells(3, 2))
    same = build.notebook(cells(2, 3))
    assert "NB205" in codes(make(other, facts.analyze(other), Options(everything=True)))
    assert codes(make(same, facts.analyze(same), Options(everything=True))) == []


def test_a_library_that_is_not_here_is_no_file_of_the_notebook() -> None:
    """Names such as ``absent.pyplot`` hold ``absent.py``, which is no mention of a file."""
    made = plan(["import absent.pyplot as plt\nn = plt.some(3)"])
    assert (steps(made), codes(made)) == (["1:  -> n"], [])
    written = plan(["%%writefile absent.py\nsome = len", "import absent\nn = absent.some('ab')"])
    assert steps(written) == ["2: absent -> n"]


NOTHING_SHOWN = {
    "a function of the notebook that returns nothing": (
        [
            "def note(x):\n    if x:\n        return\n    print(x)",
            "n = 2",
            "note(3 + n)",
        ],
        False,
    ),
    "one that returns something": (
        ["def note(x):\n    if x:\n        return 1", "n = 2", "note(3 + n)"],
        True,
    ),
    "one that yields": (["def note(x):\n    yield", "n = 2", "note(3 + n)"], True),
    "one that is decorated": (
        ["import functools\n@functools.cache\ndef note(x):\n    pass", "n = 2", "note(3 + n)"],
        True,
    ),
    "options of drawings": ([PLOTS, "size = len('abc')", "plt.rc('font', size=size + 1)"], False),
    "the layout of a figure of the step": (
        [PLOTS, "fig, ax = plt.subplots()\nax.plot([1])\nfig.tight_layout()"],
        False,
    ),
    "of a thing that nobody knows": (
        ["import lib", "fig = lib.figure()\nfig.draw([1])\nfig.tight_layout()"],
        True,
    ),
    "a legend": ([PLOTS, "fig, ax = plt.subplots()\nax.plot([1])\nax.legend()"], True),
}


@pytest.mark.parametrize(("cells", "shown"), NOTHING_SHOWN.values(), ids=NOTHING_SHOWN)
def test_what_is_none_is_not_returned(cells: list[str], shown: bool) -> None:
    step = plan(cells).steps[-1]
    assert bool(step.returns_shown or step.shown) is shown


def test_a_shown_value_is_returned() -> None:
    made = plan(["m = dict(a=1)\nm2 = m.popitem()\nm.setdefault('b', 2)"])
    (step,) = made.steps
    assert step.shown == "shown"
    assert step.body.endswith("shown = m.setdefault('b', 2)")


# ---- properties over all hazard notebooks


@pytest.mark.parametrize("path", HAZARDS, ids=lambda path: path.stem)
def test_every_comment_is_in_the_output(path: Path, tmp_path: Path) -> None:
    try:
        made = promote(path, Request(tmp_path / "out", everything=True))
    except Nb2pkgError:
        pytest.skip("refused as a whole, with a reason: nothing is written")
    written = "\n".join(
        text for where, text in made.files.items() if not where.startswith(".nb2pkg")
    )
    for cell in made.plan.facts:
        for comment in _comments(cell.masked.python):
            assert comment in written.replace('\\"', '"').replace("\\\\", "\\")


def _comments(source: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [
        token.string.lstrip("#! ").strip() for token in tokens if token.type == tokenize.COMMENT
    ]


def test_the_output_does_not_depend_on_the_hash_seed(tmp_path: Path) -> None:
    code = (
        "import sys, hashlib\nfrom pathlib import Path\nfrom nb2pkg.promote.build import Request, promote\n"
        "from nb2pkg.errors import Nb2pkgError\n"
        "for name in sys.argv[1:]:\n"
        "    try:\n        made = promote(Path(name), Request(Path('out'), everything=True))\n"
        "    except Nb2pkgError as error:\n        print(name, error)\n        continue\n"
        "    text = repr(sorted(made.files.items())) + repr(made.problems)\n"
        "    print(name, hashlib.sha256(text.encode()).hexdigest())\n"
    )
    root = Path(__file__).resolve().parent.parent
    outputs = []
    for seed in ("0", "1", "424242"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
        command = [sys.executable, "-c", code, *map(str, HAZARDS)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=env, cwd=tmp_path
        )
        outputs.append(done.stdout)
    assert outputs[0].count("\n") == len(HAZARDS)
    assert outputs[0] == outputs[1] == outputs[2]


SILENT_ENDS: list[tuple[str, str]] = [
    ("xs.pop()\ndef f(a):\n    return a", "xs.pop();"),
    ("xs.pop()  # gone\ndef f(a):\n    return a", "xs.pop();  # gone"),
    ("print(xs)\ndef f(a):\n    return a", "print(xs)"),
    ("def f(a):\n    return a\nxs.pop()", "xs.pop()"),
]


@pytest.mark.parametrize(("cell", "end"), SILENT_ENDS, ids=[row[0][:20] for row in SILENT_ENDS])
def test_what_was_not_the_last_of_its_cell_is_not_shown(
    tmp_path: Path, cell: str, end: str
) -> None:
    """The definition below it has moved; IPython would show the value of what is the last now."""
    text = f"# %%\nxs = [1, 2]\n# %%\n{cell}\n# %% tags=['nb2pkg']\nn = f(len(xs))\n"
    text = text.replace("['nb2pkg']", '["nb2pkg"]')
    made = promote(build.write(tmp_path, text), Request())
    (found,) = build.cells_of(made.files["notebooks/analysis.ipynb"])[-2:-1]
    assert found.splitlines()[-1] == end


# what a cell does to a table, and into how many steps it is cut where pandas warns of parts
PARTS: list[tuple[str, int]] = [
    ("df = df[df['a'] > len([1])]\ndf['b'] = df['a'] * 2 + 1", 2),
    ("df = df.loc[df['a'] > len([1])]\ndf.loc[:, 'b'] = df['a'] * 2 + 1", 2),
    ("df = df.query('a > 1').query('a > 0')\ndf['b'] = df['a'] * 2 + 1", 2),
    ("part = df[df['a'] > 1]\nn = len(part)", 1),
    ("df = df[df['a'] > 1]\nn = len(df)", 1),
    ("df['b'] = 1\ndf = df[df['a'] > 1]", 1),
]


@pytest.mark.parametrize(("cell", "steps"), PARTS, ids=[row[0][:30] for row in PARTS])
def test_where_pandas_warns_of_changes_to_a_part(cell: str, steps: int) -> None:
    """The old table is gone before the new one is changed, as in the notebook."""
    source = ["import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\ndf", cell, "print(df)"]
    notebook = build.notebook(source)
    for warns, wanted in ((True, steps), (False, 1)):
        made = make(notebook, facts.analyze(notebook), Options(everything=True, copies_warn=warns))
        assert len([step for step in made.steps if step.cell == 1]) == wanted
