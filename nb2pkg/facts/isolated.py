"""Cells that run in a namespace of their own, as below ``%%nbtest``: they read, and bind nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from nb2pkg.model import Facts, StatementKind
from nb2pkg.notebook.test_cells import FREE


def isolate(statements: Iterable[Facts]) -> tuple[Facts, ...]:
    """The facts as the notebook sees them: what the cell names itself is nobody else's."""
    statements = tuple(statements)
    own = {*FREE, *(name for facts in statements for name in _names(facts))}
    known = set(FREE)
    found = []
    for facts in statements:
        found.append(_isolated(facts, own, known))
        known.update(facts.own or facts.binds)
    return tuple(found)


def _names(facts: Facts) -> tuple[str, ...]:
    """What it binds; those of a rewritten cell that stayed as they were are isolated already."""
    return facts.own or facts.bound


def _isolated(facts: Facts, own: set[str], known: set[str]) -> Facts:
    reads = tuple(name for name in facts.reads if name not in known)
    late = tuple(name for name in facts.late_reads if name not in own)
    outside = {*reads, *late}
    return replace(
        facts,
        kind=StatementKind.PLAIN if facts.magic is None else facts.kind,
        name="",
        own=_names(facts),
        binds=(),
        maybe_binds=(),
        loop_targets=(),
        deletes=(),
        imports=(),
        stores=(),
        reads=reads,
        late_reads=late,
        late_writes=(),
        uses=tuple(name for name in facts.uses if name in outside),
        sure_reads=tuple(name for name in facts.sure_reads if name in outside),
        mutates=tuple(pair for pair in facts.mutates if pair[0] in outside),
        only_called=tuple(name for name in facts.only_called if name in outside),
    )
