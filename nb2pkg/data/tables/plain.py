"""Counting with the standard library: for tables that fit into memory."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nb2pkg.data.tables.kinds import (
    NUMBERS,
    Kind,
    are_equal,
    as_key,
    canonical,
    is_long,
    kind,
    number,
)
from nb2pkg.data.tables.model import Cell, Row
from nb2pkg.data.tables.side import (
    AFTER,
    BEFORE,
    Code,
    Key,
    Pattern,
    Rows,
    Sides,
    decoded,
    of_absent,
)

_Canonical = tuple[str | float | None, ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """An engine that holds rows in memory."""

    sides: Sides

    def kinds(self, side: int, index: int) -> frozenset[int]:
        declared = self.sides.column(side, index).declared
        return frozenset(kind(row[index], declared) for row in self.sides.rows(side))

    def paired(self, key: Key, tolerance: float) -> Rows | None:
        before, after = self._by_key(key, BEFORE), self._by_key(key, AFTER)
        shared = before.keys() & after.keys()
        if any(None in k for k in (*before, *after)) or any(
            len(before[k]) > 1 or len(after[k]) > 1 for k in shared
        ):
            return None
        pairs = Counter(self._pattern(before[k][0], after[k][0], tolerance) for k in shared)
        return Rows(
            pairs,
            Counter(self._alone(row, AFTER) for k in after.keys() - shared for row in after[k]),
            Counter(self._alone(row, BEFORE) for k in before.keys() - shared for row in before[k]),
        )

    def counted(self, numbers: frozenset[int]) -> tuple[int, Rows]:
        unchanged, removed, added = self.left(numbers)
        return unchanged, Rows(
            Counter(),
            Counter(self._alone(row, AFTER) for row in added),
            Counter(self._alone(row, BEFORE) for row in removed),
        )

    def left(self, numbers: frozenset[int]) -> tuple[int, Iterator[Row], Iterator[Row]]:
        before, after = self._counts(BEFORE, numbers), self._counts(AFTER, numbers)
        unchanged = sum((before & after).values())
        return (
            unchanged,
            self._sorted(before - after, numbers, BEFORE),
            self._sorted(after - before, numbers, AFTER),
        )

    def cells(
        self, key: Key, tolerance: float, numbers: frozenset[int], most: int
    ) -> tuple[Cell, ...]:
        before, after = self._by_key(key, BEFORE), self._by_key(key, AFTER)
        found: list[Cell] = []
        for k in sorted(before.keys() & after.keys(), key=_order):
            rows = before[k][0], after[k][0]
            codes = self._pattern(*rows, tolerance)
            for index, code_number in enumerate(codes):
                code = decoded(code_number)
                if code and not (code.is_close and index in numbers):
                    texts = rows[0][index], rows[1][index]
                    found.append(Cell(k, self.sides.names[index], *texts))
            if len(found) >= most:
                break
        return tuple(found[:most])

    def alone(self, key: Key, side: int, most: int) -> tuple[Row, ...]:
        others = self._by_key(key, 1 - side).keys()
        own = self._by_key(key, side)
        rows = (row for k in own.keys() - others for row in own[k])
        return tuple(heapq.nsmallest(most, rows, key=_order))

    def _by_key(self, key: Key, side: int) -> dict[Row, list[Row]]:
        found: dict[Row, list[Row]] = {}
        for row in self.sides.rows(side):
            named = [row[index] for index in key.columns]
            values = map(as_key, named) if key.is_rewritten else named
            found.setdefault(tuple(values), []).append(row)
        return found

    def _pattern(self, before: Row, after: Row, tolerance: float) -> Pattern:
        if before == after:
            return (0,) * len(before)
        return tuple(
            0 if old == new else self._code(index, old, new, tolerance)
            for index, (old, new) in enumerate(zip(before, after))
        )

    def _code(self, index: int, old: str | None, new: str | None, tolerance: float) -> int:
        before = kind(old, self.sides.column(BEFORE, index).declared)
        after = kind(new, self.sides.column(AFTER, index).declared)
        both = frozenset({before, after})
        is_close = (
            old is not None
            and new is not None
            and both <= NUMBERS
            and are_equal(old, new, both, tolerance)
        )
        return Code(before, after, is_close).number

    def _alone(self, row: Row, side: int) -> Pattern:
        return of_absent(self._kinds(row, side), side)

    def _kinds(self, row: Row, side: int) -> Sequence[Kind]:
        return [
            kind(text, self.sides.column(side, index).declared) for index, text in enumerate(row)
        ]

    def _counts(self, side: int, numbers: frozenset[int]) -> Counter[_Canonical]:
        if not numbers:
            return Counter(self.sides.rows(side))
        return Counter(
            tuple([canonical(t) if n in numbers else t for n, t in enumerate(row)])
            for row in self.sides.rows(side)
        )

    def _sorted(
        self, counts: Counter[_Canonical], numbers: frozenset[int], side: int
    ) -> Iterator[Row]:
        """The rows that are left, as they stand in the file, in order."""
        wanted = Counter(counts)
        rows: list[Row] = []
        for row in self.sides.rows(side) if wanted else ():
            found = tuple([canonical(t) if n in numbers else t for n, t in enumerate(row)])
            if wanted[found] > 0:
                wanted[found] -= 1
                rows.append(row)
        yield from sorted(rows, key=lambda row: order(row, numbers))


def order(row: Row, numbers: Iterable[int]) -> tuple[tuple[int, float, str], ...]:
    """By texts first, then by numbers; what is missing comes first, and what is no number last."""
    places = sorted(range(len(row)), key=lambda index: index in numbers)
    return tuple(_place(row[index], index in numbers) for index in places)


def _place(text: str | None, is_number: bool) -> tuple[int, float, str]:
    if text is None:
        return (0, 0.0, "")
    value = number(text) if is_number else None
    if value is None:
        return (1, 0.0, text)
    return (2, 0.0, "") if value != value else (1, value, text if is_long(text) else "")


def _order(row: Row) -> tuple[tuple[int, float, str], ...]:
    return order(row, ())
