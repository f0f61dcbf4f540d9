"""What passed through the notebook's variables is passed by name from now on.

Functions that set variables through ``global`` return them, functions that read data are handed it,
and all their calls say so. Afterwards the facts are those of a notebook that was written like that,
so that no later pass needs to know.
"""

from __future__ import annotations

from collections.abc import Mapping

from nb2pkg import facts as facts_of
from nb2pkg import magics
from nb2pkg.graph import timeline
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import CellFacts, Facts, Notebook
from nb2pkg.plan import constants, evidence, setters
from nb2pkg.plan.definitions import DEFINITIONS, Setting, decide
from nb2pkg.plan.request import Options, Request

Handed = Mapping[str, tuple[str, ...]]  # function name to the names that it is handed


def by_name(
    notebook: Notebook, cells: tuple[CellFacts, ...], asked: Request, options: Options
) -> tuple[tuple[CellFacts, ...], Handed, frozenset[int]]:
    """The new facts, what is handed to whom, and the cells whose code is no longer what it was."""
    returning = _return_globals(notebook, cells, asked, options)
    result, handed = _hand_over(notebook, returning, asked, options)
    return result, handed, _restated(cells, result)


def _return_globals(
    notebook: Notebook, cells: tuple[CellFacts, ...], asked: Request, options: Options
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


def _hand_over(
    notebook: Notebook, cells: tuple[CellFacts, ...], asked: Request, options: Options
) -> tuple[tuple[CellFacts, ...], Handed]:
    """Rewrite functions that read data of the notebook, and all their calls, to pass it."""
    lines = timeline.build(cells)
    decision = decide(setting(notebook, cells, lines, asked, options), candidates(lines, asked))
    names = {lines.statements[p].name: handed for p, handed in decision.moved.items() if handed}
    if not names:
        return cells, {}
    from nb2pkg import rewrite  # brings LibCST: 0.2 s, for those who need it

    sources = {}
    for position, facts in enumerate(lines.statements):
        if any(name in facts.uses or name == facts.name for name in names):
            defines = facts.name if position in decision.moved else ""
            sources[position] = rewrite.hand_over(facts.source, names, defines)
    return facts_of.restate(cells, sources), names


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
    asked: Request,
    options: Options,
) -> Setting:
    written = evidence.written_through_global(lines)
    altered = frozenset(c.index for c in notebook.code if magics.altered_line(c.source))
    eligible = {
        name: position
        for name, position in constants.eligible(lines, written).items()
        if lines.statements[position].cell not in asked.parameters | altered
        and position not in asked.staying
    }
    return Setting(
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


def candidates(lines: Timeline, asked: Request) -> tuple[int, ...]:
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


def _is_skipped(asked: Request, facts: Facts) -> bool:
    tag = asked.tags.get(facts.cell)
    return tag is not None and tag.action in ("skip", "test")
