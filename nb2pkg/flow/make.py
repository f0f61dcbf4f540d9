"""From the plan of a package to the tasks of its flow."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nb2pkg import facts
from nb2pkg.flow import functions, group, names, study
from nb2pkg.flow.engines import MODULE, TARGETS
from nb2pkg.flow.functions import Functions, nodes_of
from nb2pkg.flow.model import Act, Effects, Engine, Flow, Task, Version
from nb2pkg.model import Problem
from nb2pkg.plan.model import Line, Plan
from nb2pkg.problems import problem

_SETS = frozenset({Act.PROCESS, Act.FIGURES, Act.LOOKS_OUTSIDE})
_MAY_BE_REPEATED = frozenset({Act.READS_FILES, Act.MAY_DRAW_NUMBERS, Act.LOOKS_OUTSIDE})


def without(files: Mapping[str, str]) -> dict[str, str]:
    """The files but for those of the flow, which need what the package itself does without."""
    supports = (name for target in TARGETS.values() for name in target.supports)
    own = tuple(f"/{name}.py" for name in (MODULE, *supports))
    return {path: text for path, text in files.items() if not path.endswith(own)}


def refused(plan: Plan, engine: Engine) -> tuple[Problem, ...]:
    """Why there is no flow, if one is wanted and there can be none."""
    why = _why_not(plan, engine) if engine.name else ""
    return (problem("NB517", None, why),) if why else ()


def _why_not(plan: Plan, engine: Engine) -> str:
    piped = plan.pipeline
    taken = {MODULE} & {module.name for module in plan.modules}
    options = {*TARGETS[engine.name].options} & {parameter.option for parameter in piped.parameters}
    if engine.left_out:
        return engine.left_out
    if piped.inputs:
        return f"somebody has to hand it {', '.join(piped.inputs)}"
    if not piped.run_lines:
        return "the pipeline calls nothing"
    if taken:
        return f"a module of the package is called {MODULE}"
    if options:
        return f"a parameter is called {min(options)}, as its own option is"
    return ""


def make(plan: Plan, engine: Engine) -> Flow | None:
    """The tasks; None if none are wanted, or possible."""
    if not engine.name or refused(plan, engine):
        return None
    known, aliases = functions.of(plan), facts.aliases_of(plan.facts)
    everything = plan.pipeline.run_lines
    effects, _ = study.of(everything, plan.pipeline.results, known, aliases)
    first = _settings(everything, effects)
    lines = everything[first:]
    effects, last = study.of(lines, plan.pipeline.results, known, aliases)
    own = [_calls_own(line, known) for line in lines]
    together = [_in_cells(plan, lines, cells) for cells in engine.together]
    groups = group.of(lines, effects, own, together)
    given = [name for name in plan.pipeline.results if name not in engine.stuck]
    results = tuple(last[name] for name in given if name in last)
    tasks = _ordered(groups, lines, effects, results)
    named = names.of(TARGETS[engine.name], tasks, plan)
    return Flow(
        engine.name,
        named.tasks,
        named.variables,
        results,
        everything[:first],
        plan.touches_files,
        any(Act.WRITES_FILES in each.acts for each in effects),
    )


def _settings(lines: Sequence[Line], effects: Sequence[Effects]) -> int:
    """How many lines at the beginning only set options: each process can do that for itself."""
    for number, (line, each) in enumerate(zip(lines, effects)):
        only_sets = each.acts and each.acts <= _SETS and Act.PROCESS in each.acts
        if not only_sets or line.binds or study.reads_of(line) or _reads_options(line):
            return number
    return len(lines)


def _reads_options(line: Line) -> bool:
    return bool(line.step.keywords) if line.step is not None else bool(line.data)


def _calls_own(line: Line, known: Functions) -> bool:
    """Does it call a function of the package? Other statements are short."""
    if line.step is not None:
        return True
    called = {
        part.func.id
        for node in nodes_of(line)
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    }
    return not called.isdisjoint(known.functions)


def _in_cells(plan: Plan, lines: Sequence[Line], cells: Iterable[str]) -> list[int]:
    ids = {*cells}
    return [n for n, line in enumerate(lines) if plan.notebook.cells[line.cell].id in ids]


def _ordered(
    groups: group.Groups,
    lines: Sequence[Line],
    effects: Sequence[Effects],
    results: Sequence[Version],
) -> tuple[Task, ...]:
    """The tasks, each behind those that it waits for; of those that could be next, the first of run()."""
    inside = groups.all()
    waits: dict[int, set[int]] = {root: set() for root in inside}
    for one, other in groups.before:
        if groups.root(one) != groups.root(other):
            waits[groups.root(other)].add(groups.root(one))
    order: list[int] = []
    while len(order) < len(inside):
        order.append(min(r for r in inside if r not in order and waits[r] <= {*order}))
    needed = _needed(groups, effects, results)
    found: list[Task] = []
    behind: list[set[int]] = []  # what each task waits for, at whatever distance
    for root in order:
        task = _task(inside[root], lines, effects, needed)
        makers = {order.index(groups.root(version.line)) for version in task.takes}
        waiting = {order.index(each) for each in waits[root]}
        done = _done_before(makers, behind)
        after = [
            n for n in sorted(waiting) if n not in done and not _is_waited_for(n, waiting, behind)
        ]
        behind.append(waiting | _done_before(waiting, behind))
        found.append(replace(task, after=tuple(after)))
    return tuple(found)


def _is_waited_for(number: int, others: Iterable[int], behind: Sequence[set[int]]) -> bool:
    """Does one of the others wait for it anyway?"""
    return any(number in behind[other] for other in others)


def _done_before(numbers: Iterable[int], behind: Sequence[set[int]]) -> set[int]:
    """These tasks, and all that they wait for."""
    return {*numbers}.union(*(behind[number] for number in numbers))


def _needed(
    groups: group.Groups, effects: Sequence[Effects], results: Sequence[Version]
) -> frozenset[Version]:
    """Versions that leave their task."""
    found = {*results}
    for number, each in enumerate(effects):
        found |= {v for v in each.reads if v.line < 0 or groups.root(v.line) != groups.root(number)}
    return frozenset(found)


def _task(
    places: Sequence[int],
    lines: Sequence[Line],
    effects: Sequence[Effects],
    needed: frozenset[Version],
) -> Task:
    inside = [lines[place] for place in places]
    takes = dict.fromkeys(
        version
        for place in places
        for version in effects[place].reads
        if version.line not in places
    )
    changed = frozenset().union(*(effects[place].changes for place in places))
    copies = tuple(version.name for version in takes if version in changed)
    given = {
        name: Version(name, place) for place in places for name in effects[place].gives
    }  # the last of each name
    gives = tuple(version for version in given.values() if version in needed)
    is_call = len(inside) == 1 and not copies and _is_call(inside[0], gives)
    acts = frozenset().union(*(effects[place].acts for place in places))
    once = not acts <= _MAY_BE_REPEATED
    final = not once and Act.READS_FILES in acts and _writes_later(places, effects)
    fresh = bool(takes and acts)
    task = Task(tuple(places), tuple(inside), tuple(takes), gives, copies, is_call=is_call)
    return replace(task, once=once, final=final, fresh=fresh)


def _writes_later(places: Sequence[int], effects: Sequence[Effects]) -> bool:
    """Does another task write files when this one is done?"""
    return any(
        Act.WRITES_FILES in each.acts
        for number, each in enumerate(effects)
        if number > places[0] and number not in places
    )


def _is_call(line: Line, gives: Sequence[Version]) -> bool:
    """Is it the call of a step of which all that it returns, and no more, is handed on?"""
    step = line.step
    if step is None or step.shown or step.returns_shown:
        return False
    return tuple(version.name for version in gives) == step.returns
