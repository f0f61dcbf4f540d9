"""What the code of a function compares with: values at which it may take another way."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What the code of a function compares with: numbers and texts."""

    numbers: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()


_LIMITING = frozenset(
    (
        *("clip", "between", "cut", "digitize", "searchsorted", "maximum", "minimum", "max", "min"),
        *("gt", "ge", "lt", "le", "eq", "ne", "isin", "startswith", "endswith", "contains"),
    )
)


def _compared(node: ast.AST) -> list[ast.expr]:
    """What is compared there: by an operator, or by a call that is known to compare."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if not isinstance(node, ast.Call):
        return []
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return [*node.args, *(k.value for k in node.keywords)] if name in _LIMITING else []


def limits_of(tree: ast.AST, names: Mapping[str, object]) -> Limits:
    """Numbers and texts that code compares with, also by the names of constants."""
    numbers: dict[float, None] = {}
    texts: dict[str, None] = {}
    for node in ast.walk(tree):
        for part in _compared(node):
            for leaf in ast.walk(part):
                value = names.get(leaf.id) if isinstance(leaf, ast.Name) else None
                value = leaf.value if isinstance(leaf, ast.Constant) else value
                if isinstance(value, str):
                    texts[value] = None
                elif isinstance(value, (int, float)) and not isinstance(value, bool):
                    numbers[value] = None
    return Limits(tuple(numbers)[:4], tuple(texts)[:4])
