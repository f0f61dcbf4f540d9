"""Deferred reads: what may a statement read by calling functions of the notebook?

A function reads its free names when it is called. So a statement that mentions a function reads,
late, all that the function reads, and what the functions that it mentions read, and so on. A value
made from a function (``g = f``, ``partial(f)``, an instance of a class) carries the same names on;
the result of a plain call ``f(x)`` does not, unless f can return something that still reads.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from nb2pkg.model import Facts, StatementKind


def late_reads(statements: Sequence[Facts]) -> list[frozenset[str]]:
    """For each statement, the names that it may read by calling what it mentions."""
    carried = carriers(statements)
    return [
        frozenset(name for used in _mentioned_now(facts) for name in carried.get(used, ()))
        for facts in statements
    ]


def _mentioned_now(facts: Facts) -> tuple[str, ...]:
    """What a statement can call while it runs: making a definition calls nothing in its body."""
    made = facts.kind in (StatementKind.FUNCTION, StatementKind.CLASS)
    return facts.reads if made else facts.uses


def carriers(statements: Sequence[Facts]) -> dict[str, frozenset[str]]:
    """For each name that may hold a function, the names that calling it may read."""
    direct: dict[str, set[str]] = {}
    holders: dict[str, set[str]] = {}
    plain = {
        f.name for f in statements if f.kind is StatementKind.FUNCTION and _returns_values(f.node)
    }
    for facts in statements:
        for name in facts.bound:
            if facts.late_reads:
                direct.setdefault(name, set()).update(facts.late_reads)
            # Decorators, defaults and bases of a definition are part of it: what they read, it reads.
            made = facts.kind in (StatementKind.FUNCTION, StatementKind.CLASS)
            held = set(facts.reads) if made else _held(facts, plain)
            holders.setdefault(name, set()).update(held)
        for container, names in facts.stores:
            holders.setdefault(container, set()).update(set(names) & set(facts.uses))
            if facts.late_reads and container in facts.uses:
                direct.setdefault(container, set()).update(facts.late_reads)
    return _closed(direct, holders)


def _held(facts: Facts, plain: set[str]) -> set[str]:
    """The names that a statement mentions otherwise than by calling them for a value."""
    return set(facts.uses) - (plain & set(facts.only_called))


def _returns_values(node: ast.stmt) -> bool:
    """A function whose result cannot read late: no generator, no inner function, not async."""
    if not isinstance(node, ast.FunctionDef):
        return False
    late = (
        ast.Yield,
        ast.YieldFrom,
        ast.Lambda,
        ast.FunctionDef,
        ast.ClassDef,
        ast.AsyncFunctionDef,
    )
    return not any(
        isinstance(part, late) for statement in node.body for part in ast.walk(statement)
    )


def _closed(direct: dict[str, set[str]], holders: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    """Follow held names and late names until nothing is added."""
    names = {name: set(late) for name, late in direct.items()}
    edges = {name: set(held) for name, held in holders.items()}
    for name, late in direct.items():
        edges.setdefault(name, set()).update(late)
    users: dict[str, set[str]] = {}
    for name, targets in edges.items():
        for target in targets:
            users.setdefault(target, set()).add(name)
    waiting = [name for name in names if names[name]]
    while waiting:
        source = waiting.pop()
        for user in users.get(source, ()):
            known = names.setdefault(user, set())
            if not names[source] <= known:
                known |= names[source]
                waiting.append(user)
    return {name: frozenset(late) for name, late in names.items() if late}
