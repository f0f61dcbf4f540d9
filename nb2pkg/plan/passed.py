"""Is every name that is passed to a step there, in the narrative and in the pipeline?

All passes before this one decide that together. Should they be wrong, it is found here, before
anything is written.
"""

from __future__ import annotations

from nb2pkg.errors import InternalError
from nb2pkg.graph.timeline import Bound
from nb2pkg.plan.model import CellPlan, PieceKind, Pipeline
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import BUILTINS


def check(state: PlanState, cells: tuple[CellPlan, ...], piped: Pipeline) -> None:
    """Raise InternalError for a call of a step with a name that nothing above binds."""
    _check_narrative(state, cells)
    there = {*piped.inputs}
    for line in piped.lines:
        if line.step is not None:
            _require(line.step.name, line.step.params, there, "the pipeline")
        there.update(line.binds)


def _check_narrative(state: PlanState, cells: tuple[CellPlan, ...]) -> None:
    """What the notebook may have bound is taken for bound, unless a step keeps it to itself."""
    lines, lacking = state.timeline, set[str]()
    for piece in (piece for cell in cells for piece in cell.pieces):
        if piece.kind is not PieceKind.CALL or piece.step is None:
            lacking -= set(lines.statements[piece.position].bound)
            continue
        step = piece.step
        first = step.positions[0]
        known = {
            n for n in step.params if lines.is_bound(n, first) is not Bound.NO or n in BUILTINS
        }
        _require(step.name, step.params, known - lacking, "the narrative")
        inside = {name for p in step.positions for name in lines.statements[p].bound}
        lacking = (lacking | inside) - set(step.returns)


def _require(step: str, names: tuple[str, ...], there: set[str], where: str) -> None:
    missing = [name for name in names if name not in there]
    if missing:
        raise InternalError(f"{step} is called with {', '.join(missing)}, which {where} lacks")
