"""Verification, with real kernels: what it says, what it leaves behind, and what it leaves alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.errors import ConflictError, VerificationError
from tests import build

ROOT = Path(__file__).resolve().parents[1]

STORY = """
# %% [markdown]
# # Weights
# %% tags=["nb2pkg:clean.collect"]
weights = [61.5, 74.25, 58.0]
heaviest = max(weights)
# %% tags=["nb2pkg:clean.scale"]
weights.append(heaviest)
shares = [w / heaviest for w in weights]
print(len(shares))
# %%
sum(shares)
"""


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def promoted(folder: Path, cells: str, *options: str) -> tuple[Path, Result]:
    path = build.write(folder, cells)
    return folder / "analysis-package", invoke("promote", path, "--verify", *options)


def listed(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def made(project: Path, symbol: str) -> dict[str, Any]:
    """What the manifest says of a symbol."""
    content = json.loads((project / ".nb2pkg/manifest.json").read_text(encoding="utf-8"))
    found = (cell["made"][symbol] for cell in content["cells"].values() if symbol in cell["made"])
    return next(found)  # type: ignore[no-any-return]


# ---- promote --verify


def test_what_runs_the_same_is_verified(tmp_path: Path) -> None:
    project, result = promoted(tmp_path, STORY)
    assert result.exit_code == 0, result.output
    assert "verified: 2 steps exact" in result.stderr
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert "\nVerified against analysis.ipynb: every step exact.\n" in readme
    recorded = json.loads((project / ".nb2pkg/manifest.json").read_text(encoding="utf-8"))
    assert recorded["run"]["environment"]["python"].startswith("3.")
    scale = made(project, "clean.scale")
    assert (scale["verified"]["verdict"], scale["verified"]["notes"]) == ("exact", [])
    takes = scale["observed"]["takes"]
    assert takes["weights"] == {
        "type": "builtins.list",
        "public": "list",
        "items": 3,
        "of": ["float"],
    }


def test_types_that_were_seen_become_annotations(tmp_path: Path) -> None:
    project, _ = promoted(tmp_path, STORY)
    module = (project / "src/analysis/clean.py").read_text(encoding="utf-8")
    assert "def collect() -> tuple[list[float], float]:" in module
    assert "def scale(weights: list[float], heaviest: float) -> list[float]:" in module
    assert module.partition("def scale(")[2].count('"""Changes weights in place."""') == 1


def test_a_verdict_has_the_day_on_which_it_was_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    project, _ = promoted(tmp_path, STORY)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    again = invoke("promote", tmp_path / "analysis.ipynb", "--verify")
    assert again.exit_code == 0, again.output
    assert "is up to date: nothing was written" in again.stderr
    build.write(tmp_path, STORY.replace("w / heaviest for", "2 * w / heaviest for"))
    result = invoke("promote", tmp_path / "analysis.ipynb", "--verify")
    assert result.exit_code == 0, result.output
    days = [made(project, name)["verified"]["on"] for name in ("clean.collect", "clean.scale")]
    assert days == ["1970-01-01", "1970-01-02"]


def test_what_people_changed_in_the_package_is_run_too(tmp_path: Path) -> None:
    project, _ = promoted(tmp_path, STORY)
    module = project / "src/analysis/clean.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("w / heaviest for", "w / heaviest * 2 for"), encoding="utf-8")
    build.write(tmp_path, STORY.replace("61.5", "62.5"))
    result = invoke("promote", tmp_path / "analysis.ipynb", "--verify")
    assert isinstance(result.exception, VerificationError)
    assert "kept src/analysis/clean.py: scale" in result.stderr
    assert "clean.scale    different" in result.stderr
    assert "* 2 for" in module.read_text(encoding="utf-8")
    assert "62.5" in module.read_text(encoding="utf-8")
    assert "\nNot verified: the package and analysis.ipynb differ (clean.scale (different)" in (
        project / "README.md"
    ).read_text(encoding="utf-8")


def test_no_value_of_the_data_is_written(tmp_path: Path) -> None:
    cells = """
    # %% tags=["nb2pkg:clean.collect"]
    import csv
    rows = list(csv.DictReader(open("people.csv")))
    names = {row["name"] for row in rows}
    # %% tags=["nb2pkg:clean.count"]
    longest = max(names, key=len)
    """
    (tmp_path / "people.csv").write_text("name\nIlse Musterfrau\nBo\n", encoding="utf-8")
    project, result = promoted(tmp_path, cells)
    assert result.exit_code == 0, result.output
    assert all(b"Musterfrau" not in data for data in listed(project).values())
    readme = (project / "README.md").read_text(encoding="utf-8")
    assert "- `people.csv`: read in cell 1" in readme


FAULTY = """
# %% tags=["nb2pkg:clean.collect"]
weights = [61.5, 74.25, 58.0]
# %% id="told" tags=["nb2pkg:clean.tell"]
import logging, io
said = io.StringIO()
logging.basicConfig(stream=said, format="%(funcName)s", force=True)
logging.warning("x")
told = said.getvalue()
# %% tags=["nb2pkg:clean.count"]
count = len(weights)
"""


def test_what_runs_otherwise_stays_with_the_reason(tmp_path: Path) -> None:
    """No static rule knows that the format of a log names the function around the call."""
    project, result = promoted(tmp_path, FAULTY)
    assert result.exit_code == 1
    assert "The first difference is after cell 2" in result.stderr
    assert "NB601 running it showed a difference: " in result.stderr
    assert result.stderr.count("NB601") == 1
    assert "verified: 1 step exact" in result.stderr
    narrative = json.loads((project / "notebooks/analysis.ipynb").read_text(encoding="utf-8"))
    kept = next(cell for cell in narrative["cells"] if cell["id"] == "told")
    assert "said.getvalue()" in "".join(kept["source"])
    again = invoke("verify", project)
    assert again.exit_code == 0, again.output


def test_what_nobody_tagged_may_stay(tmp_path: Path) -> None:
    cells = FAULTY.replace(' tags=["nb2pkg:clean.tell"]', "")
    _, result = promoted(tmp_path, cells, "--all")
    assert result.exit_code == 0, result.output
    assert "NB601" in result.stderr


def test_a_notebook_that_stops_is_verified_up_to_there(tmp_path: Path) -> None:
    cells = (
        STORY
        + "# %%\nraise SystemError('no more')\n# %% tags=['nb2pkg:end.finish']\nlast = [heaviest]\n"
    )
    project, result = promoted(
        tmp_path, cells.replace("'nb2pkg:end.finish'", '"nb2pkg:end.finish"')
    )
    assert result.exit_code == 0, result.output
    assert "the notebook stops in cell 5: SystemError: no more" in result.stderr
    steps = ("clean.collect", "clean.scale", "end.finish")
    assert {step: made(project, step)["verified"]["verdict"] for step in steps} == {
        "clean.collect": "exact",
        "clean.scale": "exact",
        "end.finish": "static only",
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("drawn = os.urandom(4)", "random numbers without a seed"),
        ("drawn = time.perf_counter()", "time"),
        ("drawn = list({'one', 'two', 'three', 'four', 'five'})", "hash order"),
        ("drawn = id(object())", "not known"),
    ],
)
def test_what_differs_from_run_to_run_has_a_reason(tmp_path: Path, line: str, reason: str) -> None:
    cells = f"""
    # %% tags=["nb2pkg:draw.imported"]
    import os
    import time
    # %% tags=["nb2pkg:draw.some"]
    {line}
    # %% tags=["nb2pkg:draw.more"]
    more = [drawn]
    """
    _, result = promoted(tmp_path, cells)
    assert result.exit_code == 0, result.output
    assert f"drawn ({reason})" in result.stderr
    assert "more (made from drawn)" in result.stderr
    assert f"verified: 2 steps unstable ({reason})" in result.stderr


def test_unseeded_global_generators_start_alike(tmp_path: Path) -> None:
    """So one draw too many would be seen, and the values are compared exactly."""
    cells = """
    # %% tags=["nb2pkg:draw.some"]
    import random
    import numpy
    drawn = [random.random() for _ in range(3)]
    more = [numpy.random.rand(), numpy.random.default_rng().random()]
    """
    _, result = promoted(tmp_path, cells)
    assert "verified: 1 step exact" in result.stderr


def test_json_says_everything(tmp_path: Path) -> None:
    _, result = promoted(tmp_path, FAULTY, "--json", "--no-values")
    found = json.loads(result.stdout)
    assert found["verification"]["verdict"] == "exact"
    assert [d["cell"] for round_ in found["left_behind"] for d in round_] == [2] * len(
        found["left_behind"][0]
    )
    assert all(d["detail"] == "" for round_ in found["left_behind"] for d in round_)


# ---- what is left alone


def test_no_file_of_the_user_is_changed(tmp_path: Path) -> None:
    cells = f"""
    # %% tags=["nb2pkg:save.write"]
    from pathlib import Path
    with open("out.txt", "w") as file:
        written = file.write("new")
    Path("data.txt").write_text("changed")
    # %%
    try:
        Path({str(tmp_path / "data.txt")!r}).write_text("changed")
    except PermissionError as error:
        refused = True
    """
    (tmp_path / "data.txt").write_text("as it was", encoding="utf-8")
    project, result = promoted(tmp_path, cells)
    assert result.exit_code == 0, result.output
    beside = {p.name for p in tmp_path.iterdir()}
    assert beside == {"analysis.ipynb", "data.txt", project.name}
    assert (tmp_path / "data.txt").read_text(encoding="utf-8") == "as it was"


def test_files_above_the_notebook_are_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("abc", encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    cells = """
    # %% tags=["nb2pkg:load.read"]
    letters = open("../data/a.txt").read()
    """
    _, result = promoted(tmp_path / "notebooks", cells)
    assert "verified: 1 step exact" in result.stderr, result.output


SLOW = """
# %% tags=["nb2pkg:wait.begin"]
import time
begun = 1
# %%
time.sleep(120)
"""


def test_a_cell_that_takes_too_long_ends_the_run(tmp_path: Path) -> None:
    _, result = promoted(tmp_path, SLOW, "--timeout", "2")
    assert result.exit_code == 0, result.output
    assert "the notebook stops in cell 2: took longer than 2 seconds" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to another process")
def test_ctrl_c_leaves_no_kernel_and_writes_nothing(tmp_path: Path) -> None:
    path = build.write(tmp_path, SLOW)
    before = listed(tmp_path)
    command = [sys.executable, "-m", "nb2pkg", "promote", str(path), "--verify"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        kernels = _kernels_of(process.pid)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert kernels
    assert not any(psutil.pid_exists(pid) and _runs(pid) for pid in kernels)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert listed(tmp_path) == before


def _kernels_of(pid: int) -> set[int]:
    """The kernels that a process started, once there are two that are at work."""
    deadline = time.monotonic() + 60
    found: set[int] = set()
    while len(found) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
        found = {child.pid for child in psutil.Process(pid).children(recursive=True)}
    time.sleep(3)  # until they are asleep in the cell
    return found


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_an_interpreter_without_a_kernel_is_one_clear_error(tmp_path: Path) -> None:
    path = build.write(tmp_path, STORY)
    result = invoke("promote", path, "--verify", "--python", tmp_path / "no-python")
    assert result.exit_code == 1
    assert "cannot be started" in str(result.exception)


# ---- verify


def test_a_package_that_was_changed_is_compared_as_it_is(tmp_path: Path) -> None:
    project, _ = promoted(tmp_path, STORY)
    module = project / "src/analysis/clean.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("w / heaviest for", "w / heaviest * 2 for"), encoding="utf-8")
    result = invoke("verify", project)
    assert result.exit_code == 1
    assert "value shares: another list of 4" in result.stderr
    assert "at shares[0]" in result.stderr
    assert "original   list of 4 items: 0.828" in result.stderr
    assert "clean.collect  exact" in result.stderr
    assert "clean.scale    different  value shares" in result.stderr
    assert "\nNot verified: the package and analysis.ipynb differ (clean.scale (different)" in (
        project / "README.md"
    ).read_text(encoding="utf-8")

    hidden = invoke("verify", project, "--no-values", "--dry-run")
    assert "value shares" in hidden.stderr
    assert "0.82" not in hidden.stderr

    module.write_text(text.replace("w / heaviest for w", "(w / heaviest) for w"), encoding="utf-8")
    fixed = invoke("verify", project)
    assert fixed.exit_code == 0, fixed.output
    assert "\nVerified against " in (project / "README.md").read_text(encoding="utf-8")
    again = invoke("promote", tmp_path / "analysis.ipynb")
    assert isinstance(again.exception, ConflictError)  # what the run showed would be lost
    assert "Add --verify" in again.exception.hint


def test_close_values_are_told_as_such(tmp_path: Path) -> None:
    project, _ = promoted(tmp_path, STORY)
    module = project / "src/analysis/clean.py"
    text = module.read_text(encoding="utf-8").replace(
        "w / heaviest for", "w / heaviest * (1 + 1e-12) for"
    )
    module.write_text(text, encoding="utf-8")
    result = invoke("verify", project, "--json")
    found = json.loads(result.stdout)
    verdicts = {step["symbol"]: step["verdict"] for step in found["steps"]}
    assert verdicts["clean.scale"] == "within 1e-9"
    assert 0 < found["close"]["shares"] < 1e-9


def test_a_folder_that_is_no_package(tmp_path: Path) -> None:
    result = invoke("verify", tmp_path)
    assert result.exit_code == 1
    assert "is not a package made by nb2pkg" in str(result.exception)


COPIES = """
# %% tags=["nb2pkg:birds"]
import numpy as np

north = np.array([3, 0, 2])
south = np.array([9, 7, 0])
# %% tags=["nb2pkg:birds"]
north_share = 6 / north
north_total = north_share.max() * 2
# %%
print(north_total)
# %% tags=["nb2pkg:birds"]
south_share = 6 / south
south_total = south_share.max() * 2
# %%
print(south_total)
"""


def test_copies_that_differ_as_one_function_are_two(tmp_path: Path) -> None:
    """numpy warns of a line once, and as one function the two cells are one line."""
    path = build.write(tmp_path, COPIES)
    first = CliRunner().invoke(cli, ["promote", str(path)])
    assert "from cells 2 and 4" in first.stderr
    run = CliRunner().invoke(cli, ["promote", str(path), "--verify"])
    assert run.exit_code == 0, run.output
    assert "NB607" in run.stderr
    assert "verified: 3 steps exact" in run.stderr
    module = tmp_path / "analysis-package/src/analysis/birds.py"
    text = module.read_text(encoding="utf-8")
    assert text.count("\ndef ") == 3
    told = invoke("diff", tmp_path / "analysis-package")
    assert (told.exit_code, told.stdout) == (0, ""), "what a run showed is remembered"
