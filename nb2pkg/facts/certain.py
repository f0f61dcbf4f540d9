"""Which names does a statement read whatever happens?

Had such a name no value, the notebook would stop there with a NameError. So where a notebook was
seen to go on, the name had one, even if the statements above bind it on some paths only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nb2pkg.facts.parts import Parts, children


def reads(node: ast.stmt, parts: Parts) -> tuple[str, ...]:
    """Names that are surely read, and not bound inside an expression of the same statement."""
    bound = {part.target.id for part in parts.of(ast.NamedExpr)}
    found = dict.fromkeys(name for part in _first(node) for name in _read_by(part))
    return tuple(name for name in found if name not in bound)


def _first(node: ast.stmt) -> Iterable[ast.expr]:
    """Expressions that the statement evaluates on every path. A try may catch the NameError."""
    match node:
        case ast.Expr(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return [value]
        case ast.Assign(targets=targets, value=value):
            return [value, *targets]
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            return [value, ast.Name(name, ast.Load())]
        case ast.AugAssign(target=target, value=value):
            return [value, target]
        case ast.If(test=test) | ast.While(test=test):
            return [test]
        case ast.For(iter=iterated):
            return [iterated]
        case ast.With(items=[first, *_]):
            return [first.context_expr]
    return []


def _read_by(node: ast.AST) -> Iterator[str]:
    waiting = [node]
    while waiting:
        match waiting.pop():
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Constant() | ast.Lambda():
                pass
            case ast.Attribute(value=value):
                waiting.append(value)
            case ast.BoolOp(values=[first, *_]) | ast.IfExp(test=first):
                waiting.append(first)
            case ast.Compare(left=left, comparators=[first, *_]):  # the others only if this holds
                waiting += [first, left]
            case (
                ast.ListComp(generators=[first, *_])
                | ast.SetComp(generators=[first, *_])
                | ast.DictComp(generators=[first, *_])
                | ast.GeneratorExp(generators=[first, *_])
            ):
                waiting.append(first.iter)
            case part:
                waiting += reversed(children(part))
