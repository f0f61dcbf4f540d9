"""The text of flow.py for Dask: a line for each task, as in pipeline.py, and functions for those that are no single step."""

from __future__ import annotations

from collections.abc import Mapping

from nb2pkg.flow.engines import DASK
from nb2pkg.flow.model import Flow, Task
from nb2pkg.plan.model import Plan
from nb2pkg.render.code import docstring, indented, scaffold
from nb2pkg.render.flow import parts
from nb2pkg.render.imports import block
from nb2pkg.render.pipeline import signature
from nb2pkg.templates import fill

_IMPORT = f"from .{DASK.support} import Flow, compute, step"


def flow(plan: Plan, made: Flow) -> str:
    names = {p.name: p.option for p in plan.pipeline.parameters}
    functions = [_function(plan, task, names) for task in made.tasks if not task.is_call]
    if made.settings:
        functions.insert(0, parts.set_up(plan, made, names, "set_up"))
    own = signature(plan)
    more = 'scheduler: str = "processes", workers: int | None = None, retries: int = 0, '
    more += "cache: str | None = None"
    return scaffold(
        plan.style,
        fill(
            "flow.py",
            imports=block([*parts.imports(plan, made, names), _IMPORT]),
            functions=functions,
            signature=own,
            run_signature=f"{own}, {more}" if own else f"*, {more}",
            options=", ".join(f"{option}={option}" for option in names.values()),
            body=_body(made, names),
        ),
    )


def _function(plan: Plan, task: Task, names: Mapping[str, str]) -> str:
    """The function of a task."""
    takes = [f"{version.name}: Any" for version in task.takes]
    options = [f"{names[name]}: Any" for name in parts.options(task, names)]
    head = ", ".join([*takes, *(["*", *options] if options else [])])
    gives = {0: "None", 1: "Any"}.get(len(task.gives), "tuple[Any, ...]")
    lines = parts.body(task, names, {version: version.name for version in task.takes})
    says = docstring(plan.style, parts.says(task))
    return "\n".join([f"def {task.name}({head}) -> {gives}:", says, indented("\n".join(lines))])


def _body(made: Flow, names: Mapping[str, str]) -> str:
    """The lines of flow()."""
    variables = [_variables(made, number) for number in range(len(made.tasks))]
    lines = []
    for number, task in enumerate(made.tasks):
        after = [variables[other][0] for other in task.after]
        outputs = [str(len(task.gives))] if len(task.gives) > 1 else []
        waits = [f"after=[{', '.join(after)}]"] if after else []
        head = f"step({', '.join([_called(task), *outputs, *waits, *_marks(task)])})"
        lines.append(f"{', '.join(variables[number])} = {head}({_arguments(made, task, names)})")
    others = [variables[n][0] for n, task in enumerate(made.tasks) if not task.gives]
    results = ", ".join(f'"{v.name}": {made.variables[v]}' for v in made.results)
    given = [f"{{{results}}}"]
    given += [f"others=[{', '.join(others)}]"] if others else []
    given += ["set_up=set_up"] if made.settings else []
    return indented("\n".join([*lines, f"return Flow({', '.join(given)})"]))


def _marks(task: Task) -> list[str]:
    """Each of them implies those that come after it."""
    marks = {"once": task.once, "final": task.final, "fresh": task.fresh}
    return [f"{name}=True" for name, has_it in marks.items() if has_it][:1]


def _variables(made: Flow, number: int) -> list[str]:
    """What flow() calls what a task gives; one that gives nothing has a name, too."""
    task = made.tasks[number]
    if task.gives:
        return [made.variables[version] for version in task.gives]
    taken = {*made.variables.values(), *(other.name for other in made.tasks)}
    name = f"done_{number + 1}"
    while name in taken:
        name += "_"
    return [name]


def _called(task: Task) -> str:
    """What flow() calls the function of a task, where a value has the name of it."""
    return (task.is_call and task.lines[0].called) or task.name


def _arguments(made: Flow, task: Task, names: Mapping[str, str]) -> str:
    if task.is_call:
        return parts.passed_to(made, task, names)
    passed = [made.variables[version] for version in task.takes]
    passed += [f"{names[name]}={names[name]}" for name in parts.options(task, names)]
    return ", ".join(passed)
