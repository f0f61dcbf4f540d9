"""Everything that can go wrong, as one tree.

Nb2pkgError            a person can fix it: message, hint; exit 1
  NotebookError        not a readable Python notebook
    MissingFileError   what is named on the command line does not exist; exit 2, as for other usage errors
  PromotionError       carries all fatal problems, raised once, before anything is rendered
  ConflictError        a person's edit and a new promotion touch the same lines
  VerificationError    the two runs differ
InternalError          we made code that does not parse, or is not stable; exit 70
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nb2pkg.model import Problem


_SUGGESTED = 3


class Nb2pkgError(Exception):
    """A person can fix it: the message says what is wrong, the hint what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotebookError(Nb2pkgError):
    """The file is not a notebook of Python code that can be read."""


class MissingFileError(NotebookError):
    """What a person named does not exist."""

    exit_code = 2

    def __init__(self, path: object, what: str = "file") -> None:
        super().__init__(f"{path}: there is no such {what}", "Check the path.")


class PromotionError(Nb2pkgError):
    """Nothing can be promoted; all reasons at once."""

    def __init__(self, message: str, hint: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message, hint)
        self.problems = problems


class ConflictError(Nb2pkgError):
    """A file that a person changed would be overwritten."""


class VerificationError(Nb2pkgError):
    """The original and the narrative, both run, differ."""


class InternalError(Exception):
    """We made something wrong; never the user's fault."""

    exit_code = 70


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint for a name that is unknown: the nearest that are known, at most three.

    Upper and lower case, and what stands before the last dot, do not matter. otherwise is the hint
    where none is near.
    """
    from difflib import get_close_matches  # nobody waits for it who makes no mistake

    spellings: dict[str, list[str]] = {}
    for one in dict.fromkeys(known):
        for spelling in _spellings(one):
            spellings.setdefault(spelling, []).append(one)
    near = [
        spelling
        for wanted in _spellings(name)
        for spelling in get_close_matches(wanted, spellings, _SUGGESTED)
    ]
    near += [spelling for spelling in spellings if name and name.casefold() in spelling]
    found = list(dict.fromkeys(one for spelling in near for one in spellings[spelling]))
    *others, last = [repr(one) for one in found[:_SUGGESTED]] or [""]
    if not last:
        return otherwise
    return f"Did you mean {', '.join(others)} or {last}?" if others else f"Did you mean {last}?"


def _spellings(name: str) -> tuple[str, ...]:
    """A name as it may be written: whole, and without what stands before its last dot."""
    whole = name.casefold()
    return tuple(dict.fromkeys((whole, whole.rpartition(".")[2])))
