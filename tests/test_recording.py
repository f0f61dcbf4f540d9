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
from nb2pkg.observed import Recorded, Recording, Stored
from nb2pkg.promote import build as promotion
from nb2pkg.render import recorded, stages
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
    def recorded(self) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
        found: dict[str, dict[str, dict[str, dict[str, object]]]] = json.loads(
            self.read("tests/recorded/recorded.json")
        )
        return found

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
    text = birds.read("tests/recorded/recorded.json")
    assert '"mass"' in text
    assert '"share"' in text
    assert '"#' in text


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        (
            "src/analysis/clean.py",
            '["mass", "ring"])',
            '["kind", "ring"])',
            "complete: 4 rows, recorded were 3",
        ),
        ("src/analysis/clean.py", ".sort_index()", "", "the index of complete is not sorted"),
        ("src/analysis/clean.py", ".max()", ".min()", "complete['share']: other values"),
        ("src/analysis/clean.py", "kept {", "left {", "printed"),
        ("src/analysis/look.py", ".describe()", ".describe().round(1)", "describe"),
        ("src/analysis/look.py", 'values="mass"', 'values="share"', "wide"),
    ],
)
def test_what_is_broken_is_told(birds: Promoted, path: str, old: str, new: str, told: str) -> None:
    assert told in birds.broken(path, old, new)


def test_what_held_has_tests_with_names(birds: Promoted) -> None:
    text = birds.read("tests/test_clean.py")
    names = re.findall(r"^def (test_\w+)", text, re.MULTILINE)
    assert {
        "test_load_as_recorded",
        "test_load_gives_the_same_again",
        "test_drop_incomplete_as_recorded",
        "test_drop_incomplete_leaves_no_gaps",
        "test_rank_has_unique_ring",
        "test_rank_keeps_the_rows",
        "test_drop_incomplete_sorts_its_index",
        "test_drop_incomplete_has_unique_labels",
        "test_drop_incomplete_leaves_its_inputs_alone",
        "test_add_shares_changes_only_complete",
    } <= set(names)
    assert "test_load_leaves_no_gaps" not in names


def test_a_step_that_begins_to_change_its_input_is_told(birds: Promoted) -> None:
    told = birds.broken(
        "src/analysis/clean.py",
        "    kept = birds.dropna",
        '    birds["more"] = 1\n    kept = birds.dropna',
    )
    assert "FAILED tests/test_clean.py::test_drop_incomplete_leaves_its_inputs_alone" in told


def test_promoting_again_changes_nothing(birds: Promoted) -> None:
    again = CliRunner().invoke(cli, ["promote", str(birds.data / "analysis.ipynb"), "--verify"])
    assert again.exit_code == 0, again.output
    assert "is up to date" in again.stderr


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
    steps = drawn.recorded["steps"]
    for name in ("unseeded", "today", "label"):
        assert "digest" not in json.dumps(steps[name]["values"])
    assert "only the structure: unseeded's first" in drawn.result.stderr


def test_seeded_randomness_is_recorded_and_goes_on_from_step_to_step(drawn: Promoted) -> None:
    steps = drawn.recorded["steps"]
    assert "digest" in json.dumps(steps["seed"])
    assert "digest" in json.dumps(steps["go_on"])
    text = drawn.read("tests/test_draw.py")
    assert "test_seed_gives_the_same_again" in text
    assert "test_go_on_gives_the_same_again" not in text


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
    values = {n: v for s in found.recorded["steps"].values() for n, v in s["values"].items()}
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


def test_a_step_that_needs_jupyter_is_told_and_its_tests_are_skipped(tmp_path: Path) -> None:
    found = promote(tmp_path, JUPYTER)
    assert "NB604 find raises KeyError outside of Jupyter" in found.result.stderr
    told = found.test("-rs")
    assert re.search(r"2 skipped", told), told
    assert "find raises KeyError outside of Jupyter, so nothing is known of find" in told
    assert "failed" not in told


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


def test_results_that_come_from_files_are_digests(called: Promoted) -> None:
    assert "MARKER" not in called.read("tests/test_scores.py")
    assert "as_called(call, result())" in called.read("tests/test_scores.py")
    told = called.broken("src/analysis/scores.py", ".split()", ".split()[:2]")
    assert "names_of('names.txt'): 2 items, recorded were 3" in told


def test_objects_that_calls_give_are_compared(called: Promoted) -> None:
    assert "boxed(3)" in called.broken("src/analysis/scores.py", "Box(size)", "Box(size + 1)")


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


def test_what_a_step_draws_is_recorded(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the example draws")
    found = promote(tmp_path, PLOTS)
    assert found.result.exit_code == 0, found.result.output
    assert "failed" not in found.test()
    assert "test_draw_as_recorded" in found.broken(
        "src/analysis/plots.py", "[3, 1, 2]", "[3, 1, 4]"
    )
    assert "test_draw_as_recorded" in found.broken("src/analysis/plots.py", '"mass"', '"weight"')
    assert "test_bars_as_recorded" in found.broken("src/analysis/plots.py", "[3, 4]", "[3, 5]")


# ---- values on request


def test_values_are_stored_on_request_and_differences_told_by_row(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="the example is one of pandas")
    (tmp_path / "birds.csv").write_text(CSV, encoding="utf-8")
    found = promote(tmp_path, BIRDS, "--record-values")
    assert found.result.exit_code == 0, found.result.output
    assert (
        found.read("tests/recorded/values/load/birds.csv").splitlines()[1] == "0,7,MARKERAUK,12.5"
    )
    assert "failed" not in found.test()
    told = found.broken("src/analysis/clean.py", ".max()", ".min()")
    assert "complete: row 0, column 'share': 1.6136363636363635, recorded was 1.0" in told


def test_one_step_is_stored_with_what_it_is_given(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="the example is one of pandas")
    (tmp_path / "birds.csv").write_text(CSV, encoding="utf-8")
    found = promote(tmp_path, BIRDS, "--record-step", "drop_incomplete", "--record-rows", "2")
    folder = found.project / "tests/recorded/values"
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


@pytest.mark.parametrize(
    ("recorded_step", "wanted"),
    [
        (Recorded(is_heavy=True, changed=()), "after_load)"),
        (Recorded(is_heavy=True, changed=("birds",)), "stages.copied(after_load))"),
        (Recorded(is_heavy=True, changed=None), "stages.copied(after_load))"),
        (Recorded(is_heavy=False, changed=()), "stages.copied(after_load))"),
    ],
)
def test_large_values_are_shared_with_steps_that_leave_them_alone(
    tmp_path: Path, recorded_step: Recorded, wanted: str
) -> None:
    plan = promotion.promote(build.write(tmp_path, TWO), promotion.Request()).plan
    recording = Recording({"load": Recorded(), "count": recorded_step})
    assert f"stages.stage_count({wanted}\n" in stages.conftest(plan, recording)


TWO = """
# %% tags=["nb2pkg:clean.load"]
birds = sorted([3, 1, 2])
# %% tags=["nb2pkg:clean.count"]
number = len(birds)
"""


WHOLE = {"birds": Stored("[1]\n", {"format": "json", "kind": "json"}, is_whole=True)}
PART = {"birds": Stored("[1]\n", {"format": "json", "kind": "json"}, is_whole=False)}


@pytest.mark.parametrize(
    ("stored", "is_repeatable", "slow", "source"),
    [
        (WHOLE, True, {"load"}, "stored_after_load"),
        (PART, True, {"load", "count"}, "after_load"),
        (WHOLE, False, {"load", "count"}, "after_load"),
        ({}, True, {"load", "count"}, "after_load"),
    ],
)
def test_nobody_waits_for_a_slow_step_whose_values_are_stored(
    tmp_path: Path, stored: dict[str, Stored], is_repeatable: bool, slow: set[str], source: str
) -> None:
    plan = promotion.promote(build.write(tmp_path, TWO), promotion.Request()).plan
    load = Recorded(values={"birds": {"type": "list"}}, seconds=9, stored=stored)
    recording = Recording({"load": load, "count": Recorded(is_repeatable=is_repeatable)})
    assert stages.slow_steps(plan, recording) == slow
    text = stages.conftest(plan, recording)
    assert f"def after_count({source}: dict[str, Any])" in text
    assert ('return {**stored("load")}' in text) == (source == "stored_after_load")


def test_tests_of_slow_steps_are_marked() -> None:
    recording = Recording({"load": Recorded(), "fit": Recorded()})
    slow = frozenset({"fit"})
    for text, marked in {
        "def test_fit(after_fit: dict[str, Any]) -> None:": True,
        "def test_load(after_load: dict[str, Any]) -> None:": False,
        "def test_plot(stored_after_fit: dict[str, Any]) -> None:": False,
    }.items():
        found = recorded.marked(text, recording, recording.steps, slow)
        assert found == (f"@pytest.mark.slow\n{text}" if marked else text)
