"""What the search for an order takes and gives.

Summary    what one code cell reads, makes and changes, as a whole
Candidate  an order of cells, with what would be read too early in it
History    what is written down of how the cells were run: by their counts, or by a log
Trial      what running a candidate gave
Finding    the order that was chosen, and all that can be said of it
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from nb2pkg.model import Cell
from nb2pkg.plan.shared import NOTHING, Touch

Order = tuple[int, ...]
"""Indexes (in the document) of code cells, in the order in which they are run."""


class Role(Enum):
    """What a cell is there for; set-up and imports come first, definitions before the others."""

    SETUP = 0
    DEFINITION = 1
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Read:
    """Where a cell reads a name before it makes it.

    sure: on every path, and not in a call; likely: that, or in a function that the cell calls.
    """

    line: int
    sure: bool
    likely: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a cell does with the names of the notebook.

    binds are the names that it leaves bound (surely or maybe); changes are names that it was given
    and binds anew or mutates. keys are parts of objects, as ``df['z']``: made here, or mentioned.
    shared are files and streams of random numbers. fixed are those of binds that hold a module, a
    function or a class.
    unseen is what may make names that nobody can read off the cell: ``%run a.py``.
    """

    cell: Cell
    reads: Mapping[str, Read]
    binds: frozenset[str]
    deletes: frozenset[str] = frozenset()
    changes: frozenset[str] = frozenset()
    makes_keys: frozenset[str] = frozenset()
    reads_keys: frozenset[str] = frozenset()
    shared: Touch = NOTHING
    fixed: frozenset[str] = frozenset()
    role: Role = Role.OTHER
    unseen: str = ""

    @property
    def index(self) -> int:
        return self.cell.index

    def originates(self, name: str) -> bool:
        """Does it make the name, without needing it before?"""
        return name in self.binds and not (name in self.reads and self.reads[name].sure)


@dataclass(frozen=True, slots=True, order=True)
class Early:
    """A name that is read before anything has made it. makers are cells that make it too late."""

    cell: int
    line: int
    name: str
    sure: bool
    likely: bool
    makers: tuple[int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """A name that a cell reads and that no cell makes; hint says where it may have come from."""

    cell: int
    line: int
    name: str
    sure: bool
    hint: str = ""


class Kind(Enum):
    """Where a candidate comes from; the value is what a person is told."""

    RECORDED = "the recorded order"
    FIRST_RUNS = "the order of the first recorded runs"
    DOCUMENT = "document order"
    COUNTS = "the order of the execution counts"
    COUNTS_AND_REST = "the order of the execution counts, with cells that were never run in between"
    REPAIRED = "document order, with the cells moved that read too early"
    ARRANGED = "an order that gives every cell its names"
    TRIED = "an order that was found by running"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An order. It may leave out cells that were never run. early: what is read too early in it."""

    kind: Kind
    cells: Order
    early: tuple[Early, ...] = ()

    @property
    def works(self) -> bool:
        """Does every cell find all names that it may read?"""
        return not self.early

    @property
    def seems_to_work(self) -> bool:
        """Does every cell find its names, as far as can be seen without running it?"""
        return not any(early.likely for early in self.early)

    @property
    def may_work(self) -> bool:
        """Is nothing read too early for sure?"""
        return not any(early.sure for early in self.early)

    @property
    def is_document_order(self) -> bool:
        return list(self.cells) == sorted(self.cells)


@dataclass(frozen=True, slots=True)
class History:
    """How the cells were run, as far as it was written down.

    source is "counts" or "log", or empty; orders are the candidates that it suggests, the first is
    what was run last. complete: every cell is in it, each once, all in one session, and no lost run can
    have mattered. mixed: counts of
    several sessions, whose sequence says little. known, doubts and lost are sentences for a person; deleted maps a name to the cell that made it and is gone.
    """

    source: str = ""
    orders: tuple[tuple[Kind, Order], ...] = ()
    complete: bool = False
    mixed: bool = False
    known: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    deleted: Mapping[str, str] = field(default_factory=dict)


class Certainty(Enum):
    KNOWN = "known"
    GUESSED = "guessed"
    RUN = "confirmed by a run"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A cell that did not show what is stored of it, or failed: how, and why as far as it is seen."""

    cell: int
    what: str
    why: str
    detail: str = ""  # with values


@dataclass(frozen=True, slots=True)
class Trial:
    """What running a candidate gave: cells that ran, of all; stored outputs that came again."""

    candidate: Candidate
    ran: int
    total: int
    matches: int
    compared: int
    stop: str = ""  # why it ended
    stopped_at: int = -1  # the cell in which it ended
    mismatches: tuple[Mismatch, ...] = ()

    @property
    def ran_through(self) -> bool:
        return not self.stop

    @property
    def score(self) -> tuple[int, int]:
        """Cells without an error first, then outputs that are the stored ones."""
        return self.ran, self.matches


@dataclass(frozen=True, slots=True)
class OrderFinding:
    """The order that was chosen, and all that can be said of it."""

    chosen: Candidate
    certainty: Certainty
    why: str
    history: History
    candidates: tuple[Candidate, ...]
    missing: tuple[Missing, ...] = ()
    parts: tuple[str, ...] = ()  # of objects, that may be read too early
    trials: tuple[Trial, ...] = ()

    @property
    def trial(self) -> Trial | None:
        """What running the chosen order gave, if it was run."""
        return next((t for t in self.trials if t.candidate.cells == self.chosen.cells), None)

    @property
    def runs(self) -> bool:
        """Does the chosen order run, as far as is known?"""
        if self.trial is not None:
            return self.trial.ran_through
        return self.chosen.may_work and not any(missing.sure for missing in self.missing)

    @property
    def is_right(self) -> bool:
        """Does the notebook run in document order, as far as is known?"""
        return self.chosen.is_document_order and self.runs
