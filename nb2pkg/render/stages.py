"""The text of stages.py and conftest.py: the analysis step by step, and what runs it for the tests.

A stage is what the pipeline does up to the call of a step. It takes the values that it reads, from
the stages that made them, so that what breaks one step breaks no test but those that need its values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nb2pkg.observed import Recording
from nb2pkg.plan.model import Line, Plan, Step, Style
from nb2pkg.render.code import indented, scaffold
from nb2pkg.render.imports import absolute, block
from nb2pkg.render.pipeline import text, variable
from nb2pkg.templates import fill

SLOW_SECONDS = 5.0  # what takes longer can be left out: python -m pytest -m "not slow"


@dataclass(frozen=True, slots=True)
class Stage:
    """The lines of the pipeline that end with the call of a step.

    makers: the values that it takes, to the steps behind which they are there. follows: the step
    that has to be run before it for another reason, such as the random numbers that both draw.
    """

    style: Style
    lines: tuple[Line, ...]
    step: Step
    makers: Mapping[str, str] = field(default_factory=dict)
    follows: str = ""

    @property
    def made(self) -> tuple[str, ...]:
        """Names that it binds."""
        return tuple(dict.fromkeys(name for line in self.lines for name in line.binds))

    @property
    def taken(self) -> tuple[str, ...]:
        """Data that it reads before it makes them."""
        made: set[str] = set()
        taken: dict[str, None] = {}
        for line in self.lines:
            names = line.step.params if line.step else line.data
            taken.update((name, None) for name in names if name not in made)
            made.update(line.binds)
        return tuple(taken)


def of(plan: Plan, recording: Recording | None = None) -> tuple[Stage, ...]:
    """The stages, in the order of the notebook.

    Without a recording nobody knows which steps draw random numbers or use each other's files, so
    that each follows the one before it.
    """
    found: list[Stage] = []
    latest: dict[str, str] = {}
    last = state = ""
    for lines in plan.pipeline.stages:
        step = lines[-1].step
        if step is None:
            continue
        stage = Stage(plan.style, lines, step)
        makers = {name: latest[name] for name in stage.taken if name in latest}
        known = recording.steps.get(step.name) if recording else None
        follows = last if known is None or not known.stands_alone else state
        found.append(replace(stage, makers=makers, follows=follows))
        changed = known.changed if known is not None and known.changed is not None else stage.taken
        latest.update(dict.fromkeys((*changed, *stage.made), step.name))
        sets_state = known is not None and known.sets_state
        last = step.name if known is None or known.is_followed or sets_state else last
        state = step.name if sets_state else state
    return tuple(found)


def slow_steps(plan: Plan, recording: Recording | None) -> frozenset[str]:
    """Steps for whose values the tests have to wait."""
    if recording is None:
        return frozenset()
    waited: dict[str, float] = {}
    for stage in of(plan, recording):
        known = recording.steps.get(stage.step.name)
        needs = {*stage.makers.values(), *filter(None, [stage.follows])}
        before = max((waited[name] for name in needs), default=0.0)
        waited[stage.step.name] = before + (known.seconds if known else 0.0)
    return frozenset(name for name, seconds in waited.items() if seconds > SLOW_SECONDS)


def stages(plan: Plan, recording: Recording | None) -> str:
    """stages.py: a function for each stage."""
    staged = of(plan, recording)
    parameters = _parameters(staged)
    imports = [
        "from __future__ import annotations",
        "from collections.abc import Callable",
        "from typing import Any",
        *(absolute(text, plan.package) for line in plan.pipeline.lines for text in line.imports),
        *([f"from {plan.package}.config import {', '.join(parameters)}"] if parameters else []),
    ]
    return scaffold(
        plan.style,
        fill(
            "stages.py",
            imports=block(imports, plan.package),
            functions=[_stage(plan, stage) for stage in staged],
            entries=[_entry(stage) for stage in staged],
        ),
    )


def is_nested(plan: Plan) -> bool:
    """Are the tests a package among other tests?"""
    return "." in plan.package


def beside(plan: Plan, module: str, name: str = "") -> str:
    """The import of something that stands beside the tests."""
    if not is_nested(plan):
        return f"from {module} import {name}" if name else f"import {module}"
    return f"from .{module} import {name}" if name else f"from . import {module}"


def conftest(
    plan: Plan, recording: Recording | None, used: Sequence[str] = (), asked: Sequence[str] = ()
) -> str:
    """conftest.py: the stages for the tests that ask for their values.

    used: the files that the analysis is known to use; asked: steps whose values tests ask for.
    """
    is_staged = bool(of(plan, recording))
    imports = ["import pytest"]
    marks_slow = is_nested(plan) and bool(slow_steps(plan, recording))
    if is_staged:
        imports.append(beside(plan, "recorded", "Analysis"))
        imports += ["from typing import Any"] if asked else []
        imports += [] if plan.touches_files else [beside(plan, "stages")]
        if plan.touches_files:
            imports.append("from collections.abc import Iterator")
            imports.append(f"from {plan.package}.config import data_dir, in_data_dir")
            imports.append(beside(plan, "workspace", "in_copy"))
    return scaffold(
        plan.style,
        fill(
            "conftest.py",
            imports=block(imports, plan.package),
            is_staged=is_staged,
            files=plan.touches_files and is_staged,
            libraries=indented(beside(plan, "stages")),
            copied=", ".join(["data_dir()", *map(json.dumps, (variable(plan), *used))]),
            # the tests of others run where they always did
            scope="package" if is_nested(plan) else "session",
            marks_slow=marks_slow,
            draws=draws(plan),
            asked=asked,
        ),
    )


def draws(plan: Plan) -> bool:
    """Does the package use pyplot?"""
    return any(
        "matplotlib" in line or "seaborn" in line for m in plan.modules for line in m.imports
    )


def _parameters(staged: Iterable[Stage]) -> list[str]:
    """The parameters of the analysis that the stages hand to their steps."""
    steps = [line.step for stage in staged for line in stage.lines if line.step]
    return sorted({keyword.parameter for step in steps for keyword in step.keywords})


def _stage(plan: Plan, stage: Stage) -> str:
    step = stage.step
    same = {
        k.parameter: k.parameter for line in stage.lines if line.step for k in line.step.keywords
    }
    body = [absolute(text(line, same), plan.package) for line in stage.lines]
    items = [f'"{name}": {name}' for name in stage.made]
    if step.returns_shown:  # a value that has no name in the notebook
        items.append(f'"{shown_by(step)}": {body.pop()}')
    body.append(f"return {{{', '.join(items)}}}")
    taken = ", ".join(f"{name}: Any" for name in stage.taken)
    return "\n".join(
        [f"def stage_{step.name}({taken}) -> dict[str, Any]:", indented("\n".join(body))]
    )


def _entry(stage: Stage) -> str:
    """The line of a stage in the table."""
    makers = ", ".join(f'"{name}": "{maker}"' for name, maker in stage.makers.items())
    name = stage.step.name
    return f'"{name}": (stage_{name}, {{{makers}}}, "{stage.follows}"),'


def shown_by(step: Step) -> str:
    """The key of what a step gives only to be shown: no name of the notebook has blanks."""
    return f"shown by {step.name}"
