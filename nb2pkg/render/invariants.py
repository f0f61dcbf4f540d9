"""What held of a step when it was run, and what an engineer would want to hold from then on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from nb2pkg.observed import Description, Recorded
from nb2pkg.plan.model import Step

_FRAME, _SERIES = "DataFrame", "Series"


class Holds(Enum):
    """The kinds of invariants."""

    COMPLETE = "no value is missing"
    SORTED = "the index is sorted"
    UNIQUE = "no label of the index is there twice"
    KEY = "no value of the column is there twice"
    ROWS = "as many rows as in what it was given"
    INPUTS = "only these of what it is given are changed"
    AGAIN = "a second call gives the same"


@dataclass(frozen=True, slots=True)
class Invariant:
    """names: the values that it speaks of; other: the column, or the value that it is compared with."""

    kind: Holds
    names: tuple[str, ...] = ()
    other: str = ""


def of(
    step: Step, recorded: Recorded, inputs: Mapping[str, Description], mentioned: frozenset[str]
) -> Iterator[Invariant]:
    """The invariants of a step. inputs: what it was given; mentioned: words of its own text."""
    frames = {
        name: found
        for name, found in recorded.values.items()
        if name in step.returns and _is_table(found)
    }
    for name, found in frames.items():
        yield from _of_table(name, found, mentioned)
    yield from _rows_kept(frames, {n: inputs[n] for n in step.params if n in inputs})
    if recorded.changed is not None and step.params:
        yield Invariant(Holds.INPUTS, tuple(n for n in step.params if n in recorded.changed))
    made = tuple(name for name in step.returns if "digest" in recorded.values.get(name, {}))
    made += tuple(n for n, d in recorded.values.items() if n in frames and n not in made)
    if recorded.is_repeatable and made:
        yield Invariant(Holds.AGAIN, made)


def _is_table(found: Description) -> bool:
    return str(found["type"]).startswith("pandas.") and _kind(found) in (_FRAME, _SERIES)


def _kind(found: Description) -> str:
    return str(found["type"]).rpartition(".")[2]


def _of_table(name: str, found: Description, mentioned: frozenset[str]) -> Iterator[Invariant]:
    rows = found.get("shape", [0])[0]
    if rows and _gaps(found) == 0:
        yield Invariant(Holds.COMPLETE, (name,))
    index = found.get("index", {})
    if rows > 1 and index.get("kind") != "RangeIndex":
        if index.get("sorted"):
            yield Invariant(Holds.SORTED, (name,))
        if index.get("unique"):
            yield Invariant(Holds.UNIQUE, (name,))
    for column in found.get("columns", ()):
        label = str(column["label"])
        is_key = column.get("unique") and "float" not in str(column["dtype"])
        if rows > 1 and is_key and label in mentioned:
            yield Invariant(Holds.KEY, (name,), label)


def _gaps(found: Description) -> int | None:
    """Missing values in all; None where that is not known."""
    parts: list[Mapping[str, Any]] = [*found.get("columns", ())] or [found]
    counts = [part.get("missing") for part in parts]
    return None if None in counts else sum(count for count in counts if count)


def _rows_kept(
    made: Mapping[str, Description], given: Mapping[str, Description]
) -> Iterator[Invariant]:
    """A table that is made of one other, and has its rows."""
    tables = {name: found for name, found in given.items() if _is_table(found)}
    if len(tables) != 1:
        return
    source, before = next(iter(tables.items()))
    for name, found in made.items():
        rows = found["shape"][0]
        if name != source and rows > 1 and rows == before["shape"][0]:
            yield Invariant(Holds.ROWS, (name,), source)
