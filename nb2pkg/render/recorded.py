"""The files beside the tests: what steps gave, and the values that somebody asked to be stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from nb2pkg.observed import Recorded, Recording
from nb2pkg.plan.model import Plan, Style
from nb2pkg.render.code import fitted
from nb2pkg.render.fixtures import Kept
from nb2pkg.templates import verbatim

_GENERATED = """\
# Nothing to review: pull requests fold it.
recorded.* linguist-generated
values/** linguist-generated
"""


def files(plan: Plan, recording: Recording | None, asked: Kept) -> dict[str, str]:
    """What stands beside the tests that ask for values of the pipeline: path to text."""
    if not plan.pipeline.calls or (recording is None and not asked):
        return {}
    steps = _known(plan, recording) if recording else _unknown(plan)
    found = {"recorded.json": data(steps), "recorded.py": _library(plan.style, "recorded.py")}
    found[".gitattributes"] = _GENERATED
    index: dict[str, dict[str, object]] = {}
    for name, step in steps.items():
        for value, stored in step.stored.items():
            index.setdefault(name, {})[value] = dict(stored.entry)
            found[f"values/{name}/{value}.{stored.entry['format']}"] = stored.text
    if index:
        found["stored.py"] = _library(plan.style, "stored.py")
        found["values/index.json"] = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    return found


def _library(style: Style, name: str) -> str:
    return fitted(style, verbatim(name))


def _known(plan: Plan, recording: Recording) -> dict[str, Recorded]:
    """What was recorded of the calls that run() has now, and of what it gives: it may do less than when it was recorded."""
    found = {call: recording.steps[call] for call in plan.pipeline.calls if call in recording.steps}
    if given := recording.steps.get("run"):
        values = {n: said for n, said in given.values.items() if n in plan.pipeline.results}
        found["run"] = replace(given, values=values)
    return found


def _unknown(plan: Plan) -> dict[str, Recorded]:
    """The steps, of which no run said anything but what they return."""
    return {call: Recorded(returns=step.returned) for call, step in plan.pipeline.calls.items()}


def data(steps: Mapping[str, Recorded]) -> str:
    """recorded.json: a line for each value."""
    return "{\n" + ",\n".join(_entry(name, step) for name, step in steps.items()) + "\n}\n"


def _entry(name: str, step: Recorded) -> str:
    values = ",\n".join(
        f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in step.values.items()
    )
    inside = f"{{\n{values}\n }}" if values else "{}"
    return f' {json.dumps(name)}: {{"returns": {json.dumps(step.returns)}, "values": {inside}}}'
