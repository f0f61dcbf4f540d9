"""Names that are bound on some paths only: was the path taken on which they are?

``if flag: w = 1`` may leave w without a value. When ``print(w)`` stands below, in a cell that was
run and did not fail, w had one: else the notebook would have stopped there. A step that makes w
then returns it; should it not be made some day, the step stops where the notebook would have.

This needs a notebook that was run in the order in which it stands, and in which no name comes from
somewhere unseen.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Collection, Iterable
from dataclasses import replace

from nb2pkg.graph.events import Event
from nb2pkg.model import CellFacts, MagicKind

# What IPython and Python provide under these names would be read instead.
_PROVIDED = frozenset(dir(builtins)) | {"get_ipython", "display", "In", "Out", "exit", "quit"}
_HISTORY = re.compile(r"_+|_+(i+|\d+|i\d+|ih|oh|dh)")
_UNSEEN = {"NB301", "NB302", "NB314"}  # code from text, the namespace, unresolved star imports


def witnesses(cells: Collection[CellFacts]) -> frozenset[int]:
    """Indexes of the cells that were run to their end, if the notebook tells."""
    counts = [c.cell.execution_count for c in cells if c.cell.execution_count is not None]
    statements = [facts for cell in cells for facts in cell.statements]
    unseen = any(f.reads_everything or any(u.code in _UNSEEN for u in f.opaque) for f in statements)
    if unseen or any(later <= earlier for earlier, later in zip(counts, counts[1:])):
        return frozenset()
    return frozenset(cell.cell.index for cell in cells if _went_well(cell))


def _went_well(cell: CellFacts) -> bool:
    failed = "raises-exception" in cell.cell.tags or any(
        output.kind == "error" for output in cell.cell.outputs
    )
    elsewhere = any(magic.kind is MagicKind.CELL for magic in cell.masked.magics)
    return cell.cell.execution_count is not None and not failed and not elsewhere


def provable(name: str) -> bool:
    return name not in _PROVIDED and not _HISTORY.fullmatch(name)


def settled(events: Iterable[Event], seen: frozenset[int]) -> tuple[Event, ...]:
    """The events of a name; the one statement that may bind it does so, if a later one proves it.

    seen are the positions of the statements that were run.
    """
    found: list[Event] = []
    maker: int | None = None  # where the only statement stands that may have bound it so far
    exists = False
    for event in events:
        if event.proves and maker is not None:
            found[maker] = replace(found[maker], binds=True, may_bind=False)
        if event.proves or event.binds or event.may_bind or event.deletes:
            alone = event.may_bind and not (event.deletes or event.proves or exists)
            maker = len(found) if alone and event.position in seen else None
            exists = True
        found.append(event)
    return tuple(found)
