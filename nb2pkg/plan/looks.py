"""Which steps only show something? The narrative calls them, and run() has no use for them.

They draw or print, and give nothing that anybody reads. Where some step writes a file with what was
drawn before, all steps that draw are run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from nb2pkg.facts.libraries import known
from nb2pkg.model import Facts
from nb2pkg.plan import effects, purity, stateful
from nb2pkg.plan.model import Line, Step
from nb2pkg.plan.plan_state import PlanState


def marked(
    state: PlanState,
    carried: effects.Carried,
    lines: Sequence[Line],
    saves: bool,
    looking: frozenset[int],
) -> tuple[Line, ...]:
    """The lines, with those marked that only look. saves: one of them writes what was drawn to a file;
    looking: cells that a run saw change nothing.
    """
    if saves:
        return tuple(lines)
    asked = stateful.names(state)
    return tuple(
        replace(
            line,
            is_look=line.step is not None
            and (
                _was_seen(state, looking, line.step)
                or _only_shows(state, carried, asked, line.step)
            ),
        )
        for line in lines
    )


def _was_seen(state: PlanState, looking: frozenset[int], step: Step) -> bool:
    """Did a run see all of its cells change nothing?"""
    cells = {state.timeline.statements[position].cell for position in step.positions}
    return not step.returns and cells <= looking


def _only_shows(
    state: PlanState, carried: effects.Carried, asked: frozenset[str], step: Step
) -> bool:
    if step.returns or step.mutates:
        return False
    statements = [state.timeline.statements[position] for position in step.positions]
    if any(stateful.advanced_by(carried, facts, asked) for facts in statements):
        return False
    local = {name for facts in statements for name in facts.bound}
    return all(_is_quiet(state, carried, facts, local) for facts in statements)


def _is_quiet(state: PlanState, carried: effects.Carried, facts: Facts, local: set[str]) -> bool:
    """Does the statement draw, print, or make something for those that do?"""
    if facts.looks:
        return True
    if facts.opaque or facts.late_writes or effects.touches_state(state, facts):
        return False
    styles = known("styles", "names")
    if any(name.rpartition(".")[2] in styles for _, name in effects.named_calls(state, facts)):
        return False
    if any(purity.unknown_calls(state, facts)):
        return False
    return effects.changed(state, carried, facts) <= local


def saves_drawings(state: PlanState, statements: Iterable[Facts]) -> bool:
    """Is a file written with what was drawn before?"""
    names = (name for facts in statements for _, name in effects.named_calls(state, facts))
    return any(name.rpartition(".")[2] in known("saves_drawings", "methods") for name in names)


def named(statements: Iterable[Facts]) -> frozenset[str]:
    """Names whose values the notebook shows whole: ``scores`` at the end of a cell, ``print(best)``."""
    return frozenset(name for facts in statements if facts.looks for name in _shown(facts.node))


def _shown(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Expr(value=ast.Name(id=name)):
            yield name
        case ast.Expr(value=ast.Call(func=ast.Name(id="print" | "display"), args=arguments)):
            for each in arguments:
                yield from _written_out(each)


def _written_out(argument: ast.expr) -> Iterator[str]:
    """``score``, ``f"{score:.2f}"``"""
    match argument:
        case ast.Name(id=name):
            yield name
        case ast.JoinedStr(values=parts):
            for part in parts:
                if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
                    yield part.value.id
