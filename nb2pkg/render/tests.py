"""The text of the package's tests: functions on made-up inputs, the notebook's own tests, the stages."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping

from nb2pkg.observed import Call, Examples, Recording
from nb2pkg.plan import called
from nb2pkg.plan.model import Definition, Module, Plan, Style
from nb2pkg.render import checks, examples, fixtures, shared
from nb2pkg.render.code import formatted, function, scaffold
from nb2pkg.render.examples import Subject
from nb2pkg.render.imports import absolute, block
from nb2pkg.templates import fill

_USED = frozenset({"Any", "Path", "copy", "doctest", "np", "pd", "plt", "pytest"})


def module(plan: Plan, item: Module, recording: Recording | None) -> str:
    """The tests of one module; empty where there is nothing to test."""
    known = {name: known_as(name) for name in _functions(plan)}
    makers, given = shared.by_functions(dict(_examples(item, recording)), known.values())
    tests = [*_of_examples(plan, given, known), *_of_calls(plan, item, recording)]
    found = checks.examples(plan.style, item)
    tests += found.tests
    own = [check for check in plan.checks if check.module == item.name]
    helpers, asserted = checks.split(plan.style, own, tests)
    helpers = [*makers, *helpers]
    tests += asserted
    if not tests:
        return ""
    code = "\n".join([*helpers, *tests])
    cases = [case for each in given.values() for case in each.cases]
    lines = [*_imports(plan, item, code), *(line for case in cases for line in case.imports)]
    text = scaffold(
        plan.style,
        fill("test_module.py", imports=block(lines, plan.package), helpers=helpers, tests=tests),
    )
    return formatted(plan.style, text)


def pipeline(plan: Plan, recording: Recording | None, files: tuple[str, ...]) -> str:
    """test_pipeline.py: each step, as recorded; empty where run() calls none."""
    calls = plan.pipeline.calls
    if not calls:
        return ""
    stored = [name for name, step in recording.steps.items() if step.stored] if recording else []
    copies = plan.touches_files and recording is None
    lines = [f"from {plan.package}.pipeline import run"]
    if recording is not None:
        lines = ["import pytest", fixtures.beside(plan, "recorded", "Analysis")]
    if copies:
        lines.append(f"from {plan.package}.config import data_dir")
        lines.append(fixtures.beside(plan, "workspace", "in_copy"))
    if stored:
        lines.append(fixtures.beside(plan, "stored", "differences_from_stored"))
    text = fill(
        "test_pipeline.py",
        imports=block(lines, plan.package),
        steps=[_parameter(call, recording) for call in [*calls, "run"]],
        is_recorded=recording is not None,
        is_slow=fixtures.is_slow(recording),
        copied=fixtures.copied(plan, files) if copies else "",
        stored=", ".join(map(json.dumps, stored)),
    )
    return formatted(plan.style, text)


def _parameter(step: str, recording: Recording | None) -> str:
    name = json.dumps(step)
    if recording is not None and (reason := recording.unknown(step)):
        said = json.dumps(f"{reason}, so nothing is known of {step}", ensure_ascii=False)
        return f"pytest.param({name}, marks=pytest.mark.skip(reason={said}))"
    return name


def _of_examples(
    plan: Plan, given: Mapping[str, Examples], known: Mapping[str, str]
) -> Iterator[str]:
    """The tests of functions on made-up inputs."""
    for name, found in given.items():
        owner, _, method = name.rpartition(".")
        subject = Subject(method, known_as(method), owner, known)
        yield from examples.tests(plan.style, subject, found)


def _examples(item: Module, recording: Recording | None) -> Iterator[tuple[str, Examples]]:
    """Those of the functions of a module, by name."""
    for symbol, found in (recording.examples if recording else {}).items():
        where, _, name = symbol.partition(".")
        if where == item.name:
            yield name, found


def _functions(plan: Plan) -> dict[str, str]:
    """What the package defines, and in which module."""
    found = {item.name: item.module for item in plan.definitions}
    return found | {step.name: step.module for step in plan.functions}


def _of_calls(plan: Plan, item: Module, recording: Recording | None) -> Iterator[str]:
    """Calls in the notebook, with what they gave when it was run."""
    if recording is None:
        return
    for definition in item.definitions:
        texts = [text for made, text in called.with_literals(plan) if made.name == definition.name]
        known = {text: recording.calls[text] for text in texts if text in recording.calls}
        written = {text: call for text, call in known.items() if call.text}
        if written:
            yield _of_written(plan.style, definition, written)


def _of_written(style: Style, item: Definition, written: Mapping[str, Call]) -> str:
    cases = "".join(
        f"        {_case(text, known_as(item.name), call.text)},\n"
        for text, call in written.items()
    )
    head = f"test_{item.name.strip('_')}_as_called(result: Any, expected: Any) -> None"
    says = "The calls in the notebook give what they gave there."
    test = function(style, head, says, ["assert result() == expected"])
    return (
        f'@pytest.mark.parametrize(\n    ("result", "expected"),\n    [\n{cases}    ],\n)\n{test}'
    )


def _case(text: str, name: str, wanted: str) -> str:
    has_floats = any(isinstance(part, float) for part in _leaves(ast.literal_eval(wanted)))
    written = f"pytest.approx({wanted}, nan_ok=True)" if has_floats else wanted
    return f"pytest.param(lambda: {name}{text[text.index('('):]}, {written}, id={json.dumps(text)})"


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from (leaf for item in value.values() for leaf in _leaves(item))
    elif isinstance(value, list | tuple):
        yield from (leaf for item in value for leaf in _leaves(item))
    else:
        yield value


def _imports(plan: Plan, item: Module, code: str) -> list[str]:
    """What the tests of a module use."""
    lines = ["from __future__ import annotations"] if "-> None" in code else []
    lines += ["from typing import Any"] if re.search(r"\bAny\b", code) else []
    lines += [
        absolute(i, plan.package) for c in plan.checks if c.module == item.name for i in c.imports
    ]
    lines += [f"import {name}" for name in ("copy", "doctest") if f"{name}." in code]
    lines += examples.imports(code)
    words = {*re.findall(r"(?<![\w.\"'])\w+", code)}
    for name, where in _functions(plan).items():
        if known_as(name) in words:
            renamed = f" as {known_as(name)}" if known_as(name) != name else ""
            lines.append(f"from {plan.package}.{where} import {name}{renamed}")
    return list(dict.fromkeys(lines))


def known_as(name: str) -> str:
    """pytest would take what is called test for a test of its own; and the tests use names, too."""
    return f"promoted_{name}" if name.lower().startswith("test") or name in _USED else name
