"""What does a step give back? What something that comes after it reads; else what it was made for.

A name that the narrative had before is returned, so that no old value stands under it; but not the
canvas of a drawing that nobody reads: ``fig, ax`` are held by pyplot, and may stand for an older one.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, knows_call
from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import Facts
from nb2pkg.plan import looks
from nb2pkg.plan.reasons import Surroundings
from nb2pkg.plan.scope import Binding


@dataclass(frozen=True, slots=True)
class Keeping:
    """Which names must be returned that nobody reads later, and which need not.

    everything: objects must live as long as they did, so every name is returned. temporary are
    loop variables that no step leaves behind; canvases: positions and names of what is drawn on.
    """

    aliases: Aliases
    everything: bool = False
    temporary: frozenset[str] = frozenset()
    canvases: frozenset[tuple[int, str]] = frozenset()


def of_step(
    around: Surroundings,
    positions: Sequence[int],
    existed: Mapping[str, Bound],
    keeping: Keeping,
) -> tuple[str, ...]:
    """The names that a step of these statements returns.

    existed: all names that it binds, in order; had the narrative them before?
    """
    names = [name for name in existed if name not in keeping.temporary]
    facts = [around.timeline.statements[position] for position in positions]
    drawn = {n for n in names if _is_drawn(around.timeline, positions, n, keeping)}
    old = {n for n in names if existed[n] is not Bound.NO and n not in drawn}
    needed = {n for n in names if n in old or _is_needed(around, facts, n, positions[-1], keeping)}
    left = {n for n in names if n not in needed | drawn and is_left(around.timeline, positions, n)}
    if needed:  # the rest was made on the way, but for what is shown
        shown = looks.named(facts)
        left = {n for n in left if n in shown or _may_be_there_to_live(around, facts, n, keeping)}
    return tuple(name for name in names if name in needed or name in left)


def _is_drawn(timeline: Timeline, positions: Sequence[int], name: str, keeping: Keeping) -> bool:
    """Is it a canvas, or something on one, whenever the step binds it, and wherever it was before?"""
    binders = [position for position in timeline.binders(name) if position <= positions[-1]]
    return all((position, name) in keeping.canvases for position in binders)


def _is_needed(
    around: Surroundings, facts: Sequence[Facts], name: str, end: int, keeping: Keeping
) -> bool:
    """Must the notebook have the name when the step has run?"""
    if keeping.everything or around.timeline.is_live(name, end):
        return True
    if any("alive" in f.effects and name in f.bound for f in facts):
        return not any(_closes(f, name) for f in facts)
    return False


def is_left(timeline: Timeline, positions: Sequence[int], name: str) -> bool:
    """Is it what the notebook has in the end, and nothing but what prints, checks or fills it reads?"""
    if name == "_" or timeline.is_replaced(name, positions[-1]):
        return False
    facts = [timeline.statements[position] for position in positions]
    last = max(index for index, f in enumerate(facts) if name in f.bound)
    binder = facts[last]
    if name in binder.loop_targets or name not in binder.binds:
        return False
    if name in binder.uses and name not in binder.reads:
        return False  # made and used up inside one statement
    return not any(_uses_up(f, name) for f in facts[last + 1 :])


def _uses_up(facts: Facts, name: str) -> bool:
    if _closes(facts, name):
        return True
    if name not in facts.uses or facts.looks or isinstance(facts.node, ast.Assert):
        return False
    return name not in (changed for changed, _ in facts.mutates)


def _closes(facts: Facts, name: str) -> bool:
    """``name.close()``: nobody can do anything with it any more."""
    match facts.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=closed), attr="close"))):
            return closed == name
    return False


def _may_be_there_to_live(
    around: Surroundings, facts: Sequence[Facts], name: str, keeping: Keeping
) -> bool:
    """Did a function of a library make it of which nothing is known, and nobody ever looks at it?"""
    binders = [f for f in facts if name in f.bound]
    match binders[-1].node:
        case ast.Assign(value=ast.Call(func=function)):
            called = dotted(function)
        case _:
            return False
    is_library = around.scope.binding(called.partition(".")[0]) in (Binding.IMPORT, Binding.GUARDED)
    is_known = knows_call("look", keeping.aliases.dotted(called))
    return is_library and not is_known and not any(name in f.reads for f in facts)
