"""What a person wants of continuous integration, and what becomes of a file."""

from __future__ import annotations

from dataclasses import dataclass

from nb2pkg.errors import Nb2pkgError


@dataclass(frozen=True, slots=True)
class Found:
    """What pip is told to install for notebooks, and for tests; which tests; which files say so.

    Paths are as seen from the top of the repository. sources: the folder with the code of a project that cannot be
    installed.
    """

    for_notebooks: tuple[str, ...] = ()
    for_tests: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    sources: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """project: the folder of the package as seen from the top of the repository; empty: there is none.

    python is a version, install what pip is told to install as nb2pkg, index where it looks. branch: the one
    that others are merged into.
    """

    project: str = ""
    python: str = "3.12"
    require: tuple[str, ...] = ("validated",)
    install: str = "nb2pkg"
    runs: bool = False
    found: Found = Found()
    index: str = ""
    branch: str = "main"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a file: a job, or a list of hooks. It begins in the first column."""

    name: str
    text: str


class UnextendableError(Nb2pkgError):
    """A file is there to which nothing can be added for sure. piece: what a person may add."""

    def __init__(self, message: str, hint: str, piece: str) -> None:
        super().__init__(message, hint)
        self.piece = piece
