"""Kinds of the parameters of a function that nobody was seen to call: what its code does with them."""

from __future__ import annotations

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .kinds import Kind

_MOST = 24  # combinations that are tried


def kinds(parameters: Sequence[inspect.Parameter], tree: ast.AST) -> Iterator[Mapping[str, Kind]]:
    """What the parameters may be, the likeliest first."""
    wanted = [p for p in parameters if p.default is p.empty]
    options = [_of_parameter(p.name, p.annotation, tree) for p in wanted]
    names = [p.name for p in wanted]
    for _, chosen in zip(range(_MOST), _near(options)):
        yield dict(zip(names, chosen))


def _near(options: Sequence[Sequence[Kind]]) -> Iterator[tuple[Kind, ...]]:
    """Combinations: those first in which all parameters are what is likeliest for them."""
    found = itertools.islice(itertools.product(*(range(len(each)) for each in options)), 4096)
    for places in sorted(found, key=sum):
        yield tuple(each[place] for each, place in zip(options, places))


def _of_parameter(name: str, annotation: Any, tree: ast.AST) -> list[Kind]:
    columns = _columns(name, tree)
    number = Kind("float", exponent=0)
    whole = Kind("int", exponent=0)
    text = Kind("text")
    numbers = Kind("list", parts={"": number})
    named = {"int": whole, "float": number, "str": text, "bool": Kind("bool"), "list": numbers}
    said = getattr(annotation, "__name__", str(annotation)).strip("'\"")
    if said in named:
        return [named[said]]
    found = [number, whole, numbers, text, Kind("list", parts={"": text})]
    if "numpy" in sys.modules:
        found.insert(2, Kind("array", parts={"": number}))
    if "pandas" in sys.modules:
        table = Kind("table", parts=columns or {"a": number, "b": text})
        found.insert(2, Kind("series", parts={"": number}))
        found.insert(0 if columns else 4, table)
    attributes = _attributes(name, tree)
    fitting = [kind for kind in found if attributes <= _has(kind)]
    return fitting or found


def _columns(name: str, tree: ast.AST) -> dict[str, Kind]:
    """Texts that name columns of a parameter: texts where it is grouped by them, else numbers."""
    numbers: set[str] = set()
    groups: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _root(node.value) == name:
            numbers |= _texts(node.slice)
        elif isinstance(node, ast.Call) and _root(node.func) == name:
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            found = {text for part in (*node.args, *node.keywords) for text in _texts(part)}
            groups |= found if method in _GROUPS else set()
            numbers |= found if method in _BY_NAME else set()
    words = {text: Kind("text") for text in sorted(groups)}
    return words | {text: Kind("float") for text in sorted(numbers - groups)}


_GROUPS = ("groupby", "pivot", "pivot_table", "value_counts", "drop_duplicates")
_BY_NAME = ("sort_values", "drop", "set_index", "nlargest", "nsmallest", "assign", "dropna")


def _root(node: ast.AST) -> str:
    """`df` of `df[a].b(c).d`."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _texts(node: ast.AST) -> set[str]:
    return {
        leaf.value
        for leaf in ast.walk(node)
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
    }


def _attributes(name: str, tree: ast.AST) -> frozenset[str]:
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
    )


def _has(kind: Kind) -> frozenset[str]:
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    types: dict[str, Any] = {"float": float, "int": int, "text": str, "list": list}
    if pandas is not None:
        types |= {"series": pandas.Series, "table": pandas.DataFrame}
    if numpy is not None:
        types["array"] = numpy.ndarray
    return frozenset([*dir(types[kind.word]), *kind.parts])
