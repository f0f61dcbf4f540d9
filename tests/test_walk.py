"""One walk for all: environments, caches, histories and dead links are in nobody's way."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import nb2pkg
from nb2pkg import facts
from nb2pkg.check import walk as notebooks
from nb2pkg.deps import code
from nb2pkg.execution import workspace
from nb2pkg.execution.model import Conditions
from nb2pkg.files import walk
from nb2pkg.paths import PackagePaths, Project
from nb2pkg.project import locate, manifest
from nb2pkg.promote import reverify
from nb2pkg.requirements import local
from nb2pkg.review import changes
from tests import build

needs_links = pytest.mark.skipif(os.name == "nt", reason="Windows lets not everybody make links")

# folders that are never looked at, by what is in them
NEVER = {
    "env": "env/pyvenv.cfg",
    "conda": "conda/conda-meta/history",
    "node": "node_modules/package.json",
    "git": ".git/HEAD",
    "cache": "__pycache__/x.pyc",
    "ruff": ".ruff_cache/x",
    "tox": ".tox/x",
}


def _filled(folder: Path, paths: Iterable[str]) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def _found_by_code(folder: Path) -> set[str]:
    return {part.place for part in code.read(folder, is_distribution=False).files}


def _found_by_local(folder: Path) -> set[str]:
    modules = {path.stem for path in folder.rglob("*.py")}
    return {f"{name}.py" for name in local._in_project(modules, folder)}


def _found_by_check(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in notebooks.notebooks([folder])}


def _found_by_verify(folder: Path) -> set[str]:
    return set(reverify._files(folder))


def _found_by_run(folder: Path) -> set[str]:
    copied = workspace.copy(folder, 0, folder.parent / "copy")
    return {p.relative_to(copied.top).as_posix() for p in copied.top.rglob("*") if p.is_file()}


def _found_by_review(folder: Path) -> set[str]:
    return set(changes._new(Project(folder, PackagePaths("top.own")), ()))


def _found_by_update(folder: Path) -> set[str]:
    return set(locate.current(Project(folder), lambda _: True))


def _found_by_embedding(folder: Path) -> set[str]:
    return set(locate.around(Project(folder, PackagePaths("top.own"))))


# who looks, and what each finds in the folder; the last two look at a package in another
PLACES = [_found_by_code, _found_by_check, _found_by_verify, _found_by_run, _found_by_update]
EMBEDDED = [_found_by_review, _found_by_embedding]


@pytest.mark.parametrize("look", PLACES + EMBEDDED, ids=lambda look: look.__name__[10:])
def test_nobody_looks_into_them(look: Callable[[Path], set[str]], tmp_path: Path) -> None:
    inside = "src/top/own/" if look in EMBEDDED else ""
    kept = [f"{inside}kept/a.py", f"{inside}kept/a.ipynb"]
    marks = [inside + mark for mark in NEVER.values()]
    traps = [str(Path(mark).parent / f"x{end}") for mark in marks for end in (".py", ".ipynb")]
    folder = _filled(tmp_path / "all", [*kept, *marks, *traps, "pyproject.toml"])
    found = look(folder) - {"pyproject.toml"}
    assert found
    assert found <= set(kept)


def test_no_module_is_found_in_them(tmp_path: Path) -> None:
    others = [str(Path(mark).parent / f"m{index}.py") for index, mark in enumerate(NEVER.values())]
    folder = _filled(tmp_path, [*NEVER.values(), *others, "kept/own.py", "pyproject.toml"])
    assert _found_by_local(folder) == {"own.py"}


@needs_links
@pytest.mark.parametrize("look", PLACES + EMBEDDED, ids=lambda look: look.__name__[10:])
def test_links_that_lead_nowhere_or_back(look: Callable[[Path], set[str]], tmp_path: Path) -> None:
    inside = "src/top/own/" if look in EMBEDDED else ""
    kept = [f"{inside}kept/a.py", f"{inside}kept/a.ipynb"]
    folder = _filled(tmp_path / "all", kept)
    home = folder / inside / "kept"
    for name, target in {
        "dead.py": "gone.py",
        "dead.ipynb": "gone.ipynb",
        "self.py": "self.py",
        "back": "..",
        "gone": "nowhere",
    }.items():
        (home / name).symlink_to(target)
    found = look(folder)
    assert found
    assert found <= set(kept)


def test_the_folder_that_is_named_is_walked_whatever_it_is(tmp_path: Path) -> None:
    """``python -m venv .`` makes an environment of the project itself."""
    folder = _filled(tmp_path / "build", ["pyvenv.cfg", "sub/a.py"])
    found = [path.relative_to(folder).as_posix() for path in walk.files(folder)]
    assert found == ["pyvenv.cfg", "sub/a.py"]


def test_the_notebooks_own_folder_is_copied_wherever_it_lies(tmp_path: Path) -> None:
    """A notebook in an environment that reads files above it is run in a copy all the same."""
    _filled(tmp_path / "all", ["env/pyvenv.cfg", "env/own/a.csv", "b.csv"])
    copied = workspace.copy(tmp_path / "all" / "env" / "own", 2, tmp_path / "copy")
    assert (copied.folder / "a.csv").is_file()
    assert (copied.folder / "../../b.csv").is_file()


@needs_links
def test_a_package_with_an_environment_and_dead_links_is_verified(tmp_path: Path) -> None:
    path = build.write(tmp_path, '# %% tags=["nb2pkg"]\ntotal = sum([1, 2])\n# %%\ntotal')
    project = nb2pkg.promote(path).project
    _filled(project, ["env/pyvenv.cfg", "env/lib/x.py", "node_modules/a/index.js"])
    with (project / "env/lib/big.bin").open("wb") as file:
        file.truncate(300_000_000)
    (project / "src/analysis/gone.csv").symlink_to("nowhere.csv")
    (project / "src/analysis/again").symlink_to("..")
    (project / "loop").symlink_to("loop")
    place = Project(project)
    known = manifest.required(place)
    cells = facts.analyze(locate.notebook(place, known))
    files = reverify.package_of(place, known, cells).files
    assert "src/analysis/__init__.py" in files
    assert not [path for path in files if path.startswith(("env/", "node_modules/", "loop"))]
    verification, _ = reverify.recheck(place, Conditions(), lambda *_: None, keep_verdict=False)
    assert verification.verdict.is_verified
