"""Columns by which rows can be paired: those a person names, or those that look like a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, islice

from nb2pkg.data.tables.kinds import kind, label
from nb2pkg.data.tables.model import Row
from nb2pkg.data.tables.side import AFTER, BEFORE, Key, Rows, Sides
from nb2pkg.errors import Nb2pkgError, did_you_mean

_FIRST = 1000  # rows by which most columns are ruled out
_LABELS = {"int", "text", "date", "datetime", "decimal"}  # a measurement is no name of a row
_TRIED = 4  # keys for which the whole tables are read
_IN_PAIRS = 8  # columns of which two together are tried


def named(sides: Sides, names: Sequence[str]) -> Key:
    """The key that a person names; Nb2pkgError if both tables have no such columns."""
    for name in names:
        if name not in sides.names:
            raise Nb2pkgError(
                f"{name}: is not a column of both tables",
                did_you_mean(name, sides.names, f"Columns of both: {', '.join(sides.names)}."),
            )
    columns = tuple(sides.names.index(name) for name in names)
    samples = _samples(sides)
    labels = [
        {_label(sides, index, side, samples) for side in (BEFORE, AFTER)} for index in columns
    ]
    return Key(columns, {"int", "float"} in labels)


def candidates(sides: Sides) -> Iterator[Key]:
    """Columns, and then pairs of columns, that name one row each as far as the first rows show."""
    samples = _samples(sides)
    if not all(len(sample) > 1 for sample in samples):
        return
    indices = [index for index in range(len(sides.columns)) if _is_name(sides, index, samples)]
    single = [(index,) for index in indices]
    pairs = combinations(indices[:_IN_PAIRS], 2)
    proper = (key for key in (*single, *pairs) if len(key) < len(sides.columns))
    fit = (key for key in proper if all(_is_unique(key, s) for s in samples))
    yield from map(Key, islice(fit, _TRIED))


def _samples(sides: Sides) -> tuple[Sequence[Row], ...]:
    return tuple(tuple(sides.rows(side, _FIRST)) for side in (BEFORE, AFTER))


def is_useful(rows: Rows) -> bool:
    """Whether a key pairs at least half of the rows that can be paired: numbers of rows pair by chance."""
    paired = sum(rows.pairs.values())
    alone = min(sum(rows.added.values()), sum(rows.removed.values()))
    return paired >= alone


def _is_name(sides: Sides, index: int, samples: Sequence[Sequence[Row]]) -> bool:
    """Whether no cell is missing, and both tables have the same type of names there."""
    if any(row[index] is None for sample in samples for row in sample):
        return False
    labels = {_label(sides, index, side, samples) for side in (BEFORE, AFTER)}
    return len(labels) == 1 and labels <= _LABELS


def _label(sides: Sides, index: int, side: int, samples: Sequence[Sequence[Row]]) -> str:
    declared = sides.column(side, index).declared
    return label({kind(row[index], declared) for row in samples[side]})


def _is_unique(key: tuple[int, ...], sample: Sequence[Row]) -> bool:
    return len({tuple([row[index] for index in key]) for row in sample}) == len(sample)
