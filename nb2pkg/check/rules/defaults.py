"""Default values that keep what a call put into them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.check.catalogue import finding
from nb2pkg.check.model import Examined, Finding
from nb2pkg.check.rules.rule import rule
from nb2pkg.facts.libraries import known
from nb2pkg.facts.parts import Parts
from nb2pkg.model import Place

_MADE = {"list", "dict", "set"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@rule("NB815")
def shared_default(examined: Examined) -> Iterator[Finding]:
    """Only where the function itself changes the value: one that is only read does no harm."""
    for facts, parts in zip(examined.lines.statements, examined.parts):
        functions: list[_Function] = [*parts.of(ast.FunctionDef), *parts.of(ast.AsyncFunctionDef)]
        for function in functions:
            for parameter in _changeable(function):
                if _changes(function, parameter.arg):
                    width = len(parameter.arg)
                    place = Place(facts.cell, parameter.lineno, parameter.col_offset, width)
                    yield finding("NB815", place, parameter.arg, function=function.name)


def _changeable(function: _Function) -> Iterator[ast.arg]:
    """The parameters whose default is a list, a dictionary or a set."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(reversed(positional), reversed(arguments.defaults))]
    for parameter, default in (*pairs, *zip(arguments.kwonlyargs, arguments.kw_defaults)):
        is_made = isinstance(default, ast.Call) and getattr(default.func, "id", "") in _MADE
        if is_made or isinstance(default, ast.List | ast.Dict | ast.Set):
            yield parameter


def _changes(function: _Function, name: str) -> bool:
    """Does it change the value that it was given, and never takes another one in its place?"""
    parts = Parts(ast.Module(function.body, []))
    bound = [n for n in parts.of(ast.Name) if n.id == name and not isinstance(n.ctx, ast.Load)]
    grown = [n for n in parts.of(ast.AugAssign) if _is(n.target, name)]
    if len(bound) > len(grown):
        return False
    items = [n for n in parts.of(ast.Subscript) if _is(n.value, name)]
    methods = [n.func for n in parts.of(ast.Call) if isinstance(n.func, ast.Attribute)]
    return (
        bool(grown)
        or any(not isinstance(item.ctx, ast.Load) for item in items)
        or any(_is(m.value, name) and m.attr in known("returns_none", "methods") for m in methods)
    )


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
