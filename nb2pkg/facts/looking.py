"""Does an expression only look at things? Then it stays in the story."""

from __future__ import annotations

import ast

from nb2pkg.facts.evidence import Calls
from nb2pkg.facts.libraries import known, knows_call
from nb2pkg.facts.parts import Parts

_ACTS = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom, ast.Lambda)


def statement_looks(node: ast.stmt, parts: Parts, calls: Calls) -> bool:
    """An expression statement that only looks; its value is shown or thrown away.

    No call but those that are known to compute something to look at, and nothing is bound.
    """
    if not isinstance(node, ast.Expr) or parts.has(*_ACTS):
        return False
    return all(_call_looks(call, name) for call, name in calls)


def _call_looks(node: ast.Call, name: str) -> bool:
    if any(keyword.arg in ("inplace", "out", "ax") for keyword in node.keywords):
        return False
    return knows_call("look", name) or name in known("prints")


def shown_by(node: ast.stmt, calls: Calls) -> str:
    """The function that shows something, if the statement is a call of one, whatever it shows."""
    if isinstance(node, ast.Expr):
        for call, name in calls:
            if call is node.value and name in known("prints"):
                return name
    return ""
