"""What a file declares, and what of it could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg.requirements.formats import words
from nb2pkg.requirements.known import table
from nb2pkg.requirements.model import Kind, Stated, Use

_TESTS = {"dev", "develop", "development", "test", "tests", "testing", "lint", "linting", "ci"}
_TESTS |= {"doc", "docs", "documentation", "typing", "types", "style", "format", "build", "release"}
_NOTEBOOK = {"notebook", "notebooks", "jupyter"}


@dataclass(frozen=True, slots=True)
class Declarations:
    """What files declare. files: those that were read.

    unread: what cannot be known, in words. missing: files that others include, and that are not there.
    """

    stated: tuple[Stated, ...] = ()
    files: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def joined(parts: Iterable[Declarations]) -> Declarations:
    """All of them as one, each line of a file once: for whom it is read first."""
    parts = tuple(parts)
    lines: dict[tuple[str, str, str], Stated] = {}
    for one in (one for part in parts for one in part.stated):
        lines.setdefault((one.name, one.words, one.where), one)
    return Declarations(
        tuple(lines.values()),
        tuple(dict.fromkeys(name for part in parts for name in part.files)),
        tuple(dict.fromkeys(text for part in parts for text in part.unread)),
        tuple(dict.fromkeys(text for part in parts for text in part.missing)),
    )


def of_lines(
    lines: Iterable[object], where: str, use: Use = Use.PACKAGE, kind: Kind = Kind.MAIN
) -> Iterator[Stated]:
    """The requirements that are lines of text; options and folders are none."""
    for line in lines:
        text = words.without_options(line) if isinstance(line, str) else ""
        if name := words.name_of(text):
            yield Stated(canonicalize_name(name), text, where, use, kind)


def of_keys(
    group: Any, where: str, use: Use = Use.PACKAGE, kind: Kind = Kind.MAIN
) -> Iterator[Stated]:
    """The requirements that are keys of a table, with a version as the value: Pipfile, Poetry, pixi."""
    for name, value in group.items() if isinstance(group, dict) else ():
        if canonicalize_name(name) != "python":
            text = f"{name}{words.specifier_of(value)}"
            yield Stated(canonicalize_name(name), text, where, use, kind)


def of_conda(given: Iterable[Stated]) -> Iterator[Stated]:
    """The same with the names of PyPI; conda's own python is none."""
    called = table("conda")
    for one in given:
        name = called.get(one.name, one.name)
        if name != "python":
            yield Stated(name, one.words, one.where, one.use, one.kind)


def use_of(name: str) -> Use:
    """Who a group, an extra or a file is for, as its name says."""
    parts = set(canonicalize_name(Path(name).as_posix().replace("/", "-").lower()).split("-"))
    if parts & _TESTS:
        return Use.TESTS
    return Use.NOTEBOOK if parts & _NOTEBOOK else Use.PACKAGE


def text_of(path: Path) -> str:
    """The text of a file, whatever its encoding; empty if it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return data.decode(encoding, errors="replace")


def shown(path: Path, root: Path) -> str:
    """A path as people are told of it: as seen from the project."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
