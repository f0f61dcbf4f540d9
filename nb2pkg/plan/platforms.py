"""Guards for platforms on which the package does not run: ``if IN_COLAB:`` is false here."""

from __future__ import annotations

import ast

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import known
from nb2pkg.facts.statements import imported_names
from nb2pkg.model import Facts
from nb2pkg.plan.plan_state import PlanState


def is_false_here(state: PlanState, facts: Facts) -> bool:
    """Is it an ``if`` without ``else`` whose condition only holds on such a platform, or never?"""
    node = facts.node
    return isinstance(node, ast.If) and not node.orelse and _is_false(state, node.test)


def _is_false(state: PlanState, test: ast.expr) -> bool:
    match test:
        case ast.Constant(value=value):
            return not value
        case ast.Name(id=name):
            binders = state.timeline.binders(name)
            statements = [state.timeline.statements[position].node for position in binders]
            return len(statements) == 1 and _makes_false(state, statements[0], name)
        case ast.Compare(left=ast.Constant(value=str(text)), ops=[ast.In()], comparators=[place]):
            return _is_of_platform(text) and _is_searched(place)
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_is_false(state, value) for value in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return all(_is_false(state, value) for value in values)
    return False


def _makes_false(state: PlanState, node: ast.stmt, name: str) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
            return _is_false(state, value)
        case ast.Try(body=body, handlers=handlers, orelse=[], finalbody=[]):
            imported = [i.module for part in body for i in imported_names(part)]
            ends = [handler.body[-1] for handler in handlers]
            return any(map(_is_of_platform, imported)) and all(
                _makes_false(state, end, name) for end in ends
            )
    return False


def _is_of_platform(text: str) -> bool:
    return any(mark in text.lower() for mark in known("platforms", "marks"))


def _is_searched(node: ast.expr) -> bool:
    """The modules, the environment, or what IPython says of itself."""
    match node:
        case ast.Call(func=ast.Name(id="str"), args=[ast.Call(func=ast.Name(id="get_ipython"))]):
            return True
    return dotted(node) in ("sys.modules", "os.environ")
