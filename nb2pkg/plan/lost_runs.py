"""Cells that add to what another cell made, and may have done so more than once.

A gap in the execution counts is a run of a cell that is gone, or that was run again later. If a gap lies
between the run that made a value and that of a cell which adds to the value, the outputs below may be
those of several runs of that cell. From top to bottom, it runs once.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.model import CellFacts, Facts
from nb2pkg.plan.shared import NOTHING, SETTINGS, Touch, Where

_ADDS = {"append", "appendleft", "extend", "insert", "pop", "popleft", "reverse", "rotate"}


@dataclass(frozen=True, slots=True)
class Repeated:
    """A statement that adds to a name, file or stream; lost: runs since that was made."""

    where: Where
    name: str
    lost: int


def repeated(cells: Sequence[CellFacts], touches: Mapping[Where, Touch]) -> tuple[Repeated, ...]:
    """Nothing is known of cells without counts, or with those of several sessions."""
    run = sorted((c for c in cells if c.cell.execution_count), key=_count)
    counts = [_count(cell) for cell in run]
    if len(set(counts)) < len(counts):
        return ()
    return tuple(_repeated(run, counts, touches))


def are_missing(cells: Iterable[CellFacts]) -> bool:
    """Is there a gap between the counts at all?"""
    counts = sorted({_count(cell) for cell in cells if cell.cell.execution_count})
    return bool(counts) and missing(counts[0], counts[-1], counts) > 0


def missing(start: int, end: int, counts: Sequence[int]) -> int:
    """How many runs between two left no count. counts: all, in ascending order."""
    if start >= end:
        return 0
    return end - start - 1 - (bisect_left(counts, end) - bisect_right(counts, start))


def _repeated(
    run: Sequence[CellFacts], counts: Sequence[int], touches: Mapping[Where, Touch]
) -> Iterator[Repeated]:
    made: dict[str, int] = {}
    for cell in run:
        own: set[str] = set()  # made in this cell before it adds
        for facts in cell.statements:
            touch = touches.get((facts.cell, facts.position), NOTHING)
            for name in sorted(_added(facts, touch) - own):
                lost = missing(made[name], _count(cell), counts) if name in made else 0
                if lost:
                    yield Repeated((facts.cell, facts.position), name, lost)
            own |= (set(facts.bound) - set(facts.reads)) | touch.makes
        for facts in cell.statements:
            touch = touches.get((facts.cell, facts.position), NOTHING)
            changed = {name for name, _ in facts.mutates}
            made |= dict.fromkeys({*facts.bound, *changed, *touch.leaves}, _count(cell))


def _count(cell: CellFacts) -> int:
    return cell.cell.execution_count or 0


def _added(facts: Facts, touch: Touch) -> frozenset[str]:
    """What would be another if the statement ran twice."""
    if isinstance(facts.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return frozenset()
    found = {name for part in ast.walk(facts.node) for name in _added_by(part)}
    return frozenset((found & set(facts.reads)) | touch.changes) - {SETTINGS}


def _added_by(part: ast.AST) -> Iterator[str]:
    match part:
        case ast.AugAssign(target=target):
            yield root(target)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(left=left, right=right)):
            if name in (dotted(left), dotted(right)):
                yield name
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _ADDS:
            yield root(value)
