"""Does an expression only look at things? Then it stays in the story (DESIGN, rules 7 and 12)."""

from __future__ import annotations

import ast

from nb2pkg.facts.dotted import dotted
from nb2pkg.knowledge import Aliases, known, knows_call


def only_looks(node: ast.expr, aliases: Aliases) -> bool:
    """No call but those that are known to compute something to look at, and nothing is bound."""
    for part in ast.walk(node):
        if isinstance(part, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom | ast.Lambda):
            return False
        if isinstance(part, ast.Call) and not _call_looks(part, aliases):
            return False
    return True


def _call_looks(node: ast.Call, aliases: Aliases) -> bool:
    name = aliases.dotted(dotted(node.func))
    if any(keyword.arg in ("inplace", "out", "ax") for keyword in node.keywords):
        return False
    return knows_call("look", name) or name in known("prints")


def shown_by(node: ast.stmt, aliases: Aliases) -> str:
    """The function that shows something, if the statement is a call of one, whatever it shows."""
    match node:
        case ast.Expr(value=ast.Call(func=function)):
            name = aliases.dotted(dotted(function))
            return name if name in known("prints") else ""
    return ""


def statement_looks(node: ast.stmt, aliases: Aliases) -> bool:
    """An expression statement that only looks; its value is shown or thrown away."""
    return isinstance(node, ast.Expr) and only_looks(node.value, aliases)
