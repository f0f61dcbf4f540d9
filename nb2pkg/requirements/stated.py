"""What the files of a project state: pyproject.toml with its extras, and the requirements files."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg.errors import Nb2pkgError
from nb2pkg.requirements import declared
from nb2pkg.requirements.model import Use

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_USES = {"test": Use.TESTS, "tests": Use.TESTS, "dev": Use.TESTS, "notebook": Use.NOTEBOOK}
PYPROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Stated:
    """A requirement as a file states it. words: all of it; where: the file and the list in it.

    use: for whom; is_pin: one of the requirements files, of which pyproject.toml says the same.
    """

    name: str
    words: str
    where: str
    use: Use = Use.PACKAGE
    is_pin: bool = False


def of(project: Path) -> tuple[Stated, ...]:
    """All of it. Nb2pkgError if pyproject.toml cannot be read."""
    table = _project(project / PYPROJECT)
    found = [*_of_table(table), *_of_files(project)]
    if not found:  # Poetry, setup.py and others: the names are known, and no more
        names = declared.of(project, [project]) or ()
        found = [Stated(name, name, "a file of the project") for name in sorted(names)]
    return tuple(found)


def _project(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Nb2pkgError(f"{path}: is not TOML: {error}", "Mend it.") from None
    return table if isinstance(table, dict) else {}


def called(project: Path) -> str:
    """The plain name of the project's own distribution; empty if it has none."""
    return canonicalize_name(str(_project(project / PYPROJECT).get("name", "")))


def python(project: Path) -> str:
    """Its Requires-Python; empty if it says nothing."""
    return str(_project(project / PYPROJECT).get("requires-python", ""))


def _of_table(table: Mapping[str, Any]) -> Iterator[Stated]:
    yield from _of_lines(table.get("dependencies", []), "dependencies", Use.PACKAGE)
    for extra, lines in table.get("optional-dependencies", {}).items():
        use = _USES.get(extra, Use.PACKAGE)
        yield from _of_lines(lines, f"extra {extra}", use)


def _of_files(project: Path) -> Iterator[Stated]:
    for path in sorted(project.glob("requirements*.txt")):
        if "lock" in path.stem:
            continue
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        use = Use.PACKAGE
        if path.stem.endswith(("dev", "test", "tests")):
            use = Use.TESTS
        elif path.stem.endswith("notebook"):
            use = Use.NOTEBOOK
        yield from _of_lines(lines, path.name, use, is_pin=True)


def _of_lines(lines: Iterable[str], where: str, use: Use, is_pin: bool = False) -> Iterator[Stated]:
    for line in lines:
        words = re.sub(r"(^|\s)#.*$", "", line).strip()
        match = _NAME.match(words)
        if match is not None:
            yield Stated(canonicalize_name(match.group()), words, where, use, is_pin)
