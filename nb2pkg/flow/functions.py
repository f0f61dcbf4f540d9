"""The functions and classes of the package, by what the pipeline calls them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from nb2pkg.plan.model import Line, Plan, Step

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Functions:
    """functions, classes and other definitions of the package, by name; methods of the classes, by theirs."""

    functions: Mapping[str, FunctionNode] = field(default_factory=dict)
    classes: Mapping[str, ast.ClassDef] = field(default_factory=dict)
    constants: frozenset[str] = frozenset()
    methods: Mapping[str, tuple[FunctionNode, ...]] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset((*self.functions, *self.classes, *self.constants))


def of(plan: Plan) -> Functions:
    """All that a line of the pipeline can call by name."""
    functions: dict[str, FunctionNode] = {}
    classes: dict[str, ast.ClassDef] = {}
    constants = set()
    for item in plan.definitions:
        for node in ast.parse(item.source).body:
            if isinstance(node, FunctionNode):
                functions[item.name] = node
            elif isinstance(node, ast.ClassDef):
                classes[item.name] = node
            else:
                constants.add(item.name)
    functions |= {step.name: _of_step(step) for step in plan.functions}
    methods: dict[str, tuple[FunctionNode, ...]] = {}
    for class_ in classes.values():
        for part in class_.body:
            if isinstance(part, FunctionNode):
                methods[part.name] = (*methods.get(part.name, ()), part)
    return Functions(functions, classes, frozenset(constants), methods)


def _of_step(step: Step) -> FunctionNode:
    """The function of a step, as the modules have it."""
    params = [
        *step.inside(step.params),
        *(setting.name for setting in step.settings),
        *(keyword.name for keyword in step.keywords),
    ]
    returned = ", ".join(step.inside(step.returned))
    node = ast.parse(f"def {step.name}({', '.join(params)}):\n    return {returned}").body[0]
    assert isinstance(node, FunctionNode)
    node.body[:0] = ast.parse(step.body).body
    return node


def nodes_of(line: Line) -> list[ast.stmt]:
    """A line as run() says it: the call of its step, or the statement."""
    if line.step is None:
        return ast.parse(line.source).body
    step = line.step
    passed = ", ".join([*step.params, *(s.source for s in step.settings)])
    targets = ", ".join(line.binds)
    call = f"{step.function}({passed})"
    return ast.parse(f"{targets} = {call}" if targets else call).body
