"""The words of a notebook's own code. What they say is no data: labels among them may be written down."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from nb2pkg.model import CellFacts

_LONGEST = 100  # a longer text is no label
_FORMULA = re.compile(r"[~<>=+*]|^\s*(?:select|with)\s", re.IGNORECASE)
_NAME = re.compile(r"`([^`]+)`|([^\W\d]\w*)")


def words(cells: Iterable[CellFacts]) -> frozenset[str]:
    """Names, texts, whole numbers, and the names in formulas and queries."""
    nodes = (facts.node for cell in cells for facts in cell.statements)
    return frozenset(
        word for node in nodes for part in ast.walk(node) for word in _of(part) if word
    )


def _of(part: ast.AST) -> tuple[str, ...]:
    match part:
        case ast.Constant(value=str(text)):
            label = (text,) if len(text) <= _LONGEST else ()
            return label + (_named(text) if _FORMULA.search(text) else ())
        case ast.Constant(value=int(number)):
            return (str(number),)
        case ast.Name(id=name) | ast.keyword(arg=str(name)) | ast.Attribute(attr=name):
            return (name,)
    return ()


def _named(formula: str) -> tuple[str, ...]:
    """The columns that a formula or a query mentions, and its other words."""
    return tuple(quoted or plain for quoted, plain in _NAME.findall(formula))
