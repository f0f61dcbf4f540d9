"""Paths that exist on one machine, or lead out of the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nb2pkg.check.catalogue import at, finding
from nb2pkg.check.model import Examined, Finding
from nb2pkg.check.rules.rule import rule
from nb2pkg.model import Facts, MagicKind, Place

_SOMEBODY = r"(?!(?:user|username|you|yourname|your_name|me|jovyan|runner|ubuntu|name)\b)[\w.-]+"
_PERSONAL = re.compile(
    rf"(?:/home/{_SOMEBODY}/|/Users/(?!Shared/){_SOMEBODY}/|/root/(?=\w)"
    r"|[C-Z]:(?:\\\\?|/)(?!Windows|Program|ProgramData)[\w .-]+(?:[\\/]|\.\w+$))[^\n'\"]*"
)
_BEFORE = re.compile(r"(?:^|[\s\"'=:(])$")
_UP = re.compile(r"\.\.(?:[\\/]\.\.)*(?=[\\/]|\Z)")


def is_personal(path: str) -> bool:
    """Does the path exist on one machine only?"""
    return _PERSONAL.match(path) is not None


@rule("NB810")
def of_one_machine(examined: Examined) -> Iterator[Finding]:
    for position, facts in enumerate(examined.lines.statements):
        for constant in _texts(examined, position):
            match = _PERSONAL.match(str(constant.value))
            if match:
                yield finding("NB810", _place(facts, constant), _short(match.group()))
        if facts.magic and facts.magic.kind is not MagicKind.HELP:
            first = facts.magic.text.split("\n")[0]
            match = _PERSONAL.search(first)
            if match and _BEFORE.search(first[: match.start()]):
                yield finding("NB810", at(facts), _short(match.group().split()[0]))


@rule("NB811")
def outside(examined: Examined) -> Iterator[Finding]:
    depth = examined.project.depth
    if depth < 0:
        return
    for position, facts in enumerate(examined.lines.statements):
        for constant in _texts(examined, position):
            text = str(constant.value)
            match = _UP.match(text)
            if match and match.group().count("..") > depth and "\n" not in text:
                yield finding("NB811", _place(facts, constant), _short(text))


def _texts(examined: Examined, position: int) -> Iterator[ast.Constant]:
    """String literals that are values: no docstrings, and no pieces of a formatted string."""
    parts = examined.parts[position]
    shown = {id(expression.value) for expression in parts.of(ast.Expr)}
    for constant in parts.of(ast.Constant):
        if isinstance(constant.value, str) and id(constant) not in shown and constant.value:
            yield constant


def _place(facts: Facts, constant: ast.Constant) -> Place:
    width = (constant.end_col_offset or 0) - constant.col_offset
    if constant.end_lineno != constant.lineno:
        width = 1
    return Place(facts.cell, constant.lineno, constant.col_offset, max(width, 1))


def _short(path: str) -> str:
    return path if len(path) <= 60 else path[:57] + "..."
