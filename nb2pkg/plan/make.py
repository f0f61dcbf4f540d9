"""Make the plan: what moves, into which function of which module, and what stays, and why.

request     which cells a person asked for
evidence    what the notebook as a whole shows
handing     what passed through the notebook's variables, and is passed by name from now on
definitions which functions and classes move, and what data they must be passed
roles       what becomes of each statement
runs        statements that become one function
layout      names, modules and their imports
pipeline    what can be run outside the notebook
checks      which tests of the notebook can be tests of the package
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from nb2pkg.facts import guards
from nb2pkg.graph import callers, timeline
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import CellFacts, Notebook, Place, Problem, StatementKind
from nb2pkg.notebook.magic_syntax import parsed
from nb2pkg.plan import (
    canvases,
    checks,
    closures,
    constants,
    evidence,
    grouping,
    header,
    injection,
    layout,
    observers,
    order,
    parameters,
    passed,
    pipeline,
    request,
    roles,
    runs,
    seen_looks,
    story,
    trivial,
)
from nb2pkg.plan.definitions import DEFINITIONS, Moves, Setting, decide
from nb2pkg.plan.model import Pipeline, Plan
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.reasons import Surroundings
from nb2pkg.plan.request import Options, Selection, Staying
from nb2pkg.plan.returns import Keeping
from nb2pkg.plan.runs import Draft, Role
from nb2pkg.plan.scope import Binding, Scope
from nb2pkg.problems import at, problem

_GUARD = 'if __name__ == "__main__":'


@dataclass(frozen=True, slots=True)
class _Start:
    """What is known before anything is decided: what was asked for, and what the whole shows."""

    cells: tuple[CellFacts, ...]
    asked: Selection
    options: Options
    lists_names: bool
    order_problems: tuple[Problem, ...]


def make(notebook: Notebook, read: tuple[CellFacts, ...], options: Options) -> Plan:
    """The plan for a notebook, from its facts and what was asked for."""
    plan = _made(notebook, read, options)
    if options.looking and not plan.modules:  # better functions that only look than no package
        return _made(notebook, read, replace(options, moves_looks=True))
    return plan


def _made(notebook: Notebook, read: tuple[CellFacts, ...], options: Options) -> Plan:
    start = _start(notebook, read, options)
    asked, options = start.asked, start.options
    cells, injected, restated = injection.by_name(notebook, start.cells, asked, options)
    lines = timeline.build(cells)
    setting = injection.setting(notebook, cells, lines, asked, options)
    decision = decide(setting, injection.candidates(lines, asked))
    kept = _kept_cells(lines, asked.staying)
    tagged = parameters.tagged(lines, asked.parameters - kept, setting.aliases)
    scope = _scope(lines, decision, asked, options, tagged)
    around = _surroundings(notebook, lines, scope, setting, decision, options.copies_warn)
    assigned = roles.assign(around, decision, asked, cells)
    drafts, late_problems = _drafts(around, assigned, cells, setting, asked, options)
    state = PlanState(
        notebook,
        cells,
        lines,
        scope,
        decision,
        injected,
        asked,
        setting.aliases,
        story.read(notebook),
        options,
        restated,
    )
    laid_out = layout.arrange(state, drafts)
    piped = pipeline.settled(pipeline.build(state, laid_out), options.piped)
    passed.check(state, laid_out.cells, piped)
    touches_files = evidence.touches_files(lines, options.files_beside, options.local_modules)
    top = header.arrange(state, laid_out, piped.parameters, touches_files, start.lists_names)
    tests, kept_tests = checks.find(state, laid_out, piped)
    problems = [
        *_asked_problems(start),
        *assigned.problems.values(),
        *late_problems.values(),
        *laid_out.problems,
        *kept_tests,
        *_of_pipeline(state, piped),
        *top.problems,
    ]
    return Plan(
        notebook=notebook,
        package=laid_out.package,
        title=state.story.title,
        summary=state.story.summary,
        facts=cells,
        modules=laid_out.modules,
        parameters=piped.parameters,
        cells=top.cells,
        pipeline=piped,
        checks=tests,
        problems=_in_order(problems),
        touches_files=touches_files,
        header=top.header,
    )


def _start(notebook: Notebook, cells: tuple[CellFacts, ...], options: Options) -> _Start:
    """What a person asked for, and what has to stay whatever the passes find."""
    before = timeline.build(cells)
    made = evidence.made_modules(notebook, before)
    misordered = order.check(notebook, cells, before)
    watched = observers.watch(cells)
    asked = request.of(notebook, options)
    by_index = {cell.index: cell for cell in notebook.code}
    looking = seen_looks.staying(before, asked, by_index, options)
    staying = {
        **({} if options.moves_looks else looking),
        **(order.affected(cells, before) if misordered and misordered.code == "NB205" else {}),
        **watched.staying,
        **_refused(before, options.refused),
    }
    return _Start(
        watched.cells,
        replace(asked, staying=staying),
        replace(options, local_modules=options.local_modules | made),
        watched.lists_names,
        (*([misordered] if misordered else []), *order.run_again(cells)),
    )


def _asked_problems(start: _Start) -> Iterator[Problem]:
    """What is to be said of the notebook as it was given."""
    yield from start.asked.problems
    yield from (
        at(c.statements[0], "NB607") for c in start.cells if c.cell.index in start.asked.apart
    )
    yield from start.order_problems
    yield from _guards(start.cells, start.asked)


def _of_pipeline(state: PlanState, piped: Pipeline) -> Iterator[Problem]:
    """What the pipeline does not do, or not give, or not take."""
    yield from pipeline.left_out(state, state.options.piped)
    yield from parameters.not_options(state, piped.parameters)
    if piped.end is not None:
        yield piped.end


def _guards(cells: Iterable[CellFacts], asked: Selection) -> Iterator[Problem]:
    """Where ``if __name__ == "__main__":`` was taken for what it is in a notebook: true."""
    for cell in cells:
        if cell.cell.index not in asked.cells or "__main__" not in cell.masked.python:
            continue
        for node in parsed(cell.masked.python).body:
            if guards.is_guard(node):
                yield problem("NB513", Place(cell.cell.index, node.lineno, 0, len(_GUARD)))


def _kept_cells(lines: Timeline, staying: Staying) -> frozenset[int]:
    return frozenset(lines.statements[position].cell for position in staying)


def _refused(lines: Timeline, refused: Mapping[int, str]) -> dict[int, Problem | None]:
    """What running it showed must stay."""
    return {
        position: at(lines.statements[position], "NB601", what) if what else None
        for position, what in refused.items()
    }


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, those without a place last."""
    return tuple(sorted(set(problems), key=lambda p: (p.place is None, p.place, p.code, p.message)))


def _scope(
    lines: Timeline,
    decision: Moves,
    asked: Selection,
    options: Options,
    tagged: Mapping[str, int],
) -> Scope:
    """The final meanings: constants are the literals that something that moves needs."""
    needed = {
        name
        for position in decision.moved
        for name in (*lines.statements[position].reads, *lines.statements[position].late_reads)
    }
    plain = _cells_of_literals(lines, asked)
    chosen, marked = {}, {}
    eligible = decision.scope.constants
    for name, position in eligible.items():
        facts = lines.statements[position]
        if name in needed or (facts.cell in plain and not constants.is_capital(name)):
            chosen[name] = position
        elif constants.is_capital(name) and asked.cells and constants.is_plain(facts):
            marked[name] = position
    return Scope(lines, decision.scope.moved, chosen, {**marked, **tagged}, options.local_modules)


def _cells_of_literals(lines: Timeline, asked: Selection) -> set[int]:
    """Chosen cells that do nothing but name values."""
    quiet = (StatementKind.LITERAL, StatementKind.IMPORT, *DEFINITIONS)
    plain = {facts.cell for facts in lines.statements} & set(asked.cells)
    for facts in lines.statements:
        if facts.kind not in quiet and not facts.looks:
            plain.discard(facts.cell)
    return plain


def _surroundings(
    notebook: Notebook,
    lines: Timeline,
    scope: Scope,
    setting: Setting,
    decision: Moves,
    copies_warn: bool,
) -> Surroundings:
    resident = {
        name: frozenset(n for n in late if scope.binding(n) in (Binding.DATA, Binding.PARAMETER))
        for name, late in callers.carriers(lines.statements).items()
        if name not in scope.moved
    }
    return Surroundings(
        scope=scope,
        cells={cell.index: cell for cell in notebook.code},
        resident={name: late for name, late in resident.items() if late},
        written=setting.written,
        shown_types=setting.shown_types,
        shown_functions=evidence.shows_functions(notebook),
        closures=closures.find(notebook, lines, decision, setting),
        altered=setting.altered,
        last_import=evidence.last_import(lines),
        copies_warn=copies_warn,
    )


def _drafts(
    around: Surroundings,
    assigned: roles.Roles,
    cells: tuple[CellFacts, ...],
    setting: Setting,
    asked: Selection,
    options: Options,
) -> tuple[tuple[Draft, ...], dict[int, Problem]]:
    """The steps that earn a function, and what has to stay after all."""
    named = trivial.named_cells(around.cells, asked.tags, options)
    drafts, problems = _named_or_telling(around, assigned, cells, setting, asked, named)
    if not (drafts or around.scope.moved):  # better a plain function than a package without any
        return _named_or_telling(around, assigned, cells, setting, asked, asked.cells)
    if options.everything:  # nobody asked for each of them
        problems = {place: p for place, p in problems.items() if p.code != "NB516"}
    return drafts, problems


def _named_or_telling(
    around: Surroundings,
    assigned: roles.Roles,
    cells: tuple[CellFacts, ...],
    setting: Setting,
    asked: Selection,
    named: frozenset[int],
) -> tuple[tuple[Draft, ...], dict[int, Problem]]:
    """The steps of all cells, and what has to stay after all.

    A loop variable is left out of the returns only if every loop over it moves: one that stays
    would leave the notebook with a value that the others do not renew.
    """
    everything = evidence.sees_objects_go(around.timeline, setting.aliases)
    temporary = runs.temporaries(around.timeline, only_numbers=everything)
    drawn = canvases.of(around.timeline.statements, setting.aliases)
    groups = list(grouping.groups(cells, asked, named, assigned.roles, setting.aliases))
    while True:
        keeping = Keeping(setting.aliases, everything, temporary, drawn)
        drafts, problems = _formed(around, assigned, groups, keeping, named)
        inside = {position for draft in drafts for position in draft.positions}
        left = {n for n in temporary if any(p not in inside for p in around.timeline.binders(n))}
        if not left:
            return drafts, problems
        temporary -= left


def _formed(
    around: Surroundings,
    assigned: roles.Roles,
    groups: list[tuple[int, ...]],
    keeping: Keeping,
    named: frozenset[int],
) -> tuple[tuple[Draft, ...], dict[int, Problem]]:
    drafts: list[Draft] = []
    problems: dict[int, Problem] = {}
    lacking: frozenset[str] = frozenset()
    for positions in groups:
        kept: tuple[Draft, ...] = ()
        if any(assigned.roles[p] is Role.MOVES for p in positions):
            kept, stayed = _of_group(around, positions, assigned.roles, (keeping, lacking), named)
            drafts.extend(kept)
            problems.update(stayed)
        lacking = runs.lacking_behind(around.timeline, positions, kept, lacking)
    return tuple(drafts), problems


def _of_group(
    around: Surroundings,
    positions: tuple[int, ...],
    assigned: Mapping[int, Role],
    names: tuple[Keeping, frozenset[str]],
    named: frozenset[int],
) -> tuple[tuple[Draft, ...], dict[int, Problem]]:
    """The steps of a group that earn a function, and what has to stay.

    What earns none stays, and binds its names in the narrative: the others are formed again then.
    """
    settled = dict(assigned)
    problems: dict[int, Problem] = {}
    while True:
        formed, stayed = runs.form(around, positions, settled, *names)
        problems.update(stayed)
        plain = [draft for draft in formed if not _is_function(around, draft, named)]
        problems.update(_plain(around, plain))
        if not plain:
            return formed, problems
        settled.update((p, Role.STAYS) for draft in plain for p in draft.positions)


def _is_function(around: Surroundings, draft: Draft, named: frozenset[int]) -> bool:
    """Is the step worth one? What a person asked for by name is."""
    if runs.is_bare_call(around.scope, draft):
        return False
    return draft.cell in named or not trivial.is_trivial(around.timeline, draft)


def _plain(around: Surroundings, drafts: Iterable[Draft]) -> dict[int, Problem]:
    """Steps that are no function since they are too plain."""
    return {
        draft.positions[0]: at(around.timeline.statements[draft.positions[0]], "NB516")
        for draft in drafts
        if not runs.is_bare_call(around.scope, draft)
    }
