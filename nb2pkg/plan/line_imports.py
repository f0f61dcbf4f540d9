"""What the lines of the pipeline import: their functions, and what their own statements use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nb2pkg.plan import modules
from nb2pkg.plan.layout import Arranged
from nb2pkg.plan.model import Line, Step
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import Binding


def added(state: PlanState, arranged: Arranged, lines: Iterable[Line]) -> tuple[Line, ...]:
    """The lines with what they import: their steps, and what their own statements use."""
    found, known = homes(state, arranged), tuple(lines)
    values = {name for line in known for name in (*line.binds, *line.reads)}
    return tuple(
        (
            _with_function(line, line.step, values)
            if line.step is not None
            else replace(line, imports=_imports(state, found, line))
        )
        for line in known
    )


def _with_function(line: Line, step: Step, values: set[str]) -> Line:
    """A call of a function; by its module, where a value has its name."""
    if step.function not in values:
        return replace(line, imports=(f"from .{step.module} import {step.function}",))
    alias = f"{step.module}_module" if step.module in values else ""
    imported = f"from . import {step.module}" + (f" as {alias}" if alias else "")
    return replace(line, imports=(imported,), called=f"{alias or step.module}.{step.function}")


def _imports(state: PlanState, found: Mapping[str, str], line: Line) -> tuple[str, ...]:
    outside = {imported.text for name in line.reads for imported in modules.imported(state, name)}
    inside = [f"from .{found[name]} import {name}" for name in line.reads if name in found]
    return (*line.imports, *sorted(outside), *inside)


def homes(state: PlanState, arranged: Arranged) -> dict[str, str]:
    """The module of each definition and constant that is found by its name."""
    ours = (Binding.DEFINITION, Binding.CONSTANT)
    return {
        item.name: item.module
        for module in arranged.modules
        for item in module.definitions
        if state.scope.binding(item.name) in ours
    }
