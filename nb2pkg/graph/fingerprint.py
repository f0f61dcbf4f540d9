"""One digest of a cell, and of all that feeds it: has something changed since?

Digests are the same on every machine and in every version of Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from nb2pkg.graph.timeline import Timeline, build
from nb2pkg.model import Cell, CellFacts

_LENGTH = 16  # hexadecimal digits: one in four milliards for 100,000 texts to meet


def of_text(text: str) -> str:
    """Of any text, as it stands."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def of_source(source: str) -> str:
    """Of the text of a cell; line ends, and blanks at them and at the end, are no change."""
    lines = source.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    return of_text("\n".join(line.rstrip() for line in lines))


def of_cell(cell: Cell) -> str:
    """Of a cell of a notebook."""
    return of_source(cell.source)


def upstream_cells(cells: Sequence[CellFacts]) -> dict[str, tuple[str, ...]]:
    """Cell id to the ids of the cells above that it depends on, directly or not, in their order."""
    ids = {facts.cell.index: facts.cell.id for facts in cells}
    direct = _givers(build(cells))
    found: dict[int, set[int]] = {}
    for index in ids:  # in document order, so that those above are known
        above = direct.get(index, set())
        found[index] = above.union(*(found[giver] for giver in above))
    return {
        ids[index]: tuple(ids[giver] for giver in sorted(all_)) for index, all_ in found.items()
    }


def _givers(timeline: Timeline) -> dict[int, set[int]]:
    """For each cell, the cells above that make or change a value that it reads."""
    changers: dict[str, list[int]] = {}
    for facts in timeline.statements:
        for name, _ in facts.mutates:
            changers.setdefault(name, []).append(facts.cell)
    found: dict[int, set[int]] = {}
    for name, events in timeline.events.items():
        for event in events:
            if event.reads:
                reader = timeline.statements[event.position].cell
                makers = timeline.reaching(name, event.position)
                givers = {timeline.statements[maker].cell for maker in makers}
                first = min(givers, default=reader)
                givers.update(c for c in changers.get(name, ()) if first <= c)
                found.setdefault(reader, set()).update(c for c in givers if c < reader)
    return found


def upstream_digests(cells: Sequence[CellFacts]) -> dict[str, str]:
    """Cell id to one digest of the cell and all that feeds it.

    cells: as they stand in the notebook, and not as a plan restates them: else the two never agree.
    """
    own = {facts.cell.id: of_cell(facts.cell) for facts in cells}
    return {
        cell: of_text(" ".join([own[cell], *(own[giver] for giver in givers)]))
        for cell, givers in upstream_cells(cells).items()
    }
