"""Copies of the notebook's folder: complete, apart from it, and never without end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nb2pkg.execution import workspace
from tests import build


def test_the_folders_above_are_copied_that_the_notebook_speaks_of(tmp_path: Path) -> None:
    home = tmp_path / "project" / "notebooks"
    home.mkdir(parents=True)
    (home.parent / "a.csv").write_text("1", encoding="utf-8")
    levels = workspace.levels_above(build.notebook('open("../a.csv")'))
    copied = workspace.copy(home, levels, tmp_path / "copy")
    assert (levels, copied.folder) == (1, tmp_path / "copy" / "notebooks")
    assert (copied.folder / ".." / "a.csv").read_text(encoding="utf-8") == "1"


@pytest.mark.skipif(os.name == "nt", reason="Windows lets not everybody make links")
def test_what_a_notebook_does_not_name_above_its_folder_is_linked(tmp_path: Path) -> None:
    """It may be anything, of any size."""
    home = tmp_path / "project" / "notebooks" / "deep"
    for name in ("other", "data", "lib.py"):
        (tmp_path / name / "inner").mkdir(parents=True)
    home.mkdir(parents=True)
    read = build.notebook('sys.path.append("../../..")\nimport lib\nopen("../../../data/a.csv")')
    levels = workspace.levels_above(read)
    copied = workspace.copy(home, levels, tmp_path / "copy", workspace.mentions(read))
    kinds = {path.name: path.is_symlink() for path in copied.top.iterdir()}
    assert kinds == {"project": False, "other": True, "data": False, "lib.py": False}
    assert str(tmp_path / "other") in workspace.guarded(copied)
    assert (copied.folder / "../../../other/inner").is_dir()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets not everybody make links")
@pytest.mark.parametrize("left", [workspace.Left(bytes=20), workspace.Left(files=2)], ids=repr)
def test_copies_are_bounded_and_the_nearest_come_first(
    tmp_path: Path, left: workspace.Left
) -> None:
    home = tmp_path / "project" / "notebooks"
    home.mkdir(parents=True)
    for path in (home / "a.csv", home / "b.csv", home.parent / "above" / "c.csv"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("123456789\n", encoding="utf-8")
    copied = workspace.copy(home, 1, tmp_path / "copy", left=left)
    assert set(workspace.contents(copied)) == {"notebooks/a.csv", "notebooks/b.csv"}
    assert (copied.top / "above" / "c.csv").read_text(encoding="utf-8") == "123456789\n"


@pytest.mark.parametrize(
    ("text", "levels"),
    [("'..'", 1), ("'../..'", 2), ("'../../a.csv'", 2), ("'../..a'", 1), ("'...'", 0), ("'..\\\\..'", 2)],
)  # fmt: skip
def test_how_many_folders_above_a_notebook_speaks_of(text: str, levels: int) -> None:
    assert workspace.levels_above(build.notebook(f"open({text})")) == levels


def test_a_package_is_left_out_unless_the_notebook_lies_in_it(tmp_path: Path) -> None:
    for name in ("own", "other"):
        (tmp_path / "all" / name / ".nb2pkg").mkdir(parents=True)
        (tmp_path / "all" / name / ".nb2pkg" / "manifest.json").touch()
    copied = workspace.copy(tmp_path / "all" / "own", 1, tmp_path / "copy")
    assert copied.folder.is_dir()
    assert {path.name for path in copied.top.iterdir()} == {"own"}


def test_a_scratch_folder_beside_the_notebook_is_not_copied_into_itself(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "scratch" / "deep").mkdir(parents=True)
    copied = workspace.copy(tmp_path, 0, tmp_path / "scratch" / "deep" / "copy")
    assert set(workspace.contents(copied)) == {"a.csv"}


def test_environments_and_histories_are_left_out(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in (".git", "venv", "kept"):
        (source / name).mkdir(parents=True)
    (source / "venv" / "pyvenv.cfg").touch()
    (source / "kept" / "a.txt").touch()
    copied = workspace.copy(source, 0, tmp_path / "copy")
    assert set(workspace.contents(copied)) == {"kept/a.txt"}
    assert {path.name for path in copied.top.iterdir()} == {"kept"}


@pytest.mark.skipif(os.name == "nt", reason="Windows lets not everybody make links")
def test_links_stay_links(tmp_path: Path) -> None:
    """One that leads to its own folder would be copied for ever."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "self").symlink_to(source)
    (source / "nowhere").symlink_to(tmp_path / "gone")
    copied = workspace.copy(source, 0, tmp_path / "copy")
    assert (copied.top / "self").resolve() == source
    assert not (copied.top / "nowhere").is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="Windows lets not everybody make links")
def test_what_is_linked_must_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    source = tmp_path / "source"
    source.mkdir()
    (source / "data").symlink_to(tmp_path / "elsewhere")
    copied = workspace.copy(source, 0, tmp_path / "copy")
    assert str(tmp_path / "elsewhere") in workspace.guarded(copied)


def test_what_a_run_changed() -> None:
    before = {"same": "1", "changed": "1", "gone": "1"}
    after = {"same": "1", "changed": "2", "new": "1"}
    assert workspace.written(before, after) == {"changed": "2", "new": "1", "gone": ""}


@pytest.mark.parametrize(
    ("source", "beside"),
    [("x = 1", True), ('open("/tmp/a")', False), ('open("a")', True), ("import socket", False)],
)
def test_runs_that_could_meet_are_not_at_once(source: str, beside: bool) -> None:
    assert workspace.may_run_beside(build.notebook(source)) is beside
