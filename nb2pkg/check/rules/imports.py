"""Imports: used, installed, declared, and seen."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from nb2pkg.check.catalogue import at, finding
from nb2pkg.check.model import Edit, Examined, Finding
from nb2pkg.check.rules.rule import rule
from nb2pkg.facts.libraries import known
from nb2pkg.model import Facts, ImportedName, MagicKind, Place, StatementKind
from nb2pkg.requirements import local
from nb2pkg.requirements.known import candidates, is_nowhere, is_standard

_WORD = re.compile(r"[^\W\d]\w*")


def _imports(examined: Examined) -> Iterator[tuple[Facts, ImportedName]]:
    """Imports that are not guarded: a try around one says that it may be missing."""
    for facts in examined.lines.statements:
        if facts.kind is StatementKind.IMPORT:
            yield from ((facts, imported) for imported in facts.imports)


def _foreign(examined: Examined) -> Iterator[tuple[Facts, str]]:
    """The first import of each top-level module that neither Python nor the project brings."""
    seen = set(sys.stdlib_module_names) | examined.project.local
    for facts, imported in _imports(examined):
        top = imported.module.partition(".")[0]
        if imported.level or not top or top in seen:
            continue
        seen.add(top)
        yield facts, top


@rule("NB802")
def not_installed(examined: Examined) -> Iterator[Finding]:
    from nb2pkg.environment import installed

    for facts, top in _foreign(examined):
        if top.lower() not in installed():
            yield finding("NB802", at(facts, top), top)


@rule("NB803")
def undeclared(examined: Examined) -> Iterator[Finding]:
    declared = examined.project.declared
    if declared is None or _finds_elsewhere(examined):
        return
    brought = known("ambient", "modules") | local.written(examined.notebook)
    told: set[str] = set()
    for facts, top in _foreign(examined):
        if top in brought or is_standard(top) or is_nowhere(top):
            continue
        possible = candidates(top) or (top,)
        if possible[0] not in told and not any(_is_declared(top, d, declared) for d in possible):
            told.add(possible[0])
            yield finding("NB803", at(facts, top), top, distribution=possible[0])


def _finds_elsewhere(examined: Examined) -> bool:
    """With another sys.path, modules come from anywhere."""
    return any("sys.path" in facts.source for facts in examined.lines.statements)


def _is_declared(module: str, distribution: str, declared: frozenset[str]) -> bool:
    """Generous: a distribution whose name is part of the other's counts (torch and pytorch), and
    hyphens do not (causallearn and causal-learn).
    """
    wanted = {canonicalize_name(name).replace("-", "") for name in (module, distribution)}
    return any(
        name == want or (min(len(name), len(want)) > 3 and (name in want or want in name))
        for name in (name.replace("-", "") for name in declared)
        for want in wanted
    )


@rule("NB804")
def unused(examined: Examined) -> Iterator[Finding]:
    if examined.broken or any(f.reads_everything for f in examined.lines.statements):
        return
    used = {name for facts in examined.lines.statements for name in facts.uses}
    in_texts = _words_in_texts(examined)
    for facts, imported in _imports(examined):
        name = imported.name
        if name in used or name in in_texts or _acts(facts, imported):
            continue
        place = _of_alias(facts, name)
        yield finding("NB804", place, name, _removal(examined, facts, used | in_texts))


def _words_in_texts(examined: Examined) -> set[str]:
    """Words of strings and of magics: code in them may use the name."""
    words: set[str] = set()
    for parts in examined.parts:
        for constant in parts.of(ast.Constant):
            if isinstance(constant.value, str):
                words.update(_WORD.findall(constant.value))
    for cell in examined.cells:
        for magic in cell.masked.magics:
            if magic.kind is not MagicKind.HELP:
                words.update(_WORD.findall(magic.text))
    return words


def _acts(facts: Facts, imported: ImportedName) -> bool:
    """Does importing it do something, or does a person say that it is meant?"""
    if imported.name == "*" or imported.module == "__future__" or "noqa" in facts.source:
        return True
    if "." in imported.module and not imported.attribute:
        return True  # import a.b: registers something, as often as not
    if imported.attribute == imported.name and f" as {imported.name}" in facts.source:
        return True  # import x as x: meant for others
    known_to_act = known("ambient", "imports_that_act")
    parts = imported.module.split(".")
    return any(".".join(parts[:n]) in known_to_act for n in range(1, len(parts) + 1))


def _of_alias(facts: Facts, name: str) -> Place:
    """The place of the name in its import statement, which may go over lines."""
    assert isinstance(facts.node, ast.Import | ast.ImportFrom)
    for alias in facts.node.names:
        if (alias.asname or alias.name) == name:
            width = (alias.end_col_offset or 0) - alias.col_offset
            return Place(facts.cell, alias.lineno, alias.col_offset, width)
    return at(facts, name)


def _removal(examined: Examined, facts: Facts, used: set[str]) -> Edit | None:
    """Takes the statement out, where all that it brings is Python's own and nothing uses it.

    Importing anything else may have an effect that something relies on.
    """
    own = all(i.module.partition(".")[0] in sys.stdlib_module_names for i in facts.imports)
    lines = examined.notebook.cells[facts.cell].source.split("\n")
    whole = "\n".join(lines[facts.line - 1 : facts.end_line]).strip() == facts.source.strip()
    if not own or not whole or "#" in facts.source or ";" in facts.source:
        return None
    if any(imported.name in used for imported in facts.imports):
        return None
    if not any(
        _stays(other, used) for other in examined.lines.statements if other.cell == facts.cell
    ):
        return None  # a cell magic without a body is an error
    if facts.end_line == len(lines):  # with the line end before it
        before = len(lines[facts.line - 2])
        return Edit(facts.cell, facts.line - 1, before, facts.end_line, len(lines[-1]), "")
    return Edit(facts.cell, facts.line, 0, facts.end_line + 1, 0, "")


def _stays(facts: Facts, used: set[str]) -> bool:
    if facts.kind is StatementKind.IMPORT:
        return any(imported.name in used for imported in facts.imports)
    return facts.magic is None


@rule("NB805")
def star(examined: Examined) -> Iterator[Finding]:
    for facts in examined.lines.statements:
        node = facts.node
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield finding(
                "NB805", at(facts), f"from {'.' * node.level}{node.module or ''} import *"
            )
        elif (
            facts.magic and facts.magic.name == "pylab" and "no-import-all" not in facts.magic.text
        ):
            yield finding("NB805", at(facts), "%pylab")
