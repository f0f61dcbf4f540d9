"""The files beside the tests: what steps gave, and the values that somebody asked to be stored."""

from __future__ import annotations

import json

from nb2pkg.observed import Recording
from nb2pkg.plan.model import Style
from nb2pkg.render.code import fitted
from nb2pkg.templates import verbatim


def data(recording: Recording) -> str:
    """recorded.json: a line for each value."""
    steps = []
    for name, step in recording.steps.items():
        values = ",\n".join(
            f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in step.values.items()
        )
        steps.append(
            f" {json.dumps(name)}: {{\n{values}\n }}" if values else f" {json.dumps(name)}: {{}}"
        )
    return "{\n" + ",\n".join(steps) + "\n}\n"


def files(recording: Recording, style: Style) -> dict[str, str]:
    """What stands beside the tests: path, as seen from their folder, to text."""
    found = {"recorded.json": data(recording)}
    index: dict[str, dict[str, object]] = {}
    for name, step in recording.steps.items():
        for value, stored in step.stored.items():
            index.setdefault(name, {})[value] = dict(stored.entry)
            found[f"values/{name}/{value}.{stored.entry['format']}"] = stored.text
    if index:
        found["stored.py"] = fitted(style, verbatim("stored.py"))
        found["values/index.json"] = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    return found
