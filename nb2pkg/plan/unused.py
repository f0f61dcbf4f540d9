"""Imports that only the package needs any more leave the narrative."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nb2pkg.model import Facts, StatementKind
from nb2pkg.plan.model import CellPlan, Piece, PieceKind
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import Binding


def drop_imports(state: PlanState, cells: tuple[CellPlan, ...]) -> tuple[CellPlan, ...]:
    """Mark the imports that nothing in the narrative uses, and the package does."""
    statements = state.timeline.statements
    kept = [statements[piece.position] for piece in _kept(cells)]
    if any(facts.reads_everything for facts in kept):
        return cells
    used = {name for facts in kept if facts.kind is not StatementKind.IMPORT for name in facts.uses}
    moved = _used_by_package(state, cells)
    shown = {cell.index for cell in state.notebook.code if cell.outputs}
    skipped = {cell for cell, tag in state.request.tags.items() if tag.action == "skip"}
    result = []
    for cell in cells:
        silent = cell.cell not in skipped and not (
            cell.cell in shown and _only_imports(state, cell)
        )
        pieces = tuple(
            (
                replace(piece, kind=PieceKind.DROPPED)
                if silent and _is_dropped(state, statements[piece.position], piece, used, moved)
                else piece
            )
            for piece in cell.pieces
        )
        dropped = any(piece.kind is PieceKind.DROPPED for piece in pieces)
        result.append(replace(cell, pieces=pieces, untouched=cell.untouched and not dropped))
    return tuple(result)


def _kept(cells: Iterable[CellPlan]) -> list[Piece]:
    return [piece for cell in cells for piece in cell.pieces if piece.kind is PieceKind.KEPT]


def _used_by_package(state: PlanState, cells: Iterable[CellPlan]) -> set[str]:
    gone = set(range(len(state.timeline.statements))) - {piece.position for piece in _kept(cells)}
    return {name for position in gone for name in state.timeline.statements[position].uses}


def _only_imports(state: PlanState, cell: CellPlan) -> bool:
    kinds = {state.timeline.statements[piece.position].kind for piece in cell.pieces}
    return kinds <= {StatementKind.IMPORT, StatementKind.GUARDED_IMPORT}


def _is_dropped(
    state: PlanState, facts: Facts, piece: Piece, used: set[str], moved: set[str]
) -> bool:
    if (
        piece.kind is not PieceKind.KEPT
        or facts.kind is not StatementKind.IMPORT
        or "#" in facts.source
        or facts.magic is not None
    ):
        return False
    if any(imported.module == "__future__" for imported in facts.imports):
        return False
    names = set(facts.bound)
    fixed = all(state.scope.binding(name) is Binding.IMPORT for name in names)
    return fixed and names <= moved and not names & used
