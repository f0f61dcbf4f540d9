"""What flow.py says in the same way for every engine: its imports, and what is inside the function of a task."""

from __future__ import annotations

from collections.abc import Mapping

from nb2pkg.flow import study
from nb2pkg.flow.model import Flow, Task, Version
from nb2pkg.plan.model import Line, Plan
from nb2pkg.render.code import docstring, indented
from nb2pkg.render.pipeline import options_of, text_of_lines


def imports(plan: Plan, made: Flow, names: Mapping[str, str]) -> list[str]:
    """All but those of the engine. names: what run() calls the parameters of the analysis."""
    lines = [text for line in plan.pipeline.run_lines for text in line.imports]
    lines += ["from __future__ import annotations", "from typing import Any"]
    lines += ["from copy import deepcopy"] if any(task.copies for task in made.tasks) else []
    lines += options_of(plan)
    lines += [f"from .config import {', '.join(sorted(names))}"] if names else []
    return lines


def set_up(plan: Plan, made: Flow, names: Mapping[str, str], name: str) -> str:
    """The function of the lines that only set options."""
    lines = text_of_lines(made.settings, names)
    says = docstring(
        plan.style, "Set the options of the analysis: in each process, before its first task."
    )
    return "\n".join([f"def {name}() -> None:", says, indented("\n".join(lines))])


def body(task: Task, names: Mapping[str, str], called: Mapping[Version, str]) -> list[str]:
    """Its lines of run(), on copies of what they change. called: the parameters of its function."""
    known = {version.name: called[version] for version in task.takes}
    lines = []
    if task.copies:
        originals = ", ".join(known[name] for name in task.copies)
        inner = originals if len(task.copies) == 1 else f"({originals})"
        lines.append(f"{', '.join(task.copies)} = deepcopy({inner})")
    lines += [f"{n} = {v}" for n, v in known.items() if n != v and n not in task.copies]
    lines += text_of_lines(task.lines, names)
    if task.gives:
        lines.append(f"return {', '.join(version.name for version in task.gives)}")
    return lines


def says(task: Task) -> str:
    """Why it is a function of its own."""
    kind = "a copy" if len(task.copies) == 1 else "copies"
    copied = f"Work on {kind} of {' and '.join(task.copies)}." if task.copies else ""
    steps = list(dict.fromkeys(line.step.function for line in task.lines if line.step is not None))
    if len(task.lines) > 1:
        return f"Run lines that share values or state. {copied}".strip()
    return copied or (f"Call {steps[0]}." if steps else "A line of the pipeline.")


def options(task: Task, names: Mapping[str, str]) -> list[str]:
    """Parameters of the analysis that its lines use."""
    used = {name for line in task.lines for name in _used(line)}
    return [name for name in names if name in used]


def _used(line: Line) -> list[str]:
    if line.step is None:
        return [name for name in line.reads if name not in study.reads_of(line)]
    return [keyword.parameter for keyword in line.step.keywords]


def passed_to(made: Flow, task: Task, names: Mapping[str, str]) -> str:
    """What a task that does nothing but call a step passes to it."""
    step = task.lines[0].step
    assert step is not None
    known = {version.name: made.variables[version] for version in task.takes}
    passed = [known[name] for name in step.params]
    passed += [f"{setting.name}={setting.source}" for setting in step.settings]
    passed += [f"{k.name}={names.get(k.parameter, k.parameter)}" for k in step.keywords]
    return ", ".join(passed)
