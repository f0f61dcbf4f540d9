"""Versions that are kept: those that the analysis ran with, in requirements.txt and its likes, and those of uv.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.lock import declared
from nb2pkg.requirements.formats import locks

_FILES = ("requirements.txt", "requirements-notebook.txt", "requirements-dev.txt")
_REMARK = re.compile(r"(^|\s)#.*$")
_OPTION = re.compile(r"\s--\w.*$")  # --hash=... behind a requirement
_PLACE = re.compile(r"[./\\]|\w+:[/\\]|\w+\+\w+:|\w+://")  # a folder, a drive, an address


def read(folder: Path) -> tuple[str, ...]:
    """Every requirement with a version, as a constraint. Nb2pkgError names a line that is none."""
    found = [each for name in _FILES for each in _of_file(folder / name)]
    return tuple(dict.fromkeys([*found, *_of_uv(folder)]))


def _of_uv(folder: Path) -> Iterator[str]:
    """What uv has locked; not what it has in several versions, each for some platforms."""
    versions = locks.versions(folder / locks.UV)
    yield from (f"{name}=={found[0]}" for name, found in versions.items() if len(found) == 1)


def _of_file(path: Path) -> Iterator[str]:
    for number, line in _lines(path):
        if line.startswith("-") or _PLACE.match(line):
            continue  # options, and what has no version
        requirement = declared.parse(line, f"{path.name}, line {number}")
        if requirement.specifier:
            marker = f" ; {requirement.marker}" if requirement.marker else ""
            yield f"{requirement.name}{requirement.specifier}{marker}"


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Logical lines without remarks and options, with the number of the last row of each."""
    whole = ""
    for number, row in enumerate(_text(path).splitlines(), start=1):
        whole += _REMARK.sub("", row).rstrip()
        if whole.endswith("\\"):
            whole = whole[:-1]
            continue
        line, whole = _OPTION.sub("", whole).strip(), ""
        if line:
            yield number, line


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise Nb2pkgError(f"{path}: is not UTF-8", "Fix it.") from None
