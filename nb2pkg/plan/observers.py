"""Code that sees the notebook itself: its frames, its names, how it shows values.

What looks at a frame stays, and what it may find there stays alive. What lists the names of the
notebook would see those that promotion adds, and ``__main__`` is the notebook to whoever asks for it
by name: nothing above these moves. What is below the last of them moves as in any notebook.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from nb2pkg import facts as facts_of
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.facts.parts import parts_of
from nb2pkg.facts.scopes import outside_functions
from nb2pkg.graph import timeline
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import CellFacts, Facts, Problem, StatementKind
from nb2pkg.plan.plan_state import starts
from nb2pkg.plan.request import Staying
from nb2pkg.problems import at

_DEFINITIONS = (StatementKind.FUNCTION, StatementKind.CLASS)
_NAMESPACES = ("dir", "globals", "locals", "vars")
_LOOKS_ONE_UP = ("get", "setdefault", "pop", "update")
_FILLS_IN = ("format_map", "substitute", "safe_substitute", "eval", "query")  # names of a text
_INTERACTIVITY = "ast_node_interactivity"
_MAIN = "__main__"


_SHOWS_ALL = re.compile(r"""ast_node_interactivity\s*=\s*["']all["']\s*\Z""")
_Edit = Callable[[int, Facts], Facts]


@dataclass(frozen=True, slots=True)
class Watched:
    """The facts as the observers make them; what stays, and why; does something list all names?"""

    cells: tuple[CellFacts, ...]
    staying: Staying = field(default_factory=dict)
    lists_names: bool = False


def watch(cells: tuple[CellFacts, ...]) -> Watched:
    """What of the notebook looks at the notebook."""
    lines, aliases = timeline.build(cells), facts_of.aliases_of(cells)
    statements = lines.statements
    looking = _with_users(lines, {p: _looks(f, aliases) for p, f in enumerate(statements)})
    listing = _with_users(lines, {p: _lists(f) for p, f in enumerate(statements)})
    last = max(listing, default=-1)
    staying: dict[int, Problem | None] = dict.fromkeys(range(last + 1))
    staying |= {p: at(statements[p], "NB204", what) for p, what in looking.items()}
    staying |= {p: at(statements[p], "NB206", what) for p, what in listing.items()}
    seeing = {p for p in looking if statements[p].kind not in _DEFINITIONS}
    found = _edited(cells, lambda p, f: replace(f, reads_everything=True) if p in seeing else f)
    found, shown = _showing(found)
    return Watched(found, {**staying, **shown}, last >= 0)


def _edited(cells: Iterable[CellFacts], edit: _Edit) -> tuple[CellFacts, ...]:
    """The cells with each statement, and its position in the notebook, given to edit."""
    return tuple(
        replace(cell, statements=tuple(edit(start + i, f) for i, f in enumerate(cell.statements)))
        for cell, start in starts(cells)
    )


def _with_users(lines: Timeline, direct: Mapping[int, str]) -> dict[int, str]:
    """Positions that do it themselves, and that use a function or a value by which it is done."""
    found = {position: what for position, what in direct.items() if what}
    waiting = list(found)
    while waiting:
        facts = lines.statements[waiting.pop()]
        for name in facts.bound if _passes_on(facts) else ():
            for user in lines.uses_of(name):
                if user not in found:
                    found[user] = name
                    waiting.append(user)
    return found


def _passes_on(facts: Facts) -> bool:
    """May what it binds do the same again: a function, or the frame or the names themselves?"""
    value = facts.node.value if isinstance(facts.node, ast.Assign) else None
    return facts.kind in _DEFINITIONS or bool(facts.late_reads) or isinstance(value, ast.Call)


# ---- frames


def _looks(facts: Facts, aliases: Aliases) -> str:
    """What in the statement looks at where code stands, if anything does."""
    wanted = known("frames", "names")
    parts = parts_of(facts.node)
    named: list[ast.Attribute | ast.Name] = [*parts.of(ast.Attribute), *parts.of(ast.Name)]
    for part in named:
        name = dotted(part)
        if aliases.dotted(name) in wanted and not isinstance(part.ctx, ast.Store):
            return name
    return ""


# ---- all names


def _lists(facts: Facts) -> str:
    """What in the statement sees all names that the notebook has, if anything does."""
    if facts.magic is not None and facts.magic.name in known("magics", "lists_names"):
        return f"%{facts.magic.name}"
    if any(imported.module == _MAIN for imported in facts.imports) or _names_main(facts.node):
        return _MAIN
    if facts.kind in _DEFINITIONS:
        return _namespace_of(facts.node, {"globals"})
    return _namespace_of(facts.node, set(_NAMESPACES))


def _names_main(node: ast.stmt) -> bool:
    """Is the notebook's own module named in a text, as in ``sys.modules["__main__"]``?"""
    parts = parts_of(node)
    compared = {id(v) for part in parts.of(ast.Compare) for v in [part.left, *part.comparators]}
    return any(
        isinstance(part.value, str) and _MAIN in part.value
        for part in parts.of(ast.Constant)
        if id(part) not in compared
    )


def _namespace_of(node: ast.stmt, functions: set[str]) -> str:
    """A call that gives the namespace, unless only single names are looked up in what it gives."""
    if functions.isdisjoint(name.id for name in parts_of(node).of(ast.Name)):
        return ""
    harmless: set[int] = set()
    for part in ast.walk(node):
        match part:
            case ast.Subscript(value=value) | ast.keyword(value=value):
                harmless.add(id(value))
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[value]):
                harmless.add(id(value))
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _LOOKS_ONE_UP:
                harmless.add(id(value))
            case ast.Call(func=ast.Name(id="eval" | "exec"), args=arguments):
                harmless.update(map(id, arguments))
            case ast.Call(func=ast.Attribute(attr=name), args=arguments) if name in _FILLS_IN:
                harmless.update(map(id, arguments))
            case ast.Call(func=ast.Name(id=name), args=[]) if name in functions:
                if id(part) not in harmless:
                    return f"{name}()"
    return ""


# ---- how values are shown


def _showing(cells: tuple[CellFacts, ...]) -> tuple[tuple[CellFacts, ...], Staying]:
    """Where IPython shows more than the last value of a cell, all that is shown stays."""
    for cell, start in starts(cells):
        for position, facts in enumerate(cell.statements, start):
            if not _sets_interactivity(facts):
                continue
            if not _shows_all(facts):
                everything = range(sum(len(c.statements) for c in cells))
                why = at(facts, "NB204", _INTERACTIVITY)
                return cells, {p: why if p == position else None for p in everything}
            return _all_shown(cells, cell.cell.index)
    return cells, {}


def _all_shown(cells: tuple[CellFacts, ...], setter: int) -> tuple[tuple[CellFacts, ...], Staying]:
    """Below the cell that sets it each expression is shown, and none in a cell that ends with ``;``."""
    quiet = {c.cell.index for c in cells if c.statements and c.statements[-1].quiet}
    staying = {
        p: None
        for cell, start in starts(cells)
        for p in range(start, start + len(cell.statements))
        if cell.cell.index == setter or (cell.cell.index > setter and cell.cell.index in quiet)
    }

    def shown(_: int, facts: Facts) -> Facts:
        is_below = facts.cell > setter and not facts.magic
        if not is_below or facts.shows or "display" in facts.effects or not _has_values(facts):
            return facts
        return replace(facts, effects=(*facts.effects, "display"))

    return _edited(cells, shown), staying


def _has_values(facts: Facts) -> bool:
    """Does an expression stand alone in it, be it in a loop? IPython shows its value then."""
    return any(isinstance(part, ast.Expr) for part in outside_functions(facts.node))


def _sets_interactivity(facts: Facts) -> bool:
    text = facts.magic.text if facts.magic is not None else facts.source
    return _INTERACTIVITY in text and "last_expr'" not in text and 'last_expr"' not in text


def _shows_all(facts: Facts) -> bool:
    text = facts.magic.text if facts.magic is not None else facts.source
    return _SHOWS_ALL.search(text.strip()) is not None
