"""Changes at known places of a text: all else stays as it was written.

After each change the tree of the result is compared with the tree that was meant; a difference is our bug.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from nb2pkg.errors import InternalError

_IN_NAME = re.compile(rb"[\w\x80-\xff]")


def rename(source: str, names: Mapping[str, str]) -> str:
    """Rename names that are read: ``TEST_SIZE`` to ``test_size``. Attributes and keywords stay."""
    if not names:
        return source
    tree = ast.parse(source)
    text, starts = source.encode(), _starts(source)
    found = {
        _bytes_of(node, starts): node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in names
    }
    if any(text[start:end] != name.encode() for (start, end), name in found.items()):
        # before Python 3.12 nobody says where something stands in an f-string
        from nb2pkg.plan import rewrite  # brings LibCST: 0.2 s, for those who need it

        result = rewrite.renamed(source, names)
    else:
        for (start, end), name in sorted(found.items(), reverse=True):
            text = text[:start] + names[name].encode() + text[end:]
        result = text.decode()
    if ast.dump(_ExpectedNames(names).visit(tree)) != ast.dump(ast.parse(result)):
        raise InternalError("renaming changed more than the names:\n" + result)
    return result


class _ExpectedNames(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.names.get(node.id, node.id)
        return node


@dataclass(frozen=True, slots=True)
class Replaced:
    """A constant in whose place a name is to be; or, of a text in an f-string, what is between lead and rest."""

    node: ast.expr
    name: str
    text: str = ""
    lead: str = ""
    rest: str = ""


def with_parameters(source: str, leaves: Iterable[Replaced]) -> str:
    """Names in place of constants of the source: ``color="red"`` to ``color=color``."""
    meant = list(leaves)
    text, starts = source.encode(), _starts(source)
    edits = [(*_span(leaf, text, starts), leaf) for leaf in meant]
    for start, end, leaf in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:start] + _written(leaf, text, start, end) + text[end:]
    expected = _ExpectedParameters(meant).visit(ast.parse(source))
    if ast.dump(expected) != ast.dump(ast.parse(result := text.decode())):
        raise InternalError("parameters in place of constants changed more than these:\n" + result)
    return result


def _span(leaf: Replaced, text: bytes, starts: list[int]) -> tuple[int, int]:
    """Where what is replaced begins and ends, in bytes."""
    start, end = _bytes_of(leaf.node, starts)
    if not leaf.text:
        return start, end
    start = text.index(leaf.text.encode(), start, end)
    return start + len(leaf.lead.encode()), start + len(leaf.text.removesuffix(leaf.rest).encode())


def _starts(source: str) -> list[int]:
    """Where each line begins, in bytes."""
    return [0, *accumulate(len(line) + 1 for line in source.encode().split(b"\n"))]


def _bytes_of(node: ast.expr, starts: list[int]) -> tuple[int, int]:
    line, column, end_line, end_column = _place(node)
    return starts[line - 1] + column, starts[end_line - 1] + end_column


def _written(leaf: Replaced, text: bytes, start: int, end: int) -> bytes:
    if leaf.text:
        return f"{{{leaf.name}}}".encode()
    # ``1if x``: what stood beside a number must not become a part of the name
    behind = b" " if _IN_NAME.match(text[end : end + 1]) else b""
    before = b" " if _IN_NAME.match(text[start - 1 : start]) and start else b""
    return before + leaf.name.encode() + behind


def _place(node: ast.expr) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0


class _ExpectedParameters(ast.NodeTransformer):
    def __init__(self, leaves: Iterable[Replaced]) -> None:
        self.whole = {_place(leaf.node): leaf for leaf in leaves if not leaf.text}
        self.parts = {(_place(leaf.node), leaf.text): leaf for leaf in leaves if leaf.text}

    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.JoinedStr):
            node.values = [new for part in node.values for new in self._split(part, node)]
            return node
        if isinstance(node, ast.Constant | ast.List) and _place(node) in self.whole:
            return ast.Name(self.whole[_place(node)].name, ast.Load())
        return self.generic_visit(node)

    def _split(self, part: ast.expr, inside: ast.JoinedStr) -> list[ast.expr]:
        text = part.value if isinstance(part, ast.Constant) else None
        leaf = self.parts.get((_place(inside), text)) if isinstance(text, str) else None
        if leaf is None:
            return [part]
        new = ast.FormattedValue(ast.Name(leaf.name, ast.Load()), -1, None)
        texts = [ast.Constant(text) if text else None for text in (leaf.lead, leaf.rest)]
        return [part for part in (texts[0], new, texts[1]) if part is not None]
