"""Rows without a key whose numbers are the same within a tolerance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nb2pkg.data.tables.kinds import NUMBERS, are_equal
from nb2pkg.data.tables.model import Row
from nb2pkg.data.tables.plain import order
from nb2pkg.data.tables.side import AFTER, BEFORE


@dataclass(slots=True)
class Matched:
    """Goes through sorted rows of two tables at once. count: pairs of rows that were matched so far."""

    numbers: frozenset[int]
    tolerance: float
    count: int = 0

    def alone(self, removed: Iterable[Row], added: Iterable[Row]) -> Iterator[tuple[int, Row]]:
        """The rows that match none of the other side, with their sides."""
        lefts, rights = iter(removed), iter(added)
        left, right = next(lefts, None), next(rights, None)
        while left is not None and right is not None:
            if self._match(left, right):
                self.count += 1
                left, right = next(lefts, None), next(rights, None)
            elif order(left, self.numbers) < order(right, self.numbers):
                yield BEFORE, left
                left = next(lefts, None)
            else:
                yield AFTER, right
                right = next(rights, None)
        for side, row, rest in ((BEFORE, left, lefts), (AFTER, right, rights)):
            if row is not None:
                yield side, row
                yield from ((side, other) for other in rest)

    def _match(self, left: Row, right: Row) -> bool:
        pairs = enumerate(zip(left, right))
        return all(
            one == other
            or (
                index in self.numbers
                and one is not None
                and other is not None
                and are_equal(one, other, NUMBERS, self.tolerance)
            )
            for index, (one, other) in pairs
        )
