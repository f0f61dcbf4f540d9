"""Which cells did a run see only look? They bind nothing that anybody reads, and changed nothing.

What running showed decides; what no run can see, such as a message that was sent, is known by name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nb2pkg import facts as facts_of
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.graph import callers, timeline
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import CellFacts, Facts
from nb2pkg.observed import Moment, Observed
from nb2pkg.plan import canvases
from nb2pkg.plan.plan_state import starts
from nb2pkg.plan.request import Piped
from nb2pkg.plan.returns import is_left
from nb2pkg.plan.seen_looks import acts

_UNSEEN = ("alive", "await", "inner definition")  # effects whose end nobody has seen


def seen(cells: tuple[CellFacts, ...], observed: Observed) -> frozenset[str]:
    """The ids of the cells that only look."""
    lines, aliases = timeline.build(cells), facts_of.aliases_of(cells)
    drawn = canvases.of(lines.statements, aliases)
    late = callers.late_reads(lines.statements)
    found = set()
    for cell, start in starts(cells):
        positions = [start + n for n, f in enumerate(cell.statements) if acts(f)]
        moment = observed.cells.get(cell.cell.id)
        if moment is None or not all(map(_is_seen, cell.statements)):
            continue
        if all(lines.statements[p].looks for p in positions):
            continue  # that is known without a run
        used = {name for p in positions for name in (*lines.statements[p].uses, *late[p])}
        if (
            _changed_nothing(cell, moment, used)
            and _leaves_nothing(lines, positions, drawn)
            and not _acts_outside(cell.statements, aliases, moment, used)
        ):
            found.add(cell.cell.id)
    return frozenset(found)


def beside(cells: tuple[CellFacts, ...], looking: frozenset[str], seen: Piped) -> frozenset[str]:
    """Those of the cells that look which may be missed: they use what the pipeline lacks, or what that is
    made from; all of them, where it ends early.
    """
    if seen.lines is not None:
        return looking
    above: set[str] = set(seen.left_out)
    for cell in reversed(cells):
        for facts in reversed(cell.statements):
            if not above.isdisjoint(facts.bound):
                above.update(facts.uses, facts.late_reads)
    using = {
        cell.cell.id for cell in cells if any(not above.isdisjoint(f.uses) for f in cell.statements)
    }
    return looking & using


def _is_seen(facts: Facts) -> bool:
    """Is there nothing in it whose effect comes later, or that does as it likes?"""
    quiet = known("magics", "setup") | known("magics", "looking") | known("magics", "transparent")
    if facts.magic is not None and facts.magic.name not in quiet:
        return False
    hidden = facts.opaque or facts.late_writes or facts.deletes or facts.reads_everything
    return not hidden and not any(effect in _UNSEEN for effect in facts.effects)


def _changed_nothing(cell: CellFacts, moment: Moment, used: set[str]) -> bool:
    own = {name for facts in cell.statements for name in facts.bound}
    return not moment.acted and moment.changed <= own and moment.unsure.isdisjoint(used - own)


def _leaves_nothing(
    lines: Timeline, positions: list[int], drawn: frozenset[tuple[int, str]]
) -> bool:
    """Is nothing that it binds read below, or what the notebook ends with, but for canvases?"""
    for position in positions:
        for name in lines.statements[position].bound:
            if lines.is_live(name, positions[-1]):
                return False
            if (position, name) not in drawn and is_left(lines, positions, name):
                return False
    return True


def _acts_outside(
    statements: Iterable[Facts], aliases: Aliases, moment: Moment, used: set[str]
) -> bool:
    """May it do something that the run of a notebook does not see, such as to send something?"""
    modules, methods = known("outside", "modules"), known("outside", "methods")
    schemas = (moment.before.get(name, moment.after.get(name, {})) for name in used)
    if any(str(schema.get("type", "")).partition(".")[0] in modules for schema in schemas):
        return True
    calls = (part for f in statements for part in ast.walk(f.node) if isinstance(part, ast.Call))
    names = [aliases.dotted(dotted(call.func)) for call in calls]
    return any(
        (name.partition(".")[0] in modules and not name.startswith("os.path."))
        or name.rpartition(".")[2] in methods
        for name in names
    )
