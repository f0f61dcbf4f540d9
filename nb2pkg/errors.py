"""Everything that can go wrong, as one tree.

Nb2pkgError            a person can fix it: message, hint; exit 1
  NotebookError        not a readable Python notebook
  PromotionError       carries all fatal problems, raised once, before anything is rendered
  ConflictError        a person's edit and a new promotion touch the same lines
  VerificationError    the two runs differ
InternalError          we made code that does not parse, or is not stable; exit 70
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nb2pkg.model import Problem


class Nb2pkgError(Exception):
    """A person can fix it: the message says what is wrong, the hint what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotebookError(Nb2pkgError):
    """The file is not a notebook of Python code that can be read."""


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
