"""Names that no statement spells out: those in texts that are looked up, and star imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from nb2pkg.facts import evidence, stars
from nb2pkg.model import CellFacts, Facts, ImportedName, StatementKind, Use

_DEFINITIONS = (StatementKind.FUNCTION, StatementKind.CLASS)


def with_names_in_texts(cells: list[CellFacts]) -> tuple[CellFacts, ...]:
    """Add the notebook's names that queries, formulas and eval read out of texts."""
    if not any(f.text_names or f.has_unknown_text for cell in cells for f in cell.statements):
        return tuple(cells)
    bound = {name for cell in cells for facts in cell.statements for name in facts.bound}
    everywhere = bound & _names_in_all_texts(cells)
    above: set[str] = set()
    result = []
    for cell in cells:
        changed = []
        for facts in cell.statements:
            names = bound & set(facts.text_names)
            names |= everywhere if facts.has_unknown_text else set()
            if facts.kind not in _DEFINITIONS:  # a word that is no name yet is only a word
                names &= above | set(facts.bound)
            changed.append(_reading(facts, sorted(names), above) if names else facts)
            above.update(facts.bound)
        result.append(replace(cell, statements=tuple(changed)))
    return tuple(result)


def _names_in_all_texts(cells: Iterable[CellFacts]) -> set[str]:
    """A text that is looked up but made elsewhere may be any text of the notebook."""
    names: set[str] = set()
    for cell in cells:
        for facts in cell.statements:
            for part in ast.walk(facts.node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    names.update(evidence.identifiers(part.value))
    return names


def _reading(facts: Facts, names: list[str], above: set[str]) -> Facts:
    """Facts that read names too: at once, or when called if the text is inside a definition.

    What the statement binds itself it may read before: ``n = eval("n + 1")``.
    """
    uses = tuple(dict.fromkeys([*facts.uses, *names]))
    if facts.kind in _DEFINITIONS:
        return replace(
            facts, uses=uses, late_reads=tuple(dict.fromkeys([*facts.late_reads, *names]))
        )
    fresh = [name for name in names if name in above]
    return replace(facts, uses=uses, reads=tuple(dict.fromkeys([*facts.reads, *fresh])))


def with_star_imports(cells: list[CellFacts]) -> list[CellFacts]:
    """Make star imports explicit: the names that they bring and that the notebook mentions."""
    if not any(name.name == "*" for c in cells for f in c.statements for name in f.imports):
        return cells
    used = {name for cell in cells for facts in cell.statements for name in facts.uses}
    return [
        replace(cell, statements=tuple(_explicit(facts, used) for facts in cell.statements))
        for cell in cells
    ]


def _explicit(facts: Facts, used: set[str]) -> Facts:
    if not any(imported.name == "*" for imported in facts.imports):
        return facts
    found: list[ImportedName] = []
    opaque = facts.opaque
    for imported in facts.imports:
        names = (
            stars.exported(imported.module) if imported.name == "*" and not imported.level else None
        )
        if imported.name != "*":
            found.append(imported)
        elif names is None:
            text = f"from {imported.module} import *"
            opaque = (*opaque, Use("NB314", text, facts.node.lineno, 0, len(text)))
        else:
            found.extend(ImportedName(n, imported.module, n) for n in sorted(names & used))
    binds = tuple(dict.fromkeys([*facts.binds, *(name.name for name in found)]))
    return replace(facts, imports=tuple(found), binds=binds, opaque=opaque)
