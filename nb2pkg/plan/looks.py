"""Which steps only show something? The narrative calls them, and run() has no use for them.

They draw or print, and give nothing that anybody reads. Where some step writes a file with what was
drawn before, all steps that draw are run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nb2pkg.facts.libraries import known
from nb2pkg.model import Facts
from nb2pkg.plan import effects, purity, stateful
from nb2pkg.plan.model import Line, Step
from nb2pkg.plan.plan_state import PlanState


def marked(state: PlanState, carried: effects.Carried, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, with those marked that only look."""
    if any(saves_drawings(state, _statements(state, line.step)) for line in lines):
        return tuple(lines)
    asked = stateful.names(state)
    return tuple(
        replace(
            line,
            is_look=line.step is not None and _only_shows(state, carried, asked, line.step),
        )
        for line in lines
    )


def _only_shows(
    state: PlanState, carried: effects.Carried, asked: frozenset[str], step: Step
) -> bool:
    if step.returns or step.mutates:
        return False
    statements = _statements(state, step)
    if any(stateful.advanced_by(carried, facts, asked) for facts in statements):
        return False
    local = {name for facts in statements for name in facts.bound}
    return all(_is_quiet(state, carried, facts, local) for facts in statements)


def _is_quiet(state: PlanState, carried: effects.Carried, facts: Facts, local: set[str]) -> bool:
    """Does the statement draw, print, or make something for those that do?"""
    if facts.looks:
        return True
    if facts.opaque or facts.late_writes or effects.touches_process(state, facts):
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


def _statements(state: PlanState, step: Step | None) -> list[Facts]:
    return [state.timeline.statements[p] for p in step.positions] if step is not None else []
