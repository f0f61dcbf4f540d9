"""Cells of tests: ``%%nbtest [name] [options]``, and which parts of such a cell are tests.

A cell without test functions and test classes is one test as a whole. In a cell with some, its
other code makes ready what they use, up to the first assert; from there on it is a test of its own.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from nb2pkg.model import Masked

MAGIC = "nbtest"
FREE = frozenset({"pytest"})
"""Names that a cell of tests has without importing them."""

_BEGINS = re.compile(r"(?:[ \t\f]*\n)*(?P<magic>%%nbtest)\b")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class NbtestRequest:
    """What the first line asks for: ``%%nbtest birds are whole -k adult --strict``."""

    name: str = ""
    expression: str = ""
    strict: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """The statements of a cell: what makes ready, tests by themselves, and the code that asserts."""

    ready: tuple[ast.stmt, ...]
    tests: tuple[ast.stmt, ...]
    loose: tuple[ast.stmt, ...]


def begins(source: str) -> tuple[int, int] | None:
    """Line and column of ``%%nbtest``, if the cell begins with it."""
    match = _BEGINS.match(source)
    if match is None:
        return None
    at = match.start("magic")
    return 1 + source.count("\n", 0, at), at - source.rfind("\n", 0, at) - 1


def is_isolated(masked: Masked) -> bool:
    """Does the cell run in a namespace of its own, that only looks into the notebook's?"""
    return bool(masked.magics) and masked.magics[0].text.startswith(f"%%{MAGIC}")


def parse_request(argument: str) -> NbtestRequest:
    """Read the first line; ValueError says what is wrong with it."""
    words = shlex.split(argument)
    name: list[str] = []
    expression, strict, quiet = "", False, False
    while words:
        word = words.pop(0)
        if word == "-k":
            if not words:
                raise ValueError("-k needs an expression, as in -k 'adult and not slow'")
            expression = words.pop(0)
        elif word == "--strict":
            strict = True
        elif word in ("-q", "--quiet"):
            quiet = True
        elif word.startswith("-"):
            raise ValueError(f"there is no option {word}: -k EXPRESSION, --strict, -q")
        else:
            name.append(word)
    return NbtestRequest(" ".join(name), expression, strict, quiet)


def split(body: Iterable[ast.stmt]) -> Parts:
    """Which statement is what."""
    body = tuple(body)
    tests = tuple(node for node in body if is_test(node))
    if not tests:
        return Parts((), (), body)
    others = [node for node in body if node not in tests]
    first = next((i for i, node in enumerate(others) if _asserts(node)), len(others))
    loose = tuple(node for node in others[first:] if not _defines(node))
    return Parts(tuple(node for node in others if node not in loose), tests, loose)


def is_test(node: ast.stmt) -> bool:
    """Would pytest call it?"""
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") or any(
            ast.unparse(base).rpartition(".")[2].endswith("TestCase") for base in node.bases
        )
    return isinstance(node, _DEFINITIONS) and node.name.startswith("test")


def slug(name: str) -> str:
    """A name in words as part of a name in Python."""
    return "_".join(re.findall(r"[^\W_]+", name)).lower()


def _asserts(node: ast.stmt) -> bool:
    return not _defines(node) and any(isinstance(part, ast.Assert) for part in ast.walk(node))


def _defines(node: ast.stmt) -> bool:
    return isinstance(node, (*_DEFINITIONS, ast.Import, ast.ImportFrom))
