"""The text of the package's tests: one fixture and one test for each step, one for each definition."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nb2pkg.model import StatementKind
from nb2pkg.plan.model import Definition, Line, Module, Plan, Step
from nb2pkg.render import checks
from nb2pkg.render.code import docstring, formatted, indented, scaffold
from nb2pkg.render.imports import block
from nb2pkg.render.pipeline import text
from nb2pkg.render.templates import fill


def conftest(plan: Plan) -> str:
    """The fixtures: each calls one step on what the step before it left behind."""
    staged = stages(plan)
    imports = [
        "from __future__ import annotations",
        "import copy",
        "import os",
        "from typing import Any",
    ]
    imports += ["import pytest"] if staged or plan.touches_files else []
    inside = _imports_of_pipeline(plan)
    parameters = _parameters(plan)
    if parameters:
        inside.append(f"from {plan.package}.config import {', '.join(parameters)}")
    if plan.touches_files:
        imports.append("from collections.abc import Iterator")
        inside.append(f"from {plan.package}.config import in_data_dir")
    return scaffold(
        fill(
            "conftest.py",
            imports=block([*imports, *inside], plan.package),
            files=plan.touches_files,
            fixtures=[fixture(plan, *stage) for stage in staged],
        )
    )


def _imports_of_pipeline(plan: Plan) -> list[str]:
    if not stages(plan):
        return []
    return [line.replace("from .", f"from {plan.package}.") for line in plan.pipeline.imports]


def _parameters(plan: Plan) -> list[str]:
    used = {
        k.parameter
        for lines, _ in stages(plan)
        for line in lines
        if line.step
        for k in line.step.keywords
    }
    return sorted(used)


def stages(plan: Plan) -> list[tuple[tuple[Line, ...], str]]:
    """The lines up to the call of each step, and the step before."""
    cut = plan.pipeline.stages
    names = [stage[-1].step.name for stage in cut if stage[-1].step is not None]
    return list(zip(cut, ["", *names]))


def fixture(plan: Plan, lines: tuple[Line, ...], before: str) -> str:
    step = lines[-1].step
    assert step is not None
    made = dict.fromkeys(name for line in lines for name in line.binds)
    taken = _taken(lines)
    argument = f"after_{before}: dict[str, Any]" if before else ""
    body: list[str] = []
    if before:
        body.append(f"values = copied(after_{before})")
    body += [f'{name} = values["{name}"]' for name in taken]
    same = {k.parameter: k.parameter for line in lines if line.step for k in line.step.keywords}
    body += [text(line, same).replace("from .", f"from {plan.package}.") for line in lines]
    items = [f'"{name}": {name}' for name in made]
    body.append(f"return {{{', '.join(['**values', *items] if before else items)}}}")
    says = f"The values once {step.name} has been called."
    return _function(f"after_{step.name}({argument}) -> dict[str, Any]", says, body)


def _function(head: str, says: str, body: list[str]) -> str:
    return "\n".join([f"def {head}:", docstring(says), indented("\n".join(body))])


def _taken(lines: Iterable[Line]) -> list[str]:
    """Data that the lines read before they make it."""
    made: set[str] = set()
    taken: dict[str, None] = {}
    for line in lines:
        names = line.step.params if line.step else _data_of(line)
        taken.update((name, None) for name in names if name not in made)
        made.update(line.binds)
    return list(taken)


def _data_of(line: Line) -> tuple[str, ...]:
    return line.data


def module(plan: Plan, item: Module) -> str:
    """The tests of one module."""
    staged = {lines[-1].step.name for lines, _ in stages(plan) if lines[-1].step is not None}
    tests, imports = [], set()
    for definition in item.definitions:
        tests.append(_test_of_definition(definition))
        imports.add(definition.name)
    for step in item.steps:
        if step.name in staged:
            tests.append(_test_of_step(plan, step))
        else:
            tests.append(_test_of_signature(step.name, _parameters_of(step)))
            imports.add(step.name)
    examples = checks.examples(item)
    imports.update(examples.names)
    tests += examples.tests
    found = [check for check in plan.checks if check.module == item.name]
    helpers, own = checks.split(found, tests)
    tests += own
    text = scaffold(
        fill(
            "test_module.py",
            package=plan.package,
            module=item.name,
            imports=block(_imports(plan, item, [*helpers, *tests], imports, staged), plan.package),
            helpers=helpers,
            tests=tests,
        )
    )
    return formatted(text) if own else text


def _imports(
    plan: Plan, item: Module, tests: list[str], names: set[str], staged: set[str]
) -> list[str]:
    """What the tests of a module use."""
    code = "\n".join(tests)
    lines = ["from __future__ import annotations"]
    lines += ["from inspect import signature"] if "signature(" in code else []
    lines += ["from typing import Any"] if "dict[str, Any]" in code else []
    here = {step.name for step in item.steps} & staged
    lines += [i for e in plan.expectations for i in e.imports if e.step in here]
    lines += [i for check in plan.checks if check.module == item.name for i in check.imports]
    lines += [f"import {name}" for name in ("copy", "doctest", "pytest") if f"{name}." in code]
    lines = [line.replace("from .", f"from {plan.package}.") for line in lines]
    if names:
        source = f"from {plan.package}.{item.name} import"
        lines += [
            f"{source} {n}" + (f" as {_known_as(n)}" if _known_as(n) != n else "")
            for n in sorted(names)
        ]
    return lines


def _test_of_definition(item: Definition) -> str:
    node = ast.parse(item.source).body[0]
    name = _known_as(item.name)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
        return _test_of_signature(item.name, _argument_names(node))
    if item.kind is StatementKind.LITERAL and isinstance(node, ast.Assign | ast.AnnAssign):
        return _test(item.name, "It is what the notebook says", [_value_check(name, node.value)])
    if isinstance(node, ast.ClassDef):
        methods = [n.name for n in node.body if isinstance(n, ast.FunctionDef)]
        body = (
            f"assert {_names(methods)} <= set(dir({name}))"
            if methods
            else f"assert isinstance({name}, type)"
        )
        return _test(item.name, "It has its methods", [body])
    return _test(item.name, "It can be called", [f"assert callable({name})"])


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
    """pytest would take what is called test for a test of its own."""
    return f"promoted_{name}" if name.lower().startswith("test") else name


def _test_of_signature(name: str, parameters: list[str]) -> str:
    listed = ", ".join(f'"{parameter}"' for parameter in parameters)
    body = [f"assert list(signature({_known_as(name)}).parameters) == [{listed}]"]
    return _test(name, "It takes what the notebook gives it", body)


def _test(name: str, says: str, body: list[str], argument: str = "") -> str:
    return _function(f"test_{name.strip('_')}({argument}) -> None", f"{says}.", body)


def _parameters_of(step: Step) -> list[str]:
    return [*step.params, *(keyword.name for keyword in step.keywords)]


def _test_of_step(plan: Plan, step: Step) -> str:
    expectation = next(e for e in plan.expectations if e.step == step.name)
    after = f"after_{step.name}"
    body = [f'{name} = {after}["{name}"]' for name in expectation.reads]
    body += expectation.asserts
    made = (*step.returns, *([step.shown] if step.shown else []))
    if not expectation.asserts and made:
        body = [f'assert {after}["{name}"] is not None' for name in made]
    elif not body and step.params:
        body = [f'assert {after}["{name}"] is not None' for name in step.params]
    elif not body:
        body = [f"assert isinstance({after}, dict)"]
    return _test(
        step.name, "It runs on what the steps before it give", body, f"{after}: dict[str, Any]"
    )
