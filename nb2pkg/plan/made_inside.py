"""Which functions and classes that stay can run() make for the glue that calls them?

Inside run() they see its variables as they saw those of the notebook. They are others by their module
and by their full name, which somebody may ask for: pickle does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from nb2pkg.model import Facts
from nb2pkg.plan import effects, evidence
from nb2pkg.plan.definitions import DEFINITIONS
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import Binding


@dataclass(frozen=True, slots=True)
class Known:
    """Does the notebook ask where definitions stand, or send some elsewhere? Whose modules does it show?"""

    by_name: bool
    shown: frozenset[str]


def known(state: PlanState) -> Known:
    """What the notebook as a whole asks of definitions."""
    lines = state.timeline
    by_name = bool(evidence.looks_at_source(lines)) or evidence.sends_functions(
        lines, state.aliases
    )
    return Known(by_name, evidence.shown_types(state.notebook, state.cells))


def can_be(state: PlanState, asked: Known, facts: Facts) -> bool:
    """Does the function or class mean the same inside run(), if what it reads is there?"""
    if facts.kind not in DEFINITIONS or facts.opaque or facts.late_writes or facts.text_names:
        return False
    if asked.by_name or facts.name in asked.shown:
        return False
    is_moved = state.scope.binding(facts.name) is Binding.DEFINITION
    return not (is_moved or effects.acts_when_made(state, facts) or _reads_what_it_hides(facts))


def _reads_what_it_hides(facts: Facts) -> bool:
    """Does the body of a class read a variable of a name that it binds itself?

    It finds that in the module then, and never in the function in which the class is made.
    """
    if not isinstance(facts.node, ast.ClassDef):
        return False
    targets = (part for inner in facts.node.body for part in _own_names(inner))
    bound = {part.id for part in targets if isinstance(part.ctx, ast.Store)}
    return not bound.isdisjoint(facts.reads)


def _own_names(statement: ast.stmt) -> Iterator[ast.Name]:
    """Names in a statement of a class, but for those inside its functions."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    yield from (part for part in ast.walk(statement) if isinstance(part, ast.Name))
