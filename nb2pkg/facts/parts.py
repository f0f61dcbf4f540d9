"""The nodes of a statement by their type, from one walk: every question about it asks here.

Walking a tree costs more than parsing it; a dozen questions with a walk each would cost a dozen
times as much.
"""

from __future__ import annotations

import ast
from typing import TypeVar

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases

Node = TypeVar("Node", bound=ast.AST)


class Parts:
    """The nodes of a tree, in source order within each type."""

    __slots__ = ("_by_type",)

    def __init__(self, node: ast.AST) -> None:
        by_type: dict[type[ast.AST], list[ast.AST]] = {}
        waiting = [node]
        while waiting:
            part = waiting.pop()
            by_type.setdefault(type(part), []).append(part)
            waiting.extend(reversed(children(part)))
        self._by_type = by_type

    def of(self, kind: type[Node]) -> list[Node]:
        return self._by_type.get(kind, [])  # type: ignore[return-value]

    def has(self, *kinds: type[ast.AST]) -> bool:
        return any(kind in self._by_type for kind in kinds)

    def calls(self, aliases: Aliases) -> list[tuple[ast.Call, str]]:
        """Each call with the library's own dotted name of what is called."""
        return [(call, aliases.dotted(dotted(call.func))) for call in self.of(ast.Call)]


_LEAVES = frozenset(
    kind
    for family in (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
    for kind in family.__subclasses__()
)


def children(node: ast.AST) -> list[ast.AST]:
    """ast.iter_child_nodes without contexts and operators, several times as fast."""
    found: list[ast.AST] = []
    for value in node.__dict__.values():
        if value.__class__ is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST) and value.__class__ not in _LEAVES:
            found.append(value)
    return found
