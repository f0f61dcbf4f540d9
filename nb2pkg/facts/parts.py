"""The nodes of a statement by their type, from one walk: every question about it asks here.

Walking a tree costs more than parsing it; a dozen questions with a walk each would cost a dozen
times as much.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from typing import TypeVar

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases

Node = TypeVar("Node", bound=ast.AST)


class Parts:
    """The nodes of a tree, in source order within each type."""

    __slots__ = ("_by_type", "_called")

    def __init__(self, node: ast.AST) -> None:
        by_type: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        waiting = [node]
        while waiting:
            part = waiting.pop()
            by_type[part.__class__].append(part)
            for value in reversed(part.__dict__.values()):  # as children, without a call for each
                if value.__class__ is list:
                    waiting += [item for item in reversed(value) if item.__class__ in _INNER]
                elif value.__class__ in _INNER:
                    waiting.append(value)
        self._by_type: Mapping[type[ast.AST], list[ast.AST]] = by_type
        self._called: list[tuple[ast.Call, str]] | None = None

    def of(self, kind: type[Node]) -> list[Node]:
        return self._by_type.get(kind, [])  # type: ignore[return-value]

    def has(self, *kinds: type[ast.AST]) -> bool:
        return any(kind in self._by_type for kind in kinds)

    def texts(self) -> list[str]:
        """The values of the strings that are written out."""
        return [part.value for part in self.of(ast.Constant) if isinstance(part.value, str)]

    def calls(self, aliases: Aliases) -> list[tuple[ast.Call, str]]:
        """Each call with the library's own dotted name of what is called."""
        if self._called is None:
            self._called = [(call, dotted(call.func)) for call in self.of(ast.Call)]
        return [(call, aliases.dotted(name)) for call, name in self._called]


def parts_of(tree: ast.stmt | ast.Module) -> Parts:
    """The parts of a statement or a cell of a notebook, whose tree nobody changes: they are looked for once."""
    kept: Parts | None = tree.__dict__.get(_KEPT)
    if kept is None:
        kept = Parts(tree)
        setattr(tree, _KEPT, kept)
    return kept


_KEPT = "_parts"
_LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
_INNER = frozenset(
    kind
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST) and not issubclass(kind, _LEAVES)
)


def children(node: ast.AST) -> list[ast.AST]:
    """ast.iter_child_nodes without contexts and operators, several times as fast."""
    found: list[ast.AST] = []
    for value in node.__dict__.values():
        if value.__class__ is list:
            found += [item for item in value if item.__class__ in _INNER]
        elif value.__class__ in _INNER:
            found.append(value)
    return found
