"""Calls of the package's functions that stand in the notebook with literals alone as arguments."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from nb2pkg.model import StatementKind
from nb2pkg.plan.model import Definition, Plan

_MOST = 10  # calls of one function
_MAYBE_RUN = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.IfExp,
    ast.BoolOp,
    ast.Await,
)


def with_literals(plan: Plan) -> tuple[tuple[Definition, str], ...]:
    """Each with its text, in the order of the notebook; those that are surely run, once each."""
    counts = Counter(item.name for item in plan.definitions)
    functions = {
        item.name: item
        for item in plan.definitions
        if item.kind is StatementKind.FUNCTION and not item.injected and counts[item.name] == 1
    }
    found: dict[str, list[str]] = {}
    for node in (facts.node for cell in plan.facts for facts in cell.statements):
        for call in _surely_run(node):
            if isinstance(call.func, ast.Name) and call.func.id in functions and _is_literal(call):
                found.setdefault(call.func.id, []).append(ast.unparse(call))
    return tuple(
        (functions[name], text)
        for name, texts in found.items()
        for text in list(dict.fromkeys(texts))[:_MOST]
    )


def _surely_run(node: ast.stmt) -> Iterator[ast.Call]:
    """Calls in a statement that no condition, loop or function stands around."""
    if not isinstance(node, ast.Expr | ast.Assign | ast.AnnAssign | ast.Assert):
        return
    waiting: list[ast.AST] = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, _MAYBE_RUN):
            continue
        if isinstance(part, ast.Call):
            yield part
        waiting.extend(reversed(list(ast.iter_child_nodes(part))))


def _is_literal(call: ast.Call) -> bool:
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    if any(keyword.arg is None for keyword in call.keywords):
        return False
    try:
        for argument in arguments:
            ast.literal_eval(argument)
    except (ValueError, TypeError):
        return False
    return True
