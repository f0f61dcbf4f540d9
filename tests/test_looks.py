"""Steps that only show something are called by the narrative and its tests, and not by run()."""

from __future__ import annotations

from pathlib import Path

import pytest

from nb2pkg import facts
from nb2pkg.execution.model import Conditions
from nb2pkg.execution.session import session
from nb2pkg.notebook import reader
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan
from nb2pkg.plan.request import Options
from nb2pkg.project import manifest
from nb2pkg.promote import looking, remembered
from nb2pkg.promote.build import Request
from nb2pkg.promote.update import update, write
from nb2pkg.promote.verified import VerifiedPromotion, promote_verified
from nb2pkg.render.pipeline import pipeline
from nb2pkg.verify import observations
from tests import build

FIRST = '# %% tags=["nb2pkg:a.made"]\nimport matplotlib.pyplot as plt\nrows = [dict(n=n) for n in range(4)]\n'
LAST = '# %% tags=["nb2pkg:a.last"]\nmost = max([each["n"] for each in rows])\n'

# What a step does, and whether run() calls it.
STEPS = [
    ("sizes = [len(row) for row in rows]\nplt.bar(range(4), sizes)\nplt.show()", False),
    ("plt.plot([row['n'] for row in rows])\nplt.title('n')\nplt.show()", False),
    ("def size(row):\n    return len(row)\nsize(rows[0]) + size(rows[1])", False),
    ("rows[0]['n'] = 7\nplt.plot([1])\nplt.show()", True),
    ("def grow(row):\n    row['n'] = 9\n    return row\ngrow(rows[0]), grow(rows[1])", True),
    ("from lib import sent\nsent(rows) + sent(rows[:2])", True),
    ("plt.style.use('ggplot')\nplt.plot([1, 2])\nplt.show()", True),
    ("sizes = [len(row) for row in rows]\nplt.rc('font', size=sizes[0])", True),
    ("for row in rows:\n    row.update(n=1)\nplt.plot([1])\nplt.show()", True),
    ("import random\nplt.plot([random.random() for row in rows])\nplt.show()", True),
]


@pytest.mark.parametrize(("step", "runs"), STEPS, ids=[row[0] for row in STEPS])
def test_what_only_looks_is_not_run(step: str, runs: bool) -> None:
    text = _pipeline(f'{FIRST}# %% tags=["nb2pkg:a.shown"]\n{step}\n{LAST}')
    assert ("shown(" in text) is runs
    assert ("shown" in text.partition("def run")[0]) is runs  # imported


def test_drawings_that_are_saved_are_drawn() -> None:
    draw = '# %% tags=["nb2pkg:a.drawn"]\nplt.plot([row["n"] for row in rows])\n'
    save = '# %% tags=["nb2pkg:a.saved"]\nplt.savefig("a.png")\n'
    assert "drawn(" not in _pipeline(f"{FIRST}{draw}{LAST}")
    assert "drawn(" in _pipeline(f"{FIRST}{draw}{save}{LAST}")


def test_a_value_that_is_only_shown_is_not_kept() -> None:
    text = _pipeline(
        f'{FIRST}# %% tags=["nb2pkg:a.both"]\nends = rows[-1]\nends["n"] * 2 + 1\n{LAST}'
    )
    assert "shown" not in text


# What a cell does between two tagged cells, and whether a run says that it only looks. Kernels are slow:
# all of them are cells of one notebook.
SEEN = [
    # it looks
    ("textwrap.wrap(' '.join(names), width=8)", True),
    ("wide = textwrap.wrap(names[0])\nfirst = wide[0]\ntextwrap.fill(first + 'x')", True),
    ("fig, ax = plt.subplots()\nax.plot(statistics.quantiles(numbers))", True),
    ("def most(xs):\n    return max(xs)\nstatistics.fmean([most(numbers), 1])", True),
    ("for n in numbers:\n    statistics.fmean([n, 1])", True),
    # it makes what is read below, or what the notebook ends with
    ("middle = statistics.fmean(numbers) + 1", False),
    ("last = statistics.fmean(numbers) * 2", False),
    ("best = statistics.fmean(numbers) * 3\nprint(best)", False),
    # it changes a value, the process, a file
    ("bisect.insort_left(numbers, 2)\nstatistics.fmean(numbers)", False),
    ("def grow():\n    numbers.append(7)\n    return numbers\ngrow() + grow()", False),
    ("random.sample(numbers, k=2) + [1]", False),
    ("warnings.warn_explicit; decimal.getcontext().prec += 1", False),
    ("pathlib.Path('seen.txt').touch() or statistics.fmean(numbers)", False),
    # nobody can see whether it does
    ("next(counter) + statistics.fmean([1, 2])", False),
    ("queue.SimpleQueue().put(1) or urllib.parse.quote('a b') + 'c'", False),
    ("%time statistics.fmean(numbers)\nstatistics.fmean([1, 2]) + 1", True),
    ("!true\nstatistics.fmean([1, 2]) + 1", False),
]
TOP = """
# %%
import bisect, decimal, itertools, pathlib, queue, random, statistics, textwrap, urllib.parse, warnings
import matplotlib.pyplot as plt
# %%
numbers = [n * 3 % 7 for n in range(9)]
names = [str(n) for n in numbers]
counter = itertools.count(3)
"""


def test_a_run_says_which_cells_only_look(tmp_path: Path) -> None:
    text = TOP + "".join(f"# %%\n{code}\n" for code, _ in SEEN) + "# %%\nprint(middle)"
    path = build.write(tmp_path, text)
    with session(path, Conditions(), lambda *_: None) as opened:
        seen = observations.observed(opened.first, frozenset())
        assert opened.first.stop is None
        found = looking.seen(facts.analyze(opened.notebook), seen)
    cells = {f"c{n}": code for n, (code, _) in enumerate(SEEN, start=2)}
    assert {cells[cell] for cell in found} == {code for code, looks in SEEN if looks}


def _planned(text: str, *looks: str, **more: bool) -> Plan:
    notebook = build.notebook(text)
    options = Options(looking=frozenset(looks), **more)
    return make(notebook, facts.analyze(notebook), options)


UNKNOWN = f'{FIRST}# %% tags=["nb2pkg:a"]\nimport lib\nlib.look(rows) + lib.look(rows[0])\n{LAST}'


def test_what_was_seen_to_look_stays_and_says_why() -> None:
    made = _planned(UNKNOWN, "c1")
    assert [step.name for step in made.steps] == ["made", "last"]
    assert [line.source for line in made.pipeline.lines if line.step is None] == []
    assert made.pipeline.end is None
    told = [p for p in made.problems if p.code == "NB606"]
    assert [p.place.line for p in told if p.place] == [2]
    assert len(_planned(UNKNOWN).steps) == 3  # without a run it is a change
    assert not [p for p in _planned(UNKNOWN, "c1", everything=True).problems if p.code == "NB606"]


def test_what_a_person_named_is_a_function_that_run_does_not_call() -> None:
    made = _planned(UNKNOWN.replace('"nb2pkg:a"]', '"nb2pkg:a.seen"]'), "c1")
    assert [step.name for step in made.steps] == ["made", "seen", "last"]
    assert [line.step.name for line in made.pipeline.run_lines if line.step] == ["made", "last"]


def test_what_only_a_look_made_is_not_given() -> None:
    fig = '# %% tags=["nb2pkg:a"]\nfig, ax = plt.subplots()\nax.plot(lib.of(rows))\n'
    made = _planned(f"{FIRST}# %%\nimport lib\nfig = lib.draw()\n{fig}{LAST}", "c1", "c2")
    assert made.pipeline.results == ("most",)
    assert [line.source for line in made.pipeline.lines if line.step is None] == []


def test_better_functions_that_look_than_no_package() -> None:
    made = _planned("# %%\nimport lib\nlib.look(1) + lib.look(2)", "c0", everything=True)
    (step,) = made.steps
    assert step.returns_shown
    assert made.pipeline.run_lines == ()


STORY = """
# %%
import mimetypes, statistics, textwrap
def seen(text):
    return textwrap.shorten(text, width=9)
# %%
names = [seen("ring one two"), seen("none")]
# %%
textwrap.wrap(" ".join(names), width=8)
# %%
textwrap.fill(names[1] + "x")
# %%
kinds = [mimetypes.guess_type(f"{name}.zz")[0] for name in names]
"""
TELLS = '# %%\nstatistics.fmean([1, 2]) + 1\n# %%\nmimetypes.add_type("a/b", ".zz") or textwrap.fill("a" + "b")\n'


def _verified(folder: Path, text: str) -> tuple[VerifiedPromotion, list[str]]:
    path = build.write(folder, text)
    outcome = promote_verified(path, Request(everything=True), Conditions(), lambda *_: None)
    assert outcome.verification.verdict.is_verified
    cells = outcome.promotion.listed["cells"]
    return outcome, [cell for cell, record in cells.items() if record.get("looks")]


def test_a_run_confirms_it_and_the_package_remembers(tmp_path: Path) -> None:
    outcome, looks = _verified(tmp_path, STORY)
    assert looks == ["c2", "c3"]
    assert [step.cell for step in outcome.promotion.plan.steps] == [1, 4]
    write(update(outcome.promotion))
    project = outcome.promotion.place
    known, path = manifest.required(project), tmp_path / "analysis.ipynb"
    again = remembered.generated(project, known, reader.read(path))
    assert [step.cell for step in again.plan.steps] == [1, 4]
    build.write(tmp_path, STORY.replace("fill(names[1]", "fill(names[0]"))
    changed = remembered.generated(project, known, reader.read(path))
    assert [step.cell for step in changed.plan.steps] == [1, 3, 4]  # nobody has seen it since


def test_what_looks_is_run_where_the_pipeline_gives_other_values_without_it(tmp_path: Path) -> None:
    """It told a library something that no run sees."""
    before, after = STORY.rsplit("# %%", 1)
    outcome, looks = _verified(tmp_path, f"{before}{TELLS}# %%{after}")
    assert looks == ["c4"]  # it uses nothing of what was missed
    assert outcome.verification.pipeline.is_sound
    assert "kinds" in outcome.verification.pipeline.same


def _pipeline(text: str) -> str:
    notebook = build.notebook(text)
    return pipeline(make(notebook, facts.analyze(notebook), Options()))
