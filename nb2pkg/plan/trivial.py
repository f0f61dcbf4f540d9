"""Steps that earn no function: one plain statement, which the pipeline and the narrative say as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import Cell, Tag
from nb2pkg.plan.request import Options
from nb2pkg.plan.runs import Draft

_WORK = (ast.Call, ast.BinOp, ast.BoolOp, ast.Compare, ast.comprehension, ast.IfExp, ast.NamedExpr)
_PLAIN = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Delete, ast.Assert)
_MOST_LINES = 4  # a table that is written out is worth a name


def is_trivial(timeline: Timeline, draft: Draft) -> bool:
    """One statement with at most one call or operation in all: ``x = df[columns]``, ``y = f(x)``."""
    if len(draft.positions) != 1:
        return False
    facts = timeline.statements[draft.positions[0]]
    if not isinstance(facts.node, _PLAIN) or facts.end_line - facts.line >= _MOST_LINES:
        return False
    nodes = list(ast.walk(facts.node))
    inner = any(isinstance(node, ast.Lambda | ast.Await | ast.Yield) for node in nodes)
    return not inner and sum(isinstance(node, _WORK) for node in nodes) <= 1


def named_cells(
    cells: Mapping[int, Cell], tags: Mapping[int, Tag], options: Options
) -> frozenset[int]:
    """Cells for whose functions a person asked by name."""
    given = {cell for cell, _ in options.names}
    asked: Iterable[int] = (index for index, tag in tags.items() if tag.function)
    return frozenset({*asked, *(index for index, cell in cells.items() if cell.id in given)})
