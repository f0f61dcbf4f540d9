"""Look at a notebook or a project, and say what its dependencies are. Nothing is run or written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg.deps.findings import find
from nb2pkg.deps.model import Row, Survey
from nb2pkg.environment import files as environment_files
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import walk
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.project import locate, manifest
from nb2pkg.promote import dependencies
from nb2pkg.promote.dependencies import DependencySources
from nb2pkg.requirements import declared, gather, local, needs, stated
from nb2pkg.requirements.model import Need, Requirement, Use
from nb2pkg.requirements.needs import Part
from nb2pkg.requirements.stated import Stated

_NO_CODE = {"docs", "doc", "examples", "benchmarks"}  # code that the package does not run
_TESTS = {"tests", "test", "testing"}


def of_notebook(path: Path, python: str = "") -> Survey:
    """The dependencies of a notebook, beside what the project around it declares."""
    notebook = reader.read(path)
    folder = path.resolve().parent
    known = dependencies.sources([notebook], folder, folder, python)
    beside = local.around(notebook, folder, known.environment.has)
    asked = [*gather.needs_of(needs.parts_of_notebook(notebook), [notebook], beside)]
    found = gather.resolved(asked, known.environment, known.hints)
    named = declared.around(folder)
    listed = [Stated(name, name, "a file of the project") for name in sorted(named)]
    rows = _rows(found, listed, known, is_whole=False)
    return _survey(str(path), rows, known, "")


@dataclass(frozen=True, slots=True)
class _Code:
    """The code of a project, and its own modules."""

    parts: tuple[Part, ...]
    notebooks: tuple[Notebook, ...]
    local: frozenset[str]


def of_project(folder: Path, python: str = "") -> Survey:
    """The dependencies of all code in a project, beside what it declares. Nb2pkgError if it has none."""
    code = _code(folder)
    if not code.parts:
        raise Nb2pkgError(
            f"{folder}: there is no Python code in it",
            "Name a notebook, or the folder of a project.",
        )
    where = python or environment_files.read(folder / ".venv") or ""
    known = dependencies.sources(code.notebooks, folder, folder, where)
    own_modules = {*code.local, "nb2pkg"}
    asked = [*gather.needs_of(code.parts, code.notebooks, own_modules), *_loaded(folder)]
    found = gather.resolved(asked, known.environment, known.hints)
    own = stated.called(folder)
    needed = [one for one in found if canonicalize_name(one.distribution) != own]
    rows = _rows(needed, stated.of(folder), known, is_whole=True)
    return _survey(str(folder), rows, known, stated.python(folder))


def _survey(subject: str, rows: tuple[Row, ...], known: DependencySources, python: str) -> Survey:
    version = known.environment.python
    return Survey(subject, version, rows, tuple(find(rows, version, python)), known.why)


# ---- the code of a project


def _code(folder: Path) -> _Code:
    files = dict(_files(folder))
    tests = {path: text for path, text in files.items() if _is_test(path)}
    package = {path: text for path, text in files.items() if path not in tests}
    notebooks = tuple(_narratives(folder))
    parts = (
        *needs.parts_of_files(package, Use.PACKAGE),
        *needs.parts_of_files(tests, Use.TESTS),
        *(part for notebook in notebooks for part in needs.parts_of_notebook(notebook)),
    )
    return _Code(parts, notebooks, frozenset(_own(files)))


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Path, with slashes and as seen from the project, to the text of each Python file."""
    for path in walk.files(folder, _is_apart):
        if path.suffix == ".py":
            text = path.read_text(encoding="utf-8-sig", errors="replace")
            yield path.relative_to(folder).as_posix(), text


def _is_apart(folder: Path) -> bool:
    """Is there no code of the project in it, or is it a project of its own?"""
    if walk.is_without_code(folder) or folder.name in _NO_CODE:
        return True
    return any((folder / name).exists() for name in ("pyproject.toml", ".git"))


def _is_test(path: str) -> bool:
    *folders, name = path.split("/")
    return bool(_TESTS & set(folders)) or name.startswith(("test_", "conftest."))


def _own(files: Iterable[str]) -> Iterator[str]:
    """Names by which the code of the project may import itself."""
    for path in files:
        parts = path.removesuffix(".py").split("/")
        inside = parts[1:] if parts[0] == "src" else parts
        yield inside[0]
        yield from (part for part in inside[1:] if _TESTS & set(parts))
        if len(inside) == 2 and f"{parts[0]}/__init__.py" not in files:
            yield inside[1]  # a folder of scripts


def _loaded(folder: Path) -> Iterator[Need]:
    for place in locate.all_in(folder):
        yield from manifest.required(place).loaded


def _narratives(folder: Path) -> Iterator[Notebook]:
    for place in locate.all_in(folder):
        known = manifest.required(place)
        path = place / known.story
        if path.is_file():
            yield reader.read(path)


# ---- rows


def _rows(
    found: Sequence[Requirement], listed: Sequence[Stated], known: DependencySources, is_whole: bool
) -> tuple[Row, ...]:
    """One for each distribution that is needed; and, for a whole project, that is stated."""
    by_name: dict[str, list[Stated]] = {}
    for one in listed:
        by_name.setdefault(one.name, []).append(one)
    needed: dict[str, list[Requirement]] = {}
    for need in found:
        needed.setdefault(canonicalize_name(need.distribution), []).append(need)
    names = [*needed, *(name for name in by_name if is_whole and name not in needed)]
    return tuple(
        Row(
            needed[name][0].distribution if name in needed else name,
            _installed(name, known),
            tuple(needed.get(name, ())),
            tuple(by_name.get(name, ())),
        )
        for name in sorted(names)
    )


def _installed(name: str, known: DependencySources) -> str:
    distribution = known.environment.get(name)
    return distribution.version if distribution else ""
