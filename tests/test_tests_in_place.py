"""Running the tests of a package changes no file of the user's; libraries find their settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli
from tests import build
from tests.test_recorded import load

WORKSPACE = Path(__file__).parent.parent / "templates" / "package" / "workspace.py"
in_copy = load(WORKSPACE, "workspace").in_copy

WRITES = """
# %% tags=["nb2pkg:one.load"]
import json, os, pathlib
numbers = json.loads(pathlib.Path("numbers.json").read_text())
more = pathlib.Path("../above/more.txt").read_text()
# %% tags=["nb2pkg:one.store"]
total = sum(numbers) + len(more)
pathlib.Path("numbers.json").write_text(json.dumps([*numbers, total]))
pathlib.Path("../above/more.txt").write_text("replaced")
os.makedirs("made", exist_ok=True)
pathlib.Path("made/new.txt").write_text(str(total))
pathlib.Path("beside.txt").write_text("replaced")
# %% tags=["nb2pkg:one.load_again"]
again = json.loads(pathlib.Path("numbers.json").read_text())
"""
LOOKS = """
# %% tags=["nb2pkg:one.look"]
import matplotlib
width = matplotlib.rcParams["lines.linewidth"]
"""


def _contents(folder: Path) -> dict[str, bytes]:
    caches = {"__pycache__", ".pytest_cache"}
    paths = [p for p in folder.rglob("*") if p.is_file() and caches.isdisjoint(p.parts)]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def _run(project: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(project / "src"), "MPLBACKEND": "Agg"}
    environment.pop("ANALYSIS_DATA_DIR", None)
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("options", [("--all",), ("--all", "--verify")], ids=["static", "run"])
def test_the_tests_write_to_a_copy(tmp_path: Path, options: tuple[str, ...]) -> None:
    (tmp_path / "above").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "above" / "more.txt").write_text("more")
    (tmp_path / "own" / "numbers.json").write_text("[1, 2]")
    (tmp_path / "own" / "beside.txt").write_text("beside")
    path = build.write(tmp_path / "own", WRITES)
    done = CliRunner().invoke(cli, ["promote", str(path), *options])
    assert done.exit_code == 0, done.output
    before = _contents(tmp_path)
    for parallel in ((), ("-n", "2")):
        out = _run(tmp_path / "own" / "analysis-package", "pytest", "-q", *parallel)
        assert "passed" in out
        assert "failed" not in out
    assert _contents(tmp_path) == before


def test_libraries_find_their_settings_when_they_are_imported(tmp_path: Path) -> None:
    """The notebook names no file; `matplotlibrc` beside it says what a line is."""
    pytest.importorskip("matplotlib")
    (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7.5\n")
    path = build.write(tmp_path, LOOKS)
    done = CliRunner().invoke(cli, ["promote", str(path), "--verify"])
    assert done.exit_code == 0, done.output
    assert "one.look  exact" in done.output
    project = tmp_path / "analysis-package"
    assert "width: 7.5" in _run(project, "analysis")
    out = _run(project, "pytest", "-q")
    assert "passed" in out
    assert "skipped" not in out


def test_what_is_copied_and_what_is_linked(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "own"
    for name in ("x.csv", "data/y.csv", "env/z.csv", "env/pyvenv.cfg", "../up.csv", "p/.nb2pkg/m"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "loop").symlink_to(folder)
    (folder / "dead").symlink_to(folder / "gone")
    (folder / "link.csv").symlink_to(folder / "x.csv")
    before, here = _contents(tmp_path), Path.cwd()
    with in_copy(folder, "SOME_DATA_DIR", "../up.csv", "gone.csv"):
        assert Path.cwd() != folder
        assert os.environ["SOME_DATA_DIR"] == str(Path.cwd())
        found = {str(p) for p in Path().rglob("*") if p.is_file()}
        assert found == {"x.csv", "data/y.csv", "link.csv"}
        for name in (*found, "../up.csv", "new.csv"):
            Path(name).write_text("replaced")
        assert not any(path.is_symlink() for path in Path().rglob("*"))
    assert (Path.cwd(), "SOME_DATA_DIR" in os.environ) == (here, False)
    assert _contents(tmp_path) == before
