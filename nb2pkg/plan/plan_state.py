"""Everything that was decided so far, as the later passes of the plan take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nb2pkg.facts.libraries import Aliases
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import CellFacts, Notebook
from nb2pkg.plan.definitions import Moves
from nb2pkg.plan.request import Options, Selection
from nb2pkg.plan.scope import Scope
from nb2pkg.plan.story import Story


@dataclass(frozen=True, slots=True)
class PlanState:
    """Everything that was decided so far."""

    notebook: Notebook
    cells: tuple[CellFacts, ...]
    timeline: Timeline
    scope: Scope
    decision: Moves
    injected: Mapping[str, tuple[str, ...]]
    request: Selection
    aliases: Aliases
    story: Story
    options: Options
    restated: frozenset[int] = frozenset()  # cells in which calls pass or return more than they did

    def names(self) -> frozenset[str]:
        """Every name of the notebook."""
        return frozenset(
            name
            for facts in self.timeline.statements
            for name in (*facts.bound, *facts.own, *facts.uses)
        )


def starts(cells: Iterable[CellFacts]) -> Iterable[tuple[CellFacts, int]]:
    """Each cell with the position of its first statement."""
    position = 0
    for cell in cells:
        yield cell, position
        position += len(cell.statements)
