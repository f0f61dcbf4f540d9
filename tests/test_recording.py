"""What the generated tests know of a run: promoted with real kernels, run with a real pytest."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.observed import Recorded, Recording
from nb2pkg.promote import build as promotion
from nb2pkg.render import fixtures, tests
from tests import build

pytestmark = pytest.mark.xdist_group("recording")  # its fixtures are made once

BIRDS = """
# %% tags=["nb2pkg:clean.load"]
import pandas as pd
birds = pd.read_csv("birds.csv")
# %% tags=["nb2pkg:clean.drop_incomplete"]
kept = birds.dropna(subset=["mass", "ring"])
print(f"kept {len(kept)} birds")
complete = kept.set_index("ring").sort_index()
# %% tags=["nb2pkg:clean.add_shares"]
complete["share"] = complete["mass"] / complete["mass"].max()
# %% tags=["nb2pkg:clean.rank"]
ranked = complete.reset_index().sort_values(["mass", "ring"])
# %% tags=["nb2pkg:look.by_kind"]
wide = complete.reset_index().pivot(index="ring", columns="kind", values="mass")
flags = pd.get_dummies(complete["kind"])
# %% tags=["nb2pkg:look.describe"]
summary = complete.describe()
summary.shape
"""
CSV = "ring,kind,mass\n7,MARKERAUK,12.5\n3,MARKERTIT,\n5,MARKERAUK,17.75\n9,MARKERTIT,11.0\n"


@dataclass(frozen=True)
class Promoted:
    project: Path
    data: Path
    result: Result

    def read(self, path: str) -> str:
        return (self.project / path).read_text(encoding="utf-8")

    @property
    def recorded(self) -> dict[str, dict[str, dict[str, object]]]:
        found = json.loads(self.read("tests/recorded.json"))
        return {step: entry["values"] for step, entry in found.items()}

    def test(self, *options: str) -> str:
        """The tests of the package; what pytest says."""
        variable = f"{self.project.name.removesuffix('-package').upper()}_DATA_DIR"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
            cwd=self.project,
            env={**os.environ, variable: str(self.data), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def broken(self, path: str, old: str, new: str) -> str:
        """What the tests say once that text of the package is another one; then it is put back."""
        place = self.project / path
        text = place.read_text(encoding="utf-8")
        assert old in text
        place.write_text(text.replace(old, new), encoding="utf-8")
        try:
            return self.test()
        finally:
            place.write_text(text, encoding="utf-8")


def promote(folder: Path, cells: str, *options: str) -> Promoted:
    path = build.write(folder, cells)
    words = ["promote", str(path), "--verify", *options]
    return Promoted(folder / "analysis-package", folder, CliRunner().invoke(cli, words))


@pytest.fixture(scope="module")
def birds(tmp_path_factory: pytest.TempPathFactory) -> Promoted:
    pytest.importorskip("pandas", reason="the example is one of pandas")
    folder = tmp_path_factory.mktemp("birds")
    (folder / "birds.csv").write_text(CSV, encoding="utf-8")
    found = promote(folder, BIRDS)
    assert found.result.exit_code == 0, found.result.output
    return found


def test_the_suite_passes_twice_in_any_order(birds: Promoted) -> None:
    pytest.importorskip("pytest_randomly", reason="brings the random order")
    for seed in ("1", "2", "3"):
        told = birds.test(f"--randomly-seed={seed}")
        assert re.search(r"\d+ passed", told), told
        assert "failed" not in told, told


def test_no_file_holds_a_value(birds: Promoted) -> None:
    texts = {path: path.read_bytes() for path in birds.project.rglob("*") if path.is_file()}
    assert [path for path, text in texts.items() if b"MARKER" in text] == []
    assert [path for path, text in texts.items() if b"17.75" in text] == []


def test_labels_of_the_data_are_digests_and_those_of_the_notebook_are_not(birds: Promoted) -> None:
    text = birds.read("tests/recorded.json")
    assert '"mass"' in text
    assert '"share"' in text
    assert '"#' in text


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        ("clean.py", '["mass", "ring"])', '["kind", "ring"])', "complete: 4 rows, recorded was 3"),
        ("clean.py", ".sort_index()", "", "complete: another index than recorded"),
        ("clean.py", ".max()", ".min()", "complete['share']: other values than recorded"),
        ("clean.py", "kept {", "left {", "test_drop_incomplete"),
        ("clean.py", 'complete["mass"] /', '1000 * complete["mass"] /', "about 1,000 times larger"),
        ("look.py", ".describe()", ".describe().round(1)", "test_describe"),
        ("look.py", 'values="mass"', 'values="share"', "wide"),
        (
            "clean.py",
            "kept = birds.dropna",
            "birds['more'] = 1; kept = birds.dropna",
            "birds: 4 columns",
        ),
    ],
)
def test_what_is_broken_is_told(birds: Promoted, path: str, old: str, new: str, told: str) -> None:
    assert told in birds.broken(f"src/analysis/{path}", old, new)


def test_each_function_is_tested_on_made_up_inputs(birds: Promoted) -> None:
    text = birds.read("tests/test_clean.py") + birds.read("tests/test_look.py")
    names = set(re.findall(r"^def (test_\w+)", text, re.MULTILINE))
    assert {f"test_{step}" for step in birds.recorded if step != "run"} <= names
    assert "skip" not in text


def test_a_broken_step_fails_its_own_tests_and_those_that_need_its_values(birds: Promoted) -> None:
    told = birds.broken("src/analysis/look.py", "complete.describe()", "complete.nothing()")
    failed = set(re.findall(r"FAILED (\S+)", told))
    assert failed == {
        "tests/test_look.py::test_describe",
        "tests/test_pipeline.py::test_step[describe]",
    }


def test_promoting_again_changes_nothing(birds: Promoted) -> None:
    again = CliRunner().invoke(cli, ["promote", str(birds.data / "analysis.ipynb"), "--verify"])
    assert again.exit_code == 0, again.output
    assert "is up to date" in again.stderr


def test_the_report_shows_which_faults_are_noticed(birds: Promoted) -> None:
    before = {path: path.read_bytes() for path in birds.project.rglob("*.py")}
    words = ["test-report", str(birds.project), "--faults", "8"]
    told = CliRunner().invoke(cli, words)
    assert told.exit_code == 0, told.output
    assert re.search(r"^  clean.drop_incomplete +[23] of [23]$", told.stderr, re.MULTILINE)
    assert re.search(r"^tests: [678] of 8 faults noticed", told.stderr, re.MULTILINE)
    assert {path: path.read_bytes() for path in birds.project.rglob("*.py")} == before


def test_the_report_needs_tests_that_pass(tmp_path: Path) -> None:
    path = build.write(tmp_path, TWO)
    CliRunner().invoke(cli, ["promote", str(path)])
    project = tmp_path / "analysis-package"
    few = CliRunner().invoke(cli, ["test-report", str(project), "--require", "100", "--json"])
    assert few.exit_code == 1
    assert "are required" in str(few.exception)
    assert {found["symbol"] for found in json.loads(few.stdout)} <= {"clean.load", "clean.count"}
    (project / "tests" / "test_more.py").write_text("def test_more():\n    assert False\n")
    found = CliRunner().invoke(cli, ["test-report", str(project)])
    assert found.exit_code == 1
    assert "do not pass as they are" in str(found.exception)


RANDOM = """
# %% tags=["nb2pkg:draw.unseeded"]
import random
first = [random.random() for _ in range(5)]
# %% tags=["nb2pkg:draw.seed"]
random.seed(3)
second = random.random()
# %% tags=["nb2pkg:draw.go_on"]
third = [random.random(), second]
# %% tags=["nb2pkg:draw.today"]
import datetime
day = datetime.date.today().isoformat()
# %% tags=["nb2pkg:draw.label"]
label = day + "!"
"""


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Promoted:
    found = promote(tmp_path_factory.mktemp("drawn"), RANDOM)
    assert found.result.exit_code == 0, found.result.output
    return found


def test_what_is_not_the_same_each_time_is_recorded_by_structure(drawn: Promoted) -> None:
    for name in ("unseeded", "today", "label"):
        assert "digest" not in json.dumps(drawn.recorded[name])
    assert "only the structure: unseeded's first" in drawn.result.stderr


def test_seeded_randomness_is_recorded_and_goes_on_from_step_to_step(drawn: Promoted) -> None:
    assert "digest" in json.dumps(drawn.recorded["seed"])
    assert "digest" in json.dumps(drawn.recorded["go_on"])


def test_tests_that_draw_do_not_disturb_each_other(drawn: Promoted) -> None:
    pytest.importorskip("pytest_randomly", reason="brings the random order")
    for seed in range(4):
        told = drawn.test(f"--randomly-seed={seed}")
        assert "failed" not in told, told


COUNTED = """
# %% tags=["nb2pkg:things"]
import itertools
NUMBERS = itertools.count()
class Thing:
    def __init__(self):
        self.name = f"thing {next(NUMBERS)}"
# %% tags=["nb2pkg:make.one"]
one = Thing()
# %% tags=["nb2pkg:make.other"]
other = Thing()
"""


def test_what_counts_calls_is_recorded_by_structure(tmp_path: Path) -> None:
    found = promote(tmp_path, COUNTED)
    assert found.result.exit_code == 0, found.result.output
    values = {name: value for step in found.recorded.values() for name, value in step.items()}
    assert "digest" not in values["one"]
    assert "digest" not in values["other"]
    for seed in range(3):
        assert "failed" not in found.test(f"--randomly-seed={seed}")


JUPYTER = """
# %% tags=["nb2pkg:host.find"]
import sys
kernel = sys.modules["ipykernel"].__name__
# %% tags=["nb2pkg:host.shout"]
loud = kernel.upper()
"""


def test_a_step_that_needs_jupyter_is_told_and_is_not_recorded(tmp_path: Path) -> None:
    found = promote(tmp_path, JUPYTER)
    assert "NB604 find raises KeyError outside of Jupyter" in found.result.stderr
    assert "not recorded: find, shout (the pipeline ends before it" in found.result.stderr
    told = found.test("-rs")
    assert re.search(r"\d skipped", told), told
    assert "failed" not in told


STATE = """
# %% tags=["nb2pkg:state.set_up"]
import os
os.environ["ANALYSIS_DIGITS"] = "2"
# %% tags=["nb2pkg:state.share"]
share = round(1 / 7, int(os.environ.get("ANALYSIS_DIGITS", "5")))
"""


def test_a_function_is_tested_as_it_is_where_nothing_was_run_before(tmp_path: Path) -> None:
    """The step gives 0.14 in the notebook, and another value in a test that is run alone."""
    found = promote(tmp_path, STATE)
    assert found.result.exit_code == 0, found.result.output
    assert "failed" not in found.test()
    assert "failed" not in found.test("tests/test_state.py")


SECRETS = """
# %% tags=["nb2pkg:access"]
import os
def token():
    return "Bearer " + os.environ["ANALYSIS_TOKEN"]
def table():
    return open("secret.txt").read()
# %% tags=["nb2pkg:access.size"]
size = len(token()) + len(table())
"""


def test_no_secret_of_the_environment_or_of_a_file_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYSIS_TOKEN", "MARKER-4711-TOKEN")
    (tmp_path / "secret.txt").write_text("MARKER in a file", encoding="utf-8")
    found = promote(tmp_path, SECRETS)
    assert found.result.exit_code == 0, found.result.output
    texts = {path: path.read_bytes() for path in found.project.rglob("*") if path.is_file()}
    assert [path for path, text in texts.items() if b"MARKER" in text] == []


PICKLED = """
# %% tags=["nb2pkg:things"]
import pickle
def double(number):
    return 2 * number
def apply(number, function=double):
    return pickle.loads(pickle.dumps(function))(number)
# %% tags=["nb2pkg:things.use"]
numbers = [apply(number) for number in [1, 2]]
"""


def test_looking_at_what_functions_are_given_breaks_no_step(tmp_path: Path) -> None:
    """Pickle finds a function by its name, and that is another one while it is watched."""
    found = promote(tmp_path, PICKLED)
    assert found.result.exit_code == 0, found.result.output
    assert "1 of 1 step recorded" in found.result.stderr
    assert "failed" not in found.test()


CALLS = """
# %% tags=["nb2pkg:scores"]
def zscore(values, digits=2):
    mean = sum(values) / len(values)
    spread = (sum((v - mean) ** 2 for v in values) / len(values)) ** 0.5
    return [round((v - mean) / spread, digits) for v in values]
def names_of(path):
    return open(path).read().split()
TICKETS = []
def ticket(step):
    TICKETS.append(step)
    return len(TICKETS)
class Box:
    def __init__(self, size):
        self.size = size
def boxed(size):
    return Box(size)
# %%
zscore([1, 2, 3])
zscore([1, 2, 3], digits=4)
names = names_of("names.txt")
if names == []:
    zscore([])
box = boxed(3)
first = ticket(1)
"""


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> Promoted:
    folder = tmp_path_factory.mktemp("called")
    (folder / "names.txt").write_text("Ilse Bo MARKER", encoding="utf-8")
    found = promote(folder, CALLS)
    assert found.result.exit_code == 0, found.result.output
    return found


def test_calls_with_literals_become_cases(called: Promoted) -> None:
    text = called.read("tests/test_scores.py")
    assert 'id="zscore([1, 2, 3])"' in text
    assert "[-1.2247, 0.0, 1.2247]" in text
    assert "zscore([])" not in text
    assert "ticket(1)" not in text  # it gives something else each time
    assert "failed" not in called.test()


def test_results_that_come_from_files_are_not_written_down(called: Promoted) -> None:
    text = called.read("tests/test_scores.py")
    assert "MARKER" not in text
    assert "names_of('names.txt')" not in text


def test_objects_that_functions_give_are_compared(called: Promoted) -> None:
    assert "test_boxed" in called.broken("src/analysis/scores.py", "Box(size)", "Box(size + 1)")


PLOTS = """
# %% tags=["nb2pkg:plots.draw"]
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([1, 2, 3], [3, 1, 2], label="MARKER")
ax.set_title("mass")
plt.show()
# %% tags=["nb2pkg:plots.bars"]
plt.bar(["a", "b"], [3, 4])
"""


def test_what_a_step_draws_is_tested(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the example draws")
    found = promote(tmp_path, PLOTS)
    assert found.result.exit_code == 0, found.result.output
    assert "failed" not in found.test()
    assert "::test_draw" in found.broken("src/analysis/plots.py", "[3, 1, 2]", "[3, 1, 4]")
    assert "::test_draw" in found.broken("src/analysis/plots.py", '"mass"', '"weight"')
    assert "::test_bars" in found.broken("src/analysis/plots.py", "[3, 4]", "[3, 5]")


# ---- values on request


def test_values_are_stored_on_request_and_differences_told_by_row(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="the example is one of pandas")
    (tmp_path / "birds.csv").write_text(CSV, encoding="utf-8")
    found = promote(tmp_path, BIRDS, "--record-values")
    assert found.result.exit_code == 0, found.result.output
    assert found.read("tests/values/load/birds.csv").splitlines()[1] == "0,7,MARKERAUK,12.5"
    assert "failed" not in found.test()
    told = found.broken("src/analysis/clean.py", ".max()", ".min()")
    assert "complete: row 0, column 'share': 1.6136363636363635, recorded was 1.0" in told


def test_one_step_is_stored_with_what_it_is_given(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="the example is one of pandas")
    (tmp_path / "birds.csv").write_text(CSV, encoding="utf-8")
    found = promote(tmp_path, BIRDS, "--record-step", "drop_incomplete", "--record-rows", "2")
    folder = found.project / "tests/values"
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.csv"))
    assert files == ["drop_incomplete/complete.csv", "load/birds.csv"]
    assert len((folder / "load/birds.csv").read_text("utf-8").splitlines()) == 3
    assert "failed" not in found.test()


def test_an_unknown_step_is_one_clear_error_before_anything_is_run(tmp_path: Path) -> None:
    found = promote(tmp_path, RANDOM, "--record-step", "nope")
    assert found.result.exit_code == 1
    assert "there is no step nope to record" in str(found.result.exception)
    assert "ran original" not in found.result.stderr
    assert not found.project.exists()


def test_values_are_not_recorded_without_a_run(tmp_path: Path) -> None:
    path = build.write(tmp_path, RANDOM)
    result = CliRunner().invoke(cli, ["promote", str(path), "--record-values"])
    assert result.exit_code == 2
    assert "add --verify" in result.stderr


# ---- marks


TWO = """
# %% tags=["nb2pkg:clean.load"]
birds = sorted([3, 1, 2])
# %% tags=["nb2pkg:clean.count"]
number = len(birds)
"""


def test_tests_that_wait_for_a_slow_pipeline_are_marked(tmp_path: Path) -> None:
    plan = promotion.promote(build.write(tmp_path, TWO), promotion.Request()).plan
    quick, slow = Recorded(seconds=2), Recorded(seconds=3.5)
    assert not fixtures.is_slow(Recording({"load": quick, "count": quick}))
    recording = Recording({"load": quick, "count": slow})
    assert fixtures.is_slow(recording)
    assert "pytestmark = pytest.mark.slow" in tests.pipeline(plan, recording, ())


LEFT_OUT = """
# %% tags=["nb2pkg:parts.cut"]
parts = iter([1, 2, 3])
kept = sorted([3, 1])
# %%
sum(parts)
# %%
rest = list(parts)
# %% tags=["nb2pkg:parts.count"]
size = len(kept)
size = size + 1
# %%
rest, size
"""


def test_what_the_pipeline_does_not_return_is_not_asked_for(tmp_path: Path) -> None:
    """What a look has used up is still there outside of Jupyter: run() leaves it out once that was seen."""
    found = promote(tmp_path, LEFT_OUT)
    assert found.result.exit_code == 0, found.result.output
    assert "NB605" in found.result.stderr
    assert "rest" not in found.recorded["run"]
    assert "failed" not in found.test()
