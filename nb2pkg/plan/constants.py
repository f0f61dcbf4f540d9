"""Which literals can be constants of the package?"""

from __future__ import annotations

import ast

from nb2pkg.facts import evidence
from nb2pkg.facts.libraries import known
from nb2pkg.facts.statements import is_immutable_literal
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import Facts, StatementKind

_READING_METHODS = {"get", "items", "keys", "values", "index", "count", "copy"}


def eligible(timeline: Timeline, written: frozenset[str]) -> dict[str, int]:
    """Names that are bound once, to a literal, and never changed: name to position."""
    found: dict[str, int] = {}
    unknown = _last_unknown(timeline)
    for position, facts in enumerate(timeline.statements):
        if facts.kind is not StatementKind.LITERAL or position < unknown:
            continue
        name = facts.name
        once = timeline.binders(name) == (position,) and not timeline.is_deleted(name)
        if (
            once
            and name not in written
            and not name.startswith("__")
            and _is_kept(name, facts, timeline)
        ):
            found[name] = position
    return found


def _last_unknown(timeline: Timeline) -> int:
    """The last statement that may bind anything anew, for all that can be seen here."""
    found = [p for p, facts in enumerate(timeline.statements) if evidence.runs_unknown_code(facts)]
    inside = any(timeline.statements[p].kind is StatementKind.FUNCTION for p in found)
    return len(timeline.statements) if inside else max(found, default=-1)


def _is_kept(name: str, facts: Facts, timeline: Timeline) -> bool:
    value = facts.node.value if isinstance(facts.node, ast.Assign | ast.AnnAssign) else None
    if value is not None and (isinstance(value, ast.Call) or is_immutable_literal(value)):
        return True
    users = (timeline.statements[position] for position in timeline.uses_of(name))
    return not any(_may_change(user.node, name) for user in users)


def _may_change(node: ast.AST, name: str) -> bool:
    """Could the statement change the object, or give it to something that could?"""
    safe = {id(part) for part in _safe_mentions(node)}
    return any(
        isinstance(part, ast.Name) and part.id == name and id(part) not in safe
        for part in ast.walk(node)
    )


def _safe_mentions(node: ast.AST) -> list[ast.expr]:
    """Expressions that are only looked into: iterated, indexed, compared, counted."""
    safe: list[ast.expr] = []
    for part in ast.walk(node):
        match part:
            case (
                ast.For(iter=value)
                | ast.comprehension(iter=value)
                | ast.FormattedValue(value=value)
            ):
                safe.append(value)
            case ast.Subscript(value=value, ctx=ast.Load(), slice=index):
                safe.extend([value, index])
            case ast.Compare(left=left, comparators=others):
                safe.extend([left, *others])
            case ast.Call(func=ast.Attribute(value=value, attr=method)) if (
                method in _READING_METHODS
            ):
                safe.append(value)
            case ast.Call(func=ast.Name(id=function), args=arguments):
                if function in known("look") or function == "print":
                    safe.extend(arguments)
    return safe


def is_plain(facts: Facts) -> bool:
    """Is the value a literal that a person could give anew, and not made by a call?"""
    value = facts.node.value if isinstance(facts.node, ast.Assign | ast.AnnAssign) else None
    return value is not None and not isinstance(value, ast.Call)


def is_capital(name: str) -> bool:
    return name.isupper() and any(letter.isalpha() for letter in name)
