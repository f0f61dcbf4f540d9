"""What flow.py calls the tasks, and the values that they hand on."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from nb2pkg.flow.engines import Target
from nb2pkg.flow.model import Task, Version
from nb2pkg.plan import naming
from nb2pkg.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Named:
    """The tasks with names; variables: what flow.py calls each version."""

    tasks: tuple[Task, ...]
    variables: dict[Version, str]


def of(target: Target, tasks: Sequence[Task], plan: Plan) -> Named:
    """Names as the engine needs them."""
    taken, reserved = _mentioned(plan) | target.own, _imported(plan) | target.own
    if not target.has_nodes:
        means_more = any(v.name in target.own for task in tasks for v in task.gives)
        choose = _of_their_own if means_more else _in_one_scope
        return Named(_with_functions(tasks, taken), choose(tasks, reserved))
    variables = _of_their_own(tasks, reserved)
    return Named(_with_nodes(tasks, variables, taken), variables)


def _mentioned(plan: Plan) -> frozenset[str]:
    """Names that the pipeline mentions."""
    found: set[str] = set()
    for line in plan.pipeline.run_lines:
        found.update((*line.binds, *line.reads, *line.data, line.called))
        found.update(name for text in line.imports for name in _words(text))
    found.update(p.option for p in plan.pipeline.parameters)
    found.update(p.name for p in plan.pipeline.parameters)
    found.update(item.name for item in plan.definitions)
    found.update(step.name for step in plan.steps)
    return frozenset(found) | naming.always_taken() | {"in_data_dir"}


def _words(text: str) -> list[str]:
    return text.replace(",", " ").replace(".", " ").split()


def _imported(plan: Plan) -> frozenset[str]:
    """Names that a module of functions has for other things than values."""
    found = {*dir(builtins)}
    for line in plan.pipeline.run_lines:
        found.update(name for text in line.imports for name in _bound(text))
    for parameter in plan.pipeline.parameters:
        found.update((parameter.option, parameter.name, *map(_last, parameter.imports)))
    return frozenset(found)


def _bound(text: str) -> Iterator[str]:
    for node in ast.parse(text).body:
        for alias in getattr(node, "names", ()):
            yield alias.asname or alias.name.partition(".")[0]


def _last(text: str) -> str:
    return text.split()[-1]


# ---- functions of tasks


def _with_functions(tasks: Sequence[Task], taken: Iterable[str]) -> tuple[Task, ...]:
    """Tasks that only call a step are called like it; the others have a function of their own."""
    names, found = {*taken}, []
    for task in tasks:
        step = task.lines[0].step
        is_call = task.is_call and step is not None
        name = step.function if is_call and step else _unused(_wanted(task), names)
        names |= set() if is_call else {name}
        found.append(replace(task, name=name))
    return tuple(found)


def _wanted(task: Task) -> str:
    """The name of the function of a task: after its first and its last step, or after what it gives."""
    steps = [line.step.function for line in task.lines if line.step is not None]
    if len(steps) > 1 and steps[0] != steps[-1]:
        joined = "and" if len(steps) == 2 else "to"
        return f"{steps[0]}_{joined}_{steps[-1]}"
    if steps:
        return f"{steps[0]}_anew" if len(task.lines) == 1 else f"{steps[0]}_and_more"
    return f"make_{task.gives[0].name}" if task.gives else "finish"


def _with_nodes(
    tasks: Sequence[Task], variables: dict[Version, str], taken: Iterable[str]
) -> tuple[Task, ...]:
    """A task is called after its value; one that gives several or none, after its last step."""
    names, found = {*taken, *variables.values()}, []
    for task in tasks:
        if len(task.gives) == 1:
            name = variables[task.gives[0]]
        else:
            steps = [line.step.function for line in task.lines if line.step is not None]
            kind = "values" if task.gives else "done"
            name = _unused(f"{steps[-1]}_{kind}" if steps else kind, names)
            names.add(name)
        found.append(replace(task, name=name))
    return tuple(found)


def _unused(wanted: str, taken: Iterable[str]) -> str:
    known, number, found = {*taken}, 1, wanted
    while found in known:
        number += 1
        found = f"{wanted}_{number}"
    return found


# ---- variables


def _in_one_scope(tasks: Sequence[Task], reserved: Iterable[str]) -> dict[Version, str]:
    """The names of the notebook, as long as each task finds under them what it takes; else numbered ones."""
    plain = {version: version.name for task in tasks for version in task.gives}
    now: dict[str, Version] = {}
    for task in tasks:
        if any(now.get(version.name) != version for version in task.takes):
            return _of_their_own(tasks, reserved)
        now |= {version.name: version for version in task.gives}
    last = {version.name: version for version in sorted(plain, key=_by_line)}
    return plain if now == last else _of_their_own(tasks, reserved)


def _of_their_own(tasks: Sequence[Task], reserved: Iterable[str]) -> dict[Version, str]:
    """A name for each version that nothing else has: that of the notebook, if it can be, for the first one.

    Without an underscore at its beginning, which would hide it from Hamilton.
    """
    versions = sorted((v for task in tasks for v in task.gives), key=_by_line)
    first: dict[str, Version] = {}
    for version in versions:
        first.setdefault(version.name, version)
    found: dict[Version, str] = {}
    used = {*reserved}
    for version in (*sorted(first.values(), key=_is_hidden), *versions):
        if version not in found:
            found[version] = _unused(version.name.lstrip("_") or "value", used)
            used.add(found[version])
    return found


def _is_hidden(version: Version) -> bool:
    return version.name.startswith("_")


def _by_line(version: Version) -> int:
    return version.line
