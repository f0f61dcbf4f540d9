"""What a parameter is called that takes the place of a constant: after what the constant is there for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from nb2pkg.plan import naming
from nb2pkg.plan.copies.shape import Leaf
from nb2pkg.plan.names import words

_FILE_NAME = re.compile(r"\.[A-Za-z]\w{0,7}$")
_OPERATORS = {
    ast.Mult: "factor",
    ast.Div: "divisor",
    ast.Pow: "power",
    ast.Add: "offset",
    ast.Sub: "offset",
}


def names(
    leaves: Iterable[Leaf], taken: frozenset[str], renamed: Mapping[str, str]
) -> tuple[str, ...]:
    """A name for each; no two the same, and none that is taken.

    renamed: what the function calls the values of the notebook.
    """
    found: list[str] = []
    used = taken | naming.always_taken()
    for leaf in leaves:
        role = _role(leaf.node, leaf.around)
        wanted = renamed.get(role, role)
        plain = "text" if _is_text(leaf.node) else "value"
        found.append(naming.free(wanted if wanted.isidentifier() else plain, used, ("value",)))
        used |= {found[-1]}
    return tuple(found)


def _role(node: ast.AST, around: tuple[ast.AST, ...]) -> str:
    """What the expression is to what stands around it; empty if that says nothing."""
    outer, *rest = around
    match outer:
        case ast.JoinedStr():
            return "file_name" if _FILE_NAME.search(_text(node)) else "name"
        case ast.keyword(arg=str(name)):
            return words.argument(name) or name
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            other = _name(left if node is right else right)
            is_limit = isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
            return f"{other or 'value'}_limit" if is_limit else other
        case ast.Subscript(ctx=ctx):
            return "column" if _is_text(node) else "index" if isinstance(ctx, ast.Load) else ""
        case ast.Slice(lower=lower):
            return "start" if node is lower else "stop"
        case ast.Call(func=function, args=arguments):
            return _of_argument(function, arguments.index(node) if node in arguments else 0)
        case ast.Dict(keys=keys, values=values) if node in values:
            return _name(keys[values.index(node)])
        case ast.Assign(targets=[target]):
            return _name(target)
        case ast.BinOp(op=operator):
            return _OPERATORS.get(type(operator), "")
        case ast.UnaryOp() | ast.List() | ast.Tuple() | ast.Set():
            return _role(outer, tuple(rest))
    return ""


def _text(node: ast.AST) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _of_argument(function: ast.expr, place: int) -> str:
    called = _name(function)
    if called.startswith("set_"):
        return called.removeprefix("set_")
    return words.argument(called) if place == 0 else ""


def _name(node: ast.AST | None) -> str:
    """What an expression is called: a column, an attribute, a name."""
    match node:
        case ast.Constant(value=str(text)) | ast.Name(id=text) | ast.Attribute(attr=text):
            return naming.slug(text)
        case ast.Subscript(slice=key):
            return _name(key)
        case ast.Call(func=ast.Attribute(value=receiver)):
            return _name(receiver)
    return ""


def _is_text(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.List(elts=parts):
            return all(map(_is_text, parts))
    return False
