"""What the code of a cell does that is likely to hurt."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nb2pkg.check.catalogue import at, finding
from nb2pkg.check.model import Edit, Examined, Finding
from nb2pkg.check.rules.rule import rule
from nb2pkg.graph.timeline import Bound
from nb2pkg.model import Facts, Magic, MagicKind, Place, StatementKind
from nb2pkg.notebook.language import newer_python

_INSTALLERS = r"(?:pip3?|conda|mamba|micromamba|uv\s+pip|apt|apt-get|brew|npm|poetry)"
_INSTALLS = re.compile(
    rf"^\s*(?:sudo\s+)?(?:\S*python[\d.]*\S*\s+-m\s+)?{_INSTALLERS}\s+(?:-\S+\s+)*install\b",
    re.MULTILINE,
)
_PIP = re.compile(r"!(?=pip3? install\b)")
_SHELLS = frozenset({"bash", "sh", "script", "!", "sx", "system", "cmd", "powershell"})


_NOT_PYTHON = (
    "is not valid Python",
    "Fix it; or make it a raw cell, or tag it raises-exception, if it is not to be run.",
)


@rule("NB801")
def broken(examined: Examined) -> Iterator[Finding]:
    newer = newer_python(examined.notebook.document.get("metadata", {}))
    for bad in examined.broken:
        if "raises-exception" not in examined.notebook.cells[bad.cell].tags:
            lines = examined.notebook.cells[bad.cell].source.split("\n")
            width = len(lines[bad.line - 1].rstrip()) if bad.line <= len(lines) else 0
            problem, advice = newer or _NOT_PYTHON
            place = Place(bad.cell, bad.line, 0, width)
            yield finding("NB801", place, bad.message, problem=problem, advice=advice)


def _magics(examined: Examined) -> Iterator[tuple[Facts, Magic]]:
    """Magics that stand for themselves: one below an if runs where a person has thought of it."""
    for facts in examined.lines.statements:
        if facts.magic and isinstance(facts.node, ast.Expr | ast.Assign):
            yield facts, facts.magic


@rule("NB806")
def installs(examined: Examined) -> Iterator[Finding]:
    for facts, magic in _magics(examined):
        command = _command(magic)
        if _INSTALLS.search(command):
            what = " ".join(magic.text.split("\n")[0].split()[:4])
            yield finding("NB806", at(facts), what, _into_the_kernel(examined, facts, magic))


def _command(magic: Magic) -> str:
    """The command line, as far as the magic has one."""
    if magic.kind is MagicKind.SHELL:
        return magic.argument
    if magic.kind is MagicKind.LINE:
        return f"{magic.name} {magic.argument}"
    if magic.kind is MagicKind.CELL and magic.name in _SHELLS:
        return magic.text.partition("\n")[2]
    return ""


def _into_the_kernel(examined: Examined, facts: Facts, magic: Magic) -> Edit | None:
    """``%pip``, which installs where the kernel runs, instead of ``!pip``."""
    lines = examined.notebook.cells[facts.cell].source.split("\n")
    line = lines[facts.line - 1]
    if magic.kind is not MagicKind.SHELL or not _PIP.match(line) or set(line) & set("&|;><{$"):
        return None
    end = 2 + line.startswith("!pip3") + len("pip") - 1
    return Edit(facts.cell, facts.line, 0, facts.line, end, "%pip")


@rule("NB807")
def shell(examined: Examined) -> Iterator[Finding]:
    for facts, magic in _magics(examined):
        command = _command(magic)
        shells = magic.kind is MagicKind.SHELL or magic.name in _SHELLS
        if shells and command and not _INSTALLS.search(command):
            yield finding("NB807", at(facts), magic.text.split("\n")[0][:60])


@rule("NB808")
def from_text(examined: Examined) -> Iterator[Finding]:
    for position, facts in enumerate(examined.lines.statements):
        for use in facts.opaque:
            own = examined.lines.is_bound(use.what, position) is Bound.YES
            if use.code == "NB301" and not own and _is_called(examined, position, use.what):
                place = Place(facts.cell, use.line, use.column, use.width)
                yield finding("NB808", place, f"{use.what}()")


def _is_called(examined: Examined, position: int, name: str) -> bool:
    return any(called == name for _, called in examined.calls[position])


@rule("NB812")
def dead(examined: Examined) -> Iterator[Finding]:
    """Cells of plain assignments, without calls, whose names nothing reads later."""
    if examined.broken:
        return
    statements = examined.lines.statements
    last = statements[-1].cell if statements else -1
    for cell in examined.cells:
        positions = [i for i, facts in enumerate(statements) if facts.cell == cell.cell.index]
        if not positions or cell.cell.index == last or cell.cell.outputs:
            continue
        if all(_does_nothing(examined, position) for position in positions):
            names = [name for p in positions for name in statements[p].binds]
            place = Place(cell.cell.index, width=0)
            yield finding("NB812", place, ", ".join(dict.fromkeys(names)))


def _does_nothing(examined: Examined, position: int) -> bool:
    facts = examined.lines.statements[position]
    if facts.kind not in (StatementKind.PLAIN, StatementKind.LITERAL) or examined.calls[position]:
        return False
    match facts.node:
        case ast.Assign(targets=targets) if all(isinstance(t, ast.Name) for t in targets):
            return not any(
                examined.lines.statements[reader].cell != facts.cell
                for name in facts.binds
                for reader in examined.lines.readers(name, position)
            )
    return False


@rule("NB813")
def long(examined: Examined) -> Iterator[Finding]:
    limit = examined.limits.max_cell_lines
    for cell in examined.cells:
        lines = [line for line in cell.cell.source.split("\n") if _is_code(line)]
        if len(lines) > limit:
            place = Place(cell.cell.index, width=0)
            yield finding("NB813", place, str(len(lines)), limit=str(limit))


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


@rule("NB814")
def untested(examined: Examined) -> Iterator[Finding]:
    statements = examined.lines.statements
    functions = [facts for facts in statements if facts.kind is StatementKind.FUNCTION]
    asserts = any(parts.has(ast.Assert) for parts in examined.parts)
    if len(functions) >= 5 and not asserts:
        yield finding("NB814", at(functions[0], functions[0].name), str(len(functions)))
