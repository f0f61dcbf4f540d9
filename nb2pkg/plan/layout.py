"""Names and places: packages, modules, their imports, and what becomes of each cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nb2pkg.model import CellFacts, Place, Problem
from nb2pkg.plan import lowered, modules, naming, steps, unused
from nb2pkg.plan.copies import merging
from nb2pkg.plan.definitions import DEFINITIONS
from nb2pkg.plan.model import CellPlan, Definition, Module, Piece, PieceKind, Step
from nb2pkg.plan.plan_state import PlanState, starts
from nb2pkg.plan.runs import Draft
from nb2pkg.plan.scope import Binding
from nb2pkg.problems import at, problem


@dataclass(frozen=True, slots=True)
class Arranged:
    package: str
    modules: tuple[Module, ...]
    steps: tuple[Step, ...]
    cells: tuple[CellPlan, ...]
    problems: tuple[Problem, ...]


def arrange(state: PlanState, drafts: tuple[Draft, ...]) -> Arranged:
    """Give everything that moves its place and name."""
    package = state.options.package or naming.package(state.notebook.stem, state.names())
    places = _Places(state, package)
    definitions = _definitions(state, places)
    made = tuple(steps.name_all(state, drafts, places.of_cell, definitions))
    made = lowered.parameters(state, merging.merged(state, made, definitions))
    definitions, made = modules.without_cycles(state, definitions, made, places)
    built = modules.build(state, definitions, made)
    cells = tuple(
        _cell_plan(state, cell, start, definitions, made) for cell, start in starts(state.cells)
    )
    cells = unused.drop_imports(state, cells)
    problems = [
        *_wanted_names(made),
        *_unheeded_names(made, places.unheeded),
        *_came_along(state, definitions),
    ]
    return Arranged(
        package,
        built,
        made,
        cells,
        tuple(problems),
    )


class _Places:
    """Which module a cell's code goes to: from its tag, else from its section."""

    def __init__(self, state: PlanState, package: str) -> None:
        self._state = state
        self._taken = {*state.names(), *package.split(".")}
        self._by_title: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        self.unheeded: dict[int, str] = {}  # cell to the module in its tag that could not be had
        self._tagged = self._modules_of_sections()

    def _modules_of_sections(self) -> dict[str, str]:
        """Where the tags of a section all name one module, its other cells go there too."""
        found: dict[str, set[str]] = {}
        for cell, tag in self._state.request.tags.items():
            if tag.module and naming.may_be_module(tag.module):
                key = naming.slug(self._state.story.section(cell).title) or "steps"
                found.setdefault(key, set()).add(tag.module)
        return {key: min(modules) for key, modules in found.items() if len(modules) == 1}

    def of_cell(self, cell: int) -> str:
        tag = self._state.request.tags.get(cell)
        section = self._state.story.section(cell)
        if tag is not None and tag.module:
            if naming.may_be_module(tag.module):
                self.titles.setdefault(tag.module, section.title)
                return tag.module
            self.unheeded[cell] = tag.module
        key = naming.slug(section.title) or "steps"
        if key in self._tagged:
            return self._tagged[key]
        if key not in self._by_title:  # sections about one thing are one module
            self._by_title[key] = naming.module(section.title, self._taken)
        name = self._by_title[key]
        self.titles.setdefault(name, section.title)
        return name

    def another(self, module: str) -> str:
        """A further module beside one, for the second version of a name."""
        fresh = naming.free(f"{module}_again", self._taken | set(self.titles), ("later",))
        self.titles[fresh] = self.titles.get(module, module)
        return fresh


def _definitions(state: PlanState, places: _Places) -> tuple[Definition, ...]:
    found: list[Definition] = []
    used: set[tuple[str, str]] = set()
    again: dict[str, str] = {}
    statements = state.timeline.statements
    positions = sorted({*state.decision.moved, *state.scope.constants.values()})
    for position in positions:
        facts = statements[position]
        module = places.of_cell(facts.cell)
        while (module, facts.name) in used:
            again.setdefault(module, "")
            again[module] = again[module] or places.another(module)
            module = again[module]
        used.add((module, facts.name))
        found.append(
            Definition(
                name=facts.name,
                module=module,
                position=position,
                cell=facts.cell,
                line=facts.line,
                kind=facts.kind,
                source=facts.source,
                leading=facts.leading,
                injected=state.injected.get(facts.name, ()) if facts.kind in DEFINITIONS else (),
            )
        )
    return tuple(found)


def _wanted_names(made: Iterable[Step]) -> list[Problem]:
    return [
        problem("NB501", Place(step.cell, step.line), step.name, module=step.module)
        for step in made
        if step.is_plain
    ]


def _unheeded_names(made: Iterable[Step], modules: Mapping[int, str]) -> list[Problem]:
    steps_ = [problem("NB104", Place(s.cell, s.line), s.unheeded) for s in made if s.unheeded]
    steps_ += [
        problem("NB106", Place(s.cell, s.line), s.name, tag=s.part_of) for s in made if s.part_of
    ]
    return [*steps_, *(problem("NB104", Place(cell), name) for cell, name in modules.items())]


def _came_along(state: PlanState, definitions: Iterable[Definition]) -> list[Problem]:
    return [
        at(state.timeline.statements[item.position], "NB504", item.name)
        for item in definitions
        if item.cell not in state.request.cells
    ]


# ---- cells


def _cell_plan(
    state: PlanState,
    cell: CellFacts,
    start: int,
    definitions: tuple[Definition, ...],
    made: tuple[Step, ...],
) -> CellPlan:
    fetched = {item.position: item for item in definitions}
    last_of = {step.positions[-1]: step for step in made}
    inside = {position for step in made for position in step.positions}
    pieces = []
    for offset, facts in enumerate(cell.statements):
        position = start + offset
        if position in last_of:
            pieces.append(Piece(PieceKind.CALL, position, step=last_of[position]))
        elif position in fetched:
            in_place = state.scope.binding(facts.name) is Binding.DATA
            item = fetched[position]
            pieces.append(Piece(PieceKind.FETCH, position, definition=item, in_place=in_place))
        elif position not in inside:
            pieces.append(Piece(PieceKind.KEPT, position))
    kept = len(pieces) == len(cell.statements) and all(p.kind is PieceKind.KEPT for p in pieces)
    untouched = kept and cell.cell.index not in state.restated
    return CellPlan(cell.cell.index, tuple(pieces), untouched)
