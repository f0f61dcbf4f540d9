"""What the files of a project declare: pyproject.toml, setup.py, requirements, conda and pixi files."""

from __future__ import annotations

import ast
import configparser
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg import pyproject

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "pixi.toml")
_LISTS = ("requirements.txt", "environment.yml", "environment.yaml")  # a folder may have its own
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_EGG = re.compile(r"(?:#egg=|\s*@\s*|/)([A-Za-z0-9._-]+?)(?:\.git)?(?:@[^/]*)?(?:#.*)?\Z")
_CONDA = re.compile(r"^\s*-\s+['\"]?(?:[\w-]+::)?(?P<name>[A-Za-z0-9][\w.-]*)", re.MULTILINE)

Names = frozenset[str]


def around(folder: Path) -> Names:
    """Plain names of what the files of the project around a folder declare, as far as is known."""
    try:
        above = root(folder)
        if above is None:
            return frozenset()
        return of(above, between(folder, above)) or frozenset()
    except OSError:  # a folder above that may not be listed tells nothing
        return frozenset()


def between(folder: Path, above: Path) -> list[Path]:
    """A folder, and those that enclose it up to another one."""
    return [folder, *(parent for parent in folder.parents if parent.is_relative_to(above))]


def root(folder: Path) -> Path | None:
    """The nearest folder above that looks like one of a project, but never a home folder."""
    home = Path.home()
    above = [folder, *folder.parents]
    inside = above[: above.index(home)] if home in above else above[:-1]
    for marks in (_MARKS, _LISTS):
        for place in inside:
            if any((place / mark).exists() for mark in marks):
                return place
    return None


def of(root: Path, folders: Iterable[Path]) -> Names | None:
    """Every distribution that a file of the project names; None if some cannot be known."""
    found: set[str] = set()
    files = 0
    for folder in folders:
        for path in _requirement_files(folder):
            files += 1
            text = _text(path)
            found |= set(_of_conda(text) if path.suffix != ".txt" else _of_requirements(text))
    for known in (_of_pyproject(root), _of_pixi(root), _of_setup_cfg(root), _of_setup_py(root)):
        if known is None:
            return None
        files += bool(known)
        found |= known
    return frozenset(map(canonicalize_name, found)) if files else None


def _requirement_files(folder: Path) -> list[Path]:
    return [
        *sorted(folder.glob("*requirements*.txt")),
        *sorted(folder.glob("requirements/*.txt")),
        *sorted(folder.glob("environment*.y*ml")),
        *sorted(folder.glob("ci/*.y*ml")),
        *sorted(folder.glob("docs/*requirements*.txt")),
        *sorted(folder.glob("docs/environment*.y*ml")),
    ]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""


def _of_requirements(text: str) -> Iterator[str]:
    for raw in text.split("\n"):
        line = raw.split(" #")[0].strip()
        if "://" in line or line.startswith("-e"):
            yield from _EGG.findall(line)
        if match := _NAME.match(line):
            yield match.group()


def _of_conda(text: str) -> Iterator[str]:
    yield from (match["name"] for match in _CONDA.finditer(text))


def _of_pyproject(root: Path) -> set[str] | None:
    table = pyproject.read(root / pyproject.NAME)
    project = table.get("project", {})
    if "dependencies" in project.get("dynamic", ()):
        return None
    lines = [*project.get("dependencies", ()), *_nested(project.get("optional-dependencies"))]
    lines += _nested(table.get("dependency-groups"))
    poetry = table.get("tool", {}).get("poetry", {})
    groups = [poetry, *poetry.get("group", {}).values()]
    names = [name for group in groups for key in group for name in _keys(group, key)]
    own = [project.get("name", ""), poetry.get("name", "")]
    return {*_of_requirements("\n".join(lines)), *names, *filter(None, own)}


def _of_pixi(root: Path) -> set[str] | None:
    path = root / "pixi.toml"
    if not path.is_file():
        return set()
    try:
        return set(_pixi_names(tomllib.loads(_text(path))))
    except tomllib.TOMLDecodeError:
        return None


def _pixi_names(table: Mapping[str, Any]) -> Iterator[str]:
    """The keys of all tables of dependencies, in features too."""
    for key, value in table.items():
        if key in ("dependencies", "pypi-dependencies") and isinstance(value, dict):
            yield from value
        elif isinstance(value, dict):
            yield from _pixi_names(value)


def _nested(groups: object) -> list[str]:
    values = groups.values() if isinstance(groups, dict) else ()
    return [line for lines in values for line in lines if isinstance(line, str)]


def _keys(group: Mapping[str, Any], key: str) -> Iterator[str]:
    if key in ("dependencies", "dev-dependencies") and isinstance(group[key], dict):
        yield from group[key]


def _of_setup_cfg(root: Path) -> set[str] | None:
    path = root / "setup.cfg"
    if not path.is_file():
        return set()
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(_text(path))
    except configparser.Error:
        return None
    lines = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        lines += [value for _, value in parser.items("options.extras_require")]
    return set(_of_requirements("\n".join(lines)))


def _of_setup_py(root: Path) -> set[str] | None:
    """What is written out in the call of setup; anything that is computed is not known."""
    path = root / "setup.py"
    if not path.is_file():
        return set()
    try:
        tree = ast.parse(_text(path))
    except (SyntaxError, ValueError):
        return None
    found: set[str] = set()
    for node in ast.walk(tree):
        for keyword in node.keywords if isinstance(node, ast.Call) else ():
            if keyword.arg in ("install_requires", "extras_require"):
                try:
                    value = ast.literal_eval(keyword.value)
                except ValueError:
                    return None
                lines = _nested(value) if isinstance(value, dict) else list(value)
                found |= set(_of_requirements("\n".join(lines)))
    return found
