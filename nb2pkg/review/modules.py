"""The code of a symbol in the text of a module, as it is on disk now."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nb2pkg.review.model import Code

_ORIGIN = "# nb2pkg:"  # the line that says from which cell a symbol came


@dataclass(frozen=True, slots=True)
class Module:
    """A file of Python code. spans: name at the top level to its first and last line."""

    path: str
    lines: tuple[str, ...] = ()
    spans: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    note: str = ""


def parsed(path: str, text: str | None) -> Module:
    """The module with that text; None: it is not there."""
    if text is None:
        return Module(path, note=f"{path} no longer exists")
    lines = tuple(text.split("\n"))
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f" (line {line})" if line else ""
        return Module(path, lines, note=f"{path} cannot be read as Python{where}")
    return Module(path, lines, dict(_spans(tree)))


def _spans(tree: ast.Module) -> Iterator[tuple[str, tuple[int, int]]]:
    """The last definition of a name is the one that counts."""
    for node in tree.body:
        end = node.end_lineno or node.lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            yield node.name, (first, end)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for inner in ast.walk(target):
                    if isinstance(inner, ast.Name):
                        yield inner.id, (node.lineno, end)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, (node.lineno, end)


def code(module: Module, name: str) -> Code:
    """The code of a symbol, with the comments that stand right above it."""
    if module.note:
        return Code(place=module.path, note=module.note)
    if name not in module.spans:
        return Code(place=module.path, note=f"{name} is no longer in {module.path}")
    first, last = module.spans[name]
    while first > 1 and module.lines[first - 2].startswith("#"):
        first -= 1
    while first < last and module.lines[first - 1].startswith(_ORIGIN):
        first += 1  # the page says itself from which cell it came
    text = "\n".join(module.lines[first - 1 : last])
    return Code(f"{module.path}:{first}", text, first)


def documented(code: str) -> tuple[frozenset[str], str]:
    """The parameters whose types a function says, and ``return``; and its docstring."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(), ""
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef | ast.AsyncFunctionDef):
        return frozenset(), ""
    every = [inner for inner in ast.walk(body[0].args) if isinstance(inner, ast.arg)]
    names = {inner.arg for inner in every if inner.annotation is not None}
    names |= {"return"} if body[0].returns is not None else set()
    return frozenset(names), ast.get_docstring(body[0]) or ""
