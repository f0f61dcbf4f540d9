"""Values as source: numbers, texts, and lists of them."""

from __future__ import annotations

import datetime
import decimal
import math
import sys
from typing import Any


def literal(value: Any) -> str | None:
    """The text of what can be compared as a whole; None for anything else."""
    if type(value) is float:
        return number(value) if math.isfinite(value) else f"float({str(value)!r})"
    if type(value) in (int, str, bytes, bool) or value is None:
        return repr(value)
    if type(value).__name__ in ("Timestamp", "Timedelta") and value == value:
        return f"pd.{type(value).__name__}({str(value)!r})"
    if type(value) in (datetime.date, datetime.datetime, datetime.timedelta, decimal.Decimal):
        return repr(value).replace("Decimal(", "decimal.Decimal(")
    if type(value) in (list, tuple):
        return _sequence(value)
    if type(value) in (set, frozenset):
        return _set(value)
    if type(value) is dict:
        return _dict(value)
    return None


def number(value: float) -> str:
    """A float with seven digits, where that is near enough."""
    short = float(f"{value:.7g}")
    return repr(short) if math.isclose(short, value, rel_tol=5e-7) else repr(value)


def _sequence(value: Any) -> str | None:
    items = [literal(plain(item)) for item in value]
    has_nested = any(isinstance(item, (list, tuple, dict, set)) for item in value)
    hasfloats = any(isinstance(plain(item), float) for item in value)
    is_number = all(isinstance(plain(item), (int, float)) for item in value)
    if None in items or (hasfloats and not is_number):
        return None
    if has_nested and any(text and "." in text for text in items):
        return None  # pytest.approx does not look into what is nested
    text = ", ".join(item for item in items if item is not None)
    if type(value) is tuple:
        return f"({text},)" if len(items) == 1 else f"({text})"
    return f"[{text}]"


def _set(value: Any) -> str | None:
    items = [literal(plain(item)) for item in value]
    if None in items:
        return None
    text = "{" + ", ".join(sorted(item for item in items if item is not None)) + "}"
    return text if items else "set()"


def _dict(value: dict[Any, Any]) -> str | None:
    keys = [literal(plain(key)) for key in value]
    inner = _sequence([*value.values()])
    items = [literal(plain(item)) for item in value.values()]
    if None in keys or inner is None:
        return None
    return "{" + ", ".join(f"{key}: {item}" for key, item in zip(keys, items)) + "}"


def plain(value: Any) -> Any:
    numpy = sys.modules.get("numpy")
    is_scalar = numpy is not None and isinstance(value, (numpy.number, numpy.bool_, numpy.str_))
    return value.item() if is_scalar else value


def floats(items: Any) -> str:
    if isinstance(items, list):
        return f"[{', '.join(map(floats, items))}]"
    if isinstance(items, complex):
        return repr(items)
    return number(items) if math.isfinite(items) else f'float("{items}")'


def tolerance(values: Any) -> str:
    """Options for numbers that are compared: what is zero but for rounding may be any such number."""
    near = any(0 < abs(value) < 1e-9 for value in sys.modules["numpy"].ravel(values))
    return "rtol=1e-6, atol=1e-12" if near else "rtol=1e-6"
