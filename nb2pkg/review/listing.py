"""Code as the page lists it: coloured pieces, numbered lines, and the lines that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nb2pkg.review import colours, pairs
from nb2pkg.review.model import Story, Symbol

_WIDE = 70  # characters of code that are sure to fit beside each other


@dataclass(frozen=True, slots=True)
class Row:
    """A line. pair is the number of its statement, 0 if it has no counterpart.

    is_stop: the keyboard stops here, at the first line of a statement of a cell.
    """

    pieces: colours.Line
    pair: int = 0
    is_hit: bool = False
    is_stop: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """All lines of a text; first is the number of the first one. is_wide: it needs a scroll bar."""

    rows: tuple[Row, ...]
    first: int = 1
    is_wide: bool = False

    @property
    def most(self) -> int:
        """The highest number of a pair."""
        return max((row.pair for row in self.rows), default=0)


def beside(
    cells: Sequence[Story], symbols: Sequence[Symbol]
) -> tuple[tuple[Listing, ...], tuple[Listing, ...]]:
    """The listings of cells, and those of the code that was made of them."""
    left, right = pairs.matched(
        [cell.source for cell in cells], [symbol.code.text for symbol in symbols]
    )
    return (
        tuple(of(cell.source, cell.marked, numbers) for cell, numbers in zip(cells, left)),
        tuple(_of_code(symbol, numbers) for symbol, numbers in zip(symbols, right)),
    )


def _of_code(symbol: Symbol, numbers: pairs.Numbers) -> Listing:
    return of(symbol.code.text, (), numbers, symbol.code.line, has_stops=False)


def of(
    text: str,
    marked: Sequence[int] = (),
    numbers: pairs.Numbers | None = None,
    first: int = 1,
    has_stops: bool = True,
) -> Listing:
    """The listing of a text; marked are the lines that problems speak of."""
    numbers = numbers or {}
    rows = []
    for number, pieces in enumerate(colours.lines(text), 1):
        pair = numbers.get(number, 0)
        is_stop = has_stops and bool(pair) and numbers.get(number - 1, 0) != pair
        rows.append(Row(pieces, pair, number in marked, is_stop))
    return Listing(tuple(rows), first, any(len(line) > _WIDE for line in text.split("\n")))
