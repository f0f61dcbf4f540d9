"""Which cells have the same code, but for names and a few values?

consumer = orders[orders["segment"] == "consumer"].copy()
business = orders[orders["segment"] == "business"].copy()    the same but for two texts and a name
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nb2pkg.model import CellFacts, Facts, StatementKind

_FEWEST = 12  # parts of code; less is alike by chance
_MOST_VALUES = 3
_WITHOUT_LOGIC = (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT, StatementKind.LITERAL)


@dataclass(frozen=True, slots=True)
class Copy:
    """Two cells, by index, with the same code. values: what stands where, as "100 / 1000"."""

    cell: int
    of: int
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shape:
    """The code of a cell with its own names numbered, and its values apart."""

    text: str
    values: tuple[str, ...]


def find(cells: Iterable[CellFacts]) -> Iterator[Copy]:
    """Each cell with the first one above it that has the same code."""
    known = tuple(cells)
    own = frozenset(name for c in known for f in c.statements if _is_data(f) for name in f.bound)
    shapes: dict[str, list[tuple[int, _Shape]]] = {}
    for cell in known:
        shape = _shape(cell, own)
        if shape is None:
            continue
        for index, other in shapes.setdefault(shape.text, []):
            pairs = zip(other.values, shape.values)
            different = dict.fromkeys(f"{a} / {b}" for a, b in pairs if a != b)
            if len(different) <= _MOST_VALUES:
                yield Copy(cell.cell.index, index, tuple(different))
                break
        shapes[shape.text].append((cell.cell.index, shape))


def _is_data(facts: Facts) -> bool:
    """Is what it binds a value: no import, function or class?"""
    return facts.kind in (StatementKind.PLAIN, StatementKind.LITERAL, StatementKind.MAGIC)


def _shape(cell: CellFacts, own: frozenset[str]) -> _Shape | None:
    logic = [f for f in cell.statements if not (f.looks or f.kind in _WITHOUT_LOGIC)]
    nodes = [facts.node for facts in logic]
    if not nodes or any(facts.magic is not None for facts in logic):
        return None
    names: dict[str, str] = {}
    values: list[str] = []
    parts = [_written(node, own, names, values) for node in nodes]
    if sum(1 for node in nodes for _ in ast.walk(node)) < _FEWEST:
        return None
    return _Shape("\n".join(parts), tuple(values))


def _written(node: object, own: frozenset[str], names: dict[str, str], values: list[str]) -> str:
    """The tree as a text; names of data by their number, values left out and noted."""
    if isinstance(node, ast.Constant):
        values.append(ast.unparse(node))
        return f"<{type(node.value).__name__}>"
    if isinstance(node, ast.Name) and node.id in own:
        return names.setdefault(node.id, f"name {len(names)}")
    if isinstance(node, ast.AST):
        inner = (_written(getattr(node, f, None), own, names, values) for f in node._fields)
        return f"{type(node).__name__}({', '.join(inner)})"
    if isinstance(node, list):
        return f"[{', '.join(_written(item, own, names, values) for item in node)}]"
    return repr(node)
