"""The line in .gitignore that keeps data out of git, as DVC writes it."""

from __future__ import annotations

from pathlib import Path

from nb2pkg.data import git
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import on_disk

NAME = ".gitignore"
_SPECIAL = str.maketrans({mark: f"\\{mark}" for mark in "\\*?[]!#"})


def check_untracked(data: Path) -> None:
    """Raise Nb2pkgError if git tracks the data: it would go on to do so, whatever is ignored."""
    if git.is_tracked(data):
        raise Nb2pkgError(
            f"{data}: is tracked by git, so it cannot be a version of data as well",
            f"Take it out of git first, and commit that: git rm -r --cached '{data.name}'",
        )


def with_line(data: Path, pending: str | None) -> str | None:
    """The text of the .gitignore beside a file or a folder, with its line; None if git ignores it now.

    pending: the text that is about to be written there.
    """
    if git.is_ignored(data):
        return None
    path = data.parent / NAME
    before = on_disk(path) if pending is None else pending
    if before is None and path.exists():
        raise Nb2pkgError(f"{path}: is not UTF-8 text", "Save it as UTF-8.")
    ended = before if not before or before.endswith("\n") else f"{before}\n"
    return f"{ended or ''}/{_escaped(data.name)}\n"


def _escaped(name: str) -> str:
    escaped = name.translate(_SPECIAL)
    return f"{escaped[:-1]}\\ " if escaped.endswith(" ") else escaped
