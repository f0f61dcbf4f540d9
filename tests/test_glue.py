"""Glue: what stands between promoted steps and was not tagged is part of the pipeline, if it matters."""

from __future__ import annotations

import pytest

from nb2pkg import facts
from nb2pkg.plan.make import make
from nb2pkg.plan.request import Options
from tests import build

FIRST = '# %% tags=["nb2pkg:data.made"]\nrows = [dict(n=n) for n in range(4)]\nlast = rows[-1]\n'
STEP = '# %% tags=["nb2pkg:data.used"]\nmost = max([each["n"] for each in rows])\n'
ON_PART = '# %% tags=["nb2pkg:data.used"]\nmost = max([each["n"] for each in part])\n'

# What stands between two tagged cells, the second of them, and what the pipeline says of the first.
BETWEEN = [
    # it matters
    ("part = rows[1:]", ON_PART, ["part = rows[1:]"]),
    ("start = 1\npart = rows[start:]", ON_PART, ["start = 1", "part = rows[start:]"]),
    ("first = rows[0]\npart = [first]", ON_PART, ["first = rows[0]", "part = [first]"]),
    ("rows.append(dict(n=9))", STEP, ["rows.append(dict(n=9))"]),
    ("last['n'] = 9", STEP, ["last['n'] = 9"]),
    ("rows = rows[:2]", STEP, ["rows = rows[:2]"]),
    ("for row in rows:\n    row['n'] += 1", STEP, ["for row in rows:\n    row['n'] += 1"]),
    ("for row in rows:\n    row.update(n=7)", STEP, ["for row in rows:\n    row.update(n=7)"]),
    ("same = rows\nsame.pop()", STEP, ["same = rows", "same.pop()"]),
    (
        "box = []\nbox.append(last)\nbox[0]['n'] = 7",
        STEP,
        ["box = []", "box.append(last)", "box[0]['n'] = 7"],
    ),
    ("import random\nrandom.seed(3)", STEP, ["random.seed(3)"]),
    ("!touch a.txt", STEP, ["subprocess.run('touch a.txt', shell=True, check=False)"]),
    ("%time rows.append(dict(n=9))", STEP, ["rows.append(dict(n=9))"]),
    (
        "def tail(xs):\n    return xs[len(rows) - 3 :]\npart = tail(rows)",
        ON_PART,
        ["def tail(xs):\n    return xs[len(rows) - 3 :]", "part = tail(rows)"],
    ),
    (
        "key = lambda row: len(rows)\npart = sorted(rows, key=key)",
        ON_PART,
        ["key = lambda row: len(rows)", "part = sorted(rows, key=key)"],
    ),
    (
        "class Tail:\n    size = 2\n    def of(self, xs):\n        return xs[-len(rows) :]\n"
        "part = Tail().of(rows)",
        ON_PART,
        [
            "class Tail:\n    size = 2\n    def of(self, xs):\n        return xs[-len(rows) :]",
            "part = Tail().of(rows)",
        ],
    ),
    (
        "import warnings\nwith warnings.catch_warnings():\n    part = rows[1:]",
        ON_PART,
        ["with warnings.catch_warnings():\n    part = rows[1:]"],
    ),
    # it only looks, draws, or makes what nobody reads
    ("rows[:2]", STEP, []),
    ("dir(last)", STEP, []),
    ("[name for name in dir(last) if name > 'a']", STEP, []),
    ("len(rows)", STEP, []),
    ("print(rows)", STEP, []),
    ("sizes = [len(row) for row in rows]", STEP, []),
    ("def size(row):\n    return len(row)\nsizes = [size(row) for row in rows]", STEP, []),
    ("for row in rows:\n    size = len(row)", STEP, []),
    ("size = 0\nfor row in rows:\n    if row:\n        size = len(row)", STEP, []),
    ("sizes = [len(row) for row in rows]\nprint(max(sizes))", STEP, []),
    ("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", STEP, []),
    ("import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1])", STEP, []),
    ("rows.plot(title='n')", STEP, []),
    ("ax = rows.plot()\nfor row in rows:\n    row.plot(ax=ax, label='n')", STEP, []),
    ("!ls -l | head", STEP, []),
    ("%%nbtest\nsize = seen(rows)\ndef test_size():\n    assert size", STEP, []),
    ("%%nbtest\nassert seen(rows)", STEP, []),
    ("!echo {last}", STEP, []),
    ("%matplotlib inline", STEP, []),
    ("assert len(rows) == 4", STEP, []),
]


@pytest.mark.parametrize(("glue", "step", "said"), BETWEEN, ids=[row[0] for row in BETWEEN])
def test_glue_between_steps(glue: str, step: str, said: list[str]) -> None:
    plan = _plan(f"{FIRST}# %%\n{glue}\n{step}")
    assert plan.pipeline.end is None
    assert [line.source for line in plan.pipeline.lines if line.step is None] == said
    assert sum(line.step is not None for line in plan.pipeline.lines) == 2


# What stands behind the last step. The values that are given are those of the notebook's end.
BEHIND = [
    ("most = most + 1", ["most = most + 1"]),
    ("rows.clear()", ["rows.clear()"]),
    ("worst = min(rows, key=str)", []),
    ("most", []),
    ("!touch a.txt", []),
]


@pytest.mark.parametrize(("glue", "said"), BEHIND, ids=[row[0] for row in BEHIND])
def test_glue_behind_the_last_step(glue: str, said: list[str]) -> None:
    plan = _plan(f"{FIRST}{STEP}# %%\n{glue}\n")
    assert plan.pipeline.end is None
    assert [line.source for line in plan.pipeline.lines if line.step is None] == said


# Nobody reads what these give, and a call of which nothing is known may have done something else.
UNKNOWN = [
    ("", "history = lib.fit(rows)"),
    ("", "history = rows[0].fit()"),
    ("", "done = list(map(lib.fit, rows))"),
    ("", "best = sorted(rows, key=lib.rank)"),
    ("", "done = [row.fit() for row in rows]"),
    ("def train(row):\n    return row.fit()\n", "done = [train(row) for row in rows]"),
    ("", "with open('a.json', 'w') as file:\n    file.write('1')"),
    ("", "try:\n    lib.set_locale('C')\nexcept ValueError:\n    pass"),
    ("", "for name in ['a', 'b']:\n    lib.set_option(name)"),
    ("import subprocess\n", "done = subprocess.run(['make'])"),
]


@pytest.mark.parametrize(("above", "glue"), UNKNOWN, ids=[row[1] for row in UNKNOWN])
def test_a_call_of_which_nothing_is_known_is_not_left_out(above: str, glue: str) -> None:
    plan = _plan(f"# %%\nimport csv as lib\n{FIRST}# %%\n{above}{glue}\n{STEP}")
    assert plan.pipeline.end is None
    assert glue in [line.source for line in plan.pipeline.lines]
    assert "train" not in plan.pipeline.results  # a function of run() is no value of the notebook


ACTING = [
    "table.to_csv('a.csv')",
    "shutil.copy('a.txt', 'b.txt')",
    "os.replace('a.txt', 'b.txt')",
    "plt.savefig('a.png')",
    "lib.upload(table)",
    "random.seed(3)",
]


@pytest.mark.parametrize("last", ACTING)
def test_what_acts_in_a_chosen_cell_is_run_though_nothing_follows(last: str) -> None:
    """It is too plain for a function, and run() does it all the same."""
    above = "import csv as lib\nimport matplotlib.pyplot as plt\nimport os, random, shutil\n"
    tagged = f'# %% tags=["nb2pkg:data"]\n{last}\n'
    plan = _plan(f"# %%\n{above}{FIRST}# %%\ntable = rows[0]\n{STEP}{tagged}")
    assert plan.pipeline.end is None
    assert last in [line.source for line in plan.pipeline.lines]


@pytest.mark.parametrize("glue", ["shutil.copy('a.txt', 'b.txt')", "os.replace('a', 'b')"])
def test_what_is_called_as_a_look_is_and_writes_files_is_not_left_out(glue: str) -> None:
    plan = _plan(f"# %%\nimport os, shutil\n{FIRST}# %%\n{glue}\n{STEP}")
    assert glue in [line.source for line in plan.pipeline.lines]


def test_a_step_that_draws_what_a_plain_line_saves_is_run() -> None:
    draws = '# %% tags=["nb2pkg:data.draw"]\nplt.plot([1, 2])\nplt.title("a")\n'
    saves = '# %% tags=["nb2pkg:data"]\nplt.savefig("a.png")\n'
    plan = _plan(f"# %%\nimport matplotlib.pyplot as plt\n{FIRST}{draws}{saves}{STEP}")
    run = [line.step.name if line.step else line.source for line in plan.pipeline.run_lines]
    assert run.index("draw") < run.index('plt.savefig("a.png")')


@pytest.mark.parametrize("command", ["ls & rm a.txt", "sort -o a a", "cat a > b", "ls; rm a.txt"])
def test_a_command_that_does_more_than_print_is_run(command: str) -> None:
    plan = _plan(f"{FIRST}# %%\n!{command}\n{STEP}")
    said = [line.source for line in plan.pipeline.lines]
    assert f"subprocess.run({command!r}, shell=True, check=False)" in said


@pytest.mark.parametrize("saved", ["plt.savefig('a.png')", "fig.savefig('a.png')"])
def test_what_is_saved_is_drawn_before(saved: str) -> None:
    """A file that is written by a step has what the notebook drew between the steps."""
    draws = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2])"
    plan = _plan(f'{FIRST}# %%\n{draws}\n# %% tags=["nb2pkg:data.saved"]\n{saved}\n')
    assert plan.pipeline.end is None
    assert "ax.plot([1, 2])" in [line.source for line in plan.pipeline.lines]


# What is asked changes, though no name is bound: none of these may be left out between two steps.
ASKED = [
    ("rng = np.random.default_rng(3)", "rng.normal(size=3)", "rng.normal()"),
    ("rng = np.random.default_rng(3)", "demo = [rng.random() for _ in 'abc']", "rng.normal()"),
    ("rng = random.Random(3)", "demo = rng.random()", "rng.random()"),
    ("parts = iter([1, 2, 3])", "demo = next(parts)", "next(parts)"),
    ("parts = (n for n in [1, 2, 3])", "demo = sum(parts)", "list(parts)"),
    ("parts, n = zip('ab', 'cd'), 1", "demo = dict(parts)", "list(parts)"),
    ("file = open('a.txt')", "demo = file.read(3)", "file.read(3)"),
    ("def count():\n    yield 1\nparts = count()", "demo = list(parts)", "list(parts)"),
]


@pytest.mark.parametrize(("made", "glue", "asks"), ASKED, ids=[row[1] for row in ASKED])
def test_what_changes_when_it_is_asked(made: str, glue: str, asks: str) -> None:
    plan = _plan(
        f'# %% tags=["nb2pkg:a.first"]\nimport random\nimport numpy as np\n{made}\n'
        f'# %%\n{glue}\n# %% tags=["nb2pkg:a.second"]\nlast = {asks}\n'
    )
    assert plan.pipeline.end is None
    assert glue in [line.source for line in plan.pipeline.lines]


# What ends the pipeline, and the statement that is named.
ENDS = [
    ("part = rows[:int(input('?'))]", ON_PART, "part = rows[:int(input('?'))]"),
    ("part = get_ipython().user_ns['rows']", ON_PART, "part = get_ipython().user_ns['rows']"),
    ("exec('rows.clear()')", STEP, "exec('rows.clear()')"),
    ("names = !ls\npart = rows[:len(names)]", ON_PART, "names = !ls"),
    ("!rm {last}", STEP, "!rm {last}"),
    ("dir().sort()\npart = rows[: len(dir())]", ON_PART, "dir().sort()"),
    (  # the class finds its own rows in the module, and never those of run()
        "class Tail:\n    rows = rows[1:]\npart = Tail.rows",
        ON_PART,
        "part = Tail.rows",
    ),
    (  # a pickle names the module of a function, and one inside of run() has no name there
        "import pickle\ndef tail(xs):\n    return xs[1:]\npart = pickle.loads(pickle.dumps(tail))(rows)",
        ON_PART,
        "def tail(xs):",
    ),
    (
        "import traceback\npart = rows[: len(traceback.format_exc())]",
        ON_PART,
        "part = rows[: len(traceback.format_exc())]",
    ),
]

# A function in a tagged cell that stays is made by run() too, where what it reads is there.
TAGGED = """
# %% tags=["nb2pkg:data.made"]
rows = [dict(n=n) for n in range(4)]
# %%
sign = -len(rows)
# %% tags=["nb2pkg"]
def rank(row):
    return sign * row["n"]
# %%
sign = len(rows)
part = sorted(rows, key=rank)
# %% tags=["nb2pkg:data.used"]
most = max([each["n"] for each in part])
"""


def test_a_tagged_function_that_stays_is_made_by_the_pipeline() -> None:
    plan = _plan(TAGGED)
    assert plan.definitions == ()
    assert any(line.source.startswith("def rank(") for line in plan.pipeline.lines)
    assert plan.pipeline.end is None
    assert sum(line.step is not None for line in plan.pipeline.lines) == 2


@pytest.mark.parametrize(("glue", "step", "named"), ENDS, ids=[row[0] for row in ENDS])
def test_what_cannot_run_outside_ends_it_and_is_named(glue: str, step: str, named: str) -> None:
    text = f"{FIRST}# %%\n{glue}\n{step}"
    plan = _plan(text)
    end = plan.pipeline.end
    assert end is not None
    assert end.place is not None
    cell = plan.notebook.cells[end.place.cell]
    assert cell.source.split("\n")[end.place.line - 1] == named


def _plan(text: str):  # type: ignore[no-untyped-def]
    notebook = build.notebook(text)
    return make(notebook, facts.analyze(notebook), Options())
