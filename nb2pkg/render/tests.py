"""The text of the package's tests: what must hold of each step and of each definition."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable

from nb2pkg.model import StatementKind
from nb2pkg.observed import Recording
from nb2pkg.plan import called
from nb2pkg.plan.model import Definition, Module, Plan, Step, Style
from nb2pkg.render import checks, recorded, stages
from nb2pkg.render.code import formatted, function, scaffold
from nb2pkg.render.imports import absolute, block
from nb2pkg.render.stages import Stage
from nb2pkg.templates import fill

_USED = frozenset({"Any", "copy", "doctest", "pytest", "recorded", "signature", "stages", "stored"})


def module(plan: Plan, item: Module, recording: Recording | None) -> str:
    """The tests of one module."""
    staged = {stage.step.name: stage for stage in stages.of(plan, recording)}
    tests, imports = [], set()
    for definition in item.definitions:
        tests.append(_test_of_definition(plan.style, definition))
        tests += _tests_of_calls(plan, definition, recording)
        imports.add(definition.name)
    for step in item.steps:
        if step.name in staged:
            tests += _tests_of_step(plan, staged[step.name], recording)
        elif not step.copy_of:
            tests.append(_test_of_signature(plan.style, step.name, _parameters_of(step)))
            imports.add(step.name)
    examples = checks.examples(plan.style, item)
    imports.update(examples.names)
    tests += examples.tests
    found = [check for check in plan.checks if check.module == item.name]
    helpers, own = checks.split(plan.style, found, tests)
    tests += own
    if recording is not None:
        slow = stages.slow_steps(plan, recording)
        tests = [recorded.marked(test, recording, staged, slow) for test in tests]
    lines = _imports(plan, item, "\n".join([*helpers, *tests]), imports, staged.keys())
    text = scaffold(
        plan.style,
        fill(
            "test_module.py",
            package=plan.package,
            module=item.name,
            imports=block(lines, plan.package),
            helpers=helpers,
            tests=tests,
        ),
    )
    return formatted(plan.style, text) if own else text


def _tests_of_step(plan: Plan, stage: Stage, recording: Recording | None) -> list[str]:
    if recording is None or recording.unknown(stage.step.name):
        return [_test_of_step(plan, stage.step)]
    known = recorded.of_step(stage, recording, plan)
    expected = next(e for e in plan.expectations if e.step == stage.step.name)
    return [*([_test_of_step(plan, stage.step)] if expected.asserts else []), *known]


def _tests_of_calls(plan: Plan, item: Definition, recording: Recording | None) -> list[str]:
    """Calls in the notebook, with what they gave when it was run."""
    if recording is None:
        return []
    texts = [text for made, text in called.with_literals(plan) if made.name == item.name]
    known = {text: recording.calls[text] for text in texts if text in recording.calls}
    return recorded.of_calls(plan.style, item.name, _known_as(item.name), known)


def _imports(
    plan: Plan, item: Module, code: str, names: set[str], staged: Collection[str]
) -> list[str]:
    """What the tests of a module use."""
    lines = ["from __future__ import annotations"]
    lines += ["from inspect import signature"] if "signature(" in code else []
    lines += ["from typing import Any"] if re.search(r"\bAny\b", code) else []
    here = {step.name for step in item.steps} & set(staged)
    lines += [i for e in plan.expectations for i in e.imports if e.step in here]
    lines += [i for check in plan.checks if check.module == item.name for i in check.imports]
    lines += [f"import {name}" for name in ("copy", "doctest", "pytest") if f"{name}." in code]
    lines = [absolute(line, plan.package) for line in lines]
    helpers = set(re.findall(r"\b(recorded|stages|stored)\.\w+\(", code))
    lines += [stages.beside(plan, name) for name in helpers - {"stored"}]
    lines += [stages.beside(plan, "recorded", "stored")] if "stored" in helpers else []
    if names:
        source = f"from {plan.package}.{item.name} import"
        lines += [
            f"{source} {n}" + (f" as {_known_as(n)}" if _known_as(n) != n else "")
            for n in sorted(names)
        ]
    return lines


def _test_of_definition(style: Style, item: Definition) -> str:
    node = ast.parse(item.source).body[0]
    name = _known_as(item.name)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
        return _test_of_signature(style, item.name, _argument_names(node))
    if item.kind is StatementKind.LITERAL and isinstance(node, ast.Assign | ast.AnnAssign):
        return _test(
            style, item.name, "It is what the notebook says", [_value_check(name, node.value)]
        )
    if isinstance(node, ast.ClassDef):
        methods = [n.name for n in node.body if isinstance(n, ast.FunctionDef)]
        body = (
            f"assert {_names(methods)} <= set(dir({name}))"
            if methods
            else f"assert isinstance({name}, type)"
        )
        return _test(style, item.name, "It has its methods", [body])
    return _test(style, item.name, "It can be called", [f"assert callable({name})"])


def _argument_names(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """In the order of inspect.signature."""
    spec = node.args
    found = [*spec.posonlyargs, *spec.args, spec.vararg, *spec.kwonlyargs, spec.kwarg]
    return [argument.arg for argument in found if argument is not None]


def _value_check(name: str, value: ast.expr | None) -> str:
    """Constants made by a call, such as a compiled pattern, have no equal."""
    if value is None or isinstance(value, ast.Call):
        return f"assert {name} is not None"
    return f"assert {name} == {ast.unparse(value)}"


def _names(names: Iterable[str]) -> str:
    """A set of strings, as code."""
    return "{" + ", ".join(f'"{name}"' for name in names) + "}"


def _known_as(name: str) -> str:
    """pytest would take what is called test for a test of its own; and the tests use names, too."""
    return f"promoted_{name}" if name.lower().startswith("test") or name in _USED else name


def _test_of_signature(style: Style, name: str, parameters: list[str]) -> str:
    listed = ", ".join(f'"{parameter}"' for parameter in parameters)
    body = [f"assert list(signature({_known_as(name)}).parameters) == [{listed}]"]
    return _test(style, name, "It takes what the notebook gives it", body)


def _test(style: Style, name: str, says: str, body: list[str], argument: str = "") -> str:
    return function(style, f"test_{name.strip('_')}({argument}) -> None", f"{says}.", body)


def _parameters_of(step: Step) -> list[str]:
    settings = (setting.name for setting in step.settings)
    return [*step.inside(step.params), *settings, *(keyword.name for keyword in step.keywords)]


def _test_of_step(plan: Plan, step: Step) -> str:
    expectation = next(e for e in plan.expectations if e.step == step.name)
    after = f"after_{step.name}"
    body = [f'{name} = {after}["{name}"]' for name in expectation.reads]
    body += expectation.asserts
    says = "It runs on what the steps before it give"
    left = _left_by(step)
    if not body and not left:
        return f'@pytest.mark.usefixtures("{after}")\n{_test(plan.style, step.name, says, [])}'
    body = body or [f"assert {_names(left)} <= {after}.keys()"]
    return _test(plan.style, step.name, says, body, f"{after}: dict[str, Any]")


def _left_by(step: Step) -> list[str]:
    """Names that a step makes, or that it was given: those there are once it was called."""
    return [*step.returns, *([step.shown] if step.shown else [])] or list(step.params)
