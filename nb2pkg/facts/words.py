"""The words of a notebook's own code. What they say is no data: labels among them may be written down."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nb2pkg.model import CellFacts

_LONGEST = 100  # a longer text is no label


def words(cells: Iterable[CellFacts]) -> frozenset[str]:
    """Names, texts and whole numbers."""
    nodes = (facts.node for cell in cells for facts in cell.statements)
    return frozenset(
        word for node in nodes for part in ast.walk(node) for word in _of(part) if word
    )


def _of(part: ast.AST) -> tuple[str, ...]:
    match part:
        case ast.Constant(value=str(text)):
            return (text,) if len(text) <= _LONGEST else ()
        case ast.Constant(value=int(number)):
            return (str(number),)
        case ast.Name(id=name) | ast.keyword(arg=str(name)) | ast.Attribute(attr=name):
            return (name,)
    return ()
