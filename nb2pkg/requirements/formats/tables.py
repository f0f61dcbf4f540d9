"""Files in TOML: pyproject.toml of any build tool, Pipfile and pixi.toml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg import pyproject
from nb2pkg.errors import Nb2pkgError
from nb2pkg.requirements.formats import listing
from nb2pkg.requirements.formats.declarations import (
    Declarations,
    joined,
    of_conda,
    of_keys,
    of_lines,
    use_of,
)
from nb2pkg.requirements.model import Kind, Stated, Use

PIPFILE, PIXI = "Pipfile", "pixi.toml"
_DYNAMIC = (("setuptools", "dynamic"), ("hatch", "metadata", "hooks", "requirements_txt"))
_KEPT = {"packages": Use.PACKAGE, "dev-packages": Use.TESTS}  # of a Pipfile; others are categories
_OF_PIPENV = ("source", "requires", "scripts", "pipenv")


def of_pyproject(document: pyproject.Table, root: Path | None = None) -> Declarations:
    """What pyproject.toml declares, with the files that it names if the project is on disk."""
    project = pyproject.table(document, "project")
    tool = pyproject.table(document, "tool")
    found = (
        *_of_project(project),
        *_of_groups(pyproject.table(document, "dependency-groups"), "group"),
        *_of_groups(pyproject.table(tool, "pdm", "dev-dependencies"), "group"),
        *of_lines(
            _list(pyproject.table(tool, "uv").get("dev-dependencies")),
            "group dev",
            Use.TESTS,
            Kind.OPTIONAL,
        ),
        *_of_poetry(pyproject.table(tool, "poetry")),
        *_of_hatch(pyproject.table(tool, "hatch", "envs")),
        *_of_pixi(pyproject.table(tool, "pixi"), pyproject.NAME),
    )
    files = (pyproject.NAME,) if found or project.get("name") or "poetry" in tool else ()
    named = Declarations(found, files, tuple(_misshapen(document, project)))
    return joined([named, *(_of_dynamic(tool, root) if root is not None else ())])


def is_left_to_build(document: pyproject.Table) -> bool:
    """Does [project] say that its dependencies stand elsewhere?"""
    return "dependencies" in _list(pyproject.table(document, "project").get("dynamic"))


def of_pipfile(path: Path) -> Declarations:
    """Its packages of all categories."""
    return _of_file(
        path,
        lambda table: (
            one
            for name, group in table.items()
            if name not in _OF_PIPENV
            for one in of_keys(
                group,
                f"{PIPFILE} {name}",
                _KEPT.get(name, use_of(name)),
                Kind.MAIN if name == "packages" else Kind.OPTIONAL,
            )
        ),
    )


def of_pixi(path: Path) -> Declarations:
    """Its dependencies, of features too."""
    return _of_file(path, lambda table: _of_pixi(table, PIXI))


def _of_file(path: Path, reader: Any) -> Declarations:
    if not path.is_file():
        return Declarations()
    try:
        return Declarations(tuple(reader(pyproject.read(path))), (path.name,))
    except Nb2pkgError as error:
        return Declarations(unread=(error.message,))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _misshapen(document: pyproject.Table, project: pyproject.Table) -> Iterator[str]:
    if not isinstance(project.get("dependencies", []), list):
        yield f"{pyproject.NAME}: dependencies is not a list"
    groups = pyproject.table(document, "dependency-groups")
    names = {canonicalize_name(name) for name in groups}
    for name, lines in groups.items():
        for line in _list(lines):
            inner = line.get("include-group") if isinstance(line, dict) else None
            if inner and canonicalize_name(str(inner)) not in names:
                yield f"{pyproject.NAME}: group {name} includes {inner}, which is not there"


def _of_project(project: pyproject.Table) -> Iterator[Stated]:
    yield from of_lines(_list(project.get("dependencies")), "dependencies")
    for extra, lines in pyproject.table(project, "optional-dependencies").items():
        yield from of_lines(_list(lines), f"extra {extra}", use_of(extra), Kind.OPTIONAL)


def _of_groups(groups: pyproject.Table, word: str) -> Iterator[Stated]:
    for name in groups:
        lines = _opened(groups, name, frozenset())
        yield from of_lines(lines, f"{word} {name}", use_of(name), Kind.OPTIONAL)


def _opened(groups: Mapping[str, Any], name: str, above: frozenset[str]) -> Iterator[object]:
    """The lines of a group, with those of the groups that it includes."""
    plain = canonicalize_name(name)
    if plain in above:
        return
    for other, lines in groups.items():
        for line in _list(lines) if canonicalize_name(other) == plain else ():
            if isinstance(line, dict) and "include-group" in line:
                yield from _opened(groups, str(line["include-group"]), above | {plain})
            else:
                yield line


def _of_poetry(poetry: pyproject.Table) -> Iterator[Stated]:
    yield from of_keys(poetry.get("dependencies"), "Poetry dependencies")
    yield from of_keys(poetry.get("dev-dependencies"), "Poetry group dev", Use.TESTS, Kind.OPTIONAL)
    for name, group in pyproject.table(poetry, "group").items():
        inner = group.get("dependencies") if isinstance(group, dict) else None
        yield from of_keys(inner, f"Poetry group {name}", use_of(name), Kind.OPTIONAL)


def _of_hatch(envs: pyproject.Table) -> Iterator[Stated]:
    for name, env in envs.items():
        for key in ("dependencies", "extra-dependencies"):
            lines = _list(env.get(key)) if isinstance(env, dict) else []
            yield from of_lines(lines, f"Hatch environment {name}", Use.TESTS, Kind.OPTIONAL)


def _of_pixi(table: pyproject.Table, where: str) -> Iterator[Stated]:
    """The keys of all tables of dependencies, in features too."""
    for key, value in table.items():
        if key == "dependencies":
            yield from of_conda(of_keys(value, where, kind=Kind.CONDA))
        elif key == "pypi-dependencies":
            yield from of_keys(value, where)
        elif isinstance(value, dict):
            yield from _of_pixi(value, where)


def _of_dynamic(tool: pyproject.Table, root: Path) -> Iterator[Declarations]:
    """The files that the build takes dependencies from."""
    setuptools, hatch = (pyproject.table(tool, *names) for names in _DYNAMIC)
    extras = pyproject.table(setuptools, "optional-dependencies")
    main = (setuptools.get("dependencies"), {"file": hatch.get("files", [])})
    named = [(entry, Use.PACKAGE) for entry in main]
    named += [(entry, use_of(name)) for name, entry in extras.items()]
    for entry, use in named:
        files = entry.get("file", []) if isinstance(entry, dict) else []
        for file in [files] if isinstance(files, str) else _list(files):
            yield of_named_file(root, str(file), use, pyproject.NAME)


def of_named_file(root: Path, file: str, use: Use, where: str) -> Declarations:
    """A requirements file that another file of the project names."""
    path = root / file
    if path.is_file():
        return listing.read(path, root, use)
    return Declarations(unread=(f"{where}: it names {file}, which is not there",))
