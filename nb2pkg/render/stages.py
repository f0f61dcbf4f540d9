"""The text of stages.py and conftest.py: the analysis step by step, and the fixtures that run it.

A stage is what the pipeline does up to the call of a step, so that a test finds what the step is
given, and a person can run the analysis up to there.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nb2pkg.observed import Recording
from nb2pkg.plan.model import Line, Plan, Step, Style, in_order
from nb2pkg.render.code import function, indented, scaffold
from nb2pkg.render.imports import absolute, block
from nb2pkg.render.pipeline import text, variable
from nb2pkg.templates import fill

SLOW_SECONDS = 5.0  # what takes longer can be left out: python -m pytest -m "not slow"


@dataclass(frozen=True, slots=True)
class Stage:
    """The lines of the pipeline that end with the call of a step; before is the step before it.

    source: the fixture that gives what is there before it.
    """

    style: Style
    lines: tuple[Line, ...]
    step: Step
    before: str = ""
    source: str = ""

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
    """The stages, in the order of the notebook."""
    found: list[Stage] = []
    stored = stored_steps(plan, recording)
    for lines in plan.pipeline.stages:
        step = lines[-1].step
        if step is not None:
            before = found[-1].step.name if found else ""
            source = f"stored_after_{before}" if before in stored else f"after_{before}"
            found.append(Stage(plan.style, lines, step, before, source if before else ""))
    return tuple(found)


def stored_steps(plan: Plan, recording: Recording | None) -> frozenset[str]:
    """Slow steps that nobody has to wait for: files have all that they make.

    Nothing behind them may go on with the random numbers that they drew.
    """
    if recording is None:
        return frozenset()
    found, names = set(), [step.name for step in in_order(plan.steps)]
    for place, name in enumerate(names):
        step = recording.steps.get(name)
        if step is None or step.seconds <= SLOW_SECONDS or not step.is_stored:
            continue
        later = [recording.steps[n] for n in names[place + 1 :] if n in recording.steps]
        if all(each.is_repeatable for each in later):
            found.add(name)
    return frozenset(found)


def slow_steps(plan: Plan, recording: Recording | None) -> frozenset[str]:
    """Steps for whose values the tests have to wait."""
    seconds: dict[str, float] = {"": 0.0}
    for stage in of(plan, recording):
        known = recording.steps.get(stage.step.name) if recording else None
        waited = 0.0 if stage.source.startswith("stored_") else seconds[stage.before]
        seconds[stage.step.name] = waited + (known.seconds if known else 0.0)
    return frozenset(name for name, waited in seconds.items() if waited > SLOW_SECONDS)


def stages(plan: Plan) -> str:
    """stages.py: a function for each stage."""
    staged = of(plan)
    parameters = _parameters(staged)
    imports = [
        "from __future__ import annotations",
        "from collections.abc import Callable",
        "from copy import deepcopy",
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
            names=[stage.step.name for stage in staged],
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


def conftest(plan: Plan, recording: Recording | None, used: Sequence[str] = ()) -> str:
    """conftest.py: a fixture for each stage, which runs it on what the stage before left behind.

    used: the files that the analysis is known to use.
    """
    staged = of(plan, recording)
    imports: list[str] = []
    if staged:
        imports += ["from typing import Any", beside(plan, "recorded", "watched")]
        imports += [] if plan.touches_files else [beside(plan, "stages")]
    stored = sorted(stored_steps(plan, recording))
    imports += [beside(plan, "recorded.stored", "stored")] if stored else []
    marks_slow = is_nested(plan) and bool(slow_steps(plan, recording))
    if plan.touches_files:
        imports.append("from collections.abc import Iterator")
        imports.append(f"from {plan.package}.config import data_dir, in_data_dir")
        imports.append(beside(plan, "recorded.workspace", "in_copy"))
    imports += ["import pytest"] if staged or plan.touches_files or marks_slow else []
    return scaffold(
        plan.style,
        fill(
            "conftest.py",
            imports=block(imports, plan.package),
            files=plan.touches_files,
            libraries=_libraries(plan, is_staged=bool(staged)),
            copied=", ".join(["data_dir()", *map(json.dumps, (variable(plan), *used))]),
            # the tests of others run where they always did
            scope="package" if is_nested(plan) else "session",
            marks_slow=marks_slow,
            fixtures=[
                text
                for stage in staged
                for text in (
                    _fixture(stage, recording),
                    *([_stored_fixture(stage)] if stage.step.name in stored else []),
                )
            ],
        ),
    )


def _libraries(plan: Plan, is_staged: bool) -> str:
    """Imports of all that the tests import, and so of all libraries that are used there."""
    lines = [f"import {plan.package}.{module.name}" for module in plan.modules]
    lines += [beside(plan, "stages")] if is_staged else []
    return indented(block(lines, plan.package))


def _parameters(staged: Iterable[Stage]) -> list[str]:
    """The parameters of the analysis that the stages hand to their steps."""
    steps = [line.step for stage in staged for line in stage.lines if line.step]
    return sorted({keyword.parameter for step in steps for keyword in step.keywords})


def _stage(plan: Plan, stage: Stage) -> str:
    step = stage.step
    same = {
        k.parameter: k.parameter for line in stage.lines if line.step for k in line.step.keywords
    }
    said = [absolute(text(line, same), plan.package) for line in stage.lines]
    values = "given_values" if "values" in {*stage.taken, *_names(said)} else "values"
    body = [*(f'{name} = {values}["{name}"]' for name in stage.taken), *said]
    items = [f"**{values}", *(f'"{name}": {name}' for name in stage.made)]
    if step.returns_shown:  # a value that has no name in the notebook
        items.append(f'"{shown_by(step)}": {body.pop()}')
    body.append(f"return {{{', '.join(items)}}}")
    head = f"stage_{step.name}({values}: dict[str, Any]) -> dict[str, Any]"
    return function(stage.style, head, f"Call {step.name}.", body)


def _names(lines: Iterable[str]) -> set[str]:
    """All names that the lines mention, loop variables too."""
    trees = (ast.parse(line) for line in lines)
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def shown_by(step: Step) -> str:
    """The key of what a step gives only to be shown: no name of the notebook has blanks."""
    return f"shown by {step.name}"


def _fixture(stage: Stage, recording: Recording | None) -> str:
    name, before = stage.step.name, stage.before
    argument = f"{stage.source}: dict[str, Any]" if before else ""
    given = stage.source or "{}"
    if before and not _needs_no_copy(name, recording):
        given = f"stages.copied({given})"
    names = [f'"{each}"' for each in (name, before) if each]
    body = [
        f"with watched({', '.join(names)}):",
        f"    return stages.stage_{name}({given})",
    ]
    head = f"after_{name}({argument}) -> dict[str, Any]"
    return function(stage.style, head, f"The values once {name} has been called.", body)


def _stored_fixture(stage: Stage) -> str:
    """Of a slow step: what it makes is read, so that what follows does not wait for it."""
    name = stage.step.name
    argument = f"{stage.source}: dict[str, Any]" if stage.before else ""
    before = f"**{stage.source}, " if stage.before else ""
    body = [f'return {{{before}**stored("{name}")}}']
    head = f"stored_after_{name}({argument}) -> dict[str, Any]"
    return function(
        stage.style, head, f"The values once {name} has been called, read from files.", body
    )


def _needs_no_copy(name: str, recording: Recording | None) -> bool:
    """Was a step seen to change nothing, of values that are too large to be copied for nothing?"""
    if recording is None or name not in recording.steps:
        return False
    return recording.steps[name].is_heavy and recording.steps[name].changed == ()
