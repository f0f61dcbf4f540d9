"""What the files of a project state: pyproject.toml with its extras, and the requirements files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg import pyproject
from nb2pkg.requirements import declared
from nb2pkg.requirements.model import Use

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_USES = {"test": Use.TESTS, "tests": Use.TESTS, "dev": Use.TESTS, "notebook": Use.NOTEBOOK}


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
    texts = {p.name: _text(p) for p in sorted(project.glob("requirements*.txt"))}
    found = [*_of_table(pyproject.read(project / pyproject.NAME)), *_of_files(texts)]
    if not found:  # Poetry, setup.py and others: the names are known, and no more
        names = declared.of(project, [project]) or ()
        found = [Stated(name, name, "a file of the project") for name in sorted(names)]
    return tuple(found)


def in_texts(texts: Mapping[str, str]) -> tuple[Stated, ...]:
    """The same of files that are no longer on disk: path to text."""
    document = pyproject.parse(texts.get(pyproject.NAME, "").encode(), Path(pyproject.NAME))
    return (*_of_table(document), *_of_files(texts))


def called(project: Path) -> str:
    """The plain name of the project's own distribution; empty if it has none."""
    return canonicalize_name(str(_project(project).get("name", "")))


def python(project: Path) -> str:
    """Its Requires-Python; empty if it says nothing."""
    return str(_project(project).get("requires-python", ""))


def _project(folder: Path) -> pyproject.Table:
    return pyproject.table(pyproject.read(folder / pyproject.NAME), "project")


def _of_table(document: pyproject.Table) -> Iterator[Stated]:
    table = pyproject.table(document, "project")
    yield from _of_lines(table.get("dependencies", []), "dependencies", Use.PACKAGE)
    for extra, lines in table.get("optional-dependencies", {}).items():
        use = _USES.get(extra, Use.PACKAGE)
        yield from _of_lines(lines, f"extra {extra}", use)
    for group, lines in pyproject.table(document, "dependency-groups").items():
        words = (line for line in lines if isinstance(line, str))  # others include a group
        yield from _of_lines(words, f"group {group}", _USES.get(group, Use.TESTS))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8-sig", errors="replace")


def _of_files(texts: Mapping[str, str]) -> Iterator[Stated]:
    for name, text in texts.items():
        stem = name.removesuffix(".txt")
        if not name.startswith("requirements") or "lock" in stem:
            continue
        use = Use.PACKAGE
        if stem.endswith(("dev", "test", "tests")):
            use = Use.TESTS
        elif stem.endswith("notebook"):
            use = Use.NOTEBOOK
        yield from _of_lines(text.splitlines(), name, use, is_pin=True)


def _of_lines(lines: Iterable[str], where: str, use: Use, is_pin: bool = False) -> Iterator[Stated]:
    for line in lines:
        words = re.sub(r"(^|\s)#.*$", "", line).strip()
        match = _NAME.match(words)
        if match is not None:
            yield Stated(canonicalize_name(match.group()), words, where, use, is_pin)
