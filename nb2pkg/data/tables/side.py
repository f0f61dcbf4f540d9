"""Two tables side by side: which columns are compared, and what differs, as patterns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from nb2pkg.data.tables.kinds import ABSENT, Kind
from nb2pkg.data.tables.model import Cell, Column, Row, Table

BEFORE, AFTER = 0, 1
_SAME = 0


class Code(NamedTuple):
    """What is to be said of one cell of two rows that differs. is_close: the same as a number."""

    before: int
    after: int
    is_close: bool = False

    @property
    def number(self) -> int:
        """As duckdb makes it; 0 stands for a cell that is the same."""
        return 1 + self.before + 16 * self.after + 256 * self.is_close


def decoded(number: int) -> Code | None:
    if number == _SAME:
        return None
    rest = number - 1
    return Code(rest % 16, rest // 16 % 16, rest >= 256)


@dataclass(frozen=True, slots=True)
class Key:
    """Columns by which rows are paired. is_rewritten: 1 in one table is written 1.0 in the other."""

    columns: tuple[int, ...]
    is_rewritten: bool = False


Pattern = tuple[int, ...]
"""The codes of a row, in the order of the columns that are compared."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Patterns of rows, and how many have them: of pairs, and of rows on one side."""

    pairs: Counter[Pattern]
    added: Counter[Pattern]
    removed: Counter[Pattern]

    def part(self, pattern: Pattern) -> Counter[Pattern]:
        """The part in which a pattern belongs."""
        code = next(filter(None, map(decoded, pattern)), None)
        if code is None or ABSENT not in code[:2]:
            return self.pairs
        return self.added if code.before == ABSENT else self.removed


@dataclass(frozen=True, slots=True)
class Sides:
    """Two tables. columns: of each that both have, where it stands in the one and in the other."""

    before: Table
    after: Table
    columns: tuple[tuple[int, int], ...]

    def table(self, side: int) -> Table:
        return self.after if side else self.before

    def column(self, side: int, index: int) -> Column:
        return self.table(side).columns[self.columns[index][side]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.column(BEFORE, index).name for index in range(len(self.columns)))

    def rows(self, side: int, most: int | None = None) -> Iterator[Row]:
        """The rows of a side, or the first ones, with the columns that are compared."""
        places = [pair[side] for pair in self.columns]
        for row in self.table(side).rows(most):
            yield tuple([row[place] for place in places])


def sides(before: Table, after: Table) -> Sides:
    """Columns are the same by name, wherever they stand."""
    places = {name: place for place, name in enumerate(after.names())}
    shared = [(n, places[name]) for n, name in enumerate(before.names()) if name in places]
    return Sides(before, after, tuple(shared))


def of_absent(kinds: Sequence[Kind], side: int) -> Pattern:
    """The pattern of a row that only one side has."""
    pairs = ((kind, ABSENT) if side == BEFORE else (ABSENT, kind) for kind in kinds)
    return tuple(Code(*pair).number for pair in pairs)


class Engine(Protocol):
    """Who reads both tables and counts. Columns are named by where they stand in Sides.columns."""

    def kinds(self, side: int, index: int) -> frozenset[int]:
        """The kinds of all cells of a column."""

    def paired(self, key: Key, tolerance: float) -> Rows | None:
        """Pair rows by a key; None where it does not name one row at most on each side."""

    def counted(self, numbers: frozenset[int]) -> tuple[int, Rows]:
        """Rows that both have, as often as both have them, and patterns of the others.

        numbers: columns whose cells are compared as numbers.
        """

    def left(self, numbers: frozenset[int]) -> tuple[int, Iterator[Row], Iterator[Row]]:
        """The same with the rows themselves, sorted: removed ones, and added ones."""

    def cells(
        self, key: Key, tolerance: float, numbers: frozenset[int], most: int
    ) -> tuple[Cell, ...]:
        """The first changed cells of pairs."""

    def alone(self, key: Key, side: int, most: int) -> tuple[Row, ...]:
        """The first rows whose key only one side has."""
