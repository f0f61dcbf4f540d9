"""IPython syntax in a cell, masked so that the rest is Python, and restored.

    mask                            unmask gives the left side back, character by character

    %matplotlib inline              __magic__(0)
    files = !ls {folder} \\         files = __magic__(1)
        | head                      (an empty line, so that the numbers of lines stay)
    if files:                       if files:
        !wc {files[0]}                  __magic__(2)

What is a magic is decided as IPython does (tests compare with it), with three things to know:

- A cell that parses as Python is never masked. So ``pwd`` or ``ls -l`` alone in a cell are names
  here, though IPython runs them as magics if there are no such variables: see ``automagic``.
- Where IPython dedents a cell or strips prompts from it, the Python is what IPython 9 runs, and
  unmask gives the dedented text (see prompts.py). Places are then those in Masked.python. Inside
  strings that changes values, and IPython 8 leaves more of them alone: see ``altered_line``.
- A magic ends with its line: in ``%time f(`` IPython does not look for the closing bracket in the
  next one either, and mask raises the SyntaxError that IPython raises.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from nb2pkg.model import Cell, Magic, Masked, Notebook
from nb2pkg.notebook.magic_syntax import (
    HELP_END,
    PYTHON_BODIES,
    automagic,
    bound_names,
    cell_magic,
    help_magic,
    installs,
    line_magic,
    parse,
    parsed,
)
from nb2pkg.notebook.prompts import clean, without_blanks

__all__ = [
    "PLACEHOLDER",
    "altered_line",
    "automagic",
    "bound_names",
    "installs",
    "mask",
    "unmask",
]

PLACEHOLDER = re.compile(r"__magic__\((\d+)\)")

_EMPTIES_BLANKS = (9, 1)  # the version of IPython from which on blank lines in strings are empty
_STRIPS_PROMPTS = (9, 18)  # and that whose treatment of prompts `clean` was compared with

_CELL_MAGIC = re.compile(r"(?:[ \t\f]*\n)*(?P<magic>%%(?!\w+\?))")
_SPACE = re.compile(r"[ \t\f]*")
_ESCAPE = re.compile(r"[?,;]|[%!](?!=)|/(?![/=])")
_ASSIGNED = re.compile(r"=(?:[ \t\f]|\\\n)*(?P<magic>!(?!=)|%[ \t\f]*(?=[^\W\d]))")
_CONTINUED = re.compile(r"(?:[^\n]*\\\n(?!\Z))*[^\n]*")
_LEXEME = re.compile(
    r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\Z)'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\Z)"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
    r"|\#[^\n]*"
    r"|\\\n"
    r"|[=!<>+\-*/%&|^@:]="  # so that = alone is an assignment
    r"|\w+|\s|.",
    re.DOTALL,
)


class _Line(NamedTuple):
    """A logical line: start is after the indentation, end at its newline."""

    start: int
    end: int
    assignment: int  # where its first = is, outside brackets; -1: nowhere
    asks: bool  # whether its last token is a question mark


@lru_cache(maxsize=256)  # several look at the cells of a notebook, one after the other
def mask(source: str) -> Masked:
    """The cell as Python; SyntaxError, with the line in the cell, if it is not even then."""
    text = clean(source)
    masked = _plain(text) or _cell(text, 0, 1)
    if masked.magics and PLACEHOLDER.search(text):
        raise SyntaxError("__magic__(...) is a name that nb2pkg uses itself")
    parsed(masked.python)
    return masked


def readable(notebook: Notebook) -> Iterator[tuple[Cell, Masked]]:
    """The code cells, masked, for those who only look; a cell that is no Python is left out."""
    for cell in notebook.code:
        with suppress(SyntaxError):
            yield cell, mask(cell.source)


def unmask(python: str, magics: tuple[Magic, ...]) -> str:
    """Put the magics back, in place of their calls and of the empty lines that follow for them."""

    def restored(match: re.Match[str]) -> str:
        number = int(match.group(1))
        if number >= len(magics):
            return match.group()
        text = magics[number].text
        return text + match.group(2)[text.count("\n") :]

    return re.sub(PLACEHOLDER.pattern + r"(\n*)", restored, python)


def altered_line(source: str, ipython: str = "", docs_count: bool = True) -> int:
    """The first line of a string that the kernel may run as another one than `mask` gives; or 0.

    IPython 9.1 and later empty blank lines in strings, and the latest strip prompts from those below
    the second line. ipython: the version of the kernel's; empty if nobody knows it. docs_count: does
    the notebook look at docstrings?
    """
    text = clean(source)
    known = tuple(int(part) for part in re.findall(r"\d+", ipython)[:2])
    needed = _EMPTIES_BLANKS if without_blanks(source) == text else _STRIPS_PROMPTS
    if (
        known >= needed and clean(text) == text
    ):  # else the cell that is written is cleaned once more
        return 0
    before, after = _without_cleaning(source), _without_cleaning(text)
    if text == source or before is None or after is None:
        return 0
    if _tree(before, docs_count) == _tree(after, docs_count):
        return 0
    pairs = zip(source.split("\n"), text.split("\n"), strict=True)
    return next(number for number, (before, after) in enumerate(pairs, 1) if before != after)


def _without_cleaning(text: str) -> Masked | None:
    """The text as it stands, below cell magics too; None if it is not Python then."""
    magic = _CELL_MAGIC.match(text)
    first, newline, body = text[magic.start("magic") if magic else 0 :].partition("\n")
    if magic and first[2:].rstrip().partition(" ")[0] in PYTHON_BODIES:
        inner = _without_cleaning(body)
        return inner and replace(inner, python=f"pass{newline}{inner.python}")
    masked = _plain(text) or _cell(text, 0, 1)
    try:
        parsed(masked.python)
    except SyntaxError:
        return None
    return masked


def _tree(masked: Masked, with_docs: bool) -> str:
    tree = parse(masked.python)
    documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for node in ast.walk(tree) if not with_docs else ():
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.dump(tree) + repr([magic.python for magic in masked.magics])


def _plain(text: str) -> Masked | None:
    """The text itself, if it is Python."""
    if _CELL_MAGIC.match(text):
        return None
    try:
        parsed(text)
    except SyntaxError:
        return None
    return Masked(text)


def _cell(text: str, number: int, line: int) -> Masked:
    """Mask text, which begins at a line of the cell, with placeholders from a number on."""
    match = _CELL_MAGIC.match(text)
    if match:
        return _cell_magic(text, match.start("magic"), number, line)
    masked = _line_magics(text, number, line)
    magic = None if masked.magics else _automagic(text)
    if magic is None:
        return masked
    python = text.replace(magic.text, f"__magic__({number})", 1)
    return Masked(python, (_settled(replace(magic, line=magic.line + line - 1)),))


def _cell_magic(text: str, start: int, number: int, line: int) -> Masked:
    before, rest = text[:start], text[start:]
    line += before.count("\n")
    first, newline, body = rest.partition("\n")
    placeholder = before + f"__magic__({number})"
    if first[2:].rstrip().partition(" ")[0] not in PYTHON_BODIES:
        magic = cell_magic(rest, line, body)
        return Masked(placeholder + "\n" * rest.count("\n"), (magic,), body_is_python=False)
    body = clean(body)  # on its own, as IPython does
    inner = _plain(body) or _cell(body, number + 1, line + 1)
    python = placeholder + newline + inner.python
    return Masked(python, (_settled(cell_magic(first, line)), *inner.magics), inner.body_is_python)


def _automagic(text: str) -> Magic | None:
    """IPython looks for magics without a percent sign only in a cell of one line."""
    return automagic(text) if "\n" not in text.lstrip("\n").removesuffix("\n") else None


def _settled(magic: Magic) -> Magic:
    """The magic with the code that it runs as plain Python; ``%time x = !ls`` has magics in it."""
    if not magic.python or _plain(magic.python):
        return magic
    try:
        inner = mask(magic.python)
    except SyntaxError:
        return replace(magic, python="")
    names = magic.names + tuple(name for other in inner.magics for name in other.names)
    python = PLACEHOLDER.sub("None", inner.python)
    return replace(magic, python=python, names=tuple(dict.fromkeys(names)))


def _line_magics(text: str, number: int, line: int) -> Masked:
    pieces: list[str] = []
    magics: list[Magic] = []
    done = 0
    for start, magic in _find(text, line):
        pieces += text[done:start], f"__magic__({number + len(magics)})"
        pieces.append("\n" * magic.text.count("\n"))
        magics.append(_settled(magic))
        done = start + len(magic.text)
    return Masked("".join(pieces) + text[done:], tuple(magics))


def _find(text: str, line: int) -> Iterator[tuple[int, Magic]]:
    """The magics of a cell and where they start.

    Only the beginning of a logical line, and what follows its first ``=``, can be one.
    """
    at = 0
    while at < len(text):
        logical = _logical_line(text, at)
        found = _magic_of(text, logical, line + text.count("\n", at, logical.start))
        end = logical.end
        if found:
            start, magic = found
            yield found
            end = start + len(magic.text)
        line += text.count("\n", at, end + 1)
        at = end + 1


def _magic_of(text: str, logical: _Line, line: int) -> tuple[int, Magic] | None:
    """The magic of a logical line that begins at a line; help goes before the others."""
    start, end, assignment, asks = logical
    if asks and (match := HELP_END.search(text[start:end])):
        return start, help_magic(text[start:end], line, match["target"], match["ask"])
    if _ESCAPE.match(text, start):
        return start, line_magic(_continued(text, start), line)
    if assignment >= 0 and (match := _ASSIGNED.match(text, assignment)):
        at = match.start("magic")
        line += text.count("\n", start, at)
        return at, line_magic(_continued(text, at), line, assigned=True)
    return None


def _continued(text: str, start: int) -> str:
    """From start to the end of the line, and on while lines end in a backslash."""
    match = _CONTINUED.match(text, start)
    return match.group() if match else ""


def _logical_line(text: str, at: int) -> _Line:
    """The line that Python sees from here on, over brackets, strings and backslashes."""
    space = _SPACE.match(text, at)
    start = space.end() if space else at
    depth, assignment, last = 0, -1, ""
    for match in _LEXEME.finditer(text, start):
        token = match.group()
        if token == "\n" and depth == 0:
            return _Line(start, match.start(), assignment, last == "?")
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth = max(depth - 1, 0)
        elif token == "=" and depth == 0 and assignment < 0:
            assignment = match.start()
        if not token.isspace():
            last = token
    return _Line(start, len(text), assignment, last == "?" and depth == 0)
