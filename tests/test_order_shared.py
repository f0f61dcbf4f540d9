"""Files, streams of random numbers and lost runs: order, check and promote say of them what a run says."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from nb2pkg import facts
from nb2pkg.graph import timeline
from nb2pkg.model import Notebook
from nb2pkg.order.choose import choose
from nb2pkg.order.counts import history
from nb2pkg.order.model import Certainty
from nb2pkg.order.summaries import summaries
from nb2pkg.plan import order, shared
from nb2pkg.plan.make import make
from nb2pkg.plan.request import Options
from tests import build

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

NUMPY = "import numpy as np\nnp.random.seed(1)\n"
OTHER = {  # document order shows something else than the order of the counts
    "numpy's seed": ([NUMPY, "print(np.random.rand())", "print(np.random.rand())"], "1 3 2"),
    "a generator": (
        ["import numpy as np\nrng = np.random.default_rng(1)", "print(rng.normal())", "print(rng.random())"],
        "1 3 2",
    ),
    "a generator that is handed on": (
        ["import random\nr = random.Random(1)\ndef f(g):\n    return g.random()", "print(f(r))", "print(f(r))"],
        "1 3 2",
    ),
    "a function that draws": (
        ["import random\nrandom.seed(1)\ndef f():\n    return random.random()", "print(f())", "a = f()"],
        "1 3 2",
    ),
    "a method that draws": (
        [NUMPY + "class C:\n    def f(self):\n        return np.random.rand()\nc = C()", "print(c.f())", "print(c.f())"],
        "1 3 2",
    ),
    "a sample of a table": (
        [NUMPY + "import pandas as pd\ndf = pd.DataFrame({'a': range(99)})", "print(df.sample(3).a.sum())", "np.random.rand()"],
        "1 3 2",
    ),
    "seeded again below": ([NUMPY, "print(np.random.rand())", "np.random.seed(2)"], "1 3 2"),
    "a split": (
        [NUMPY + "from sklearn.model_selection import train_test_split", "print(train_test_split(range(9))[0])", "np.random.rand(9)"],
        "1 3 2",
    ),
    "a file written below": (["print(open('a.txt').read())", "with open('a.txt', 'w') as f:\n    f.write('1')"], "2 1"),
    "a table written below": (
        ["import pandas as pd\nOUT = 'a.csv'\npd.DataFrame({'a': [1]}).to_csv(OUT)", "print(len(pd.read_csv(OUT)))", "pd.DataFrame({'a': [1, 2]}).to_csv('a.csv')"],
        "1 3 2",
    ),
    "an array": (["import numpy as np\nnp.save('a', [1])", "print(np.load('a.npy'))", "np.save('a.npy', [2])"], "1 3 2"),
    "json": (
        ["import json\nfrom pathlib import Path\nplace = Path('.') / 'a.json'\nplace.write_text('1')", "print(json.load(place.open()))", "with open('a.json', 'w') as f:\n    json.dump(2, f)"],
        "1 3 2",
    ),
    "a pickle": (
        ["import pickle\npickle.dump(1, open('a', 'wb'))", "print(pickle.load(open('a', 'rb')))", "pickle.dump(2, open('a', 'wb'))"],
        "1 3 2",
    ),
    "appended": (["open('log', 'a').write('1')", "print(open('log').read())", "open('log', 'a').write('2')"], "1 3 2"),
    "removed": (["import os\nopen('a', 'w').close()", "print(os.path.exists('a'))", "os.remove('a')"], "1 3 2"),
    "listed": (["import os", "print(os.listdir('.'))", "open('a', 'w').close()"], "1 3 2"),
    "a folder made below": (["import os", "open('out/a', 'w').close()", "os.makedirs('out')"], "1 3 2"),
}  # fmt: skip
SAME = {  # every cell shows the same in both
    "no seed at all": (["import random", "a = random.random()", "b = random.random()"], "1 3 2"),
    "generators of their own": (
        ["import numpy as np\nr, s = 1, 2", "a = np.random.default_rng(r).normal()", "b = np.random.default_rng(s).normal()"],
        "1 3 2",
    ),
    "two streams": ([NUMPY + "import random\nrandom.seed(1)", "a = np.random.rand()", "b = random.random()"], "1 3 2"),
    "drawn with a seed of its own": (
        [NUMPY + "import pandas as pd\ndf = pd.DataFrame({'a': range(99)})", "x = df.sample(3, random_state=1)", "y = np.random.rand()"],
        "1 3 2",
    ),
    "two files": (["a = 1", "open('a', 'w').write('1')", "open('b', 'w').write('2')"], "1 3 2"),
    "two readers": (["open('a', 'w').close()", "x = open('a').read()", "y = open('a').read()"], "1 3 2"),
    "another file": (["open('a', 'w').close()", "x = open('a').read()", "open('b', 'w').write('2')"], "1 3 2"),
}  # fmt: skip


def notebook(sources: Sequence[str], counts: str) -> Notebook:
    numbers = map(int, counts.split())
    return build.notebook(
        [build.cell("code", s, execution_count=n) for s, n in zip(sources, numbers, strict=True)]
    )


def verdicts(sources: Sequence[str], counts: str) -> tuple[bool, str, str]:
    """Is document order known to be right; what check says; what promotion says."""
    made = notebook(sources, counts)
    cells = facts.analyze(made)
    found = summaries(cells)
    finding = choose(found, history(found))
    lines = timeline.build(cells)
    said = [order.check(made, cells, lines, only_read=only) for only in (True, False)]
    checked, promoted = (problem.code if problem else "" for problem in said)
    return finding.is_right and finding.certainty is Certainty.KNOWN, checked, promoted


def shown(sources: Sequence[str], sequence: Sequence[int], folder: Path) -> dict[int, str]:
    """What the cells print when they are run in that sequence; of one that fails, the error."""
    folder.mkdir()
    namespace: dict[str, Any] = {}
    printed = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for index in sequence:
            with contextlib.redirect_stdout(io.StringIO()) as text:
                try:
                    exec(sources[index], namespace)
                except OSError as error:
                    print(type(error))
            printed[index] = text.getvalue()
    return printed


def both(
    sources: Sequence[str], counts: str, folder: Path
) -> tuple[dict[int, str], dict[int, str]]:
    numbers = [int(word) for word in counts.split()]
    by_count = sorted(range(len(sources)), key=lambda index: numbers[index])
    document = shown(sources, range(len(sources)), folder / "document")
    return document, shown(sources, by_count, folder / "counts")


@pytest.mark.parametrize("case", OTHER)
def test_another_order_shows_something_else(case: str, tmp_path: Path) -> None:
    one, two = both(*OTHER[case], tmp_path)
    assert one != two
    assert verdicts(*OTHER[case]) == (False, "NB205", "NB205")


@pytest.mark.parametrize("case", SAME)
def test_another_order_shows_the_same(case: str, tmp_path: Path) -> None:
    one, two = both(*SAME[case], tmp_path)
    assert one == two
    assert verdicts(*SAME[case]) == (True, "NB202", "NB202")


LOST = {  # counts, and whether a lost run may have been one of the cell that adds
    "added": (["x = 0", "x = x + 1", "print(x)"], "1 4 5", True),
    "added in place": (["x = 0", "x += 1", "print(x)"], "1 3 4", True),
    "an item": (["d = {'n': 0}", "d['n'] += 1"], "1 3", True),
    "appended": (["x = []", "x.append(1)", "x"], "2 4 5", True),
    "drawn": ([NUMPY, "a = np.random.rand()"], "1 3", True),
    "written at the end of a file": (["open('a', 'w').close()", "open('a', 'a').write('x')", "open('a').read()"], "1 3 4", True),
    "no gap between": (["x = 0", "x = x + 1"], "3 4", False),
    "a gap behind": (["x = 0", "x += 1", "y = 2"], "1 2 7", False),
    "made in the same cell": (["y = 1", "x = 0\nx += 1"], "1 4", False),
    "the same each time": (["x = [2, 1]", "x = sorted(x)"], "1 4", False),
    "drawn without a seed": (["import random", "a = random.random()"], "1 4", False),
    "counts of two sessions": (["x = 0", "x += 1", "y = 1"], "1 4 1", False),
}  # fmt: skip


@pytest.mark.parametrize("case", LOST)
def test_what_may_have_been_run_again_is_never_known(case: str) -> None:
    sources, counts, expected = LOST[case]
    made = notebook(sources, counts)
    plan = make(made, facts.analyze(made), Options(everything=True))
    assert ("NB207" in {problem.code for problem in plan.problems}) == expected
    assert not (expected and verdicts(sources, counts)[0])


def test_a_gap_may_be_as_long_as_a_damaged_count_makes_it() -> None:
    sources, counts = ["x = 0", "x += 1"], "1 1000000000000"
    made = notebook(sources, counts)
    plan = make(made, facts.analyze(made), Options(everything=True))
    (found,) = (problem for problem in plan.problems if problem.code == "NB207")
    assert "999999999998 runs" in found.message
    assert not verdicts(sources, counts)[0]


def test_what_may_have_been_run_again_is_said_once_and_moves() -> None:
    sources = ["x = []", "x.append(1)", "x.append(2)", "y = sum(x) * 2"]
    made = notebook(sources, "1 4 5 6")
    plan = make(made, facts.analyze(made), Options(everything=True))
    assert [problem.code for problem in plan.problems].count("NB207") == 1
    assert "y" in {name for step in plan.steps for name in step.returns} | {*plan.pipeline.results}


def test_a_cell_that_writes_a_file_first_does_not_find_it() -> None:
    cells = facts.analyze(
        build.notebook(["open('a', 'w').write('1')\nopen('a').read()", "open('a')"])
    )
    found = shared.by_cell(shared.touches(cells))
    assert (found[0].makes, found[0].reads, found[1].reads) == ({"a"}, frozenset(), {"a"})
