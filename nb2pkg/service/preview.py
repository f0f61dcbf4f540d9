"""Functions as they would be in the package, for the cells that somebody looks at."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from nb2pkg.graph import network
from nb2pkg.plan.model import Module, Plan
from nb2pkg.problems import QUIET
from nb2pkg.render import modules
from nb2pkg.service.cells import plan_of
from nb2pkg.service.model import Function, Neighbour, Neighbours, Preview, Remark
from nb2pkg.service.opened import Opened


def preview_of(found: Opened, cells: Collection[int]) -> Preview:
    """What these cells would become if they were promoted with all that is tagged.

    Nothing is run: types and docstrings that only a run gives are not there.
    """
    plan = plan_of(found, cells)
    functions = (each for module in plan.modules for each in _of_module(plan, module, cells))
    return Preview(tuple(functions), tuple(_remarks(plan, cells)))


def _of_module(plan: Plan, module: Module, cells: Collection[int]) -> Iterator[Function]:
    statements = [facts.cell for cell in plan.facts for facts in cell.statements]
    for definition in module.definitions:
        if definition.cell in cells:
            code = modules.alone(plan.style, definition)
            yield Function(f"{module.name}.{definition.name}", code, (definition.cell,))
    for step in module.functions:
        own = {statements[p] for each in plan.calling(step) for p in each.positions}
        if not own.isdisjoint(cells):
            code = modules.alone(plan.style, step)
            yield Function(f"{module.name}.{step.name}", code, tuple(sorted(own)))


def neighbours_of(found: Opened, cell: int) -> Neighbours:
    """The cells that feed a cell, and those that it feeds. Imports are left out."""
    edges = [edge for edge in network.edges(plan_of(found).facts) if edge.but_imports]
    return Neighbours(
        tuple(Neighbour(e.source, e.but_imports) for e in edges if e.target == cell),
        tuple(Neighbour(e.target, e.but_imports) for e in edges if e.source == cell),
    )


def _remarks(plan: Plan, cells: Collection[int]) -> Iterator[Remark]:
    """The problems of these cells."""
    for problem in plan.problems:
        place = problem.place
        if place is not None and place.cell in cells and problem.code not in QUIET:
            yield Remark(problem.code, problem.message, problem.hint, place.cell, place.line)
