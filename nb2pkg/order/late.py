"""What a statement reads by calling functions of the notebook, for the purposes of an order.

Promotion must not miss a read, so it follows functions through every value that may hold one
(``graph.callers``). Here one read too many makes an order that works look wrong: only functions,
classes and lambdas that a statement names itself count, and those that they name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from nb2pkg.model import Facts, StatementKind

_MADE = (StatementKind.FUNCTION, StatementKind.CLASS)


def late_reads(statements: Sequence[Facts]) -> list[Mapping[str, bool]]:
    """For each statement the names that are read when what it mentions is called.

    True: it calls a function itself that reads the name, and that has one definition.
    """
    reads = _closed(_direct(statements))
    plain = _functions(statements)
    return [_of_statement(facts, reads, plain) for facts in statements]


def _of_statement(
    facts: Facts, reads: Mapping[str, frozenset[str]], plain: set[str]
) -> Mapping[str, bool]:
    found: dict[str, bool] = {}
    for used in _mentioned(facts):
        calls = used in plain and used in facts.only_called and facts.kind not in _MADE
        for name in reads.get(used, ()):
            found[name] = found.get(name, False) or calls
    return found


def _functions(statements: Sequence[Facts]) -> set[str]:
    """Names that are bound once, by a def."""
    bound = Counter(name for facts in statements for name in facts.bound)
    return {f.name for f in statements if f.kind is StatementKind.FUNCTION and bound[f.name] == 1}


def _mentioned(facts: Facts) -> tuple[str, ...]:
    """Making a definition calls nothing in its body."""
    return facts.reads if facts.kind in _MADE else facts.uses


def _direct(statements: Sequence[Facts]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for facts in statements:
        if facts.late_reads:
            for name in facts.bound:
                found.setdefault(name, set()).update(facts.late_reads)
    return {name: frozenset(late) for name, late in found.items()}


def _closed(direct: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """With what the functions that are read in turn read."""
    return {name: _reached(name, direct) for name in direct}


def _reached(name: str, direct: Mapping[str, frozenset[str]]) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(direct[name])
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting.extend(direct.get(at, ()))
    return frozenset(seen)
