"""Values of a script that are written out in it: nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_COPIES = {"list", "tuple", "set", "sorted", "dict"}
_GROWS = {"append", "extend"}


class Script:
    """The texts that expressions of a script stand for, as far as they are written out.

    A name stands for all that is bound to it anywhere: a branch may be taken or not.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._bound: dict[str, list[ast.expr]] = {}
        self._functions: dict[str, ast.FunctionDef] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                self._functions[node.name] = node
            for name, value in _bindings(node):
                self._bound.setdefault(name, []).append(value)

    def texts(self, node: ast.expr, above: frozenset[str] = frozenset()) -> list[str] | None:
        """The texts in a value; None if some of it is computed."""
        match node:
            case ast.Constant(value=str(text)):
                return text.splitlines() or [""]
            case ast.Constant():
                return []
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return self._all(parts, above)
            case ast.Starred(value=value):
                return self.texts(value, above)
            case ast.BinOp() | ast.JoinedStr() if (whole := self._text(node)) is not None:
                return [whole]
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return self._all([left, right], above)
            case ast.IfExp(body=body, orelse=orelse):
                return self._all([body, orelse], above)
            case ast.Call(func=ast.Name(id=name), args=[value]) if name in _COPIES:
                return self.texts(value, above)
            case ast.Subscript(value=table, slice=ast.Constant(value=str(key))):
                found = [value for name, value in self.entries(table) or () if name == key]
                return self._all(found, above) if found else None
            case ast.Name(id=name) if name in above:
                return []  # lines = lines + [...]
            case ast.Name(id=name) if name in self._bound:
                return self._all(self._bound[name], above | {name})
        return None

    def _text(self, node: ast.expr) -> str | None:
        """One text that is put together of others, such as ``"numpy>=" + OLDEST``."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                parts = [self._text(left), self._text(right)]
            case ast.JoinedStr(values=values):
                parts = [self._text(value) for value in values]
            case ast.FormattedValue(value=value, format_spec=None):
                return self._text(value)
            case ast.Name(id=name) if len(self._bound.get(name, ())) == 1:
                bound = getattr(self._bound[name][0], "value", None)
                return bound if isinstance(bound, str) else None
            case _:
                return None
        return None if None in parts else "".join(part for part in parts if part)

    def _all(self, nodes: list[ast.expr], above: frozenset[str]) -> list[str] | None:
        found: list[str] = []
        for node in nodes:
            texts = self.texts(node, above)
            if texts is None:
                return None
            found += texts
        return found

    def entries(
        self, node: ast.expr, above: frozenset[str] = frozenset()
    ) -> list[tuple[str, ast.expr]] | None:
        """The entries of a dict that is written out, and of one that a name stands for."""
        if isinstance(node, ast.Name):
            bound = self._bound.get(node.id, ()) if node.id not in above else ()
            tables = [self.entries(value, above | {node.id}) for value in bound]
            return [entry for table in tables for entry in table or ()] if tables else None
        if isinstance(node, ast.Call) and not node.args and _is_name(node.func, "dict"):
            return [(keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg]
        if not isinstance(node, ast.Dict):
            return None
        return [
            (str(key.value) if isinstance(key, ast.Constant) else "", value)
            for key, value in zip(node.keys, node.values)
        ]

    def mentioned(self, node: ast.AST, above: frozenset[str] = frozenset()) -> Iterator[str]:
        """All texts from which a computed value may come: through names, and functions that are called."""
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value
            elif isinstance(part, ast.Name) and part.id not in above:
                inner: list[ast.AST] = [*self._bound.get(part.id, ())]
                inner += [self._functions[part.id]] if part.id in self._functions else []
                for one in inner:
                    yield from self.mentioned(one, above | {part.id})


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, value
                elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                    yield target.value.id, ast.Dict([target.slice], [value])
        case (
            ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            | ast.AugAssign(target=ast.Name(id=name), value=value)
            | ast.For(target=ast.Name(id=name), iter=value)
        ):
            yield name, value
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=[value]):
            if attr in _GROWS:
                yield name, value
        case ast.With(items=items):
            for item in items:
                if isinstance(item.optional_vars, ast.Name):
                    yield item.optional_vars.id, item.context_expr
