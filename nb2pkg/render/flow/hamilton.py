"""The text of flow.py for Hamilton: a function for each value, called after it, its parameters after those that it takes."""

from __future__ import annotations

from collections.abc import Mapping

from nb2pkg.flow.engines import HAMILTON
from nb2pkg.flow.model import Flow, Task
from nb2pkg.plan.model import Plan
from nb2pkg.render.code import docstring, indented, scaffold
from nb2pkg.render.flow import parts
from nb2pkg.render.imports import block
from nb2pkg.templates import fill


def flow(plan: Plan, made: Flow) -> str:
    names = {p.name: p.option for p in plan.pipeline.parameters}
    functions = [_function(plan, made, task, names) for task in made.tasks]
    if made.settings:
        functions.insert(0, parts.set_up(plan, made, names, "_set_up"))
    return scaffold(
        plan.style,
        fill(
            "nodes.py",
            imports=block([*parts.imports(plan, made, names), *_imports(made)]),
            functions=functions,
            arguments=", ".join(_arguments(made)),
        ),
    )


def _imports(made: Flow) -> list[str]:
    several = any(len(task.gives) > 1 for task in made.tasks)
    return [
        "from functools import partial",
        f"from .{HAMILTON.support} import compute",
        *(["from hamilton.function_modifiers import unpack_fields"] if several else []),
    ]


def _arguments(made: Flow) -> list[str]:
    """What compute() needs to know: results by name, what else has to be run, and what comes first."""
    results = ", ".join(f'"{v.name}": "{made.variables[v]}"' for v in made.results)
    others = [f'"{task.name}"' for task in made.tasks if not task.gives]
    found = ["__name__", f"{{{results}}}"]
    if others or made.settings:
        found.append(f"[{', '.join(others)}]")
    return [*found, "_set_up"] if made.settings else found


def _function(plan: Plan, made: Flow, task: Task, names: Mapping[str, str]) -> str:
    """The function of a task. One of several values is taken apart into a node for each."""
    gives = [made.variables[version] for version in task.gives]
    fields = ", ".join(f'"{variable}"' for variable in gives)
    head = [f"@unpack_fields({fields})"] if len(gives) > 1 else []
    returns = {0: "None", 1: "Any"}.get(len(gives), f"tuple[{', '.join(['Any'] * len(gives))}]")
    head.append(f"def {task.name}({_parameters(made, task, names)}) -> {returns}:")
    said = _says(made, task)
    says = [docstring(plan.style, said)] if said else []
    return "\n".join([*head, *says, indented("\n".join(_body(made, task, names)))])


def _parameters(made: Flow, task: Task, names: Mapping[str, str]) -> str:
    """What it takes, then what has to be done before, then the parameters of the analysis."""
    takes = [made.variables[version] for version in task.takes]
    parameters = [f"{name}: Any" for name in dict.fromkeys([*takes, *_before(made, task)])]
    options = [f"{names[name]}: Any = {name}" for name in parts.options(task, names)]
    return ", ".join([*parameters, *(["*", *options] if options else [])])


def _before(made: Flow, task: Task) -> list[str]:
    """Nodes that it waits for, and takes nothing of."""
    return [made.tasks[number].name for number in task.after]


def _says(made: Flow, task: Task) -> str:
    """Nothing of a function that only calls a step: that has a docstring."""
    before = " and ".join(_before(made, task))
    waits = f"Comes after {before}." if before else ""
    is_plain = task.is_call or (len(task.lines) == 1 and not task.copies)
    return f"{'' if is_plain else parts.says(task)} {waits}".strip()


def _body(made: Flow, task: Task, names: Mapping[str, str]) -> list[str]:
    if not task.is_call:
        return parts.body(task, names, made.variables)
    called = f"{task.lines[0].called or _step(task)}({parts.passed_to(made, task, names)})"
    return [f"return {called}" if task.gives else called]


def _step(task: Task) -> str:
    step = task.lines[0].step
    assert step is not None
    return step.function
