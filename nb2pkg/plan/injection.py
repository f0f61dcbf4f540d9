"""What passed through the notebook's variables is passed by name from now on.

Functions that set variables through ``global`` return them, functions that read data are passed it,
and all their calls say so. Afterwards the facts are those of a notebook that was written like that,
so that no later pass needs to know.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace

from nb2pkg import facts as facts_of
from nb2pkg.graph import timeline
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import CellFacts, Facts, Notebook
from nb2pkg.notebook import magics
from nb2pkg.plan import constants, evidence, in_place, naming, setters
from nb2pkg.plan.definitions import DEFINITIONS, Setting, decide
from nb2pkg.plan.request import Options, Selection
from nb2pkg.plan.scope import BUILTINS
from nb2pkg.plan.steps import is_bound_or_spoken

_MOST_INJECTED = 3  # constants that a function is passed; with more, its signature tells nothing
Injected = Mapping[str, tuple[str, ...]]  # function name to the names that it is passed


def by_name(
    notebook: Notebook, cells: tuple[CellFacts, ...], asked: Selection, options: Options
) -> tuple[tuple[CellFacts, ...], Injected, frozenset[int]]:
    """The new facts, what is passed to whom, and the cells whose code is no longer what it was."""
    returning = _return_globals(notebook, cells, asked, options)
    result, injected = _inject(notebook, returning, asked, options)
    return result, injected, _restated(cells, result)


def _return_globals(
    notebook: Notebook, cells: tuple[CellFacts, ...], asked: Selection, options: Options
) -> tuple[CellFacts, ...]:
    """Let functions that set variables of the notebook return them, if they move then."""
    lines = timeline.build(cells)
    by_index = {cell.index: cell for cell in notebook.code}
    skip: frozenset[str] = frozenset()
    while found := setters.find(lines, facts_of.aliases_of(cells), by_index, skip):
        changed = facts_of.restate(cells, setters.rewritten(lines, found))
        again = timeline.build(changed)
        moved = decide(setting(notebook, changed, again, asked, options), candidates(again, asked))
        staying = {name for name, setter in found.items() if setter.position not in moved.moved}
        if not staying:
            return changed
        skip |= staying
    return cells


def _inject(
    notebook: Notebook, cells: tuple[CellFacts, ...], asked: Selection, options: Options
) -> tuple[tuple[CellFacts, ...], Injected]:
    """Rewrite functions that read data of the notebook, and all their calls, to pass it."""
    lines = timeline.build(cells)
    decision = decide(setting(notebook, cells, lines, asked, options), candidates(lines, asked))
    names = {
        lines.statements[p].name: injected for p, injected in decision.moved.items() if injected
    }
    if not names:
        return cells, {}
    from nb2pkg.plan import rewrite  # brings LibCST: 0.2 s, for those who need it

    sources = {}
    lowered = _lowered(lines, names)
    for position, facts in enumerate(lines.statements):
        if any(name in facts.uses or name == facts.name for name in names):
            defines = facts.name if position in decision.moved else ""
            passing = rewrite.inject(facts.source, names, defines, lowered)
            own = {name: lowered[name] for name in names.get(defines, ()) if name in lowered}
            sources[position] = in_place.rename(passing, own)
    return facts_of.restate(cells, sources), names


def _lowered(lines: Timeline, names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Data in capitals to parameters in lower case, where these hide nothing in any function."""
    nodes = [f.node for f in lines.statements if f.name in names and f.kind in DEFINITIONS]
    known = {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}
    known |= {part.arg for node in nodes for part in ast.walk(node) if isinstance(part, ast.arg)}
    known |= {*BUILTINS, *naming.always_taken(), *names, *lines.events}
    capitals = {n for injected in names.values() for n in injected if n.isupper()}
    return {
        name: name.lower()
        for name in capitals
        if name.lower() not in known and not any(is_bound_or_spoken(node, name) for node in nodes)
    }


def _restated(before: tuple[CellFacts, ...], after: tuple[CellFacts, ...]) -> frozenset[int]:
    texts = [[facts.source for facts in cell.statements] for cell in before]
    return frozenset(
        cell.cell.index
        for cell, old in zip(after, texts)
        if [facts.source for facts in cell.statements] != old
    )


def setting(
    notebook: Notebook,
    cells: tuple[CellFacts, ...],
    lines: Timeline,
    asked: Selection,
    options: Options,
) -> Setting:
    written = evidence.written_through_global(lines)
    docs_count = evidence.looks_at_docstrings(notebook, lines)
    altered = frozenset(
        cell.index
        for cell in notebook.code
        if magics.altered_line(cell.source, options.ipython, docs_count)
    )
    eligible = {
        name: position
        for name, position in constants.eligible(lines, written).items()
        if lines.statements[position].cell not in asked.parameters | altered
        and position not in asked.staying
    }
    found = Setting(
        timeline=lines,
        aliases=facts_of.aliases_of(cells),
        eligible=eligible,
        written=written,
        local_modules=options.local_modules,
        shown_types=evidence.shown_types(notebook, cells),
        altered=altered,
        warned_lines=evidence.warned_lines(notebook),
        pickles=evidence.pickles(lines, facts_of.aliases_of(cells)),
        looks_at_source=evidence.looks_at_source(lines),
    )
    return _with_parameters(found, candidates(lines, asked))


def _with_parameters(setting: Setting, moving: tuple[int, ...]) -> Setting:
    """Constants in capitals stay parameters that the narrative can change: functions are passed them.

    But for one in the cell of all functions that read it, which is a part of them; and for those that
    somebody could not be passed.
    """
    left = {name for name in setting.eligible if _is_parameter(setting, name, moving)}
    if not left:
        return setting
    whole = decide(setting, moving)
    while left:
        eligible = {n: p for n, p in setting.eligible.items() if n not in left}
        less = replace(setting, eligible=eligible)
        lost = set(whole.moved) - set(decide(less, moving).moved)
        if not lost:
            return less
        left -= {n for p in lost for n in setting.timeline.statements[p].late_reads} or left
    return setting


def _is_parameter(setting: Setting, name: str, moving: tuple[int, ...]) -> bool:
    """Is it in capitals, and read by a function of another cell that takes few such already?"""
    statements = setting.timeline.statements
    maker = statements[setting.eligible[name]]
    readers = [statements[p] for p in moving if name in statements[p].late_reads]
    if not constants.is_capital(name) or not constants.is_plain(maker):
        return False
    return any(f.cell != maker.cell for f in readers) and all(
        len([n for n in f.late_reads if n in setting.eligible]) <= _MOST_INJECTED for f in readers
    )


def candidates(lines: Timeline, asked: Selection) -> tuple[int, ...]:
    """Definitions in the chosen cells, and those elsewhere that the chosen cells need."""
    needed = set()
    waiting = [
        name for facts in lines.statements if facts.cell in asked.cells for name in facts.uses
    ]
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        for position in lines.binders(name):
            facts = lines.statements[position]
            if facts.kind in DEFINITIONS:
                waiting.extend(facts.uses)
    return tuple(
        position
        for position, facts in enumerate(lines.statements)
        if facts.kind in DEFINITIONS
        and (facts.cell in asked.cells or facts.name in needed)
        and asked.cells
        and not _is_skipped(asked, facts)
        and position not in asked.staying
    )


def _is_skipped(asked: Selection, facts: Facts) -> bool:
    tag = asked.tags.get(facts.cell)
    return tag is not None and tag.action in ("skip", "test")
