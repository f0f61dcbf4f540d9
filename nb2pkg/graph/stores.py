"""Which objects may a statement put functions into?

``handlers.append(f)``, ``@app.register``, ``table["f"] = f``: what is called through handlers, app
or table later may be f, and read what f reads.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.knowledge import known
from nb2pkg.model import Facts


def stored(facts: Facts) -> Iterator[tuple[str, set[str]]]:
    """(name of the container, names that may be put into it), likely or surely."""
    for decorator in getattr(facts.node, "decorator_list", []):
        container = root(decorator) or root(getattr(decorator, "func", decorator))
        yield container, {facts.name}
    for part in ast.walk(facts.node):
        match part:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Attribute | ast.Subscript):
                        yield root(target), _names(value)
            case ast.Call():
                yield from _by_call(part)


def _by_call(node: ast.Call) -> Iterator[tuple[str, set[str]]]:
    """A method that is given functions may keep them; a plain function may keep them in arguments."""
    name = dotted(node.func)
    method = name.rpartition(".")[2]
    at_once = (
        known("higher_order", "methods") | known("eager", "methods") | known("look", "methods")
    )
    if method in at_once or name in known("look") | known("eager") | known("prints"):
        return
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    given = {name for argument in arguments for name in _names(argument)}
    if isinstance(node.func, ast.Attribute):
        yield root(node.func), given
    for argument in arguments:
        yield root(argument), given


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
