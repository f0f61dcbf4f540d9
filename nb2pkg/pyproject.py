"""The only reader of pyproject.toml: what it says, and one clear error where it cannot be read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from nb2pkg.errors import Nb2pkgError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NAME = "pyproject.toml"
Table = Mapping[str, Any]


def read(path: Path) -> Table:
    """What the file says; nothing if there is none. Nb2pkgError if it cannot be read."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Nb2pkgError(f"{path}: cannot be read: {error.strerror}") from None
    return parse(data, path)


def parse(data: bytes, path: Path) -> Table:
    """The content of a file. A byte order mark, as some editors write, is no part of it."""
    if b"\n<<<<<<< " in b"\n" + data:
        raise Nb2pkgError(f"{path}: has the markers of a merge in it", "Resolve the merge first.")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Nb2pkgError(f"{path}: is not valid TOML: {error}", "Fix the file.") from None


def table(document: Table, *names: str) -> Table:
    """A table in a table; empty where there is none."""
    for name in names:
        found = document.get(name)
        document = found if isinstance(found, dict) else {}
    return document


def nearest(folder: Path, matches: Callable[[Table], bool]) -> tuple[Table, Path] | None:
    """The nearest file in a folder, or above it up to the root of its repository, that matches.

    Files that do not match are passed over: one of a part of the project hides nothing.
    """
    folder = folder.absolute()
    for above in (folder, *folder.parents):
        found = read(above / NAME)
        if matches(found):
            return found, above / NAME
        if (above / ".git").exists():
            return None
    return None
