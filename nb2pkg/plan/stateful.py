"""Values that change when they are asked: generators of random numbers, iterators, files, connections.

``rng.normal()`` gives a number and leaves rng another. Nothing in the text of such a call says so.
"""

from __future__ import annotations

import ast

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import known
from nb2pkg.facts.parts import parts_of
from nb2pkg.model import Facts
from nb2pkg.plan import effects
from nb2pkg.plan.plan_state import PlanState


def names(state: PlanState) -> frozenset[str]:
    """Names of the notebook that are bound to such a value somewhere."""
    makers = known("stateful") | known("random", "made_by_seed") | _generators(state)
    return frozenset(
        name
        for facts in state.timeline.statements
        if any(_is_one(state, value, makers) for value in _values(facts.node))
        for name in facts.bound
    )


def _generators(state: PlanState) -> frozenset[str]:
    """Functions of the notebook that yield."""
    return frozenset(
        facts.name
        for facts in state.timeline.statements
        if isinstance(facts.node, ast.FunctionDef)
        and parts_of(facts.node).has(ast.Yield, ast.YieldFrom)
    )


def _values(node: ast.stmt) -> list[ast.expr]:
    """What a statement binds names to, as it stands; each part of a tuple."""
    match node:
        case ast.Assign(value=ast.Tuple(elts=parts)):
            return parts
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return [value]
    return [
        item.context_expr
        for part in ast.walk(node)
        for item in getattr(part, "items", ())
        if isinstance(item, ast.withitem)
    ]


def _is_one(state: PlanState, value: ast.expr, makers: frozenset[str]) -> bool:
    if isinstance(value, ast.Call):
        return state.aliases.dotted(dotted(value.func)) in makers
    return isinstance(value, ast.GeneratorExp)


def advanced_by(carried: effects.Carried, facts: Facts, stateful: frozenset[str]) -> frozenset[str]:
    """Those of the names that a statement may ask, itself or by a function that it calls."""
    reached = set(facts.uses).union(*(carried.get(name, ()) for name in facts.uses))
    has_call = parts_of(facts.node).has(ast.Call, ast.For)
    return stateful & reached if has_call or facts.late_reads else frozenset()
