"""A cell's source, cut into its top-level statements with the comments that belong to them."""

from __future__ import annotations

import ast
import itertools
import re
from dataclasses import dataclass, replace

from nb2pkg.model import ImportedName, StatementKind

# A tag of ours, and what Quarto, jupytext, Colab and nbdev read at the top of a cell.
_OF_CELL = re.compile(
    r"#\s*nb2pkg\b|#\||#\s*%%|#\s*\+(?:\s|\Z)|#\s*@(?:title|markdown|hidden_cell)|"
    r"#\s*(?:hide|export|exports|exporti|collapse|default_exp|hide_input|hide_output)\s*\Z"
)


@dataclass(frozen=True, slots=True)
class StatementText:
    """A statement, its text, and the comment lines between it and the one before."""

    node: ast.stmt
    source: str
    leading: str
    line: int
    end_line: int


def split(python: str, tree: ast.Module) -> tuple[tuple[StatementText, ...], str]:
    """Pieces of a cell, and the comment lines behind the last one.

    Nothing is re-printed: joining leading and source of all pieces gives the cell again, but for
    blank lines and the semicolons between statements on one line.
    """
    lines = python.split("\n")
    pieces: list[StatementText] = []
    last_line = 0  # number of lines used up so far
    for position, node in enumerate(tree.body):
        start = first_line(node)
        end = _last_line(lines, node)
        following = tree.body[position + 1] if position + 1 < len(tree.body) else None
        shares = following is not None and first_line(following) == end
        pieces.append(
            StatementText(
                node,
                _text(lines, node, end, shares),
                _trivia(lines, last_line, start - 1),
                start,
                end,
            )
        )
        last_line = end
    if pieces and pieces[0].leading:
        pieces[0] = replace(pieces[0], leading=_without_head(pieces[0].leading))
    return tuple(pieces), _trivia(lines, last_line, len(lines))


def head(source: str) -> str:
    """The comments at the top that speak of the cell: its tag, and directives of other tools."""
    return "\n".join(_head_lines(source.lstrip("\n").split("\n")))


def _head_lines(lines: list[str]) -> list[str]:
    """From the first line on, as far as the last that is a tag or a directive."""
    comments = list(itertools.takewhile(lambda line: line.startswith("#"), lines))
    last = max((i for i, line in enumerate(comments) if _OF_CELL.match(line)), default=-1)
    return comments[: last + 1]


def _without_head(leading: str) -> str:
    """What speaks of the cell does not speak of its first statement."""
    lines = leading.split("\n")
    return "\n".join(lines[len(_head_lines(lines)) :])


def _last_line(lines: list[str], node: ast.stmt) -> int:
    """The last line of a statement, with the comments at the end of its body."""
    end = last = node.end_lineno or node.lineno
    if not hasattr(node, "body"):
        return end
    for number in range(end + 1, len(lines) + 1):
        line = lines[number - 1]
        if line.strip() and not (line[0] in " \t" and line.lstrip().startswith("#")):
            break
        last = number if line.strip() else last
    return last


def first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _text(lines: list[str], node: ast.stmt, last: int, shares_last_line: bool) -> str:
    start, end = first_line(node), node.end_lineno or node.lineno
    chosen = [line.encode() for line in lines[start - 1 : end]]
    tail = b"" if shares_last_line else _comment(chosen[-1][node.end_col_offset :])
    chosen[-1] = chosen[-1][: node.end_col_offset] + tail
    if start == node.lineno:
        chosen[0] = chosen[0][node.col_offset :]
    return "\n".join([b"\n".join(chosen).decode(), *(line.rstrip() for line in lines[end:last])])


def _comment(rest: bytes) -> bytes:
    """The comment in what follows a statement on its last line."""
    mark = rest.find(b"#")
    return b"  " + rest[mark:].rstrip() if mark >= 0 else b""


def _trivia(lines: list[str], start: int, end: int) -> str:
    """The comment lines among lines, with single blank lines inside kept."""
    return "\n".join(line.rstrip() for line in lines[start:end] if line.strip()).strip("\n")


def kind_of(node: ast.stmt) -> StatementKind:
    match node:
        case ast.Import() | ast.ImportFrom():
            return StatementKind.IMPORT
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return StatementKind.FUNCTION
        case ast.ClassDef():
            return StatementKind.CLASS
        case ast.Try() if _is_guarded_import(node):
            return StatementKind.GUARDED_IMPORT
        case ast.Assign(targets=[ast.Name()], value=value) if is_literal(value):
            return StatementKind.LITERAL
        case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value) if is_literal(value):
            return StatementKind.LITERAL
    return StatementKind.PLAIN


def is_literal(node: ast.expr) -> bool:
    """Numbers, strings, None, True, and containers of them: nothing that has to be run."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant()):
            return True
        case ast.BinOp():
            return _is_number(node)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return all(is_literal(part) for part in parts)
        case ast.Dict(keys=keys, values=values):
            return all(part is not None and is_literal(part) for part in [*keys, *values])
    return False


def is_immutable_literal(node: ast.expr) -> bool:
    return is_literal(node) and not any(
        isinstance(part, ast.List | ast.Set | ast.Dict) for part in ast.walk(node)
    )


def _is_number(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float()):
            return True
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _is_number(operand)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return _is_number(left) and _is_number(right)
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=divisor)):
            return _is_number(left) and isinstance(divisor, int | float) and divisor != 0
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int(power))):
            return _is_number(left) and 0 <= power <= 100
    return False


def _is_guarded_import(node: ast.Try) -> bool:
    """``try: import x`` with handlers that import something else or set flags."""
    parts = [*node.body, *node.orelse, *node.finalbody, *(s for h in node.handlers for s in h.body)]
    simple = all(
        isinstance(part, ast.Import | ast.ImportFrom | ast.Pass)
        or kind_of(part) is StatementKind.LITERAL
        for part in parts
    )
    return simple and any(isinstance(part, ast.Import | ast.ImportFrom) for part in node.body)


def imported_names(node: ast.AST) -> tuple[ImportedName, ...]:
    """The names that an import statement binds."""
    match node:
        case ast.Import(names=aliases):
            return tuple(
                ImportedName(alias.asname or alias.name.split(".")[0], alias.name)
                for alias in aliases
            )
        case ast.ImportFrom(module=module, names=aliases, level=level):
            return tuple(
                ImportedName(alias.asname or alias.name, module or "", alias.name, level)
                for alias in aliases
            )
    return ()
