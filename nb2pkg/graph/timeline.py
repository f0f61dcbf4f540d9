"""Versions of names: when is a name bound, by which statement, and who reads that value later?

Statements are numbered through the notebook in document order; a position is such a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from nb2pkg.graph import callers, proofs
from nb2pkg.graph.events import Event
from nb2pkg.model import CellFacts, Facts


class Bound(Enum):
    """Is a name bound at a place?"""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Timeline:
    """All statements, and for each name its events in order.

    bound_at, used_at: for each name the statements that bind it, surely or maybe, and those that use it.
    deleted: names that some statement deletes.
    """

    statements: tuple[Facts, ...]
    events: Mapping[str, tuple[Event, ...]]
    bound_at: Mapping[str, tuple[int, ...]]
    used_at: Mapping[str, tuple[int, ...]]
    deleted: frozenset[str]
    everything_read_at: tuple[int, ...] = ()

    def is_bound(self, name: str, position: int) -> Bound:
        """Is the name bound just before the statement at position?"""
        state = Bound.NO
        for event in self.events.get(name, ()):
            if event.position > position:
                break
            if event.proves and state is Bound.MAYBE:
                state = Bound.YES
            if event.position == position:
                break
            if event.binds:
                state = Bound.YES
            elif event.deletes:
                state = Bound.MAYBE if event.may_bind else Bound.NO
            elif event.may_bind and state is Bound.NO:
                state = Bound.MAYBE
        return state

    def surely_binds(self, name: str, position: int) -> bool:
        """Does the statement bind the name, on every path or as a run showed?"""
        return any(e.binds for e in self.events.get(name, ()) if e.position == position)

    def binders(self, name: str) -> tuple[int, ...]:
        """Positions of all statements that bind the name, surely or maybe."""
        return self.bound_at.get(name, ())

    def reaching(self, name: str, position: int) -> tuple[int, ...]:
        """Positions of the statements whose value the name may have just before position."""
        found: list[int] = []
        for event in reversed(self.events.get(name, ())):
            if event.position < position and (event.binds or event.may_bind):
                found.append(event.position)
                if event.binds:
                    break
        return tuple(reversed(found))

    def is_live(self, name: str, position: int) -> bool:
        """Is the value that the name has just after position read by a later statement?"""
        end = len(self.statements)
        for event in self.events.get(name, ()):
            if event.position <= position:
                continue
            if event.reads:
                return True
            if event.binds:
                end = event.position
                break
        return any(position < at <= end for at in self.everything_read_at)

    def is_replaced(self, name: str, position: int) -> bool:
        """Does a later statement surely bind the name anew?"""
        return any(e.binds for e in self.events.get(name, ()) if e.position > position)

    def is_deleted(self, name: str) -> bool:
        return name in self.deleted

    def readers(self, name: str, position: int) -> tuple[int, ...]:
        """Positions of the statements that may read the value bound at position."""
        found = []
        for event in self.events.get(name, ()):
            if event.position > position:
                if event.reads:
                    found.append(event.position)
                if event.binds:
                    break
        return tuple(found)

    def uses_of(self, name: str) -> tuple[int, ...]:
        """Positions of all statements that use the name."""
        return self.used_at.get(name, ())


def build(cells: Iterable[CellFacts]) -> Timeline:
    """The timeline of a notebook. Linear in the number of statements and names."""
    cells = tuple(cells)
    statements = tuple(facts for cell in cells for facts in cell.statements)
    late = callers.late_reads(statements)
    witnesses = proofs.witnesses(cells)
    seen = frozenset(i for i, facts in enumerate(statements) if facts.cell in witnesses)
    unsettled = {name for facts in statements for name in facts.late_writes}
    events: dict[str, list[Event]] = {}
    for position, facts in enumerate(statements):
        surely = facts.sure_reads if position in seen else ()
        for event_of, event in _events(position, facts, late[position], surely):
            events.setdefault(event_of, []).append(event)
    settled = {
        name: tuple(of) if name in unsettled else proofs.settled(of, seen)
        for name, of in events.items()
    }
    everything = tuple(i for i, facts in enumerate(statements) if facts.reads_everything)
    bound_at = {
        name: tuple(e.position for e in of if e.binds or e.may_bind) for name, of in settled.items()
    }
    used_at: dict[str, list[int]] = {}
    for position, facts in enumerate(statements):
        for name in dict.fromkeys(facts.uses):
            used_at.setdefault(name, []).append(position)
    used = {name: tuple(positions) for name, positions in used_at.items()}
    deleted = frozenset(name for facts in statements for name in facts.deletes)
    return Timeline(statements, settled, bound_at, used, deleted, everything)


def _events(
    position: int, facts: Facts, late: frozenset[str], surely: tuple[str, ...]
) -> Iterator[tuple[str, Event]]:
    reads = {*facts.reads, *late}
    for name in dict.fromkeys([*facts.reads, *sorted(late), *facts.bound, *facts.deletes]):
        yield name, Event(
            position,
            reads=name in reads,
            binds=name in facts.binds,
            may_bind=name in facts.maybe_binds,
            deletes=name in facts.deletes,
            proves=name in surely and proofs.provable(name),
        )
