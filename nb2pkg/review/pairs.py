"""Which lines of the cells became which lines of the code: statements that say the same, or nearly so."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_ALIKE = 0.6  # of a statement that was rewritten: a renamed name, a parameter for a constant
_LARGEST = 400  # statements: comparing takes quadratic time

Numbers = Mapping[int, int]  # line, counted from 1, to the number of its statement


@dataclass(frozen=True, slots=True)
class _Unit:
    """A statement: its lines, counted from 1, and its text without layout."""

    first: int
    last: int
    text: str


def matched(cells: Sequence[str], codes: Sequence[str]) -> tuple[list[Numbers], list[Numbers]]:
    """For each cell and each code the numbers of its lines; what corresponds has the same number."""
    units = [(index, unit) for index, cell in enumerate(cells) for unit in _units(cell)]
    left: list[dict[int, int]] = [{} for _ in cells]
    right: list[dict[int, int]] = [{} for _ in codes]
    for index, code in enumerate(codes):
        own = list(_units(code, is_function=True))
        if max(len(units), len(own)) > _LARGEST:
            continue
        for at, to in _pairs([unit.text for _, unit in units], [unit.text for unit in own]):
            cell, unit = units[at]
            left[cell].update(dict.fromkeys(range(unit.first, unit.last + 1), at + 1))
            right[index].update(dict.fromkeys(range(own[to].first, own[to].last + 1), at + 1))
    return [*left], [*right]


def _units(source: str, is_function: bool = False) -> Iterator[_Unit]:
    """The statements of a text; is_function: those in its body are meant, for a step has no more.

    What cannot be read as Python, such as a cell with a magic, is compared line by line.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        for number, line in enumerate(source.split("\n"), 1):
            if line.strip():
                yield _Unit(number, number, line.strip())
        return
    for node in tree.body:
        yield from _inside(node, is_function)


def _inside(node: ast.stmt, is_function: bool) -> Iterator[_Unit]:
    """A definition is its head and the statements of its body; anything else is one statement."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield _Unit(node.lineno, node.end_lineno or node.lineno, _text(node))
        return
    first = min([node.lineno, *(inner.lineno for inner in node.decorator_list)])
    end = max(first, node.body[0].lineno - 1)
    yield _Unit(first, end, f"{type(node).__name__} {node.name}")
    for inner in node.body[is_function and ast.get_docstring(node) is not None :]:
        if inner.lineno > end:
            yield _Unit(inner.lineno, inner.end_lineno or inner.lineno, _text(inner))


def _text(node: ast.stmt) -> str:
    try:
        return ast.unparse(node)
    except (ValueError, RecursionError):
        return ""


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Places in both that belong together: the same text, else the likest between two that do."""
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield from zip(range(a, b), range(c, d))
        elif what == "replace":
            yield from _alike(old, new, range(a, b), range(c, d))


def _alike(
    old: Sequence[str], new: Sequence[str], here: range, there: range
) -> Iterator[tuple[int, int]]:
    """Each of new with the likest of old; both in their order."""
    start = here.start
    for to in there:
        near = [(_likeness(old[at], new[to]), -at) for at in range(start, here.stop)]
        likeness, at = max(near, default=(0.0, 0))
        if likeness >= _ALIKE:
            yield -at, to
            start = -at + 1


def _likeness(one: str, other: str) -> float:
    """How much of two statements is the same; ``return x`` is what ``y = x`` was."""
    return SequenceMatcher(None, _value(one)[:500], _value(other)[:500], autojunk=False).ratio()


def _value(statement: str) -> str:
    name, equals, value = statement.partition(" = ")
    kept = value if equals and name.isidentifier() else statement.removeprefix("return ")
    return kept.casefold()  # SEED is handed in as seed
