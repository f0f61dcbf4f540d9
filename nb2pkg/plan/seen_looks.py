"""Cells that a run saw only look: they stay in the narrative, unless a person asked for them by name."""

from __future__ import annotations

from collections.abc import Mapping

from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import Cell, Facts, Problem, StatementKind
from nb2pkg.plan import trivial
from nb2pkg.plan.definitions import DEFINITIONS
from nb2pkg.plan.request import Options, Selection
from nb2pkg.problems import at

_QUIET = (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT, *DEFINITIONS)


def staying(
    lines: Timeline, asked: Selection, cells: Mapping[int, Cell], options: Options
) -> dict[int, Problem | None]:
    """Positions of what looks and was to become a step, unless a person asked for that by name."""
    looking = looking_cells(cells, options) & asked.cells - asked.parameters
    looking -= trivial.named_cells(cells, asked.tags, options)
    found: dict[int, Problem | None] = {}
    told: set[int] = set()
    for position, facts in enumerate(lines.statements):
        if facts.cell in looking and acts(facts):
            is_first = not (options.everything or facts.cell in told or facts.looks)
            found[position] = at(facts, "NB606") if is_first else None
            told |= {facts.cell} if is_first else set()
    return found


def looking_cells(cells: Mapping[int, Cell], options: Options) -> frozenset[int]:
    """The places of the cells that a run saw only look."""
    return frozenset(index for index, cell in cells.items() if cell.id in options.looking)


def acts(facts: Facts) -> bool:
    """Is it what looks in such a cell: no import, function or class?"""
    return facts.kind not in _QUIET
