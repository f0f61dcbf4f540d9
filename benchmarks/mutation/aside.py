"""Mutants that no test could tell from the original: by one rule, or listed with a reason.

The rule: without docstrings, and without what stands under `if TYPE_CHECKING:`, the syntax trees are the
same; then the same things are done. Everything else is in equivalent.toml, one by one. Only a mutant
that survived is set aside: one that was killed was told from the original.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LIST = Path(__file__).with_name("equivalent.toml")
SAME_CODE = "only a docstring or something under TYPE_CHECKING differs"
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Listed:
    """An entry of the list: these lines of a file, changed in this way."""

    package: str
    file: str
    before: str
    after: str
    why: str

    def matches(self, package: str, file: str, diff: Sequence[str]) -> bool:
        """Whether it is about this mutant."""
        return (
            (package, file) == (self.package, self.file)
            and _lines(diff, "-") == _plain(self.before)
            and _lines(diff, "+") == _plain(self.after)
        )


def listed(path: Path = LIST) -> tuple[Listed, ...]:
    """What the list holds."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("mutant", [])
    return tuple(Listed(**entry) for entry in entries)


def by_hand(entries: Sequence[Listed], package: str, file: str, diff: Sequence[str]) -> str:
    """The reason that the list gives for a mutant."""
    return next((e.why for e in entries if e.matches(package, file, diff)), "")


def by_rule(before: str, after: str) -> str:
    """The reason that the rule gives."""
    return SAME_CODE if _done(before) == _done(after) else ""


def _done(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, _WITH_DOCSTRING) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.If) and ast.unparse(node.test).split(".")[-1] == "TYPE_CHECKING":
            node.body = [ast.Pass()]
    return ast.dump(tree)


def _lines(diff: Sequence[str], sign: str) -> list[str]:
    return [line[1:].strip() for line in diff if line.startswith(sign)]


def _plain(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]
