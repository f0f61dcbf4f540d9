"""The text of conftest.py: one run of the pipeline, for the tests that ask what its steps give."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from nb2pkg.observed import Recording
from nb2pkg.plan.model import Check, Plan, Step
from nb2pkg.render.code import indented, scaffold
from nb2pkg.render.imports import block
from nb2pkg.render.pipeline import variable
from nb2pkg.templates import fill

SLOW_SECONDS = 5.0  # what takes longer can be left out: python -m pytest -m "not slow"

Kept = Mapping[str, tuple[str, ...]]
"""Step to the names of values that tests ask for."""


def is_slow(recording: Recording | None) -> bool:
    """Do the tests have to wait for the pipeline?"""
    return recording is not None and recording.seconds > SLOW_SECONDS


def is_nested(plan: Plan) -> bool:
    """Are the tests a package among other tests?"""
    return "." in plan.package


def beside(plan: Plan, module: str, name: str) -> str:
    """The import of something that stands beside the tests."""
    return f"from {'.' if is_nested(plan) else ''}{module} import {name}"


def kept(plan: Plan, recording: Recording | None, checks: Iterable[Check]) -> Kept:
    """What has to be kept of the run: for the asserts of the notebook, and beside stored values."""
    calls = {step.name: call for call, step in plan.pipeline.calls.items()}
    found: dict[str, dict[str, None]] = {}
    for check in checks:
        if check.data and check.after in calls:
            found.setdefault(calls[check.after], {}).update(dict.fromkeys(check.data))
    for call, step in (recording.steps if recording else {}).items():
        if step.stored:
            found.setdefault(call, {}).update(dict.fromkeys(step.stored))
    return {call: tuple(names) for call, names in found.items()}


def conftest(plan: Plan, recording: Recording | None, asked: Kept, files: tuple[str, ...]) -> str:
    """conftest.py. files: those that the analysis is known to use, all of them or some."""
    is_traced = bool(plan.pipeline.calls) and (recording is not None or bool(asked))
    marks_slow = is_nested(plan) and is_slow(recording)
    copies = plan.touches_files and is_traced
    lean = recording.files if recording is not None and copies else None
    return scaffold(
        plan.style,
        fill(
            "conftest.py",
            imports=block(
                [
                    *_imports(plan, is_traced, copies, lean),
                    *(["import pytest"] if is_traced or marks_slow or draws(plan) else []),
                ],
                plan.package,
            ),
            is_traced=is_traced,
            reads_settings=copies,
            imported=indented(f"from {plan.package} import pipeline"),
            variable=variable(plan),
            files=[json.dumps(name) for name in lean or () if not name.endswith("/")],
            folders=[json.dumps(name) for name in lean or () if name.endswith("/")],
            is_lean=lean is not None,
            copied=copied(plan, files) if copies else "",
            # the tests of others run where they always did
            scope="package" if is_nested(plan) else "session",
            marks_slow=marks_slow,
            draws=draws(plan),
            kept=json.dumps(asked),
            fixtures=[(step.name, call) for call, step in _checked(plan)],
        ),
    )


def _imports(plan: Plan, is_traced: bool, copies: bool, lean: tuple[str, ...] | None) -> list[str]:
    found = ["import os"]
    found += ["from collections.abc import Iterator"] if draws(plan) else []
    if is_traced:
        found.append(beside(plan, "recorded", "Analysis"))
        found += ["from typing import Any"] if [*_checked(plan)] else []
        found += [] if copies else [f"from {plan.package} import pipeline"]
    if copies:
        found.append(f"from {plan.package}.config import data_dir, in_data_dir")
        found += [beside(plan, "workspace", "in_copy")] if lean is None else []
        found += ["import shutil"] if lean else []
    return found


def copied(plan: Plan, files: Iterable[str]) -> str:
    """What in_copy is called with."""
    return ", ".join(["data_dir()", *map(json.dumps, (variable(plan), *files))])


def _checked(plan: Plan) -> Iterator[tuple[str, Step]]:
    """The calls behind which asserts of the notebook look at values."""
    names = {check.after for check in plan.checks if check.data}
    yield from ((call, step) for call, step in plan.pipeline.calls.items() if step.name in names)


def draws(plan: Plan) -> bool:
    """Does the package use pyplot?"""
    return any(
        "matplotlib" in line or "seaborn" in line for m in plan.modules for line in m.imports
    )
