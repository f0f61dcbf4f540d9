"""Dotted names in expressions."""

from __future__ import annotations

import ast


def dotted(node: ast.expr) -> str:
    """``a.b.c`` for a chain of attributes; ``.c`` for an attribute of anything else; else empty."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attribute):
            return f"{dotted(value) if isinstance(value, ast.Name | ast.Attribute) else ''}.{attribute}"
    return ""


def root(node: ast.expr, through_calls: bool = True) -> str:
    """The name at the start of a chain of attributes, subscripts and calls; empty when none is.

    through_calls=False: the result of a call is an object of its own.
    """
    while True:
        match node:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
                node = inner
            case ast.Call(func=ast.Attribute(value=inner)) if through_calls:
                node = inner
            case _:
                return ""
