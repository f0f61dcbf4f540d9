"""A place for a package in a project that was there before: its folders, its style, what it declares."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from nb2pkg import pyproject
from nb2pkg.errors import ConflictError, Nb2pkgError, did_you_mean
from nb2pkg.files import on_disk, walk
from nb2pkg.flow.engines import TARGETS
from nb2pkg.merge import requirements
from nb2pkg.paths import PackagePaths, Project
from nb2pkg.plan import naming
from nb2pkg.plan.model import USUAL, Style
from nb2pkg.project import locate, manifest
from nb2pkg.requirements import pins
from nb2pkg.requirements.model import Requirement, Requirements, Use
from nb2pkg.requirements.needs import KERNEL

PYPROJECT, PINNED, EXTRA = "pyproject.toml", "requirements.txt", "notebook"
_NO_CODE = {"tests", "test", "testing", "docs", "doc", "examples", "benchmarks"}
_NO_CODE |= {"scripts", "notebooks", "narratives", "data"}


def settle(path: Path, folder: Path, name: str) -> PackagePaths:
    """The paths of a notebook in a project: the one that it has, or a new one.

    name is that of the package, alone or dotted, if a person gave one. Nb2pkgError where there is
    no one place for it.
    """
    if not folder.is_dir():
        raise Nb2pkgError(
            f"{folder}: is not a folder", "--into takes a project that is there already."
        )
    for place in locate.all_in(folder):
        known = manifest.required(place)
        here = (locate.original(place, known), (place / known.story).resolve())
        if not place.paths.is_own and path.resolve() in here:
            _check_same(place, name)
            return place.paths
    return _new(path, folder, name)


def _check_same(place: Project, name: str) -> None:
    if name not in ("", place.paths.package, place.paths.name):
        raise ConflictError(
            f"{place}: the package of this notebook is called {place.paths.package}",
            "Leave --name out.",
        )


def _new(path: Path, folder: Path, name: str) -> PackagePaths:
    document = pyproject.read(folder / PYPROJECT)
    above, _, short = name.rpartition(".")
    source, above = _package(folder, above, document)
    short = short or _named_like(path.stem)
    inner = above.replace(".", "/")
    paths = PackagePaths(f"{above}.{short}", source)
    taken = [
        Path(source, inner, short),
        Path(source, inner, f"{short}.py"),
        Path(manifest.FOLDER, short),
    ]
    for place in taken:
        if (folder / place).exists():
            raise ConflictError(
                f"{folder}: {place.as_posix()} is there already, and not from this notebook",
                f"Name the package with --name {above}.NAME.",
            )
    return PackagePaths(
        paths.package, source, _tests(folder, short, document), _stories(folder, path.stem)
    )


def _named_like(stem: str) -> str:
    """The name of the notebook, unless it means something else in Python."""
    wanted = naming.slug(stem, words=8) or "notebook"
    return naming.free(wanted, [*naming.always_taken(), "base"], ("analysis", "package"))


# ----------------------------------------------------------------------------------- the folders


def _package(folder: Path, above: str, document: Mapping[str, Any]) -> tuple[str, str]:
    """The folder that has the top package, and the package that gets another one."""
    found = _packages(folder / "src")
    source = "src" if found else ""
    found = found or _packages(folder)
    if not found:
        raise Nb2pkgError(
            f"{folder}: there is no Python package in it",
            "A folder with an __init__.py is looked for, in src or at the top; without --into, a "
            "project is made.",
        )
    if above:
        if above.partition(".")[0] in found and _is_package(folder, source, above):
            return source, above
        raise Nb2pkgError(
            f"{folder}: there is no package {above} in it",
            did_you_mean(above, found, f"It has {', '.join(found)}."),
        )
    called = str(pyproject.table(document, "project").get("name", "")).lower()
    fitting = [name for name in found if name.lower() == re.sub(r"[-_.]+", "_", called)]
    if len(found) > 1 and not fitting:
        raise Nb2pkgError(
            f"{folder}: there are several packages in it: {', '.join(found)}",
            f"Say which, and the name in it: --name {found[0]}.NAME.",
        )
    return source, (fitting or found)[0]


def _packages(folder: Path) -> list[str]:
    found = (path.parent for path in folder.glob("*/__init__.py"))
    own = (place for place in found if not (walk.is_left_out(place) or walk.is_without_code(place)))
    return sorted(p.name for p in own if p.name.isidentifier() and p.name not in _NO_CODE)


def _is_package(folder: Path, source: str, package: str) -> bool:
    return Path(folder, source, *package.split("."), "__init__.py").is_file()


def _tests(folder: Path, short: str, document: Mapping[str, Any]) -> str:
    """A folder of its own among the tests: several notebooks have files of the same name."""
    listed = pyproject.table(document, "tool", "pytest", "ini_options").get("testpaths", [])
    asked = [str(path).strip("/") for path in ([listed] if isinstance(listed, str) else listed)]
    known = [path for path in (*asked, "tests", "test") if (folder / path).is_dir()]
    above = known[0] if known else "tests"
    for name in (f"test_{short}", f"test_{short}_notebook"):
        inner = f"{above}/{name}" if above != "." else name
        if not (folder / inner).exists() and not (folder / f"{inner}.py").exists():
            return inner
    raise ConflictError(
        f"{folder}: {inner} is there already, and not from this notebook",
        "Name the package with --name.",
    )


def _stories(folder: Path, stem: str) -> str:
    """The folder of the narrative. The original may lie where narratives mostly do."""
    for name in ("notebooks", "narratives"):
        if not (folder / name / f"{stem}.ipynb").exists():
            return name
    raise ConflictError(
        f"{folder}: narratives/{stem}.ipynb is there already, and not from this notebook",
        "Rename it, or the notebook.",
    )


# -------------------------------------------------------------------------------- pyproject.toml


_RULES = ("select", "extend-select")  # that a project has chosen


def style(place: Project) -> Style:
    """How the project lays out its code, by what it tells black or ruff."""
    if place.paths.is_own:
        return USUAL
    tools = pyproject.table(pyproject.read(place.folder / PYPROJECT), "tool")
    black, ruff = pyproject.table(tools, "black"), pyproject.table(tools, "ruff")
    width = black.get("line-length", ruff.get("line-length", USUAL.width))
    form = pyproject.table(ruff, "format")
    quotes = form.get("quote-style", USUAL.quotes)
    if "skip-string-normalization" in black:
        quotes = "preserve" if black["skip-string-normalization"] else USUAL.quotes
    skips = black.get("skip-magic-trailing-comma", form.get("skip-magic-trailing-comma", False))
    return Style(
        width=width if isinstance(width, int) and width > 20 else USUAL.width,
        quotes=quotes if quotes in ("single", "preserve") else USUAL.quotes,
        trailing_commas=not skips,
        wraps=True,
        is_linted=_is_linted(ruff),
    )


def _is_linted(ruff: Mapping[str, Any]) -> bool:
    """Does the project choose rules of ruff, but for the one that forbids to leave out a whole file?"""
    tables = (ruff, pyproject.table(ruff, "lint"))
    chosen = [str(word) for table in tables for name in _RULES for word in table.get(name) or ()]
    return bool(chosen) and not any(word == "ALL" or word.startswith("PGH") for word in chosen)


@dataclass(frozen=True, slots=True)
class Shared:
    """Files of which a package has only some lines, as texts to merge; and what nobody declares."""

    files: Mapping[str, str]
    undeclared: tuple[str, ...] = ()


def shared(place: Project, needed: Requirements, engine: str = "") -> Shared:
    """What is added to the requirements of the project. Nothing is ever taken away.

    What only the narrative needs, or the engine of a flow, goes into an extra of pyproject.toml, and nowhere else.
    """
    document = pyproject.read(place.folder / PYPROJECT)
    brought = locate.generated(place)
    files: dict[str, str] = {}
    ranges = _texts(needed, Use.PACKAGE, document, partial(pins.ranged, style=needed.ranges))
    there = _declared(document) | _optional(document)
    extras = {
        EXTRA: _texts(needed, Use.NOTEBOOK, document, partial(pins.ranged, style=needed.ranges))
    }
    extras |= _of_engine(engine)
    if not _lists(document, "optional-dependencies"):
        extras = {}
    if _lists(document, "dependencies"):
        before = pyproject.table(
            pyproject.parse(brought.get(PYPROJECT, "").encode(), place.folder / PYPROJECT),
            "project",
        )
        kept = pyproject.table(before, "optional-dependencies")
        files[PYPROJECT] = _toml(
            _added(before.get("dependencies", []), ranges, _declared(document)),
            {
                name: _added(kept.get(name, []), extras.get(name, {}), there)
                for name in sorted({*kept, *extras})
            },
        )
    on_list = on_disk(place / PINNED)
    if on_list is not None:
        pinned = {_name(line) for line in on_list.split("\n")}
        exact = _texts(needed, Use.PACKAGE, document, pins.exact)
        own = _added(brought.get(PINNED, "").splitlines(), exact, pinned)
        files[PINNED] = "".join(f"{text}\n" for text in own)
    for path in {PYPROJECT, PINNED} - {*files}:
        files |= {path: brought[path]} if brought.get(path) else {}
    missing = {} if files else {n: t for n, t in ranges.items() if n not in _declared(document)}
    if PYPROJECT not in files or not extras:
        missing |= {
            n: t for each in _of_engine(engine).values() for n, t in each.items() if n not in there
        }
    return Shared(dict(sorted(files.items())), tuple(missing.values()))


def _of_engine(engine: str) -> dict[str, dict[str, str]]:
    """The extra of an engine: distribution to its requirement as text."""
    if not engine:
        return {}
    text = TARGETS[engine].requires
    return {engine: {_name(text): text}}


def _texts(
    needed: Requirements, use: Use, document: Mapping[str, Any], write: Callable[[Requirement], str]
) -> dict[str, str]:
    """Distribution to its requirement as text.

    The project itself is none; nor is the kernel, which who runs notebooks there has.
    """
    called = requirements.key(str(pyproject.table(document, "project").get("name", "")))
    found = {requirements.key(one.distribution): write(one) for one in needed.of(use)}
    return {name: text for name, text in found.items() if name not in (called, KERNEL)}


def _lists(document: Mapping[str, Any], key: str) -> bool:
    """Does it declare them where the standard says? Poetry and setuptools know other places."""
    table = pyproject.table(document, "project")
    return bool(table) and key not in table.get("dynamic", [])


def _declared(document: Mapping[str, Any]) -> set[str]:
    """Distributions that the project names anywhere."""
    table = pyproject.table(document, "project")
    found = [*table.get("dependencies", [])]
    found += pyproject.table(document, "tool", "poetry", "dependencies")
    return {_name(str(text)) for text in found}


def _optional(document: Mapping[str, Any]) -> set[str]:
    """Distributions that are in some extra."""
    extras = pyproject.table(document, "project", "optional-dependencies")
    return {_name(str(text)) for texts in extras.values() for text in texts}


def _name(requirement: str) -> str:
    """The distribution alone, whenever it is asked for."""
    return requirements.key(requirement.partition(";")[0])


def _added(kept: Iterable[str], needed: Mapping[str, str], there: set[str]) -> list[str]:
    """What the package has brought before, as it was then, and what it brings now."""
    known = {_name(text): text for text in kept}
    new = {name: text for name, text in needed.items() if name not in there and name not in known}
    return [text for _, text in sorted({**known, **new}.items())]


def _toml(needed: Iterable[str], extras: Mapping[str, Iterable[str]]) -> str:
    """The lines of pyproject.toml that are the package's: its dependencies, and those of its extras."""
    package = _list("dependencies", needed)
    optional = "".join(_list(name, texts) for name, texts in extras.items())
    return (f"[project]\n{package}" if package else "") + (
        f"[project.optional-dependencies]\n{optional}" if optional else ""
    )


def _list(key: str, texts: Iterable[str]) -> str:
    lines = "".join(f'    "{text}",\n' for text in texts)
    return f"{key} = [\n{lines}]\n" if lines else ""
