"""Names changed inside a text, wherever they mean what the module calls so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from nb2pkg.merge.symbols import parse

_DEF = re.compile(rb"(?:async\s+def|def|class)\s+(\w+)")
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Edit = tuple[int, int, int, str]  # line from 0, first and last byte, what stands there instead


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with the names of the module changed: not those that are local to a function.

    >>> renamed("def f(x): return f(x)\\nf = f\\n", {"f": "g", "x": "y"})
    'def g(x): return g(x)\\ng = g\\n'
    """
    tree = parse(text) if names else None
    if tree is None:
        return text
    lines = text.encode("utf-8").split(b"\n")
    for line, first, last, new in sorted(set(_edits(tree, names, lines)), reverse=True):
        lines[line] = lines[line][:first] + new.encode("utf-8") + lines[line][last:]
    return b"\n".join(lines).decode("utf-8")


def mentions(text: str, name: str) -> bool:
    """Does a text use a name of the module?"""
    tree = parse(text)
    lines = text.encode("utf-8").split(b"\n")
    return tree is not None and any(True for _ in _edits(tree, {name: name}, lines))


def _edits(node: ast.AST, names: Mapping[str, str], lines: list[bytes]) -> Iterator[Edit]:
    if isinstance(node, ast.Name) and node.id in names:
        end = node.end_col_offset or 0
        yield node.lineno - 1, node.col_offset, end, names[node.id]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from _definition(node, names, lines)
    if isinstance(node, ast.Assign) and _is_all(node):
        yield from _listed(node, names, lines)
    inside = {o: n for o, n in names.items() if o not in _locals(node)}
    outside = _evaluated_outside(node)
    for child in ast.iter_child_nodes(node):
        yield from _edits(child, names if child in outside else inside, lines)


def _definition(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
    names: Mapping[str, str],
    lines: list[bytes],
) -> Iterator[Edit]:
    if node.name in names:
        line = node.lineno - 1
        match = _DEF.match(lines[line], node.col_offset)
        if match and match[1].decode("utf-8") == node.name:
            yield line, match.start(1), match.end(1), names[node.name]


def _is_all(node: ast.Assign) -> bool:
    return any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets)


def _listed(node: ast.Assign, names: Mapping[str, str], lines: list[bytes]) -> Iterator[Edit]:
    """The strings of __all__ are names."""
    for inner in ast.walk(node.value):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            quoted = lines[inner.lineno - 1][inner.col_offset : inner.end_col_offset]
            if inner.value in names and inner.lineno == inner.end_lineno:
                new = quoted.decode("utf-8").replace(inner.value, names[inner.value])
                yield inner.lineno - 1, inner.col_offset, inner.end_col_offset or 0, new


def _evaluated_outside(node: ast.AST) -> list[ast.AST]:
    """Parts of a function that are evaluated where it is defined."""
    found: list[ast.AST] = list(getattr(node, "decorator_list", []))
    if isinstance(node, _SCOPES):
        found.append(node.args)  # defaults and annotations
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
        found.append(node.returns)
    return found


def _locals(node: ast.AST) -> set[str]:
    """Names that a function binds, so that they mean nothing of the module in it."""
    if isinstance(node, _COMPREHENSIONS):
        targets = [n for g in node.generators for n in ast.walk(g.target)]
        return {n.id for n in targets if isinstance(n, ast.Name)}
    if not isinstance(node, _SCOPES):
        return set()
    found: set[str] = set()
    free: set[str] = set()
    body = node.body if isinstance(node.body, list) else [node.body]
    stack: list[ast.AST] = [node.args, *body]
    while stack:
        inner = stack.pop()
        if isinstance(inner, ast.Global):
            free |= set(inner.names)
        found |= bound_by(inner)
        if not isinstance(inner, (*_SCOPES, ast.ClassDef, *_COMPREHENSIONS)):
            stack += ast.iter_child_nodes(inner)
    return found - free


def bound_by(node: ast.AST) -> set[str]:
    """Names that one node binds itself."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return {node.id}
    if isinstance(node, ast.arg):
        return {node.arg}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.ExceptHandler) and node.name:
        return {node.name}
    return set()
