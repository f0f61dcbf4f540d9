"""Which cells could be promoted together, and under which names? A proposal, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass

from nb2pkg.notebook import tags
from nb2pkg.plan.model import Plan, Step


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag for a cell, and why."""

    cell: int
    tag: str
    why: str


def suggest(plan: Plan) -> tuple[Suggestion, ...]:
    """Tags for all cells that can be promoted and have none, from a plan for the whole notebook."""
    tagged = {cell.index for cell in plan.notebook.code if tags.tag_of(cell)[0] is not None}
    found: dict[int, Suggestion] = {}
    for step in plan.steps:
        if step.cell not in tagged and step.cell not in found:
            tag = f"nb2pkg:{step.module}.{step.name}"
            found[step.cell] = Suggestion(step.cell, tag, _why(step))
    for item in plan.definitions:
        if item.cell not in tagged and item.cell not in found:
            names = [d.name for d in plan.definitions if d.cell == item.cell]
            why = f"defines {', '.join(names)}"
            found[item.cell] = Suggestion(item.cell, f"nb2pkg:{item.module}", why)
    return tuple(found[cell] for cell in sorted(found))


def _why(step: Step) -> str:
    takes = ", ".join([*step.params, *(k.parameter for k in step.keywords)])
    gives = ", ".join(step.returns) or (
        f"changes to {', '.join(step.mutates)}" if step.mutates else "what it shows"
    )
    return f"from {takes} it makes {gives}" if takes else f"it makes {gives}"
