"""``if __name__ == "__main__":`` is true in a notebook: its body is code like any other."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nb2pkg.facts import statements
from nb2pkg.facts.statements import StatementText
from nb2pkg.notebook.magic_syntax import parse


def is_guard(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[]):
            sides = {ast.unparse(left), ast.unparse(right)}
            return sides == {"__name__", "'__main__'"}
    return False


def without(pieces: Iterable[StatementText], python: str) -> tuple[StatementText, ...]:
    """The pieces of a cell with the bodies of such guards in place of them."""
    return tuple(part for piece in pieces for part in _parts(piece, python))


def _parts(piece: StatementText, python: str) -> Iterator[StatementText]:
    """The statements in the body of a guard, one level further left; else the piece itself."""
    node = piece.node
    if not isinstance(node, ast.If) or not is_guard(node):
        yield piece
        return
    first = node.body[0]
    start = statements.first_line(first) if first.lineno == node.lineno else node.test.lineno + 1
    text = _dedented(python.split("\n")[start - 1 : piece.end_line], first)
    tree = _same(text, node.body)
    if tree is None:
        yield piece
        return
    inside, trailing = statements.split(text, tree)
    for number, part in enumerate(inside):
        ast.increment_lineno(part.node, start - 1)
        leading = "\n".join(filter(None, [piece.leading if number == 0 else "", part.leading]))
        yield replace(
            part,
            leading=leading,
            source=_with_comments(part.source, trailing if part is inside[-1] else ""),
            line=part.line + start - 1,
            end_line=part.end_line + start - 1,
        )


def _with_comments(source: str, trailing: str) -> str:
    return f"{source}\n{trailing}" if trailing else source


def _dedented(lines: list[str], first: ast.stmt) -> str:
    width = first.col_offset
    on_one_line = len(lines) == 1 and bool(lines[0][:width].strip())
    if on_one_line:
        return lines[0].encode()[width:].decode()
    return "\n".join(line if line[:width].strip() else line[width:] for line in lines)


def _same(text: str, body: list[ast.stmt]) -> ast.Module | None:
    """The tree of the text, if moving it to the left has changed no string in it."""
    try:
        tree = parse(text)
    except SyntaxError:
        return None
    dumped = [ast.dump(statement) for statement in body]
    return tree if [ast.dump(statement) for statement in tree.body] == dumped else None
