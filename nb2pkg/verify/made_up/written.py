"""How lists, dates and texts of made-up values are written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .kinds import Kind

MOST_WRITTEN = 12  # values that are written one by one
AGAIN = 7  # of more, so many are repeated
DIGITS = (3, 7, 2, 8, 5, 9, 4, 6)


def without_gaps(kind: Kind) -> Kind:
    """Labels of an index are all there."""
    return Kind(kind.word, kind.exponent, kind.is_signed, labels=kind.labels, type=kind.type)


def number(value: float) -> str:
    return repr(round(value, 6)) if isinstance(value, float) else repr(value)


def dates(kind: Kind, items: str, make: str) -> str:
    """A column or an index of dates, from a list of them."""
    days = items.replace("pd.Timestamp(", "").replace(")", "")
    if kind.form:
        months = days if kind.form != "M" else re.sub(r"-\d\d\"", '"', days)
        return f'pd.PeriodIndex({months}, freq="{kind.form}")'
    return f"{make}{days})"


def filled(form: str, place: int) -> str:
    text = ""
    for n, c in enumerate(form):
        text += (
            str(DIGITS[(n + place) % 8])
            if c == "9"
            else "abcdef"[(n + place) % 6] if c == "a" else c
        )
    return text


def listed(items: Sequence[str]) -> str:
    times, rest = divmod(len(items), AGAIN)
    if len(items) > MOST_WRITTEN and not rest and [*items] == [*items[:AGAIN]] * times:
        return f"[{', '.join(items[:AGAIN])}] * {times}"
    return f"[{', '.join(items)}]"
