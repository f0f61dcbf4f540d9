"""In what a narrative may differ from its original: by what was planned, and in nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nb2pkg.plan import provenance


@dataclass(frozen=True, slots=True)
class Expected:
    """In what the narrative differs from its original by design.

    inside: cell to the names that its steps keep to themselves. absent: imports and definitions
    that only the package needs. later: cells that became part of a step which is called below.
    rewritten: functions that take data as parameters now. added: names of values to be shown.
    """

    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    rewritten: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()  # settings, such as "environ X", that may differ


def expected(
    steps: Iterable[provenance.Link], absent: Iterable[str], rewritten: Iterable[str], variable: str
) -> Expected:
    """In what the narrative may differ from the original."""
    inside: dict[str, frozenset[str]] = {}
    later: set[str] = set()
    for step in steps:
        for cell in step.cells:
            inside[cell] = inside.get(cell, frozenset()) | frozenset(step.inside)
        later.update(step.cells[:-1])
    return Expected(
        inside=inside,
        absent=frozenset(absent),
        later=frozenset(later),
        rewritten=frozenset(rewritten),
        added=frozenset(step.shown for step in steps if step.shown),
        variables=frozenset({f"environ {variable}", "environ PYTHONPATH"}),
    )
