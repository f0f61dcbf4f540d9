"""What a value is: enough to make up others of its kind, and nothing of the value itself."""

from __future__ import annotations

import datetime
import inspect
import math
import re
import sys
import types
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

_MOST_ITEMS = 200  # that are looked at, of a list or of the values of a column
_MOST_COLUMNS = 40
_YEARS = (2001, 1991, 1981, 2031, 1961, 1941, 1921, 2061, 1881, 1821)
_DATES = (
    *("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%Y-%m", "%d-%m-%Y"),
    *("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"),
)


@dataclass(frozen=True)
class Kind:
    """A kind of values.

    word: bool, int, float, text, none, date, list, tuple, set, dict, array, series, table, index,
    code (modules, functions, classes), other.
    exponent: the order of magnitude of numbers; labels: texts that the notebook itself has. parts: of
    a dict or a table by label, of a list under ""; index: of a table or a series, or that which it is.
    form: how texts with digits look, "date " and a format for dates. size: the number
    of items of a tuple; sizes: of the axes of an array behind the first. type: of anything else, dotted.
    """

    word: str
    exponent: int = 0
    is_signed: bool = False
    has_zero: bool = False
    is_missing: bool = False
    labels: tuple[str, ...] = ()
    form: str = ""
    parts: Mapping[str, Kind] = field(default_factory=dict)
    index: Kind | None = None
    index_name: str = ""
    name: str = ""
    size: int = 0
    sizes: tuple[int, ...] = ()
    type: str = ""
    is_category: bool = False


class Eyes:
    """Looks at values. words: the texts of the notebook; seen: numbers and texts that are data; years:
    those of its dates.
    """

    def __init__(self, words: Collection[str]) -> None:
        self.words = frozenset(words)
        self.seen: set[Any] = set()
        self.years: set[int] = set()

    @property
    def free_year(self) -> int:
        """One in which nothing in the data happened."""
        return next(
            (year for year in _YEARS if self.years.isdisjoint((year, year + 2))), _YEARS[-1]
        )

    def is_data(self, value: Any) -> bool:
        """Is it a value of the data? Numbers of two digits and texts of the notebook belong to nobody."""
        if isinstance(value, bool) or value not in self.seen:
            return False
        if isinstance(value, str):
            return len(value) > 2 and value not in self.words
        return bool(float(f"{value:.2g}") != value)

    def kind(self, value: Any, depth: int = 0) -> Kind:
        """The kind of a value."""
        if value is None:
            return Kind("none")
        if isinstance(value, (bool, int, float, str)) or _is_scalar(value):
            return self._of_many([value])
        if isinstance(value, (datetime.datetime, datetime.date)):
            self.years.add(value.year)
            return Kind("date", type=dotted(value))
        if where := named_code(value):
            return Kind("code", type=where)
        if depth > 3:
            return Kind("other", type=dotted(value))
        if isinstance(value, (list, tuple, set, frozenset)):
            return self._of_items(value, depth)
        if isinstance(value, dict):
            return self._of_dict(value, depth)
        return self._of_library(value)

    def _of_items(self, value: Collection[Any], depth: int) -> Kind:
        word = "set" if isinstance(value, (set, frozenset)) else type(value).__name__
        if word not in ("list", "tuple", "set"):
            return Kind("other", type=dotted(value))
        items = [item for _, item in zip(range(_MOST_ITEMS), value)]
        if word == "tuple" and len(items) <= 4:
            parts = {str(n): self.kind(item, depth + 1) for n, item in enumerate(items)}
            return Kind(word, parts=parts, size=len(items))
        if items and all(isinstance(i, (bool, int, float, str)) or _is_scalar(i) for i in items):
            return Kind(word, parts={"": self._of_many(items)})
        return Kind(word, parts={"": self.kind(items[0], depth + 1)} if items else {})

    def _of_dict(self, value: Mapping[Any, Any], depth: int) -> Kind:
        if type(value) is not dict:
            return Kind("other", type=dotted(value))
        if value and all(isinstance(key, str) and key in self.words for key in value):
            return Kind("dict", parts={key: self.kind(v, depth + 1) for key, v in value.items()})
        keys = self.kind([*value][:_MOST_ITEMS], depth + 1)
        values = self.kind([*value.values()][:_MOST_ITEMS], depth + 1)
        return Kind("dict", parts={"": values.parts.get("", Kind("none"))}, index=keys)

    def _of_library(self, value: Any) -> Kind:
        pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
        if pandas is not None and isinstance(value, pandas.DataFrame):
            columns = {}
            for n, label in enumerate(value.columns[:_MOST_COLUMNS]):
                columns[label if label in self.words else n] = self._of_column(value.iloc[:, n])
            named = {key: kind for key, kind in columns.items() if isinstance(key, str)}
            return Kind("table", parts=named, **self._index(value.index))
        if pandas is not None and isinstance(value, pandas.Series):
            found = self._of_column(value)
            name = value.name if value.name in self.words else ""
            return Kind("series", parts={"": found}, name=name or "", **self._index(value.index))
        if pandas is not None and isinstance(value, pandas.Index):
            name = value.name if value.name in self.words else ""
            return Kind("index", index=self._of_column(value.to_series()), index_name=name or "")
        if numpy is not None and isinstance(value, numpy.ndarray) and value.ndim:
            flat = value.ravel()[:_MOST_ITEMS].tolist()
            return Kind("array", parts={"": self._of_many(flat)}, sizes=value.shape[1:])
        return Kind("other", type=dotted(value))

    def _index(self, index: Any) -> dict[str, Any]:
        """The index, where it is not a mere numbering."""
        if type(index).__name__ in ("RangeIndex", "MultiIndex") or not len(index):
            return {}
        name = index.name if index.name in self.words else ""
        kind = self._of_column(index.to_series())
        if kind.word == "text" and index.is_unique:
            labels = [label for label in index[:_MOST_COLUMNS] if label in self.words]
            kind = replace(kind, labels=tuple(labels))
        is_numbering = kind.word == "int" and not name
        return {} if is_numbering else {"index": kind, "index_name": name or ""}

    def _of_column(self, column: Any) -> Kind:
        dtype = str(column.dtype)
        if dtype.startswith(("datetime64", "period[")):
            self.years.update(column.dropna().dt.year.unique().tolist())
        if dtype.startswith("datetime64"):
            return Kind("date", type="pandas.Timestamp", is_missing=bool(column.isna().any()))
        if dtype.startswith("period["):
            return Kind("date", type="pandas.Period", form=dtype[7:-1])
        found = column.dropna().unique()
        self.seen.update(found.tolist()[:100_000] if hasattr(found, "tolist") else found)
        kind = self._of_many(found.tolist()[:_MOST_ITEMS])
        if kind.form.startswith("date "):
            self._note_years(found)
        is_text = kind.word == "text"
        labels = [v for v in found if isinstance(v, str) and v in self.words] if is_text else []
        is_missing = bool(column.isna().any())
        word = "float" if dtype.startswith("float") else kind.word
        return replace(
            kind,
            word=word,
            labels=tuple(sorted(labels))[:4],
            is_missing=is_missing,
            is_category=dtype == "category",
        )

    def _of_many(self, values: Sequence[Any]) -> Kind:
        """What scalars have in common."""
        plain = [value.item() if _is_scalar(value) else value for value in values]
        self.seen.update(value for value in plain if isinstance(value, (int, float, str)))
        kept = [v for v in plain if v is not None and v == v]
        if not kept:
            return Kind("float", is_missing=True) if plain else Kind("none")
        is_missing = len(kept) < len(plain)
        if all(isinstance(value, bool) for value in kept):
            return Kind("bool", is_missing=is_missing)
        if all(isinstance(value, (int, float)) for value in kept):
            return _of_numbers(kept, is_missing)
        if all(isinstance(value, str) for value in kept):
            labels = tuple(sorted({value for value in kept if value in self.words}))[:4]
            form = _form(kept)
            if form.startswith("date "):
                self._note_years(kept)
            return Kind("text", labels=labels, form=form, is_missing=is_missing)
        if all(isinstance(value, (datetime.datetime, datetime.date)) for value in kept):
            self.years.update(value.year for value in kept)
            return Kind("date", type=dotted(kept[0]), is_missing=is_missing)
        return Kind("other", type=dotted(kept[0]))

    def _note_years(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.years.update(map(int, re.findall(r"\d{4}", text)))


def _of_numbers(values: Sequence[float], is_missing: bool) -> Kind:
    finite = [value for value in values if math.isfinite(value)]
    largest = max((abs(value) for value in finite), default=1) or 1
    return Kind(
        "int" if all(isinstance(value, int) for value in values) else "float",
        exponent=math.floor(math.log10(largest)) if largest < 1e300 else 300,
        is_signed=any(value < 0 for value in finite),
        has_zero=any(value == 0 for value in finite),
        is_missing=is_missing,
    )


def _form(texts: Sequence[str]) -> str:
    """How texts with digits are written: "9999-99-99"; empty for those that are only words."""
    first = texts[0]
    if len(first) > 20 or not any(c.isdigit() for c in first):
        return ""
    for form in _DATES:
        if all(_is_date(text, form) for text in texts):
            return f"date {form}"
    return "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in first)


def _is_date(text: str, form: str) -> bool:
    try:
        datetime.datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def _is_scalar(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, (numpy.number, numpy.bool_))


def named_code(value: Any) -> str:
    """Where a module, a function or a class is defined; empty for anything else."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    if not (isinstance(value, type) or inspect.isroutine(value)):
        return ""
    name = getattr(value, "__qualname__", "")
    where = getattr(value, "__module__", None)
    return f"{where}.{name}" if where and name.isidentifier() else ""


def dotted(value: Any) -> str:
    """The type of a value, with its module."""
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}"
