"""What an exchange of files does, written down before it begins.

An exchange has a folder, in the project or in the one that gets the project:

    .nb2pkg-exchange/
      new/0, old/0, ...     what each file is to be, and what it was
      forward.json          the journal: from here on the exchange is finished, whatever happens
      back.json             ... or this, once something failed: it is taken back
      others                folders that are not in this one, and are written to
      elsewhere             in those, instead of all this: the folder that has the exchange
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from nb2pkg.errors import Nb2pkgError

FOLDER = ".nb2pkg-exchange"
FORWARD, BACK = "forward.json", "back.json"
OTHERS, ELSEWHERE = "others", "elsewhere"
PREPARED = "prepared"  # either of these, until it is written whole


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A file, and the digests of what it was and is to be; empty for no file."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Journal:
    """An exchange. Paths are as seen from root, the folder that has the folder of the exchange.

    made: folders that are made for it, the outermost first; emptied: folders that lose files.
    owner: see _check_owner.
    """

    entries: tuple[JournalEntry, ...]
    made: tuple[str, ...]
    emptied: tuple[str, ...]
    owner: str


def digest(path: Path) -> str:
    """Of what a file holds; empty if there is none."""
    try:
        return digest_of(path.read_bytes())
    except FileNotFoundError:
        return ""


def digest_of(data: bytes | None) -> str:
    return "" if data is None else hashlib.sha256(data).hexdigest()


def owner(root: Path) -> str:
    """What tells the folder of an exchange from every copy of it."""
    found = os.stat(root / FOLDER)
    return f"{found.st_dev}:{found.st_ino}"


def text(journal: Journal) -> str:
    return json.dumps(asdict(journal), indent=1) + "\n"


def read(root: Path) -> tuple[Journal, bool] | None:
    """The journal, and whether it is taken back; None if there is none, and nothing was exchanged."""
    for name in (BACK, FORWARD):
        path = root / FOLDER / name
        if path.is_file():
            found = _parsed(path)
            _check_owner(root, found)
            return found, name == BACK
    return None


def _parsed(path: Path) -> Journal:
    try:
        content = json.loads(path.read_bytes())
        entries = tuple(JournalEntry(**entry) for entry in content.pop("entries"))
        made, emptied = tuple(content.pop("made")), tuple(content.pop("emptied"))
        return Journal(entries, made, emptied, **content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _foreign(path.parent) from error


def _check_owner(root: Path, journal: Journal) -> None:
    """A copy, such as one that comes with a repository, must not write to what is around it."""
    if journal.owner == owner(root):
        return
    paths = [*(entry.path for entry in journal.entries), *journal.made, *journal.emptied]
    if not all(_is_inside(root, path) for path in paths):
        raise _foreign(root / FOLDER)


def _is_inside(root: Path, path: str) -> bool:
    return (root / path).resolve().is_relative_to(root.resolve())


def _foreign(folder: Path) -> Nb2pkgError:
    return Nb2pkgError(
        f"{folder}: was not left here by a command of nb2pkg that was cut off",
        "Delete that folder; what it was to write was written in another place, or not at all.",
    )
