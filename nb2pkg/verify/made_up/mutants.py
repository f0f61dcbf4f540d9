"""A function with one thing wrong in it, again and again: inputs that do not notice show too little."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

_OPERATORS: dict[type[ast.AST], type[Any]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Pow: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
_TURNED: dict[type[ast.AST], type[Any]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
_METHODS = {
    "mean": "median",
    "median": "mean",
    "sum": "mean",
    "max": "min",
    "min": "max",
    "std": "var",
    "var": "std",
    "cumsum": "cumprod",
    "idxmax": "idxmin",
    "idxmin": "idxmax",
    "nlargest": "nsmallest",
    "nsmallest": "nlargest",
    "head": "tail",
    "tail": "head",
    "first": "last",
    "last": "first",
    "floor": "ceil",
    "ceil": "floor",
    "lower": "upper",
    "upper": "lower",
    "any": "all",
    "all": "any",
    "count": "sum",
    "nunique": "count",
}
_KEEPS_ALL = frozenset(("dropna", "fillna", "drop_duplicates", "sort_values", "sort_index", "abs",
                        "round", "strip", "clip", "query", "reset_index", "rename"))  # fmt: skip
_MOST = 40  # of each sort


def of(function: ast.FunctionDef) -> list[ast.FunctionDef]:
    """The mutants of a function, at most so many."""
    function = _without_docstring(function)
    nodes = [*ast.walk(function)]
    found: list[ast.FunctionDef] = []
    for place, node in enumerate(nodes):
        for number in range(len([*_changes(node)])):
            mutant = copy.deepcopy(function)
            change = [*_changes([*ast.walk(mutant)][place])][number]
            change()
            found.append(ast.fix_missing_locations(mutant))
    return [*_spread(found, _MOST), *_spread([*_with_other_arguments(function)], _MOST)]


def _without_docstring(function: ast.FunctionDef) -> ast.FunctionDef:
    """A copy, for which another text of it would be no mutant."""
    if ast.get_docstring(function) is None:
        return function
    found = copy.deepcopy(function)
    found.body[0] = ast.copy_location(ast.Pass(), found.body[0])
    return found


def _spread(found: list[ast.FunctionDef], most: int) -> list[ast.FunctionDef]:
    """At most so many, from everywhere in the function."""
    return found[:: -(-len(found) // most)] if len(found) > most else found


def _with_other_arguments(function: ast.FunctionDef) -> Iterator[ast.FunctionDef]:
    """With None for an argument of a call, and without an argument that others stand beside."""
    calls = [
        (place, len(node.args), len(node.keywords))
        for place, node in enumerate(ast.walk(function))
        if isinstance(node, ast.Call)
    ]
    for place, placed, named in calls:
        for number in range(placed + named):
            yield _with_call(function, place, number, is_dropped=False)
            if placed + named > 1:
                yield _with_call(function, place, number, is_dropped=True)


def _with_call(
    function: ast.FunctionDef, place: int, number: int, *, is_dropped: bool
) -> ast.FunctionDef:
    """A copy in which one argument of one call is another, or none."""
    mutant = copy.deepcopy(function)
    call: Any = [*ast.walk(mutant)][place]
    arguments = call.args if number < len(call.args) else call.keywords
    number -= 0 if arguments is call.args else len(call.args)
    if is_dropped:
        del arguments[number]
    elif arguments is call.args:
        arguments[number] = ast.Constant(None)
    else:
        arguments[number].value = ast.Constant(None)
    return ast.fix_missing_locations(mutant)


def _changes(node: ast.AST) -> Iterator[Any]:
    """What can be done to a node: functions that do it."""
    if (
        (isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS)
        or (isinstance(node, ast.AugAssign) and type(node.op) in _OPERATORS)
        or isinstance(node, ast.BoolOp)
    ):
        yield lambda: setattr(node, "op", _OPERATORS[type(node.op)]())
    elif isinstance(node, ast.Compare) and type(node.ops[0]) in _OPERATORS:
        yield lambda: node.ops.__setitem__(0, _OPERATORS[type(node.ops[0])]())
        if type(node.ops[0]) in _TURNED:
            yield lambda: node.ops.__setitem__(0, _TURNED[type(node.ops[0])]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert, ast.Not)):
        yield lambda: setattr(
            node, "operand", ast.UnaryOp(node.op, node.operand)
        )  # twice is not at all
    elif isinstance(node, ast.Constant):
        yield from _of_constant(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _of_method(node, node.func)
    elif isinstance(node, (ast.FunctionDef, ast.If, ast.For, ast.With, ast.While)):
        yield from _of_block(node)


def _of_constant(node: ast.Constant) -> Iterator[Any]:
    value = node.value
    if isinstance(value, bool):
        yield lambda: setattr(node, "value", not value)
    elif isinstance(value, (int, float)):
        yield lambda: setattr(node, "value", value + 1)
    elif isinstance(value, str):
        yield lambda: setattr(node, "value", f"XX{value}XX")
        if value.swapcase() != value:
            yield lambda: setattr(node, "value", value.swapcase())


def _of_method(node: ast.Call, func: ast.Attribute) -> Iterator[Any]:
    if func.attr in _METHODS:
        yield lambda: setattr(func, "attr", _METHODS[func.attr])
    if func.attr in _KEEPS_ALL:

        def leave_out() -> None:
            node.func = ast.Name("_same", ast.Load())
            node.args, node.keywords = [func.value], []

        yield leave_out


def _of_block(node: Any) -> Iterator[Any]:
    """Statements are left out one by one, but for those that bind a name for the first time."""
    for place, statement in enumerate(node.body):
        if isinstance(statement, ast.AugAssign) or _changes_a_part(statement):
            yield lambda place=place: node.body.__setitem__(place, ast.Pass())


def _changes_a_part(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return any(isinstance(target, (ast.Subscript, ast.Attribute)) for target in targets)


def same(value: Any, *_args: Any, **_named: Any) -> Any:
    """What a method is replaced with that is left out."""
    return value
