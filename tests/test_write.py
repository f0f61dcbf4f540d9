"""What lands on disk: all of it or nothing, and never over what a person changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nb2pkg.errors import ConflictError, Nb2pkgError
from nb2pkg.files import Change
from nb2pkg.merge import Choices, Resolve
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.update import update, write
from tests import build

CELLS = "# %% [markdown]\n# # Sum\n# %%\nrows = [1, 2]\nrows.append(3)\n# %%\ntotal = sum(r * r for r in rows)\nprint(total)"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    return build.write(tmp_path, CELLS)


def make(notebook: Path) -> Change:
    found = update(promote(notebook, Request(everything=True)))
    write(found)
    return found.change


def test_the_contract(notebook: Path, tmp_path: Path) -> None:
    make(notebook)
    files = {path.split(os.sep, 1)[-1] for path in snapshot(tmp_path) if "package" in path}
    files = {path.replace(os.sep, "/") for path in files if ".nb2pkg" not in path}
    assert files == {
        "pyproject.toml",
        "requirements-dev.txt",
        "requirements-notebook.txt",
        "requirements.txt",
        "README.md",
        "src/analysis/__init__.py",
        "src/analysis/__main__.py",
        "src/analysis/config.py",
        "src/analysis/pipeline.py",
        "src/analysis/py.typed",
        "src/analysis/sum_steps.py",
        "tests/conftest.py",
        "tests/test_pipeline.py",
        "notebooks/analysis.ipynb",
    }


def test_the_original_is_not_touched(notebook: Path) -> None:
    before = notebook.read_bytes()
    make(notebook)
    assert notebook.read_bytes() == before


def test_twice_writes_nothing(notebook: Path, tmp_path: Path) -> None:
    make(notebook)
    before = snapshot(tmp_path)
    times = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert make(notebook).is_empty
    assert snapshot(tmp_path) == before
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == times


def test_a_changed_cell_changes_the_files_concerned_and_no_other_line(
    notebook: Path, tmp_path: Path
) -> None:
    make(notebook)
    build.write(tmp_path, CELLS.replace("r * r", "r + r"))
    change = make(notebook)
    shown = {path for path in change.updated if not path.startswith(".nb2pkg")}
    assert shown == {"src/analysis/sum_steps.py"}
    assert not change.created
    assert not change.removed
    assert make(notebook).is_empty


def edit(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "analysis-package" / "src" / "analysis" / "sum_steps.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_an_edit_is_kept_when_another_cell_changes(notebook: Path, tmp_path: Path) -> None:
    make(notebook)
    edited = edit(tmp_path, "rows = [1, 2]", "rows = [1, 2]  # mine")
    build.write(tmp_path, CELLS.replace("r * r", "r + r"))
    change = make(notebook)
    assert "src/analysis/sum_steps.py" in change.updated
    text = edited.read_text(encoding="utf-8")
    assert "# mine" in text
    assert "r + r" in text
    assert make(notebook).is_empty


def test_what_both_sides_changed_is_a_conflict_and_nothing_is_written(
    notebook: Path, tmp_path: Path
) -> None:
    make(notebook)
    edit(tmp_path, "r * r", "r * r * r")
    build.write(tmp_path, CELLS.replace("r * r", "r + r"))
    before = snapshot(tmp_path)
    with pytest.raises(ConflictError, match=r"sum_steps\.py") as error:
        make(notebook)
    assert "r * r * r" in str(error.value)
    assert "r + r" in str(error.value)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(
    ("resolve", "texts"),
    [
        (Resolve.OURS, ["r + r"]),
        (Resolve.THEIRS, ["r * r * r"]),
        (Resolve.MARKERS, ["<<<<<<<", "r + r", "r * r * r", ">>>>>>>"]),
    ],
)
def test_a_person_says_what_becomes_of_a_conflict(
    notebook: Path, tmp_path: Path, resolve: Resolve, texts: list[str]
) -> None:
    make(notebook)
    edited = edit(tmp_path, "r * r", "r * r * r")
    build.write(tmp_path, CELLS.replace("r * r", "r + r"))
    write(update(promote(notebook, Request(everything=True)), Choices(resolve)))
    text = edited.read_text(encoding="utf-8")
    assert [part for part in texts if part not in text] == []
    assert ("<<<<<<<" in text) == (resolve is Resolve.MARKERS)


def test_a_file_that_is_deleted_stays_deleted(notebook: Path, tmp_path: Path) -> None:
    make(notebook)
    gone = tmp_path / "analysis-package" / "tests" / "test_pipeline.py"
    gone.unlink()
    build.write(tmp_path, CELLS.replace("r * r", "r + r"))
    make(notebook)
    assert not gone.exists()


def test_files_of_a_person_are_left_alone(notebook: Path, tmp_path: Path) -> None:
    make(notebook)
    mine = tmp_path / "analysis-package" / "src" / "analysis" / "mine.py"
    mine.write_bytes(b"MINE = 1\r\n")
    build.write(tmp_path, CELLS.replace("r * r", "r + r"))
    make(notebook)
    assert mine.read_bytes() == b"MINE = 1\r\n"


def test_a_module_that_is_gone_is_removed(notebook: Path, tmp_path: Path) -> None:
    make(notebook)
    build.write(tmp_path, CELLS.replace("# # Sum", "# # Totals"))
    change = make(notebook)
    assert "src/analysis/sum_steps.py" in change.removed
    assert not (tmp_path / "analysis-package" / "src" / "analysis" / "sum_steps.py").exists()


def test_a_folder_of_somebody_else_is_left_alone(notebook: Path, tmp_path: Path) -> None:
    (tmp_path / "analysis-package").mkdir()
    (tmp_path / "analysis-package" / "mine.txt").write_text("mine")
    before = snapshot(tmp_path)
    with pytest.raises(ConflictError, match="not empty"):
        make(notebook)
    assert snapshot(tmp_path) == before


def test_a_broken_manifest_is_said(notebook: Path, tmp_path: Path) -> None:
    make(notebook)
    (tmp_path / "analysis-package" / ".nb2pkg" / "manifest.json").write_text("{")
    with pytest.raises(Nb2pkgError, match="cannot be read"):
        make(notebook)


@pytest.mark.parametrize("interrupted", [1, 4, 8])
def test_interruption_leaves_everything_as_it_was(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: int
) -> None:
    """Ctrl-C at the n-th file that is moved: the folder is as before, and nothing is left over."""
    make(notebook)
    build.write(tmp_path, CELLS.replace("r * r", "r + r").replace("# # Sum", "# # Totals"))
    before = snapshot(tmp_path)
    moves = 0
    real = os.replace

    def replace(source: Path, target: Path) -> None:
        nonlocal moves
        moves += 1
        if moves == interrupted:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        make(notebook)
    assert snapshot(tmp_path) == before


def test_interruption_of_the_first_time_leaves_nothing(
    notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = snapshot(tmp_path)

    def replace(*_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        make(notebook)
    assert snapshot(tmp_path) == before
    assert not (tmp_path / "analysis-package").exists()
