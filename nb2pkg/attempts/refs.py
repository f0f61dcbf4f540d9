"""Names of notebooks and branches as parts of a ref, and back.

    lab/Über uns.ipynb   lab/%c3%9cber%20uns.ipynb        a branch  v1.2/trees   v1%2e2%2ftrees

What git forbids in refs, and what two file systems may take for the same name, is written as the bytes of
UTF-8. Only the name of a notebook ends with .ipynb, so that no folder and no branch can be in its place.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import unquote_to_bytes

from nb2pkg.errors import Nb2pkgError

ATTEMPTS = "refs/nb2pkg/attempts"
CURRENT = "refs/worktree/nb2pkg"  # of one work tree, and never pushed
NOTES = "refs/notes/nb2pkg/attempts"
FETCHED = "refs/nb2pkg/fetched"

_PLAIN = re.compile(r"[a-z0-9_-]")
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|com\d|lpt\d)(?![^.])"
)  # on Windows, whatever follows a dot
_SUFFIX = ".ipynb"
_ERRORS = "surrogateescape"  # names of files need not be text
_LONGEST = 180  # bytes of a part: file systems take 255, and git adds some


def encoded_notebook(path: str) -> str:
    """The path of a notebook, with slashes, as parts of a ref."""
    *folders, name = path.split("/")
    stem = name.removesuffix(_SUFFIX) if name != _SUFFIX else name
    return "/".join([*map(_encoded, folders), _encoded(stem) + _SUFFIX * (stem != name)])


def encoded_branch(name: str) -> str:
    """The name of a branch as one part of a ref; Nb2pkgError for a name that nobody could read."""
    if not name or name != name.strip() or not name.isprintable():
        raise Nb2pkgError(f"{name!r} is not a name for a branch", "Name it in a few words.")
    found = _encoded(name)
    if found.startswith("="):
        raise Nb2pkgError(f"{name[:40]}...: this name of a branch is too long", "Shorten it.")
    return found


def decoded(part: str) -> str:
    """The text that was encoded."""
    return unquote_to_bytes(part.encode("utf-8", _ERRORS)).decode("utf-8", _ERRORS)


def branch_of(ref: str) -> str:
    """The branch that a ref is of."""
    return decoded(ref.rpartition("/")[2])


def _encoded(text: str) -> str:
    """A part of a ref; of a text that is too long its digest. Attempts say the names themselves, too."""
    found = "".join(char if _is_safe(char) else _bytes(char) for char in text)
    if _DEVICE.match(text):
        found = _bytes(text[0]) + found[1:]
    if len(found.encode("utf-8")) > _LONGEST:
        return "=" + hashlib.sha256(text.encode("utf-8", _ERRORS)).hexdigest()[:40]
    return found


def _is_safe(char: str) -> bool:
    """Does every file system keep it as it is, and apart from all others?"""
    if char.isascii():
        return bool(_PLAIN.match(char))
    return char.isalnum() and char == char.casefold() == unicodedata.normalize("NFKC", char)


def _bytes(char: str) -> str:
    return "".join(f"%{byte:02x}" for byte in char.encode("utf-8", _ERRORS))
