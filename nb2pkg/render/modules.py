"""The text of the modules: constants, definitions, steps."""

from __future__ import annotations

import ast

from nb2pkg.errors import InternalError
from nb2pkg.model import StatementKind
from nb2pkg.plan.model import Definition, Module, Plan, Step
from nb2pkg.render.code import docstring, formatted, indented
from nb2pkg.render.imports import block
from nb2pkg.render.templates import fill


def module(plan: Plan, item: Module) -> str:
    """One file of the package."""
    constants = [d for d in item.definitions if d.kind is StatementKind.LITERAL]
    functions = [d for d in item.definitions if d.kind is not StatementKind.LITERAL]
    text = fill(
        "module.py",
        docstring=docstring(item.doc, ""),
        imports=block(item.imports),
        guarded_imports=item.guarded,
        constants=[_with_leading(constant) for constant in constants],
        functions=[
            *(_origin(plan, d.cell) + _with_leading(d) for d in functions),
            *(_origin(plan, s.cell) + step(s) for s in item.steps),
        ],
    )
    return formatted(text)


def _origin(plan: Plan, cell: int) -> str:
    """Where it came from: one line for tools, with an id that stays when cells are moved."""
    return f"# nb2pkg: {plan.notebook.stem}.ipynb#{plan.notebook.cells[cell].id}\n"


def _with_leading(definition: Definition) -> str:
    return f"{definition.leading}\n{definition.source}" if definition.leading else definition.source


def step(item: Step) -> str:
    """The function of a step."""
    parts = [f"def {item.name}({signature(item)}):", docstring(_doc(item)), indented(item.body)]
    returned = (*item.returns, *([item.shown] if item.shown else []))
    if returned:
        parts.append(f"    return {', '.join(returned)}")
    text = "\n".join(parts)
    _check(item, text)
    return text


def signature(item: Step) -> str:
    keywords = [f"{keyword.name}={keyword.parameter}" for keyword in item.keywords]
    return ", ".join([*item.params, *(["*", *keywords] if keywords else [])])


def _doc(item: Step) -> str:
    if not item.mutates:
        return item.doc
    *others, last = item.mutates
    names = f"{', '.join(others)} and {last}" if others else last
    return f"{item.doc}\n\nChanges {names} in place."


def _check(item: Step, text: str) -> None:
    """Indenting must not have changed the statements: a difference is our bug."""
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    wanted = [ast.dump(part) for part in ast.parse(item.body).body]
    found = [ast.dump(part) for part in function.body[1 : 1 + len(wanted)]]
    if found != wanted:
        raise InternalError(f"the function is not what its cell was:\n{text}")
