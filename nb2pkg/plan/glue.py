"""Which statements between the calls does the pipeline need?

Glue is what stands between promoted steps and was not tagged: ``texas = usa["Texas"]``. The pipeline
says it word for word where a call, or a value that it gives, depends on it. What only looks, draws or
makes something that nobody reads is left to the narrative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nb2pkg.facts.dotted import root
from nb2pkg.model import Facts
from nb2pkg.plan import effects
from nb2pkg.plan.choice import Choice
from nb2pkg.plan.model import Line


@dataclass(frozen=True, slots=True)
class _Below:
    """What stands below a line: the names that it reads, and whether there is anything at all."""

    read: frozenset[str] = frozenset()
    is_empty: bool = True

    def with_line(self, line: Line) -> _Below:
        return _Below((self.read - {*line.binds}) | {*line.reads}, False)


def needed(
    choice: Choice, carried: effects.Carried, lines: Sequence[Line], glue: Mapping[int, Facts]
) -> tuple[Line, ...]:
    """The lines without the glue on which nothing depends. glue: index of a line to its facts."""
    kept: list[Line] = []
    below = _Below()
    first = _first_binders(lines)
    kin = _kin(lines, glue)
    for index, line in reversed(list(enumerate(lines))):
        facts = glue.get(index)
        if facts is not None:
            given = below.read | {name for name, made in first.items() if made < index}
            changed = _changed(choice, carried, facts, kin)
            if _is_idle(choice, facts, changed, below, given):
                continue
        kept.append(line)
        below = below.with_line(line)
    return tuple(reversed(kept))


def _first_binders(lines: Sequence[Line]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, line in enumerate(lines):
        for name in line.binds:
            found.setdefault(name, index)
    return found


def _kin(lines: Sequence[Line], glue: Mapping[int, Facts]) -> Mapping[str, frozenset[str]]:
    """For each name those whose objects it may share, or hold: all that it was made from."""
    found: dict[str, frozenset[str]] = {}
    for index, line in enumerate(lines):
        filled = line.step.mutates if line.step is not None else ()
        if index in glue:
            filled = tuple(container for container, _ in glue[index].stores)
        bound = glue[index].bound if index in glue else line.binds
        made_from = frozenset(line.reads).union(*(found.get(name, ()) for name in line.reads))
        for name in (*bound, *filled):
            found[name] = found.get(name, frozenset()) | made_from
    return found


def _changed(
    choice: Choice,
    carried: effects.Carried,
    facts: Facts,
    kin: Mapping[str, frozenset[str]],
) -> set[str]:
    """Names that are bound anew, and those of objects that may be changed in place."""
    in_place = effects.changed(choice, carried, replace(facts, binds=(), maybe_binds=()))
    return {*facts.bound, *in_place}.union(*(kin.get(name, ()) for name in in_place))


def _is_idle(
    choice: Choice, facts: Facts, changed: set[str], below: _Below, given: frozenset[str]
) -> bool:
    """Is it the same to all that follows, and to the values that are given, whether this was run?

    given: names that lines below read, and those that lines above have made.
    """
    if effects.only_draws(choice, facts) and (drawn_on := _drawn_on(choice, facts)):
        return below.read.isdisjoint({*facts.bound, *drawn_on})
    if not below.is_empty and effects.touches_process(choice, facts):
        return False
    return given.isdisjoint(changed)


def _drawn_on(choice: Choice, facts: Facts) -> set[str]:
    """What the statement draws on: ``ax`` of ``ax.set_title("Sales")``, ``plt`` of ``plt.plot(x)``."""
    return {root(call.func) for call in effects.calls(facts) if effects.draws(choice, call)}
