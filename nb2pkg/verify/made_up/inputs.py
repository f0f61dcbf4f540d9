"""Made-up values as source text: a few rows or numbers of a kind, in the shapes that tell code apart."""

from __future__ import annotations

import datetime
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .kinds import Kind
from .limits import Limits
from .written import AGAIN, DIGITS, MOST_WRITTEN, dates, filled, listed, number, without_gaps

USUAL, OTHER, ONE, EMPTY = "some_values", "other_values", "one_value", "nothing"
TIES, MISSING = "ties", "missing_values"
LIMIT, BELOW, ABOVE = "its_limit", "below_its_limit", "above_its_limit"
MANY, MANY_ROWS = "many_values", 28
SHAPES = (USUAL, LIMIT, BELOW, ABOVE, TIES, MISSING, OTHER, ONE, EMPTY, MANY)
_STEPS = {LIMIT: (0, 1, -1), BELOW: (-1, 0, 1), ABOVE: (1, -1, 0)}

_UNEVEN = 1.037037  # other values have digits enough to show how a function rounds
_NARROW, _WIDE = 4, 12  # columns of an array, at most

_GROUPS = (0, 1, 0, 2, 1, 0, 1, 2)
_LETTERS = "abcdefgh"
_DAYS = ("02-03", "02-04", "02-06", "02-25", "03-02", "03-03")


_MADE = {
    "numpy.random._generator.Generator": "np.random.default_rng(7)",
    "numpy.random.mtrand.RandomState": "np.random.RandomState(7)",
    "random.Random": "random.Random(7)",
    "matplotlib.axes._axes.Axes": "plt.figure().add_subplot()",
    "matplotlib.figure.Figure": "plt.figure()",
}


@dataclass(frozen=True)
class Maker:
    """Makes values up. seen: those of the data, which none may be; columns: of tables, where not all."""

    limits: Limits = field(default_factory=Limits)
    seen: Collection[object] = frozenset()
    rows: int = 6
    columns: frozenset[str] | None = None
    has_index: bool = True
    is_small: bool = True
    year: int = 2001
    makers: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)

    def source(self, kind: Kind, shape: str = USUAL, place: int = 0) -> str | None:
        """The text of a value of that kind; None where none can be made up."""
        if kind.word == "int" and self.is_small and not (shape in _STEPS and self.limits.numbers):
            return str(3 + place % 3 + 4 * (shape == OTHER))
        if kind.word in ("bool", "int", "float", "text", "date", "none"):
            return self._scalars(kind, USUAL if shape in (EMPTY, MISSING) else shape, place)[0]
        if kind.word == "path":
            return repr(kind.labels[0])
        if kind.word == "code":
            return self._code(kind.type)
        if kind.word == "other":
            return self.makers.get(kind.type, _MADE.get(kind.type))
        if kind.word == "index":
            made = self._index(replace(kind, index_name=""), self._count(shape), True)
            return made[len(", index=") :] or None
        make = {
            "list": self._items,
            "tuple": self._tuple,
            "set": self._items,
            "dict": self._dict,
            "array": self._array,
            "series": self._series,
            "table": self._table,
        }[kind.word]
        return make(kind, shape, place)

    def _code(self, where: str) -> str | None:
        """The name of a module, a function or a class, or that of its module and its own."""
        home, _, name = where.rpartition(".")
        if home == "builtins":
            return name
        module = self.code.get(home)
        return self.code.get(where) or (f"{module}.{name}" if module else None)

    def items(self, kind: Kind, place: int) -> list[str]:
        """Some scalars of a kind, as source."""
        return self._scalars(kind, USUAL, place)

    def _count(self, shape: str, rows: int | None = None) -> int:
        return {EMPTY: 0, ONE: 1}.get(shape, rows or self.rows)

    def _scalars(self, kind: Kind, shape: str, place: int, count: int | None = None) -> list[str]:
        """So many of a kind of scalars, as source: many are a few of them again and again."""
        count = self.rows if count is None else count
        if count > MOST_WRITTEN:
            few = self._scalars(kind, shape, place, AGAIN)
            return [few[n % AGAIN] for n in range(count)]
        if kind.word == "bool":
            found = [str((n + place) % 2 == 0) for n in range(count)]
        elif kind.word in ("int", "float"):
            found = [number(v) for v in self._numbers(kind, shape, place, count)]
        elif kind.word == "text":
            found = [repr(text) for text in self._texts(kind, shape, place, count)]
        elif kind.word == "date":
            days = [f'"{self._day(n, shape)}"' for n in range(count)]
            found = [f"pd.Timestamp({day})" for day in days] if "pandas" in kind.type else days
            if kind.type.startswith("datetime."):
                parts = [[*map(int, self._day(n, shape).split("-"))] for n in range(count)]
                found = [f"{kind.type}({', '.join(map(str, each))})" for each in parts]
        else:
            found = ["None"] * count
        is_gap = shape == MISSING or (shape == USUAL and kind.is_missing)
        if is_gap and count > 2 and kind.word in ("float", "text", "date"):
            found[2] = "None"
        return found

    def _numbers(self, kind: Kind, shape: str, place: int, count: int) -> list[float]:
        limits = [each + n for each in self.limits.numbers for n in _STEPS.get(shape, ())]
        if limits:
            return [limits[n % len(limits)] for n in range(count)]
        found: list[float] = []
        for n in range(3 if shape == TIES else count):
            value = self._number(kind, n + place + (3 if shape == OTHER else 0), found)
            value = value * _UNEVEN if shape == OTHER and kind.word == "float" else value
            value = -value if kind.is_signed and n % 3 == 1 else value
            value = 0 if kind.has_zero and n == 3 else value
            found.append(float(value) if kind.word == "float" else int(value))
        return [found[n % len(found)] for n in range(count)] if found else []

    def _number(self, kind: Kind, place: int, used: Sequence[float]) -> float:
        """One of that size that is not among the data. Small whole ones belong to nobody."""
        exponent = max(min(kind.exponent, 6), -4)
        exponent = max(exponent, 0) if kind.word == "int" else exponent
        digit = DIGITS[place % len(DIGITS)]
        value = digit * 10.0**exponent
        if kind.word == "float" and exponent == 0 and place % 2:
            value += 0.5
        for attempt in range(1, 60):
            value = round(value, 6)
            is_free = (value == int(value) and value < 100) or value not in self.seen
            if is_free and value not in used:
                return value
            value += 10.0 ** (exponent - 1) if attempt % 10 else 9 * 10.0**exponent
        return value

    def _texts(self, kind: Kind, shape: str, place: int, count: int) -> list[str]:
        if kind.form.startswith("date "):
            days = [datetime.date.fromisoformat(self._day(n, shape)) for n in range(count)]
            return [day.strftime(kind.form[5:]) for day in days]
        if kind.form:
            every = 3 if shape == TIES else count
            return [self._unseen_text(kind.form, n % every + place) for n in range(count)]
        known = [text for text in self.limits.texts if text in kind.labels]
        labels = [*dict.fromkeys([*known, *kind.labels])]
        if len(labels) < 3 and not (kind.is_category and labels):
            labels += [letter for letter in _LETTERS if letter not in labels][: 3 - len(labels)]
        if shape == LIMIT and self.limits.texts:
            labels = [*self.limits.texts, "a"]
        if shape in (TIES, ONE):
            labels = labels[:1]
        shift = 1 if shape == OTHER else 0
        return [labels[(_GROUPS[(n + place) % 8] + shift) % len(labels)] for n in range(count)]

    def _day(self, number: int, shape: str) -> str:
        if shape in (TIES, ONE):
            return f"{self.year}-{_DAYS[0]}"
        day = _DAYS[(number + (2 if shape == OTHER else 0)) % 6]
        return f"{self.year + number // 6 * 2}-{day}"

    def _unseen_text(self, form: str, place: int) -> str:
        """A text of that form that is not among the data."""
        found = (filled(form, place + n) for n in (0, 11, 23, 37))
        return next((text for text in found if text not in self.seen), _LETTERS[place % 8])

    def _items(self, kind: Kind, shape: str, place: int) -> str | None:
        if not kind.parts:
            return {"list": "[]", "tuple": "()", "set": "set()"}[kind.word]
        inner, count = kind.parts[""], self._count(shape)
        if inner.word in ("bool", "int", "float", "text", "date", "none"):
            items = self._scalars(inner, shape, place, count)
        else:
            made = [self.source(inner, shape, place + n) for n in range(min(count, 2))]
            items = [item for item in made if item is not None]
            if len(items) < len(made):
                return None
        if kind.word == "set":
            return "{" + ", ".join(dict.fromkeys(items)) + "}" if items else "set()"
        text = ", ".join(items)
        if kind.word == "tuple":
            return f"({text},)" if len(items) == 1 else f"({text})"
        return f"[{text}]"

    def _tuple(self, kind: Kind, shape: str, place: int) -> str | None:
        if not kind.size:
            return self._items(kind, shape, place)
        items = [self.source(part, shape, place + n) for n, part in enumerate(kind.parts.values())]
        if None in items:
            return None
        text = ", ".join(item for item in items if item is not None)
        return f"({text},)" if len(items) == 1 else f"({text})"

    def _dict(self, kind: Kind, shape: str, place: int) -> str | None:
        if kind.index is None:
            parts = [
                (repr(key), self.source(part, shape, place + n))
                for n, (key, part) in enumerate(kind.parts.items())
            ]
        else:
            inner = kind.index.parts.get("", Kind("text"))
            keys = [*dict.fromkeys(self._scalars(inner, USUAL, place, min(self._count(shape), 3)))]
            parts = [
                (key, self.source(kind.parts[""], shape, place + n)) for n, key in enumerate(keys)
            ]
        if any(value is None for _, value in parts):
            return None
        return "{" + ", ".join(f"{key}: {value}" for key, value in parts) + "}"

    def _array(self, kind: Kind, shape: str, place: int) -> str | None:
        count, inner = self._count(shape), kind.parts[""]
        if not kind.sizes:
            return f"np.array({listed(self._scalars(inner, shape, place, count))})"
        sizes = [min(size, _NARROW if self.is_small else _WIDE) for size in kind.sizes]
        if len(sizes) > 1:
            count = min(count, 2)
            made = f"np.arange({math.prod(sizes) * count}).reshape({(count, *sizes)})"
            return f"{made} / 10" if inner.word == "float" else made
        again = AGAIN if count > MOST_WRITTEN else count
        rows = [
            listed(self._scalars(inner, shape, place + n % again, *sizes)) for n in range(count)
        ]
        return f"np.array({listed(rows)})" if rows else f"np.empty((0, {sizes[0]}))"

    def _column(self, kind: Kind, shape: str, place: int, count: int) -> str:
        if kind.word == "date" and count > MOST_WRITTEN and not kind.form:
            return self._range(count)
        items = listed(self._scalars(kind, shape, place, count))
        if kind.word == "date":
            return dates(kind, items, "pd.to_datetime(")
        return f"pd.Categorical({items})" if kind.is_category and items != "[]" else items

    def _range(self, count: int) -> str:
        """So many days, one after the other."""
        return f'pd.date_range("{self.year}-{_DAYS[0]}", periods={count})'

    def _index(self, kind: Kind, count: int, is_wanted: bool = False) -> str:
        if kind.index is None or kind.index.word == "other":
            return ""
        if not (is_wanted or (self.has_index and count)):
            return ""
        if kind.index.word == "text" and len(kind.index.labels) >= count:
            items = [repr(label) for label in kind.index.labels[:count]]
        elif kind.index.word == "text":
            items = [f'"{_LETTERS[n % 8]}{n // 8 or ""}"' for n in range(count)]
        elif count > MOST_WRITTEN and kind.index.word in ("int", "float"):
            return f", index=range(3, {3 + count})"
        else:
            items = self._scalars(without_gaps(kind.index), USUAL, 0, count)
        name = f', name="{kind.index_name}"' if kind.index_name else ""
        if kind.index.word == "date" and count > MOST_WRITTEN and not kind.index.form:
            return f", index={self._range(count)[:-1]}{name})"
        if kind.index.word == "date":
            made = dates(kind.index, listed(items), "pd.DatetimeIndex(")
            return f", index={made[:-1]}{name})"
        return f", index=pd.Index({listed(items)}{name})" if name else f", index={listed(items)}"

    def _series(self, kind: Kind, shape: str, place: int) -> str | None:
        labels = kind.index.labels if kind.index is not None and self.has_index else ()
        labels = labels[:MOST_WRITTEN]
        count = self._count(shape, len(labels))
        name = f', name="{kind.name}"' if kind.name else ""
        if labels and count and kind.parts[""].word in ("int", "float", "text"):
            items = self._scalars(kind.parts[""], shape, place, count)
            pairs = ", ".join(f"{label!r}: {item}" for label, item in zip(labels, items))
            return f"pd.Series({{{pairs}}}{name})"
        column = self._column(kind.parts[""], shape, place, count)
        dtype = ', dtype="float64"' if column == "[]" else ""
        return f"pd.Series({column}{self._index(kind, count)}{name}{dtype})"

    def _table(self, kind: Kind, shape: str, place: int) -> str | None:
        count = self._count(shape)
        columns = []
        wanted = kind.parts.keys() if self.columns is None else kind.parts.keys() & self.columns
        for n, (label, part) in enumerate(kind.parts.items()):
            if label in (wanted or [*kind.parts][:2]):
                columns.append(f"{label!r}: {self._column(part, shape, place + n, count)}")
        return f"pd.DataFrame({{{', '.join(columns)}}}{self._index(kind, count)})"
