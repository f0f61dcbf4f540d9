"""A module as a row of items: docstring, import blocks, symbols, and what stands between them.

# nb2pkg: a.ipynb#load         item "read": the comments directly above belong to it
def read(): ...

# Continue here.               item of its own: its key is what it says

if __name__ == "__main__":     item of its own: its key is its test
    main()
"""

from __future__ import annotations

import ast
import inspect
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["docstring", "imports", "symbol", "text"]

PROVENANCE = "# nb2pkg: "  # begins the line that tells from which cell a symbol came

_BROKEN = (SyntaxError, ValueError, RecursionError)  # ValueError: a null byte
_IN_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)


@dataclass(frozen=True, slots=True)
class Item:
    """Some whole lines of a module, and the blank lines above them."""

    key: str
    kind: Kind
    gap: str
    text: str
    nodes: tuple[ast.stmt, ...] = ()
    comments: tuple[str, ...] = ()

    @property
    def symbol(self) -> str:
        """What to call it when telling a person; nothing for a text."""
        return self.key.partition("#")[0] if self.kind == "symbol" else ""

    def is_like(self, other: Item) -> bool:
        """The same code and the same comments, however laid out."""
        if self.text == other.text:
            return True
        return self.comments == other.comments and self.body == other.body

    @property
    def body(self) -> tuple[str, ...]:
        return tuple(ast.dump(node) for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Module:
    """All items of a text; tail is what follows the last: blank lines."""

    items: tuple[Item, ...]
    tail: str = ""

    @property
    def by_key(self) -> dict[str, Item]:
        return {item.key: item for item in self.items}


def parse(text: str) -> ast.Module | None:
    """The tree of a text; None if it is not Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python thinks of "\\d" is no matter of the merge
        try:
            return ast.parse(text)
        except _BROKEN:
            return None


def runs(text: str) -> bool:
    """Is a text Python that can be run? A tree can have its __future__ imports too late."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return bool(compile(text, "merged", "exec", dont_inherit=True))
        except _BROKEN:
            return False


def split(text: str) -> Module | None:
    """The items of a text, which add up to it; None if it is not Python, or has odd line ends."""
    tree = None if "\r" in text or "\ufeff" in text else parse(text)
    if tree is None:
        return None
    _clean_docstrings(tree)
    return _Splitter(text if text.endswith("\n") or not text else text + "\n", tree).module()


def is_same(one: str, other: str) -> bool:
    """Do two texts differ in nothing but layout?"""
    left, right = split(one), split(other)
    if left is None or right is None or len(left.items) != len(right.items):
        return False
    return all(a.is_like(b) for a, b in zip(left.items, right.items))


def names(nodes: tuple[ast.stmt, ...]) -> set[str]:
    """Every name that some code mentions; those in quoted annotations as well."""
    found: set[str] = set()
    for node in (inner for top in nodes for inner in ast.walk(top)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        for quoted in _quoted_annotations(node):
            tree = parse(quoted)
            found |= names(tuple(tree.body)) if tree else set()
    return found


def _quoted_annotations(node: ast.AST) -> Iterator[str]:
    for field in ("annotation", "returns"):
        annotation = getattr(node, field, None)
        for inner in ast.walk(annotation) if isinstance(annotation, ast.AST) else ():
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield inner.value


def _clean_docstrings(tree: ast.Module) -> None:
    """Formatters indent docstrings anew: that is layout."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        blocks = (value for value in node.__dict__.values() if isinstance(value, list))
        waiting += [inner for block in blocks for inner in block if isinstance(inner, _IN_BLOCKS)]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                if isinstance(first.value.value, str):
                    first.value.value = inspect.cleandoc(first.value.value).strip()


@dataclass(slots=True)
class _Span:
    """Statements that share lines, first and last, counted from 0."""

    first: int
    last: int
    nodes: list[ast.stmt]

    @property
    def is_imports(self) -> bool:
        return all(isinstance(node, ast.Import | ast.ImportFrom) for node in self.nodes)


class _Splitter:
    """Walks over the lines once."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.lines = [line + "\n" for line in text.split("\n")[:-1]]
        self.tree = tree
        self.comments = _comments(text)
        self.items: list[Item] = []
        self.seen: dict[str, int] = {}

    def module(self) -> Module:
        position = 0
        for span in _blocks(_spans(self.tree)):
            first, last = self._lead(position, span.first), self._trail(span.last)
            gap = self._between(position, first)
            self._add(gap, first, last, span)
            position = last + 1
        tail = self._between(position, len(self.lines))
        return Module(tuple(self.items), tail)

    def _lead(self, position: int, first: int) -> int:
        """The line on which the comments directly above begin."""
        while first > position and self.lines[first - 1].startswith("#"):
            first -= 1
        return first

    def _trail(self, last: int) -> int:
        """The last of the indented comments that end a body."""
        line = last + 1
        while line < len(self.lines) and (
            not self.lines[line].strip() or self.lines[line].lstrip(" \t").startswith("#")
        ):
            if self.lines[line].strip():
                if not self.lines[line][0].isspace():
                    break
                last = line
            line += 1
        return last

    def _between(self, first: int, end: int) -> str:
        """Put the comments between two items into items of their own; the blank lines left over."""
        gap, block = "", first
        for line in range(first, end + 1):
            if line < end and self.lines[line].strip():
                continue
            if block < line:
                self._add(gap, block, line - 1, None)
                gap = ""
            gap += self.lines[line] if line < end else ""
            block = line + 1
        return gap

    def _add(self, gap: str, first: int, last: int, span: _Span | None) -> None:
        text = "".join(self.lines[first : last + 1])
        remarks = tuple(self.comments[n] for n in range(first, last + 1) if n in self.comments)
        kind, key = _kind(span, not any(item.nodes for item in self.items))
        key = key or " ".join(remarks)
        self.seen[key] = count = self.seen.get(key, 0) + 1
        numbered = key if count == 1 else f"{key}#{count}"
        self.items.append(
            Item(numbered, kind, gap, text, tuple(span.nodes) if span else (), remarks)
        )


def _comments(text: str) -> dict[int, str]:
    """The comment of each line, without its mark and the blanks around it."""
    found = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0] - 1] = "# " + token.string.lstrip("#").strip()
    except (tokenize.TokenError, IndentationError):
        pass  # ast has read it: what is odd stands behind the last statement
    return found


def _spans(tree: ast.Module) -> Iterator[_Span]:
    span: _Span | None = None
    for node in tree.body:
        above = [d.lineno for d in getattr(node, "decorator_list", [])]
        first, last = min([node.lineno, *above]) - 1, (node.end_lineno or node.lineno) - 1
        if span is not None and first <= span.last:
            span.nodes.append(node)
            span.last = last
        else:
            if span is not None:
                yield span
            span = _Span(first, last, [node])
    if span is not None:
        yield span


def _blocks(spans: Iterable[_Span]) -> Iterator[_Span]:
    """Imports that follow each other are one block, with the comments between them."""
    block: _Span | None = None
    for span in spans:
        if block is not None and span.is_imports:
            block.nodes += span.nodes
            block.last = span.last
            continue
        if block is not None:
            yield block
        block = span if span.is_imports else None
        if block is None:
            yield span
    if block is not None:
        yield block


def _kind(span: _Span | None, is_first: bool) -> tuple[Kind, str]:
    if span is None:
        return "text", ""
    if span.is_imports:
        return "imports", "(imports)"
    node = span.nodes[0]
    if is_first and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        if isinstance(node.value.value, str):
            return "docstring", "(docstring)"
    bound = [name for inner in span.nodes for name in binds(inner)]
    if bound:
        return "symbol", ", ".join(bound)
    return "text", "; ".join(_label(inner) for inner in span.nodes)


def binds(node: ast.stmt) -> tuple[str, ...]:
    """Names that a definition or an assignment binds; nothing for any other statement."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return (node.name,)
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    elif hasattr(ast, "TypeAlias") and isinstance(node, ast.TypeAlias):
        targets = [node.name]
    stored = [inner for target in targets for inner in ast.walk(target)]
    return tuple(
        inner.id
        for inner in stored
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
    )


def _label(node: ast.stmt) -> str:
    """What a statement is known by, so that it is still the same after a change inside."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return f"call {ast.unparse(node.value.func)}"
    if isinstance(node, ast.If | ast.While):
        return f"{type(node).__name__.lower()} {ast.unparse(node.test)}"
    if isinstance(node, ast.Assign):
        return f"set {ast.unparse(node.targets[0])}"
    if isinstance(node, ast.AugAssign | ast.For):
        return f"{type(node).__name__.lower()} {ast.unparse(node.target)}"
    return type(node).__name__.lower()
