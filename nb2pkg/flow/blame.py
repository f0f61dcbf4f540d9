"""Which cells have to stay together, by what running the flow showed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nb2pkg.flow.make import make
from nb2pkg.flow.model import Engine, Flow, Task
from nb2pkg.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Suspects:
    """The task that raised an error, if one did; values, as flow.py calls them, that differ, or that cannot leave their process."""

    task: str = ""
    different: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()


def next_try(plan: Plan, made: Flow, engine: Engine, suspects: Suspects, why: str) -> Engine:
    """Keep more together; if nothing is left to try, leave out the results, or the flow."""
    cells = _cells(plan, made, engine, suspects)
    if cells:
        return replace(engine, together=(*engine.together, cells))
    lost = {*suspects.stuck, *suspects.different}
    stuck = {version.name for version in made.results if made.variables[version] in lost}
    if stuck:
        return replace(engine, stuck=tuple(sorted({*engine.stuck, *stuck})))
    return replace(engine, left_out=why)


def _cells(plan: Plan, made: Flow, engine: Engine, suspects: Suspects) -> tuple[str, ...]:
    """The ids of cells that are to stay together from now on; none if nothing is left to try."""
    for numbers in _tries(made, suspects):
        lines = (line for number in numbers for line in made.tasks[number].lines)
        ids = tuple(dict.fromkeys(plan.notebook.cells[line.cell].id for line in lines))
        joined = make(plan, replace(engine, together=(*engine.together, ids)))
        if joined is not None and len(joined.tasks) < len(made.tasks):
            return ids
    return ()


def _tries(made: Flow, suspects: Suspects) -> Iterator[list[int]]:
    """Sets of tasks, from the fewest to all of them."""
    stuck = {v for v, variable in made.variables.items() if variable in suspects.stuck}
    if stuck:
        yield [n for n, task in enumerate(made.tasks) if stuck & {*task.takes, *task.gives}]
        return
    first = _first(made, suspects)
    yield sorted({first, *_makers(made.tasks, first)})
    yield sorted(_before(made.tasks, first))
    last = max(made.tasks[first].places)
    yield [n for n, task in enumerate(made.tasks) if min(task.places) <= last]
    yield list(range(len(made.tasks)))


def _first(made: Flow, suspects: Suspects) -> int:
    """The first task that is suspected; the last one if nobody knows."""
    for number, task in enumerate(made.tasks):
        given = {made.variables[version] for version in task.gives}
        if task.name == suspects.task or given & {*suspects.different}:
            return number
    return len(made.tasks) - 1


def _before(tasks: Sequence[Task], number: int) -> set[int]:
    """A task, and all whose values it needs."""
    waiting, found = [number], set[int]()
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += _makers(tasks, each)
    return found


def _makers(tasks: Sequence[Task], number: int) -> set[int]:
    """The tasks that give what a task takes."""
    takes = {*tasks[number].takes}
    return {n for n, task in enumerate(tasks) if takes & {*task.gives}}
