"""Steps that only show something are called by the narrative and its tests, and not by run()."""

from __future__ import annotations

import pytest

from nb2pkg import facts
from nb2pkg.plan.make import make
from nb2pkg.plan.request import Options
from nb2pkg.render.pipeline import pipeline
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


def _pipeline(text: str) -> str:
    notebook = build.notebook(text)
    return pipeline(make(notebook, facts.analyze(notebook), Options()))
