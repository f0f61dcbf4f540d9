"""What does IPython show of the last expression of a cell? Nothing for None; a value that has a name."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import known
from nb2pkg.facts.scopes import outside_functions
from nb2pkg.model import Facts
from nb2pkg.plan import canvases
from nb2pkg.plan.plan_state import PlanState


def is_none(state: PlanState, facts: Sequence[Facts]) -> bool:
    """Is the value of the last expression surely None, so that nothing is shown?"""
    match facts[-1].node:
        case ast.Expr(value=ast.Call(func=function)):
            if state.aliases.dotted(dotted(function)) in known("returns_none"):
                return True
            if _is_bare_method(state, facts[-1].node.value):
                return True
            if isinstance(function, ast.Name):
                return _is_own_without_value(state, function.id)
            if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                receiver, method = function.value.id, function.attr
                if method in known("returns_none", "methods"):
                    return _is_container(state, receiver)
                return method in known("returns_none", "of_canvases") and receiver in {
                    name for _, name in canvases.of(facts, state.aliases)
                }
    return False


def _is_own_without_value(state: PlanState, name: str) -> bool:
    """Is it a function of the notebook, and nothing else, that returns nothing?"""
    makers = [state.timeline.statements[p].node for p in state.timeline.binders(name)]
    return bool(makers) and all(
        isinstance(node, ast.FunctionDef)
        and not node.decorator_list
        and not any(_gives(part) for part in outside_functions(node))
        for node in makers
    )


def _gives(part: ast.AST) -> bool:
    if isinstance(part, ast.Return):
        return part.value is not None
    return isinstance(part, ast.Yield | ast.YieldFrom)


def _is_bare_method(state: PlanState, node: ast.expr) -> bool:
    """``connection.commit()``"""
    match node:
        case ast.Call(func=ast.Attribute(attr=method), args=[], keywords=[]):
            own = method in state.aliases.own_methods
            return method in known("returns_none", "bare_methods") and not own
    return False


def itself(state: PlanState, facts: Facts) -> str:
    """The name of the object that the last expression gives back: ``model`` for ``model.fit(X, y)``."""
    match facts.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method))):
            if method in known("returns_self", "methods") and _is_made_by_package(state, name):
                return name
    return ""


def _is_made_by_package(state: PlanState, name: str) -> bool:
    """Is the name only ever bound to what a call of one of these packages makes?"""
    packages = known("returns_self", "packages")
    makers = [state.timeline.statements[p].node for p in state.timeline.binders(name)]
    return bool(makers) and all(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and _is_bound_alone(node)
        and state.aliases.dotted(dotted(node.value.func)).partition(".")[0] in packages
        for node in makers
    )


_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def _is_container(state: PlanState, name: str, asked: frozenset[str] = frozenset()) -> bool:
    """Is the name only ever bound to a list, dictionary or set that is written out, or to another's?"""
    nodes = [state.timeline.statements[p].node for p in state.timeline.binders(name)]
    asked |= {name}

    def is_one(value: ast.expr) -> bool:
        match value:
            case ast.Name(id=other):
                return other in asked or _is_container(state, other, asked)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return is_one(left) and is_one(right)
        return isinstance(value, _DISPLAYS)

    return bool(nodes) and all(
        isinstance(n, ast.Assign | ast.AugAssign) and _is_bound_alone(n) and is_one(n.value)
        for n in nodes
    )


def _is_bound_alone(node: ast.Assign | ast.AugAssign) -> bool:
    """Each target is a name, and nothing inside the value binds one."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    inside = (isinstance(part, ast.NamedExpr) for part in ast.walk(node))
    return all(isinstance(target, ast.Name) for target in targets) and not any(inside)
