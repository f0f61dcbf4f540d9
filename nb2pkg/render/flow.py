"""The text of flow.py: a line for each task, as in pipeline.py, and functions for those that are no single step."""

from __future__ import annotations

from collections.abc import Mapping

from nb2pkg.flow import study
from nb2pkg.flow.make import MODULE, SUPPORT, SUPPORTS
from nb2pkg.flow.model import Flow, Task
from nb2pkg.plan.model import Line, Plan
from nb2pkg.render.code import docstring, indented, scaffold
from nb2pkg.render.imports import block
from nb2pkg.render.pipeline import options_of, signature, text_of_lines, variable
from nb2pkg.templates import fill


def files(plan: Plan, made: Flow, source: str) -> dict[str, str]:
    """flow.py, and what runs its tasks."""
    support = {
        f"{source}/{name}.py": scaffold(plan.style, _support(plan, made, name)) for name in SUPPORTS
    }
    return {f"{source}/{MODULE}.py": flow(plan, made), **support}


def _support(plan: Plan, made: Flow, name: str) -> str:
    return fill(
        f"{name}.py",
        package=plan.package,
        files=made.needs_folder,
        writes=made.writes_files,
        variable=variable(plan),
    )


def flow(plan: Plan, made: Flow) -> str:
    names = {p.name: p.option for p in plan.pipeline.parameters}
    functions = [_function(plan, task, names) for task in made.tasks if task.name]
    if made.settings:
        functions.insert(0, _set_up(plan, made, names))
    own = signature(plan)
    more = 'scheduler: str = "processes", workers: int | None = None, retries: int = 0'
    return scaffold(
        plan.style,
        fill(
            "flow.py",
            imports=block(_imports(plan, made, names)),
            functions=functions,
            signature=own,
            run_signature=f"{own}, {more}" if own else f"*, {more}",
            options=", ".join(f"{option}={option}" for option in names.values()),
            body=_body(made, names),
        ),
    )


def _imports(plan: Plan, made: Flow, names: Mapping[str, str]) -> list[str]:
    lines = [text for line in plan.pipeline.run_lines for text in line.imports]
    lines += ["from __future__ import annotations", "from typing import Any"]
    lines += ["from copy import deepcopy"] if any(task.copies for task in made.tasks) else []
    lines.append(f"from .{SUPPORT} import Flow, compute, step")
    lines += options_of(plan)
    lines += [f"from .config import {', '.join(sorted(names))}"] if names else []
    return lines


def _set_up(plan: Plan, made: Flow, names: Mapping[str, str]) -> str:
    lines = text_of_lines(made.settings, names)
    says = docstring(
        plan.style, "Set the options of the analysis: in each process, before its first task."
    )
    return "\n".join(["def set_up() -> None:", says, indented("\n".join(lines))])


def _function(plan: Plan, task: Task, names: Mapping[str, str]) -> str:
    """The function of a task: its lines of run(), on copies of what they change."""
    takes = [f"{version.name}: Any" for version in task.takes]
    options = [f"{names[name]}: Any" for name in _options(task, names)]
    head = ", ".join([*takes, *(["*", *options] if options else [])])
    gives = {0: "None", 1: "Any"}.get(len(task.gives), "tuple[Any, ...]")
    lines = []
    if task.copies:
        copied = ", ".join(task.copies)
        inner = copied if len(task.copies) == 1 else f"({copied})"
        lines.append(f"{copied} = deepcopy({inner})")
    lines += text_of_lines(task.lines, names)
    if task.gives:
        lines.append(f"return {', '.join(version.name for version in task.gives)}")
    says = docstring(plan.style, _says(task))
    return "\n".join([f"def {task.name}({head}) -> {gives}:", says, indented("\n".join(lines))])


def _says(task: Task) -> str:
    """Why it is a function of its own."""
    copied = (
        f"Does not change the {' and '.join(task.copies)} of other tasks." if task.copies else ""
    )
    steps = list(dict.fromkeys(line.step.function for line in task.lines if line.step is not None))
    if len(task.lines) > 1:
        return f"What belongs together. {copied}".strip()
    return copied or (f"Call {steps[0]}." if steps else "A line of the pipeline.")


def _options(task: Task, names: Mapping[str, str]) -> list[str]:
    """Parameters of the analysis that its lines use."""
    used = {name for line in task.lines for name in _used(line)}
    return [name for name in names if name in used]


def _used(line: Line) -> list[str]:
    if line.step is None:
        return [name for name in line.reads if name not in study.reads_of(line)]
    return [keyword.parameter for keyword in line.step.keywords]


def _body(made: Flow, names: Mapping[str, str]) -> str:
    """The lines of flow()."""
    variables = [_variables(made, number) for number in range(len(made.tasks))]
    lines = []
    for number, task in enumerate(made.tasks):
        after = [variables[other][0] for other in task.after]
        outputs = [str(len(task.gives))] if len(task.gives) > 1 else []
        waits = [f"after=[{', '.join(after)}]"] if after else []
        marks = ["once=True"] if task.once else ["final=True"] if task.final else []
        head = f"step({', '.join([task.called, *outputs, *waits, *marks])})"
        lines.append(f"{', '.join(variables[number])} = {head}({_arguments(made, task, names)})")
    others = [variables[n][0] for n, task in enumerate(made.tasks) if not task.gives]
    results = ", ".join(f'"{v.name}": {made.variables[v]}' for v in made.results)
    given = [f"{{{results}}}"]
    given += [f"others=[{', '.join(others)}]"] if others else []
    given += ["set_up=set_up"] if made.settings else []
    return indented("\n".join([*lines, f"return Flow({', '.join(given)})"]))


def _variables(made: Flow, number: int) -> list[str]:
    """What flow() calls what a task gives; one that gives nothing has a name, too."""
    task = made.tasks[number]
    if task.gives:
        return [made.variables[version] for version in task.gives]
    taken = {*made.variables.values(), *(other.label for other in made.tasks)}
    name = f"done_{number + 1}"
    while name in taken:
        name += "_"
    return [name]


def _arguments(made: Flow, task: Task, names: Mapping[str, str]) -> str:
    known = {version.name: made.variables[version] for version in task.takes}
    step = task.lines[0].step
    if task.name or step is None:
        passed = [made.variables[version] for version in task.takes]
        passed += [f"{names[name]}={names[name]}" for name in _options(task, names)]
        return ", ".join(passed)
    passed = [known[name] for name in step.params]
    passed += [f"{setting.name}={setting.source}" for setting in step.settings]
    passed += [f"{k.name}={names.get(k.parameter, k.parameter)}" for k in step.keywords]
    return ", ".join(passed)
