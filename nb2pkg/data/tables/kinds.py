"""What a cell is, by its text, and when two cells are the same.

Each cell is a text, or None where it is missing. In a file that has no types (csv) the text says what
it is; the type of a column is what all of its cells can be. `duck` says the same in SQL.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from enum import IntEnum

LONGEST = 15  # digits of an integer that a float holds exactly

INTEGER = r"-?(?:0|[1-9][0-9]*)"  # 007 is a text, and so is 1,000
DECIMAL = r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
NOT_A_NUMBER = r"-?[nN][aA][nN]"
INFINITE = r"-?(?:[iI][nN][fF]|[iI]nfinity)"
TRUTH = r"true|false|True|False|TRUE|FALSE"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
MOMENT = DAY + r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
WHOLE = r"^(-?[0-9]+)\.0$"


class Kind(IntEnum):
    """What a cell is. MIXED: of a column of a file with types, that has several."""

    MISSING = 0
    INT = 1
    FLOAT = 2
    NAN = 3
    BOOL = 4
    DATE = 5
    DATETIME = 6
    TEXT = 7
    DECIMAL = 8
    OTHER = 9
    MIXED = 10


ABSENT = 15  # the row of the cell is not in that table
NUMBERS = frozenset({Kind.INT, Kind.FLOAT, Kind.NAN, Kind.DECIMAL})
_BY_TEXT = (
    (re.compile(INTEGER), Kind.INT),
    (re.compile(DECIMAL), Kind.FLOAT),
    (re.compile(INFINITE), Kind.FLOAT),
    (re.compile(NOT_A_NUMBER), Kind.NAN),
    (re.compile(TRUTH), Kind.BOOL),
    (re.compile(DAY), Kind.DATE),
    (re.compile(MOMENT), Kind.DATETIME),
)
_WHOLE = re.compile(WHOLE, re.ASCII)


def kind(text: str | None, declared: Kind | None = None) -> Kind:
    """What a cell is. declared: what its column says, in a file with types."""
    if text is None:
        return Kind.MISSING
    if declared is not None:
        return Kind.NAN if declared is Kind.FLOAT and text == "nan" else declared
    return next((kind for pattern, kind in _BY_TEXT if pattern.fullmatch(text)), Kind.TEXT)


def label(kinds: Iterable[int]) -> str:
    """The type of a column with such cells, in words; empty if it has none."""
    found = {Kind(one) for one in kinds} - {Kind.MISSING}
    if len(found) < 2:
        return next((_words(one) for one in found), "")
    if found <= NUMBERS:
        return "decimal" if Kind.DECIMAL in found and Kind.FLOAT not in found else "float"
    return "datetime" if found == {Kind.DATE, Kind.DATETIME} else "text"


def _words(found: Kind) -> str:
    return {Kind.NAN: "float"}.get(found, found.name.lower())


def are_numbers(kinds: Iterable[int]) -> bool:
    """Whether the cells of a column are numbers, as far as they are there."""
    return {*kinds} <= NUMBERS | {Kind.MISSING}


def canonical(text: str | None) -> str | float | None:
    """What is the same for two equal numbers; long integers are equal by their digits."""
    if text is None or is_long(text):
        return text
    value = number(text)
    if value is None:
        return text
    return "nan" if value != value else value + 0.0


def number(text: str) -> float | None:
    """The number that a text is; None for another text."""
    try:
        return float(text)
    except ValueError:
        return None


def is_long(text: str) -> bool:
    """Whether it is an integer that a float may not hold exactly."""
    digits = text.removeprefix("-")
    return len(digits) > LONGEST and digits.isdigit()


def are_equal(one: str, other: str, kinds: Collection[int], tolerance: float) -> bool:
    """Whether two numbers of such kinds are the same, exactly or within a tolerance.

    That is relative to the larger one, and absolute where both are below 1.
    """
    if not tolerance and {Kind.FLOAT, Kind.NAN}.isdisjoint(kinds):
        return one == other  # 10 is written in one way only
    if not (is_long(one) or is_long(other)) and canonical(one) == canonical(other):
        return True
    first, second = float(one), float(other)
    if not (tolerance and math.isfinite(first) and math.isfinite(second)):
        return one == other
    return abs(first - second) <= tolerance * max(1.0, abs(first), abs(second))


def as_key(text: str | None) -> str | None:
    """A number in a key: 1.0 is 1, as it is where a column has got missing values since."""
    return _WHOLE.sub(r"\1", text) if text and text.endswith(".0") else text
