"""Hidden state: names that exist, or mean something, only because of what was run before."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.check.catalogue import at, finding, of_problem
from nb2pkg.check.model import Examined, Finding
from nb2pkg.check.rules.rule import rule
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import known, returned_types
from nb2pkg.graph.timeline import Bound
from nb2pkg.model import CellFacts, Facts, Magic, MagicKind, Place, StatementKind
from nb2pkg.plan.scope import BUILTINS, IPYTHON_NAMES
from nb2pkg.problems import at as problem_at

_FREE = BUILTINS | set(IPYTHON_NAMES)
_NAMED = {
    StatementKind.FUNCTION: "a function",
    StatementKind.CLASS: "a class",
    StatementKind.IMPORT: "an import",
}
_AS_ANY = known("magics", "transparent")  # cell magics whose body runs as that of any cell
_PLAIN = {StatementKind.PLAIN, StatementKind.LITERAL}
_LITERALS: dict[type[ast.expr], str] = {
    ast.List: "a list",
    ast.ListComp: "a list",
    ast.Dict: "a dictionary",
    ast.DictComp: "a dictionary",
    ast.Set: "a set",
    ast.SetComp: "a set",
    ast.JoinedStr: "a text",
}
_BUILTINS = {
    "int": "a number",
    "float": "a number",
    "str": "a text",
    "list": "a list",
    "dict": "a dictionary",
    "set": "a set",
}


# ------------------------------------------------------------------------------ names never made


@rule("NB201")
def unmade(examined: Examined) -> Iterator[Finding]:
    """Names that are surely read where nothing above can have made them."""
    if examined.broken:
        return
    reported = {name for facts in examined.lines.statements for name in facts.late_writes}
    apart = {c.cell.index for c in examined.cells if _runs_apart(c)}
    for position, facts in enumerate(examined.lines.statements[: _first_hidden(examined)]):
        if facts.cell in apart or _fails_on_purpose(examined, facts.cell):
            continue
        for name in facts.sure_reads:
            if name not in reported and _is_unmade(examined, name, position):
                reported.add(name)
                yield of_problem(problem_at(facts, "NB201", name))


def _is_unmade(examined: Examined, name: str, position: int) -> bool:
    if name in _FREE or name.startswith("_") or name in known("ambient", "names"):
        return False
    lines = examined.lines
    return lines.is_bound(name, position) is Bound.NO and not lines.is_deleted(name)


def _runs_apart(cell: CellFacts) -> bool:
    """``%%timeit`` binds names of its own, that are not the notebook's."""
    first = cell.masked.magics[0] if cell.masked.magics else None
    return first is not None and first.kind is MagicKind.CELL and first.name not in _AS_ANY


def _fails_on_purpose(examined: Examined, cell: int) -> bool:
    """An error that was kept is told by NB703, or is part of the story."""
    of = examined.notebook.cells[cell]
    return "raises-exception" in of.tags or any(o.kind == "error" for o in of.outputs)


def _first_hidden(examined: Examined) -> int:
    """The first statement that may make names that nobody can see."""
    hiding = {c.cell.index for c in examined.cells if any(map(_hides, c.masked.magics))}
    for position, facts in enumerate(examined.lines.statements):
        if facts.cell in hiding or any(u.code in ("NB301", "NB302", "NB314") for u in facts.opaque):
            return position
    return len(examined.lines.statements)


def _hides(magic: Magic) -> bool:
    return (
        magic.kind in (MagicKind.LINE, MagicKind.CELL)
        and magic.name not in known("ambient", "magics")
        and not magic.python
    )


# ---------------------------------------------------------------------------- values that change


@rule("NB704")
def late(examined: Examined) -> Iterator[Finding]:
    """A function is called on both sides of a statement that binds what it reads."""
    lines = examined.lines
    for position, facts in enumerate(lines.statements):
        if facts.kind is not StatementKind.FUNCTION or len(lines.binders(facts.name)) != 1:
            continue
        if facts.has_unknown_text:  # what it looks up by a text may be any name, or none
            continue
        uses = lines.uses_of(facts.name)
        calls = [p for p in uses if facts.name in lines.statements[p].only_called and p > position]
        for name in set(facts.late_reads) - set(facts.late_writes):
            again = _bound_between(examined, name, calls)
            if again is not None:
                cell = str(lines.statements[again].cell + 1)
                place = _of_name(examined, position, name)
                yield finding("NB704", place, facts.name, data=name, cell=cell)


def _bound_between(examined: Examined, name: str, calls: list[int]) -> int | None:
    """A statement that binds the name anew, and neither calls the function nor is in a loop."""
    lines = examined.lines
    binders = lines.binders(name)
    if not {lines.statements[p].kind for p in binders} <= _PLAIN:
        return None
    for binder in binders:
        before = [p for p in calls if p < binder and any(b < p for b in binders)]
        after = [p for p in calls if p > binder]
        sure = name in lines.statements[binder].binds and binder not in calls
        if sure and before and after and lines.reaching(name, after[0]) == (binder,):
            return binder
    return None


def _of_name(examined: Examined, position: int, name: str) -> Place:
    facts = examined.lines.statements[position]
    for node in examined.parts[position].of(ast.Name):
        if node.id == name:
            return Place(facts.cell, node.lineno, node.col_offset, len(name))
    return at(facts, facts.name)


# ------------------------------------------------------------------------- names that change kind


@rule("NB705")
def replaced(examined: Examined) -> Iterator[Finding]:
    """A definition or import is used, and then its name is bound to a value."""
    lines = examined.lines
    for name in lines.events:
        binders = lines.binders(name)
        for first, second in zip(binders, binders[1:]):
            before, after = lines.statements[first], lines.statements[second]
            kind = _NAMED.get(before.kind)
            if kind and name in after.binds and before.cell != after.cell:
                used = any(
                    first < p < second and lines.statements[p].cell != after.cell
                    for p in lines.readers(name, first)
                )
                if used and after.kind in _PLAIN and not _wraps(after, name):
                    cell = str(before.cell + 1)
                    yield finding("NB705", at(after, name), name, kind=kind, cell=cell)


def _wraps(facts: Facts, name: str) -> bool:
    """``f = cache(f)``: still of the same kind, and the notebook can be run again."""
    if not isinstance(facts.node, ast.Assign):
        return False
    called = {id(part.func) for part in ast.walk(facts.node.value) if isinstance(part, ast.Call)}
    return any(
        isinstance(part, ast.Name) and part.id == name and id(part) not in called
        for part in ast.walk(facts.node.value)
    )


@rule("NB706")
def other_type(examined: Examined) -> Iterator[Finding]:
    lines = examined.lines
    for name in lines.events:
        binders = lines.binders(name)
        for first, second in zip(binders, binders[1:]):
            before, after = lines.statements[first], lines.statements[second]
            types = _type(examined, before, name), _type(examined, after, name)
            if all(types) and types[0] != types[1] and before.cell != after.cell:
                cell = str(before.cell + 1)
                where = at(after, name)
                yield finding("NB706", where, name, before=types[0], after=types[1], cell=cell)


def _type(examined: Examined, facts: Facts, name: str) -> str:
    """The type of the value, where the assignment tells it for sure; else empty."""
    match facts.node:
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
            if isinstance(value, ast.Constant) and isinstance(value.value, str | bytes):
                return "a text"
            if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
                return "a number"
            if isinstance(value, ast.Call):
                type_name = returned_types().get(examined.aliases.dotted(dotted(value.func)), "")
                return _BUILTINS.get(type_name, type_name)
            return _LITERALS.get(type(value), "")
    return ""
