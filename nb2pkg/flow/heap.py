"""Which values may share memory: cells of a heap that is only imagined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression gives: cells that it may be, or be a view of; and those that it may hold."""

    same: frozenset[int] = frozenset()
    holds: frozenset[int] = frozenset()

    def __or__(self, other: Value) -> Value:
        return Value(self.same | other.same, self.holds | other.holds)


NEW = Value()


@dataclass(slots=True)
class Heap:
    """Cells that may be the same are one; each knows what it may hold."""

    parents: list[int] = field(default_factory=list)
    inside: dict[int, set[int]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)

    def cell(self, value: Value = NEW) -> int:
        """A new cell for a value."""
        new = len(self.parents)
        self.parents.append(new)
        for other in value.same:
            self.join(new, other)
        self.put(new, value.holds)
        return new

    def root(self, cell: int) -> int:
        while self.parents[cell] != cell:
            self.parents[cell] = self.parents[self.parents[cell]]
            cell = self.parents[cell]
        return cell

    def join(self, one: int, other: int) -> None:
        one, other = self.root(one), self.root(other)
        if one != other:
            self.parents[other] = one
            self.inside.setdefault(one, set()).update(self.inside.pop(other, ()))

    def put(self, cell: int, others: Iterable[int]) -> None:
        """The cell may hold the others from now on."""
        self.inside.setdefault(self.root(cell), set()).update(others)

    def held_by(self, cells: Iterable[int]) -> frozenset[int]:
        """What these cells may hold; themselves, where nobody knows of anything."""
        return frozenset(
            inner for cell in cells for inner in (self.inside.get(self.root(cell)) or {cell})
        )

    def reach(self, cells: Iterable[int]) -> frozenset[int]:
        """The roots of all that can be reached from these cells."""
        waiting, seen = [self.root(cell) for cell in cells], set[int]()
        while waiting:
            cell = waiting.pop()
            if cell not in seen:
                seen.add(cell)
                waiting += [self.root(inner) for inner in self.inside.get(cell, ())]
        return frozenset(seen)

    def meets(self, cell: int, marked: Iterable[int]) -> bool:
        """Can one of the marked cells be reached from this one?"""
        return not self.reach([cell]).isdisjoint(self.root(each) for each in marked)
