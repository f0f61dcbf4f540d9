"""The words of a status: a row for each cell and each symbol made from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from nb2pkg.status.data import ChangedFile


class State(Enum):
    """How a cell and its code stand to each other; the words are those of the table and of JSON."""

    IN_STEP = "in step"
    NOTEBOOK = "notebook changed"
    PACKAGE = "package changed"
    BOTH = "both changed"
    VERIFIED = "package changed, verified"  # the edited code was run, and gives the same
    WAITING = "not promoted yet"
    LENT = "shared code changed"  # it is imported from the package of another notebook
    CELL_GONE = "cell is gone"
    CODE_GONE = "deleted in the package"
    UNMERGED = "unmerged"  # both sides of a conflict stand in its file

    @property
    def is_in_step(self) -> bool:
        return self in (State.IN_STEP, State.VERIFIED)


PROPOSED = "proposed"  # what the tag of a cell is that no person has decided on


class Mark(Enum):
    """Whether something that was decided or found out still holds."""

    NONE = "no"
    HOLDS = "yes"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Opinion:
    """A decision or a verdict, and whether it still holds.

    text is for a person, short is as much of it as a column holds: the day, or the verdict. reason
    says why it does not hold, as the end of a sentence. who decided, and why, if a person did.
    """

    mark: Mark = Mark.NONE
    text: str = ""
    why: str = ""
    short: str = "no"
    reason: str = ""
    who: str = ""

    @property
    def holds(self) -> bool:
        return self.mark is Mark.HOLDS


@dataclass(frozen=True, slots=True)
class Row:
    """A cell, and one symbol that was made from it; symbol is empty where nothing was.

    number counts all cells from 1; 0: the cell is gone from the notebook. is_rejected: the last
    word of a reviewer about this code was no. change: what of the cell is not as it was promoted. attempt: the
    id of the attempt that it was promoted from.
    """

    number: int
    cell: str
    symbol: str
    state: State
    validated: Opinion = Opinion()
    approved: Opinion = Opinion()
    verified: Opinion = Opinion()
    is_rejected: bool = False
    change: str = ""
    attempt: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """All rows, in the order of the notebook. data: files of the last run that changed since."""

    project: str
    notebook: str
    package: str
    rows: tuple[Row, ...]
    data: tuple[ChangedFile, ...] = ()

    @property
    def out_of_step(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.state.is_in_step)


REQUIREMENTS = ("validated", "approved", "verified")


def lacking(status: Status, required: tuple[str, ...]) -> Iterator[tuple[Row, str]]:
    """The symbols that lack something that is required, and what."""
    for row in status.rows:
        for name in required if row.symbol else ():
            opinion: Opinion = getattr(row, name)
            if not opinion.holds:
                yield row, name
