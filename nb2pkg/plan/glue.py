"""Which statements between the calls does the pipeline need?

Glue is what stands between promoted steps and was not tagged: ``texas = usa["Texas"]``. The pipeline
says it word for word where a call, or a value that it gives, depends on it. What only looks, draws or
makes something that nobody reads is left to the narrative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from nb2pkg.model import Facts
from nb2pkg.plan import effects, looks, purity, stateful
from nb2pkg.plan.model import Line
from nb2pkg.plan.plan_state import PlanState


@dataclass(frozen=True, slots=True)
class PossibleLine:
    """A line that may stand in the pipeline. facts: of a statement; is_glue: nobody asked for it, or it
    makes no value.
    """

    line: Line
    facts: Facts | None = None
    is_glue: bool = False

    @property
    def reads(self) -> frozenset[str]:
        """Names that must be there: also what it binds on some paths only."""
        return frozenset({*self.line.reads, *(self.facts.maybe_binds if self.facts else ())})


@dataclass(frozen=True, slots=True)
class _Below:
    """What stands below a line: the names that it reads, and whether there is anything at all."""

    read: frozenset[str] = frozenset()
    is_empty: bool = True
    saves: bool = False  # writes a file with what was drawn above

    def with_line(self, line: PossibleLine, saves: bool) -> _Below:
        return _Below((self.read - {*line.line.binds}) | line.reads, False, self.saves or saves)


def needed(
    state: PlanState, carried: effects.Carried, possible: Sequence[PossibleLine]
) -> tuple[PossibleLine, ...]:
    """The lines without the glue on which nothing depends.

    Glue that is kept gives values too, on which other glue may act: so again, until nothing is added.
    """
    kin = _kin(possible)
    canvases = _canvases(state, possible)
    changes = partial(_changed, state, carried, kin, canvases, stateful.names(state))
    kept = frozenset(index for index, each in enumerate(possible) if not each.is_glue)
    while (more := _kept(state, possible, changes, canvases, kept)) != kept:
        kept = more
    return tuple(possible[index] for index in sorted(kept))


def _kept(
    state: PlanState,
    possible: Sequence[PossibleLine],
    changes: Callable[[Facts], set[str]],
    canvases: frozenset[str],
    known: frozenset[int],
) -> frozenset[int]:
    """Indexes of the lines that are needed, where the known ones give values."""
    found = set(known)
    below = _Below()
    first = _first_binders(possible, known)
    for index, each in reversed(list(enumerate(possible))):
        if index not in known and each.facts is not None:
            given = below.read | {name for name, made in first.items() if made < index}
            if _is_idle(state, each.facts, canvases, changes(each.facts), below, given):
                continue
        found.add(index)
        below = below.with_line(each, looks.saves_drawings(state, statements(state, each)))
    return frozenset(found)


def _first_binders(possible: Sequence[PossibleLine], known: frozenset[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index in sorted(known):
        for name in possible[index].line.binds:
            found.setdefault(name, index)
    return found


def _kin(possible: Sequence[PossibleLine]) -> Mapping[str, frozenset[str]]:
    """For each name those whose objects it may share, or hold: all that it was made from."""
    found: dict[str, frozenset[str]] = {}
    for each in possible:
        line, facts = each.line, each.facts
        made_from = frozenset(line.reads).union(*(found.get(name, ()) for name in line.reads))
        filled = line.step.mutates if line.step is not None else ()
        if facts is not None:
            filled = (*facts.bound, *(container for container, _ in facts.stores))
        for name in (*line.binds, *filled):
            found[name] = found.get(name, frozenset()) | made_from
    return found


def _canvases(state: PlanState, possible: Sequence[PossibleLine]) -> frozenset[str]:
    """Names on which something is drawn, such as ``ax``: those that a drawing made."""
    found: set[str] = set()
    for each in possible:
        if any(_draws(state, facts) for facts in statements(state, each)):
            found.update(each.line.binds)
    return frozenset(found)


def statements(state: PlanState, possible: PossibleLine) -> list[Facts]:
    """What the line does: the statements of its step, or the one that it is."""
    if possible.line.step is not None:
        return [state.timeline.statements[position] for position in possible.line.step.positions]
    return [possible.facts] if possible.facts is not None else []


def _draws(state: PlanState, facts: Facts) -> bool:
    return any(effects.draws(state, call) for call in effects.calls(facts))


def _changed(
    state: PlanState,
    carried: effects.Carried,
    kin: Mapping[str, frozenset[str]],
    canvases: frozenset[str],
    asked: frozenset[str],
    facts: Facts,
) -> set[str]:
    """Names that are bound anew, and those of objects that may be changed in place.

    Drawing changes a canvas, and not the data that is drawn. asked: names whose values are others once
    they were asked.
    """
    in_place = effects.changed(state, carried, replace(facts, binds=(), maybe_binds=()))
    in_place |= stateful.advanced_by(carried, facts, asked)
    return {*facts.bound, *in_place}.union(*(kin.get(name, ()) for name in in_place - canvases))


def _is_idle(
    state: PlanState,
    facts: Facts,
    canvases: frozenset[str],
    changed: set[str],
    below: _Below,
    given: frozenset[str],
) -> bool:
    """Is it the same to all that follows, and to the values that are given, whether this was run?

    given: names that lines below read, and those that lines above have made.
    """
    if effects.is_drawing(state, facts):
        return not below.saves and below.read.isdisjoint({*facts.bound, *canvases})
    acts = effects.touches_state(state, facts) or any(purity.unknown_calls(state, facts))
    if acts and not below.is_empty:
        return False
    return given.isdisjoint(changed)
