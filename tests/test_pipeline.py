"""The pipeline gives the notebook's values or says that it does not: as planned, and as run."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from nb2pkg.execution import probe
from nb2pkg.execution.model import Conditions
from nb2pkg.promote.build import Promotion, Request, promote
from nb2pkg.promote.reverify import recheck
from nb2pkg.promote.update import update, write
from nb2pkg.promote.verified import VerifiedPromotion, promote_verified
from nb2pkg.verify import piped
from tests import build

TAG = ' tags=["nb2pkg"]'


def promoted(folder: Path, *cells: str, everything: bool = True) -> Promotion:
    text = "\n".join(f"# %%{cell if cell.startswith(' ') else chr(10) + cell}" for cell in cells)
    return promote(build.write(folder, text), Request(everything=everything))


def end_of(made: Promotion) -> int | None:
    """The cell before which the pipeline ends, counted from 1."""
    end = made.plan.pipeline.end
    return end.place.cell + 1 if end is not None and end.place is not None else None


LIST = "xs = [3, 1]\nxs.append(2)"
MODEL = (
    "from sklearn.linear_model import LinearRegression\nX = [[1.0], [2.0]]\nm = LinearRegression()"
)

# what stands in the cells, the cell before which the pipeline ends, what it gives
ENDS: list[tuple[str, list[str], int | None, set[str]]] = [
    ("a timed fit runs", [MODEL, "%time m.fit(X, [1.0, 2.0])"], None, {"m"}),
    ("timed many times over", [LIST, "%timeit xs.append(1)"], 2, {"xs"}),
    ("a timed look", [LIST, "%timeit sorted(xs)"], None, {"xs"}),
    ("a timed assignment", [LIST, "%time top = max(xs)", "low = -top"], None, {"low"}),
    ("profiled once", [LIST, "%prun xs.sort()"], None, {"xs"}),
    ("a variable of the process", [LIST, "%env MODE=quick", "n = len(xs)"], None, {"n"}),
    ("shell in a loop", [LIST, "for x in [1]:\n    !true\n    xs.append(x)"], 2, {"xs"}),
    ("shell that binds nothing", [LIST, "!ls"], None, {"xs"}),
    ("code from text", [LIST, 'exec("xs.append(1)")'], 2, {"xs"}),
    ("a cell that only shows", [LIST, "%%javascript\nalert(1)", "n = len(xs)"], None, {"n"}),
    ("an install", [LIST, "if len(xs) > 9:\n    !pip install x", "n = len(xs)"], None, {"n"}),
    (
        "a platform that is not here",
        ['import sys\nCOLAB = "google.colab" in sys.modules', LIST, "if COLAB:\n    %cd /content", "n = len(xs)"],
        None,
        {"n"},
    ),
    (
        "an import that installs itself",
        ["try:\n    import json\nexcept ImportError:\n    !pip install json", "t = json.dumps([1])\nn = len(t)"],
        None,
        {"n"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "end", "gives"), [r[1:] for r in ENDS], ids=[r[0] for r in ENDS])
def test_where_it_ends(tmp_path: Path, cells: list[str], end: int | None, gives: set[str]) -> None:
    made = promoted(tmp_path, *cells)
    assert end_of(made) == end
    assert gives <= set(made.plan.pipeline.results)


# definitions that stay, and what they do when they are made
DEFINITIONS: list[tuple[str, str, int | None]] = [
    ("nothing", "def f():\n    return globals()['xs']", None),
    ("put elsewhere", "@register\ndef f():\n    return globals()['xs']", 2),
    ("made by a step", "def f(n=xs.pop()):\n    return n", None),
]


@pytest.mark.parametrize(
    ("source", "end"), [r[1:] for r in DEFINITIONS], ids=[r[0] for r in DEFINITIONS]
)
def test_definitions_that_stay(tmp_path: Path, source: str, end: int | None) -> None:
    first = f"{LIST}\nfound = []\ndef register(f):\n    found.append(f)\n    return f"
    made = promoted(tmp_path, first, source, "n = len(xs)")
    assert end_of(made) == end


def test_what_untagged_cells_do_to_the_process(tmp_path: Path) -> None:
    """A seed is no value that could be passed: the pipeline sets it too."""
    made = promoted(
        tmp_path,
        "import random",
        "random.seed(1)",
        f"{TAG}\nx = random.random()",
        f"{TAG}\ny = x + random.random()",
        everything=False,
    )
    assert end_of(made) is None
    assert "random.seed(1)" in [line.source for line in made.plan.pipeline.lines]


def test_what_sets_a_platform_up_is_left_out(tmp_path: Path) -> None:
    made = promoted(
        tmp_path,
        "from google.colab import drive\ndrive.mount('/content')",
        f"{TAG}\nxs = sorted([2, 1])",
        everything=False,
    )
    assert end_of(made) is None
    assert [line.step is not None for line in made.plan.pipeline.lines] == [True]


def test_what_is_only_shown_is_not_given(tmp_path: Path) -> None:
    """The step hands it on under a name that the notebook does not have."""
    made = promoted(tmp_path, LIST, "low = xs.pop()\nxs.pop()")
    assert "shown" in [name for line in made.plan.pipeline.lines for name in line.binds]
    assert made.plan.pipeline.results == ("xs", "low")


def test_values_of_untagged_cells_are_passed(tmp_path: Path) -> None:
    made = promoted(tmp_path, "xs = [input('?')]", f"{TAG}\ntop = xs[-1]", everything=False)
    assert made.plan.pipeline.inputs == ("xs",)


GUARD = """try:
    import {first}
    print("it is there")
except ImportError:
    !pip install it
    import {second}
"""


@pytest.mark.parametrize(
    ("first", "second", "is_import"),
    [
        ("statistics as lib", "statistics as lib", True),
        ("statistics as lib", "math as lib", False),
        ("statistics as lib; lib = lib", "statistics as lib", False),
        ("statistics as lib", "statistics as lib\n    lib.tune()", False),
    ],
)
def test_what_is_installed_where_it_is_missing_is_an_import(
    tmp_path: Path, first: str, second: str, is_import: bool
) -> None:
    made = promoted(
        tmp_path,
        GUARD.format(first=first, second=second),
        f"{TAG}\nxs = [3, 1]\nspread = lib.fmean(xs) + max(xs)",
        "print(spread)",
        everything=False,
    )
    (module,) = made.plan.modules
    assert ("import statistics as lib" in module.imports) is is_import
    assert made.plan.steps[0].params == (() if is_import else ("lib",))


# ------------------------------------------------------------------------------------------- run

RUN = """
# %%
import os
def counted():
    counted.calls = getattr(counted, "calls", 0) + 1
    return counted.calls
class Shy:
    @property
    def shape(self):
        raise NotImplementedError
    @property
    def dtype(self):
        raise NotImplementedError
# %%
parts = iter([1, 2, 3])
kept = sorted([3, 1])
shy = Shy()
knot = list(kept)
knot.append(knot)
from os.path import basename as last_of
part = last_of("a/b")
# %%
sum(parts)
# %%
from os.path import dirname as last_of
whole = last_of("a/b")
rest = list(parts)
size = len(kept)
# %%
kernel = len(os.environ["JPY_PARENT_PID"]) > 0
# %%
last = size + 1
# %%
shy is knot, whole, rest
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> VerifiedPromotion:
    """Two faults that no static look finds: an iterator used up by a look, a variable of Jupyter's."""
    path = build.write(tmp_path_factory.mktemp("run"), RUN)
    outcome = promote_verified(path, Request(everything=True), Conditions(), lambda *_: None)
    write(update(outcome.promotion))
    return outcome


def test_it_is_shortened_and_leaves_out_what_differs(run: VerifiedPromotion) -> None:
    plan = run.promotion.plan
    codes = {p.code: p for p in run.promotion.problems}
    assert "raises KeyError outside of Jupyter" in codes["NB505"].message
    assert codes["NB605"].message.startswith("outside Jupyter rest is not")
    assert "size" in plan.pipeline.results
    assert {"rest", "kernel", "last"}.isdisjoint(plan.pipeline.results)
    same = {"shy", "knot", "part", "whole", "size"}
    assert set(run.verification.pipeline.same) == same
    assert run.verification.pipeline.is_sound


def test_values_that_raise_when_they_are_asked_are_given(run: VerifiedPromotion) -> None:
    """They are described by their type: that nobody can say more must not end the pipeline."""
    assert {"shy", "knot"} <= set(run.promotion.plan.pipeline.results)
    project = run.promotion.project
    told = subprocess.run(
        [sys.executable, "-m", "analysis"],
        cwd=project / "src",
        capture_output=True,
        text=True,
        check=True,
    )
    assert any(line.startswith("shy: <analysis.") for line in told.stdout.splitlines())


def test_it_is_told(run: VerifiedPromotion) -> None:
    assert str(run.verification.pipeline).startswith("5 values as in the notebook")


def test_the_tests_of_the_package_pass(run: VerifiedPromotion) -> None:
    """Also where the pipeline imports something under a name that the notebook binds twice."""
    project = run.promotion.project
    assert "from os.path import basename" in (project / "src/analysis/pipeline.py").read_text()
    tests = "".join(path.read_text(encoding="utf-8") for path in (project / "tests").glob("test_*"))
    assert "test_compute_knot" in tests
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout


def test_it_is_compared_again_once_people_have_changed_it(run: VerifiedPromotion) -> None:
    project = run.promotion.project
    pipeline = project / "src/analysis/pipeline.py"
    before = pipeline.read_text(encoding="utf-8")
    pipeline.write_text(before.replace('"size": size', '"size": size + 1'), encoding="utf-8")
    try:
        verification, finding = recheck(project, Conditions(), lambda *_: None, keep_verdict=False)
    finally:
        pipeline.write_text(before, encoding="utf-8")
    assert not finding.comparison.differences
    assert verification.pipeline.different == ("size",)
    assert not verification.verdict.is_verified


def test_the_manifest_says_where_it_ends(run: VerifiedPromotion) -> None:
    text = (run.promotion.project / ".nb2pkg/manifest.json").read_text(encoding="utf-8")
    assert json.loads(text)["pipeline"] == {"inputs": [], "ends_before": "c4"}


DRAWS = """
import random
drawn_on_import = random.random()
def run():
    return {{"drawn": random.random(), "second": {second!r}}}
"""


def test_it_is_seeded_before_anything_is_imported(tmp_path: Path) -> None:
    """As a kernel is: a library that draws random numbers on its import must not shift the others."""
    seeded = random.Random(7)
    first, second = seeded.random(), seeded.random()
    assert first != second
    package = tmp_path / "early"
    package.mkdir()
    (package / "pipeline.py").write_text(DRAWS.format(second=second), encoding="utf-8")
    (package / "__main__.py").write_text(
        "from .pipeline import run\ndef main(arguments):\n    run()\n", encoding="utf-8"
    )
    specification = {"package": "early", "probe": probe.__file__, "seed": 7}
    specification |= {"folders": {}, "writable": [], "guarded": [], "imports_draw": True}
    (tmp_path / "asked.json").write_text(json.dumps(specification), encoding="utf-8")
    subprocess.run(
        [sys.executable, piped.__file__, "asked.json", "told.json"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        check=True,
    )
    given = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))["given"]
    assert given["drawn"] == given["second"]


ENDS_INSIDE = """
# %%
xs = sorted([3, 1])
# %%
same = xs
top = max(xs)
# %%
xs += [top]
globals()["late"] = len(xs)
"""


def test_other_names_of_what_the_last_cell_changes_are_not_held_against_it(tmp_path: Path) -> None:
    """The pipeline ends in a cell that it has begun, and is compared with what was there before."""
    path = build.write(tmp_path, ENDS_INSIDE)
    outcome = promote_verified(path, Request(everything=True), Conditions(), lambda *_: None)
    assert "NB605" not in {problem.code for problem in outcome.promotion.problems}
    assert {"same", "xs"} <= set(outcome.promotion.plan.pipeline.results)
    assert {"same", "xs"} <= set(outcome.verification.pipeline.unknown)
    text = outcome.promotion.files["src/analysis/pipeline.py"]
    assert "Ends in cell 3 of the notebook, the rest of which can only be run there." in text
