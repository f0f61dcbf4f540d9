"""Do the tasks of the flow give what the notebook has?

They are run once by their engine, in a copy of the notebook's folder: by Dask with two worker processes, by Hamilton in one. Whatever a task hands on is
compared: a result with the notebook's value where the pipeline ends, another value with those that the notebook had
under that name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nb2pkg.execution.model import Run
from nb2pkg.execution.session import Session
from nb2pkg.flow.engines import DASK, HAMILTON
from nb2pkg.verify import pipeline
from nb2pkg.verify.model import FLOW, FlowVerdict, Where
from nb2pkg.verify.package import Package

_SCRIPTS = {DASK.name: "flowed.py", HAMILTON.name: "noded.py"}
_NUMBERED = re.compile(r"(.+)_\d+")


def run(opened: Session, package: Package, where: Where, engine: str) -> FlowVerdict:
    """Run the flow of a package and compare what it hands on with the runs of the original."""
    return replace(_run(opened, package, where, engine), engine=engine)


def _run(opened: Session, package: Package, where: Where, engine: str) -> FlowVerdict:
    if opened.first.stop is not None:
        return FlowVerdict(not_run=f"the notebook stops in cell {opened.first.stop.index + 1}")
    script = Path(__file__).parent / _SCRIPTS[engine]
    with pipeline.PipelineRun(opened, package, where.package, script, FLOW) as running:
        answer = running.answer()
    if "missing" in answer:
        return FlowVerdict(not_run=f"{answer['missing']} is not installed where the notebook runs")
    if "stuck" in answer:
        return FlowVerdict(stuck=tuple(answer["stuck"]))
    if "error" in answer:
        return FlowVerdict(error=str(answer["error"]), task=str(answer.get("task", "")))
    return _compared(answer, opened.first, opened.again, where)


def _compared(answer: Mapping[str, Any], first: Run, again: Run, where: Where) -> FlowVerdict:
    names = [_name(variable, first) for variable, _ in answer["versions"]]
    last = {name: number for number, name in enumerate(names)}
    results = {number: name for name, number in answer["results"].items()}
    found: dict[str, list[str]] = {"same": [], "different": []}
    unknown: dict[str, str] = {}
    for number, (variable, digest) in enumerate(answer["versions"]):
        name = results.get(number, names[number])
        if variable in answer.get("changed", ()):
            found["different"].append(variable)
            continue
        if number in answer["drawn"]:
            unknown[variable] = "a drawing"
            continue
        if not any(name in b.names for b in first.boundaries):
            continue  # a task that gives no value
        one = pipeline.compared({name: digest}, first, again, where)
        is_seen = _was(name, digest, first)
        if one.same or (is_seen and number not in results):
            found["same"].append(variable)
        elif one.unknown:
            unknown[variable] = one.unknown[name]
        elif number != last[names[number]]:
            unknown[variable] = "no cell of the notebook ends with it"
        else:
            found["different"].append(variable)
    return FlowVerdict(tuple(found["same"]), tuple(found["different"]), unknown)


def _was(name: str, digest: str, first: Run) -> bool:
    """Did the notebook have that value under this name, behind any of its cells?"""
    values = (boundary.names.get(name) for boundary in first.boundaries)
    return any(v is not None and not v.opaque and v.digest == digest for v in values)


def _name(variable: str, first: Run) -> str:
    """The name of the notebook: flow() numbers the versions of one that is used side by side."""
    known: Sequence[str] = [name for boundary in first.boundaries for name in boundary.names]
    match = _NUMBERED.fullmatch(variable)
    return match[1] if match and variable not in known and match[1] in known else variable
