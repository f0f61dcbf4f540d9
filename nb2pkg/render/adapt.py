"""A test of the notebook as a test of the package: its text as it stands, with a few lines more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nb2pkg.plan.model import Style
from nb2pkg.render.code import docstring, indented

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Adapted:
    """The name that it gets, the fixture that it takes, and lines that make what it may read."""

    style: Style
    name: str
    fixture: str
    lines: tuple[str, ...]
    doc: str = ""


def adapted(source: str, given: Adapted) -> str:
    """The source of a function or class with all that.

    The text is edited and then compared with the same change of its tree. Where the text is laid
    out in a way that the edit does not know, the tree is printed.
    """
    expected = _changed(ast.parse(source), given)
    try:
        text = _edited(source, given)
        same = ast.dump(ast.parse(text)) == ast.dump(ast.parse(expected))
    except SyntaxError:
        same = False
    return text if same else expected


def _changed(tree: ast.Module, given: Adapted) -> str:
    """What must come out, from the tree."""
    node = tree.body[0]
    assert isinstance(node, (*_FUNCTIONS, ast.ClassDef))
    node.name = given.name
    if isinstance(node, ast.ClassDef):
        for method in _methods(node, given):
            _put(method, _lines(method, given))
        _put(node, _class_fixture(given))
    else:
        if given.fixture:
            (node.args.posonlyargs or node.args.args).insert(0, _argument(given.fixture))
        _put(node, _lines(node, given))
    if given.doc and not _says(node):
        (function,) = ast.parse(f"def f():\n{docstring(given.style, given.doc)}").body
        assert isinstance(function, ast.FunctionDef)
        node.body[:0] = function.body
    return ast.unparse(ast.fix_missing_locations(tree))


def _put(node: _Definition, extra: str) -> None:
    """Statements in front of the body, behind its docstring."""
    first = 1 if _says(node) else 0
    node.body[first:first] = ast.parse(extra).body


def _says(node: _Definition) -> bool:
    return ast.get_docstring(node) is not None


def _argument(name: str) -> ast.arg:
    (function,) = ast.parse(f"def f({name}: dict[str, Any]): ...").body
    assert isinstance(function, ast.FunctionDef)
    return function.args.args[0]


def _methods(
    node: ast.ClassDef, given: Adapted
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Those that read something."""
    for part in node.body:
        if isinstance(part, _FUNCTIONS) and _lines(part, given):
            yield part


def _lines(node: ast.AST, given: Adapted) -> str:
    """Those of the lines that make what the function reads."""
    wanted = _names(node, ast.Load)
    kept: list[str] = []
    for line in reversed(given.lines):
        tree = ast.parse(line)
        if wanted & _names(tree, ast.Store):
            kept.insert(0, line)
            wanted |= _names(tree, ast.Load)
    return "\n".join(kept)


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    """What is read, or bound, definitions among it."""
    parts = list(ast.walk(node))
    found = {p.id for p in parts if isinstance(p, ast.Name) and isinstance(p.ctx, context)}
    defined = {p.name for p in parts if isinstance(p, ast.FunctionDef | ast.ClassDef)}
    return found | defined if context is ast.Store else found


def _class_fixture(given: Adapted) -> str:
    """A method that keeps the values on the object, since methods of unittest take no fixtures."""
    if not given.fixture:
        return ""
    return (
        "\n@pytest.fixture(autouse=True)\n"
        f"def _values_of_the_notebook(self, {given.fixture}: dict[str, Any]) -> None:\n"
        f"    self.{given.fixture} = {given.fixture}\n"
    )


# ---- the text


def _edited(source: str, given: Adapted) -> str:
    (node,) = ast.parse(source).body
    assert isinstance(node, (*_FUNCTIONS, ast.ClassDef))
    lines = source.split("\n")
    top = _top(lines, node)
    if isinstance(node, ast.ClassDef):
        for method in reversed(list(_methods(node, given))):
            _insert(lines, method, _lines(method, given))
        _insert(lines, node, _class_fixture(given))
    else:
        _insert(lines, node, _lines(node, given))
    if given.doc and not _says(node):
        lines[top:top] = docstring(given.style, given.doc).split("\n")
    lines[node.lineno - 1] = _head(lines[node.lineno - 1], given)
    return "\n".join(lines)


def _insert(lines: list[str], node: _Definition, extra: str) -> None:
    """Put lines in front of the first statement of a body, behind its docstring."""
    if extra:
        first = node.body[0]
        at = (first.end_lineno or 0) if _says(node) else _top(lines, node)
        opening = lines[first.lineno - 1]
        prefix = opening[: len(opening) - len(opening.lstrip())]
        lines[at:at] = indented(extra, prefix).split("\n")


def _top(lines: list[str], node: _Definition) -> int:
    """Where a body begins, with the comments above its first statement."""
    first = node.body[0]
    decorators: list[ast.expr] = getattr(first, "decorator_list", [])
    at = min([first.lineno, *(decorator.lineno for decorator in decorators)]) - 1
    while at > node.lineno and lines[at - 1].lstrip()[:1] in ("#", ""):
        at -= 1
    return at


def _head(line: str, given: Adapted) -> str:
    """The line of def or class with the new name, and the fixture as the first parameter."""
    line = re.sub(r"\b(def|class)\s+\w+", rf"\1 {given.name}", line, count=1)
    if not given.fixture or not line.lstrip().startswith(("def", "async")):
        return line
    head, bracket, rest = line.partition("(")
    comma = "" if rest.lstrip().startswith(")") else ", "
    return f"{head}{bracket}{given.fixture}: dict[str, Any]{comma}{rest}"
