"""Import blocks merged by imported name; the block keeps the layout that the engineer gave it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from nb2pkg.merge.symbols import Item, parse

WIDTH = 88  # of black, which lays out what is generated


@dataclass(frozen=True, slots=True, order=True)
class Imported:
    """``from module import name as alias``; without a name ``import module as alias``."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def statement(self) -> str:
        alias = f" as {self.alias}" if self.alias else ""
        if self.name:
            return f"from {self.module} import {self.name}{alias}"
        return f"import {self.module}{alias}"


def of(nodes: Iterable[ast.stmt]) -> list[Imported]:
    """What import statements import, in their order."""
    found = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [Imported(a.name, "", a.asname or "") for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = _source(node)
            found += [Imported(source, a.name, a.asname or "") for a in node.names]
    return found


def guarded(nodes: Iterable[ast.stmt]) -> list[Imported] | None:
    """What an ``if`` imports that does nothing else."""
    node, *others = [*nodes, None]
    if not isinstance(node, ast.If) or node.orelse or others != [None]:
        return None
    entries = [of([inner]) for inner in node.body]
    return [entry for found in entries for entry in found] if all(entries) else None


def bound_anywhere(items: Iterable[Item]) -> set[str]:
    """Names that a module binds: symbols, and imports at any depth."""
    found: set[str] = set()
    for item in items:
        if item.kind == "symbol":
            found |= set(item.symbol.split(", "))
        walked = [n for top in item.nodes for n in ast.walk(top) if isinstance(n, ast.stmt)]
        found |= {entry.bound for entry in of(walked)}
    return found


def add(block: str, entry: Imported, package: str) -> str:
    """The block with one more name: in the statement of its module, else in a line of its own.

    >>> add("from .load import read\\n", Imported(".load", "clean"), "p")
    'from .load import clean, read\\n'
    """
    nodes = _nodes(block)
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and _source(node) == entry.module and entry.name:
            extended = None if entry.alias else _extended(block, node, entry.name)
            if extended is not None:
                return extended
    return _inserted(block, nodes, entry, package)


def remove(block: str, entry: Imported) -> str:
    """The block without a name; as it was if it shares lines with a comment."""
    for node in _nodes(block):
        if entry in of([node]):
            rest = [a for a in of([node]) if a != entry]
            lines = block.splitlines(keepends=True)
            first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
            if rest and "#" in "".join(lines[first : last + 1]):
                own = [n for n in range(first, last + 1) if _is_name(lines[n], entry)]
                return "".join(line for n, line in enumerate(lines) if n not in own)
            if rest:
                members = [e.statement.rpartition(" import ")[2] for e in rest]
                source = _source(node) if isinstance(node, ast.ImportFrom) else ""
                return _replaced(block, first, last, statement(source, members))
            left = re.sub(r"\n{3,}", "\n\n", _replaced(block, first, last, "")).strip("\n")
            return left + "\n" if left else ""
    return block


def _nodes(block: str) -> list[ast.stmt]:
    tree = parse(block)
    return tree.body if tree else []


def _source(node: ast.ImportFrom) -> str:
    return "." * node.level + (node.module or "")


def _extended(block: str, node: ast.ImportFrom, name: str) -> str | None:
    """The statement with one more name; None if it stands on a line with something else."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    lines = block.splitlines(keepends=True)
    text = "".join(lines[first : last + 1])
    if ";" in text or "*" in text or any(alias.asname for alias in node.names):
        return None
    if "#" not in text:
        members = sorted([*(alias.name for alias in node.names), name], key=member_key)
        return _replaced(block, first, last, statement(_source(node), members))
    if first == last:
        return None
    later = [a for a in node.names if member_key(a.name) > member_key(name)]
    at = later[0].lineno - 1 if later else last
    own = lines[at].strip()
    if later and not re.match(rf"{later[0].name}\s*(,|#|$)", own):
        return None
    if not later and own != ")":
        return None
    return "".join([*lines[:at], f"    {name},\n", *lines[at:]])


def statement(source: str, members: list[str]) -> str:
    """An import statement; without a source, of whole modules."""
    if not source:
        return f"import {', '.join(members)}\n"
    line = f"from {source} import {', '.join(members)}"
    if len(line) <= WIDTH:
        return line + "\n"
    return f"from {source} import (\n" + "".join(f"    {m},\n" for m in members) + ")\n"


def _replaced(block: str, first: int, last: int, text: str) -> str:
    lines = block.splitlines(keepends=True)
    return "".join([*lines[:first], text, *lines[last + 1 :]])


def _is_name(line: str, entry: Imported) -> bool:
    own = line.partition("#")[0].strip().rstrip(",")
    return own == entry.statement.rpartition(" import ")[2]


def _inserted(block: str, nodes: list[ast.stmt], entry: Imported, package: str) -> str:
    """A line of its own, behind the statement that isort would put before it."""
    key = _order(entry, package)
    before = None
    for node in nodes:
        if _order(of([node])[0], package) <= key:
            before = node
    at = (before.end_lineno or before.lineno) if before else 0
    lines = block.splitlines(keepends=True)
    line = entry.statement + "\n"
    if before and _order(of([before])[0], package)[0] != key[0]:
        line = "\n" + line
    after = [n for n in nodes if n.lineno > at]
    if after and _order(of([after[0]])[0], package)[0] != key[0]:
        if before is None or lines[at].strip():
            line += "\n"
    return "".join([*lines[:at], line, *lines[at:]])


def _order(entry: Imported, package: str) -> tuple[int, bool, object, str]:
    return _section(entry.module, package), bool(entry.name), _natural(entry.module), entry.alias


def _section(module: str, package: str) -> int:
    top = module.partition(".")[0]
    if not top:
        return 4
    if top == "__future__":
        return 0
    if top in sys.stdlib_module_names:
        return 1
    return 3 if top == package.partition(".")[0] else 2


def _natural(name: str) -> tuple[tuple[tuple[bool, int, str], ...], str]:
    """Numbers inside names by value: x2 before x10."""
    parts = re.split(r"(\d+)", name.lower())
    return tuple((p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts), name


def member_key(name: str) -> tuple[int, object]:
    """Constants, then classes, then the rest, as isort has it."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, _natural(name)
