"""Text of code: indentation that leaves strings alone, docstrings, formatting that is checked."""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from nb2pkg import escape
from nb2pkg.errors import InternalError
from nb2pkg.plan.model import USUAL, Style
from nb2pkg.render import quotes
from nb2pkg.render.lines import wrapped

if TYPE_CHECKING:
    import black

Section = tuple[str, tuple[tuple[str, str], ...]]

_INDENT = "    "
_UNCHECKED = "# ruff: noqa\n"  # what a project asks of its code, whatever it is, this file is not written for


def indented(source: str, prefix: str = _INDENT) -> str:
    """The source one level deeper. Lines that begin inside a string stay as they are."""
    inside = _lines_inside_strings(source)
    lines = source.split("\n")
    return "\n".join(
        line if number in inside or not line.strip() else prefix + line
        for number, line in enumerate(lines, start=1)
    )


def dedented(source: str, width: int) -> str:
    """The source so many columns further left: the other way of indented."""
    inside = _lines_inside_strings(source)
    lines = source.split("\n")
    return "\n".join(
        line if number in inside or line[:width].strip() else line[width:]
        for number, line in enumerate(lines, start=1)
    )


def _lines_inside_strings(source: str) -> frozenset[int]:
    """Numbers of the lines that begin inside a string of several lines."""
    if '"""' not in source and "'''" not in source and "\\\n" not in source:
        return frozenset()
    inside: set[int] = set()
    starts: list[int] = []
    names = tokenize.tok_name
    for token in tokenize.generate_tokens(io.StringIO(source + "\n").readline):
        kind = names[token.type]
        if kind == "STRING":
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
        elif kind in ("FSTRING_START", "TSTRING_START"):
            starts.append(token.start[0])
        elif kind in ("FSTRING_END", "TSTRING_END"):
            inside.update(range(starts.pop() + 1, token.end[0] + 1))
    return frozenset(inside)


def docstring(
    style: Style, text: str, prefix: str = _INDENT, sections: Sequence[Section] = ()
) -> str:
    """A docstring of this text, wrapped, with its quotes. Blank lines part paragraphs.

    sections are lists such as that of the arguments: a heading, and (name, description) pairs.
    """
    safe = escape.terminal(text.replace("\\", "\\\\").replace('"""', "'''")).strip()
    if safe.endswith('"'):
        safe += " "
    width = style.width - len(prefix)
    # A line that would fit but for its closing quotes is broken: black would put them back on it.
    first, *rest = safe.split("\n\n")
    wrapped = [_filled(first, width - 6), *(_filled(paragraph, width) for paragraph in rest)]
    wrapped += [_listed(section, width) for section in sections]
    body = "\n\n".join(wrapped)
    if "\n" not in body:
        return f'{prefix}"""{body}"""'
    return textwrap.indent(f'"""{body}\n"""', prefix, lambda line: bool(line.strip()))


def function(style: Style, head: str, says: str, body: Sequence[str]) -> str:
    """A function without decorators, from its head after ``def``, its docstring and its lines."""
    return "\n".join(
        [f"def {head}:", docstring(style, says), *([indented("\n".join(body))] if body else [])]
    )


def _listed(section: Section, width: int) -> str:
    heading, items = section
    lines = [
        textwrap.fill(
            escape.terminal(f"{name}: {said}".replace("\\", "\\\\").replace('"""', "'''")),
            width,
            initial_indent=_INDENT,
            subsequent_indent=2 * _INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for name, said in items
    ]
    return "\n".join([f"{heading}:", *lines])


def _filled(paragraph: str, width: int) -> str:
    return textwrap.fill(paragraph, width, break_long_words=False, break_on_hyphens=False)


def formatted(style: Style, source: str) -> str:
    """The source as black writes it, if that changes nothing but layout; else as it is.

    black also tidies docstrings, which can be seen at run time: then its work is not taken.
    """
    import black  # 0.3 s

    result = black.format_str(source, mode=_mode(style))
    if style.quotes == "single":
        result = quotes.single(result)
    return result if _same(source, result) else source


def check(path: str, source: str) -> None:
    """Raise InternalError for code that Python would not compile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        raise InternalError(f"made code that does not compile: {path}: {error}") from error


def scaffold(style: Style, source: str) -> str:
    """Text of our own is laid out by its template; black is only asked where a line is too long."""
    tidy = re.sub(r"\n{4,}", "\n\n\n", source).strip("\n") + "\n"
    fits = all(len(line) <= USUAL.width and "'" not in line for line in tidy.split("\n"))
    if fits and replace(style, wraps=False, is_linted=False) == USUAL:
        return _narrow(style, tidy)
    return _narrow(style, formatted(style, tidy))


def fitted(style: Style, source: str) -> str:
    """A file that is the same in every package, laid out as the others are."""
    if style == USUAL:
        return source
    text = _narrow(style, formatted(style, source))
    return f"{_UNCHECKED}{text}" if style.is_linted else text


def _narrow(style: Style, source: str) -> str:
    return wrapped(source, style.width) if style.wraps else source


@cache
def _mode(style: Style) -> black.Mode:
    import black

    return black.Mode(
        line_length=style.width,
        string_normalization=style.quotes == "double",
        magic_trailing_comma=style.trailing_commas,
    )


def _same(before: str, after: str) -> bool:
    try:
        return _equal(ast.parse(before), ast.parse(after))
    except SyntaxError as error:
        raise InternalError(f"made code that does not parse: {error}\n{before}") from error


def _equal(one: object, two: object) -> bool:
    """Are two trees the same but for places? Comparing their dumps would take three times as long."""
    if one.__class__ is not two.__class__:
        return False
    if isinstance(one, ast.AST):
        return all(_equal(getattr(one, f, None), getattr(two, f, None)) for f in one._fields)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(_equal, one, two))
    return one == two
