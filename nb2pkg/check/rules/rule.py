"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nb2pkg.check.model import Examined, Finding

Look = Callable[[Examined], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """codes are all that look may find: it is not called when none of them is wanted."""

    codes: tuple[str, ...]
    look: Look


def rule(*codes: str) -> Callable[[Look], Rule]:
    """Makes a rule of a function."""
    return lambda look: Rule(codes, look)
