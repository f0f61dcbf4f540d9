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
from nb2pkg.plan.choice import Choice
from nb2pkg.plan.model import Line, Step


def marked(choice: Choice, carried: effects.Carried, lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, with those marked that only look."""
    if any(saves_drawings(choice, _statements(choice, line.step)) for line in lines):
        return tuple(lines)
    asked = stateful.names(choice)
    return tuple(
        replace(
            line,
            is_look=line.step is not None and _only_shows(choice, carried, asked, line.step),
        )
        for line in lines
    )


def _only_shows(
    choice: Choice, carried: effects.Carried, asked: frozenset[str], step: Step
) -> bool:
    if step.returns or step.mutates:
        return False
    statements = _statements(choice, step)
    if any(stateful.advanced_by(carried, facts, asked) for facts in statements):
        return False
    local = {name for facts in statements for name in facts.bound}
    return all(_is_quiet(choice, carried, facts, local) for facts in statements)


def _is_quiet(choice: Choice, carried: effects.Carried, facts: Facts, local: set[str]) -> bool:
    """Does the statement draw, print, or make something for those that do?"""
    if facts.looks:
        return True
    if facts.opaque or facts.late_writes or effects.touches_process(choice, facts):
        return False
    styles = known("styles", "names")
    if any(name.rpartition(".")[2] in styles for _, name in effects.named_calls(choice, facts)):
        return False
    if any(purity.unknown_calls(choice, facts)):
        return False
    return effects.changed(choice, carried, facts) <= local


def saves_drawings(choice: Choice, statements: Iterable[Facts]) -> bool:
    """Is a file written with what was drawn before?"""
    names = (name for facts in statements for _, name in effects.named_calls(choice, facts))
    return any(name.rpartition(".")[2] in known("saves_drawings", "methods") for name in names)


def _statements(choice: Choice, step: Step | None) -> list[Facts]:
    return [choice.timeline.statements[p] for p in step.positions] if step is not None else []
