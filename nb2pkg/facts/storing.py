"""Which objects may a statement put functions into?

``handlers.append(f)``, ``@app.register``, ``table["f"] = f``: what is called through handlers, app
or table later may be f, and read what f reads.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.facts.parts import Parts, children

Stored = tuple[tuple[str, tuple[str, ...]], ...]


def stored(node: ast.stmt, parts: Parts, aliases: Aliases) -> Stored:
    """(name of the container, names that may be put into it), likely or surely."""
    found = [*_decorated(node), *_assigned(parts), *_given(parts, aliases)]
    return tuple((container, names) for container, names in found if container and names)


def only_called(parts: Parts) -> tuple[str, ...]:
    """Names that the statement mentions only to call them: it keeps their results, not them."""
    called = {id(call.func) for call in parts.of(ast.Call)}
    names = parts.of(ast.Name)
    otherwise = {name.id for name in names if id(name) not in called}
    return tuple(dict.fromkeys(n.id for n in names if id(n) in called and n.id not in otherwise))


def _decorated(node: ast.stmt) -> Iterator[tuple[str, tuple[str, ...]]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        for decorator in node.decorator_list:
            function = decorator.func if isinstance(decorator, ast.Call) else decorator
            yield root(function), (node.name,)


def _assigned(parts: Parts) -> Iterator[tuple[str, tuple[str, ...]]]:
    for assignment in parts.of(ast.Assign):
        for target in assignment.targets:
            if isinstance(target, ast.Attribute | ast.Subscript):
                yield root(target), _names([assignment.value])


def _given(parts: Parts, aliases: Aliases) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A method that is given functions may keep them; a function may keep them in arguments."""
    for call in parts.of(ast.Call):
        name = dotted(call.func)
        method = name.rpartition(".")[2]
        if name in _harmless() or (method in _at_once() and method not in aliases.own_methods):
            continue
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        names = _names(arguments)
        if isinstance(call.func, ast.Attribute):
            yield root(call.func), names
        for argument in arguments:
            yield root(argument), names


@cache
def _at_once() -> frozenset[str]:
    """Methods that call what they are given before they return."""
    tables = ("higher_order", "calls_at_once", "look")
    return frozenset().union(*(known(table, "methods") for table in tables))


@cache
def _harmless() -> frozenset[str]:
    return known("look") | known("eager") | known("prints")


def _names(expressions: Iterable[ast.expr]) -> tuple[str, ...]:
    """Names in expressions, but for functions that are called there: their results are kept."""
    found: dict[str, None] = {}
    for expression in expressions:
        waiting: list[ast.AST] = [expression]
        while waiting:
            part = waiting.pop()
            if isinstance(part, ast.Name):
                found[part.id] = None
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                waiting.extend([*part.args, *part.keywords])
            else:
                waiting.extend(children(part))
    return tuple(found)
