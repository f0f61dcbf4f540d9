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
    keys, is_asked = _keys(name, tree)
    dictionaries = [Kind("dict", parts=dict.fromkeys(keys, k)) for k in (number, whole, numbers)]
    if is_asked:
        return dictionaries
    count = _unpacked(name, tree)
    if count:
        numbers = Kind("tuple", parts={str(n): number for n in range(count)}, size=count)
    found = [number, whole, numbers, text, Kind("list", parts={"": text})]
    if "numpy" in sys.modules:
        found.insert(2, Kind("array", parts={"": number}))
    if "pandas" in sys.modules:
        table = Kind("table", parts=columns or {"a": number, "b": text})
        found.insert(2, Kind("series", parts={"": number}))
        found.insert(0 if columns else 4, table)
    if keys:  # which only a table or a dictionary can have
        found = [*(kind for kind in found if kind.word == "table"), *dictionaries]
    used = _attributes(name, tree) | _places(name, tree)
    if "__call__" in used:
        found.append(Kind("code", type="builtins.abs"))
    fitting = [kind for kind in found if used <= _has(kind)]
    if (
        count or "__getitem__" in used
    ):  # items by their places: a list shows best what becomes of them
        fitting.sort(key=lambda kind: _BY_PLACE.index(kind.word) if kind.word in _BY_PLACE else 9)
    return fitting or found


_BY_PLACE = ("tuple", "list", "table")


def _keys(name: str, tree: ast.AST) -> tuple[list[str], bool]:
    """Texts that are looked up in a parameter itself; and is it done as only dictionaries allow?"""
    is_asked = any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("get", "items", "keys", "values", "setdefault")
        and _is(node.func.value, name)
        for node in ast.walk(tree)
    )
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is(node.value, name):
            found.update(dict.fromkeys(sorted(_texts(node.slice))))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("get", "setdefault") and _is(node.func.value, name) and node.args:
                found.update(dict.fromkeys(sorted(_texts(node.args[0]))))
    return [*found], is_asked


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _unpacked(name: str, tree: ast.AST) -> int:
    """How many names the items of a parameter get."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is(node.value, name):
            for target in node.targets:
                if isinstance(target, (ast.Tuple, ast.List)):
                    return len(target.elts)
    return 0


def _places(name: str, tree: ast.AST) -> frozenset[str]:
    """What the code does with a parameter: takes items, goes through them, calls it."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is(node.value, name):
            found.add("__getitem__")
        elif isinstance(node, (ast.For, ast.comprehension)) and _is(node.iter, name):
            found.add("__iter__")
        elif isinstance(node, ast.Call) and _is(node.func, name):
            found.add("__call__")
    return frozenset(found)


def _columns(name: str, tree: ast.AST) -> dict[str, Kind]:
    """Texts that name columns of a parameter: texts where it is grouped by them, else numbers."""
    numbers: set[str] = set()
    groups: set[str] = set()
    names = _derived(name, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _root(node.value) in names:
            numbers |= _texts(node.slice)
        elif isinstance(node, ast.Call) and _root(node.func) in names:
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            found = {text for part in (*node.args, *node.keywords) for text in _texts(part)}
            groups |= found if method in _GROUPS else set()
            numbers |= found if method in _BY_NAME else set()
        elif isinstance(node, ast.Call) and any(_root(part) in names for part in _passed(node)):
            said = {k.arg: _texts(k.value) for k in node.keywords if k.arg}
            groups |= {text for word in _DRAWN_GROUPS for text in said.get(word, ())}
            numbers |= {text for word in _DRAWN_NUMBERS for text in said.get(word, ())}
    words = {text: Kind("text") for text in sorted(groups)}
    return words | {text: Kind("float") for text in sorted(numbers - groups)}


def _derived(name: str, tree: ast.AST) -> set[str]:
    """The parameter, and the names for what its methods give."""
    names = {name}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _root(node.value) in names:
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


_GROUPS = ("groupby", "pivot", "pivot_table", "value_counts", "drop_duplicates")
_BY_NAME = ("sort_values", "drop", "set_index", "nlargest", "nsmallest", "assign", "dropna")


_DRAWN_GROUPS = ("hue", "style", "col", "row", "units", "id_vars", "color", "facet_col")
_DRAWN_NUMBERS = ("x", "y", "size", "value_vars", "weights")


def _passed(node: ast.Call) -> list[ast.AST]:
    """What a function is called with as the first argument, or as its data."""
    return [*node.args[:1], *(k.value for k in node.keywords if k.arg == "data")]


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
    types: dict[str, Any] = {"float": float, "int": int, "text": str, "list": list, "tuple": tuple}
    types |= {"code": type(abs), "dict": dict}
    if pandas is not None:
        types |= {"series": pandas.Series, "table": pandas.DataFrame}
    if numpy is not None:
        types["array"] = numpy.ndarray
    return frozenset([*dir(types[kind.word]), *kind.parts])
