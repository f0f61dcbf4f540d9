"""A value as the lines of a test that assert it."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import sys
from collections.abc import Callable
from typing import Any

from . import drawn, objects
from .literals import floats, literal, plain, tolerance

_LONGEST = 700  # of the text of a value
_MOST_ROWS = 12
_MOST_COLUMNS = 8
_FEW_COLUMNS = 4  # of a table that is not written down
_MOST_PARTS = 6
_DEEPEST = 2


def lines(subject: str, value: Any, depth: int = 0) -> list[str] | None:
    """The asserts that say what a value is; None where it cannot be written down."""
    if value is None:
        return [f"assert {subject} is None"]
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, (numpy.number, numpy.bool_, numpy.str_)):
        return lines(subject, value.item(), depth)
    if isinstance(value, bool):
        return [f"assert {subject}" if value else f"assert not {subject}"]
    if isinstance(value, enum.Enum):
        return [f"assert {subject}.name == {value.name!r}"]
    if isinstance(value, float) and math.isnan(value):
        return [f"assert math.isnan({subject})"]
    if isinstance(value, complex):
        return [f"assert {subject} == pytest.approx({value!r})"]
    text = literal(value)
    if text is not None:
        return _fits([_equal(subject, text, value)])
    return _of_library(subject, value) or _of_parts(subject, value, depth)


def _fits(found: list[str]) -> list[str] | None:
    return found if sum(map(len, found)) <= _LONGEST else None


def _equal(subject: str, text: str, value: Any) -> str:
    leaves = [*value.values()] if isinstance(value, dict) else value
    if isinstance(value, float):
        return f"assert {subject} == pytest.approx({text})"
    if isinstance(leaves, (list, tuple)) and any(isinstance(leaf, float) for leaf in leaves):
        option = ", nan_ok=True" if any(leaf != leaf for leaf in leaves) else ""
        return f"assert {subject} == pytest.approx({text}{option})"
    return f"assert {subject} == {text}"


def _of_parts(subject: str, value: Any, depth: int) -> list[str] | None:
    """Part by part: of lists, of dictionaries, of objects of the package."""
    if depth > _DEEPEST:
        return None
    if type(value) in (list, tuple):
        parts = [(f"{subject}[{n}]", item) for n, item in enumerate(value)]
        whole = f"assert len({subject}) == {len(value)}"
    elif type(value) is dict:
        if any(literal(key) is None for key in value):
            return None
        parts = [(f"{subject}[{literal(key)}]", item) for key, item in value.items()]
        whole = f"assert [*{subject}] == {literal([*value])}"
    elif objects.is_estimator(value):
        parts, whole = objects.of_estimator(subject, value), ""
    elif type(value).__module__.partition(".")[0] in OWN and hasattr(value, "__dict__"):
        parts, whole = [(f"{subject}.{key}", item) for key, item in vars(value).items()], ""
    else:
        return objects.of_object(subject, value, lines) if depth < _DEEPEST else None
    found = [lines(name, item, depth + 1) for name, item in parts[:_MOST_PARTS]]
    kept = [line for each in found for line in each or ()]
    if len(parts) > _MOST_PARTS and whole:
        kept = [whole, *kept]
    return _fits(kept) if kept else None


OWN: set[str] = set()
"""The packages whose objects are looked into."""


# ---- numpy and pandas


def _of_library(subject: str, value: Any) -> list[str] | None:
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if "matplotlib.figure" in sys.modules:
        if isinstance(value, sys.modules["matplotlib.figure"].Figure):
            return drawn.of_figure(subject, value)
        if isinstance(value, sys.modules["matplotlib.axes"].Axes):
            return drawn.of_axes(subject, value)
    if numpy is not None and type(value) is numpy.ndarray:
        return _of_array(subject, value)
    if pandas is None:
        return None
    if type(value) is pandas.DataFrame:
        return _in_part(subject, value, _of_table) or _of_columns(subject, value)
    if isinstance(value, pandas.DataFrame):
        return _of_columns(subject, value)
    if type(value) is pandas.Series:
        return _in_part(subject, value, _of_series)
    if isinstance(value, pandas.Index):
        text = column(value.to_series())
        return _fits([f"assert {subject}.tolist() == {text}"]) if text else None
    return None


def _in_part(
    subject: str, value: Any, of_whole: Callable[[str, Any], list[str] | None]
) -> list[str] | None:
    """All of it, or how much there is and where it begins and ends."""
    if len(value) <= _MOST_ROWS:
        return of_whole(subject, value)
    first, last = of_whole(f"{subject}.head(3)", value.head(3)), of_whole(
        f"{subject}.tail(3)", value.tail(3)
    )
    if first is None or last is None:
        return None
    return [f"assert len({subject}) == {len(value)}", *first, *last]


def _of_array(subject: str, value: Any) -> list[str] | None:
    """All of it, both ends of a long one, or its size and sums."""
    if value.dtype.kind in "mM":
        return _of_array(f"{subject}.astype(str)", value.astype(str))
    if value.ndim and len(value) > _MOST_ROWS:
        found = [_of_items(f"{subject}{part}", value[at]) for part, at in _ENDS]
        if None not in found:
            shape = f"assert {subject}.shape == {value.shape}"
            return [shape, *(line for each in found for line in each or ())]
    return _of_items(subject, value) or _of_sums(subject, value)


def _of_items(subject: str, value: Any) -> list[str] | None:
    items = value.tolist()
    if value.dtype.kind in "biuOSU":
        text = literal(items)
        return _fits([f"assert {subject}.tolist() == {text}"]) if text else None
    if value.dtype.kind not in "fc":
        return None
    if value.size > _MOST_ROWS and (value == value.flat[0]).all():
        same = f"np.full({value.shape}, {floats(value.flat[0].item())})"
        return [f"np.testing.assert_allclose({subject}, {same}, {tolerance(value)})"]
    return _fits([f"np.testing.assert_allclose({subject}, {floats(items)}, {tolerance(value)})"])


def _of_sums(subject: str, value: Any) -> list[str] | None:
    """How large it is, what its numbers add up to, and those at both ends."""
    if value.dtype.kind not in "iuf" or not value.size:
        return None
    numpy: Any = sys.modules["numpy"]
    with numpy.errstate(all="ignore"):
        parts = {
            f"np.nansum(np.abs({subject}))": numpy.nansum(numpy.abs(value)),
            f"np.nanmax({subject})": numpy.nanmax(value),
            f"{subject}.flat[0]": value.flat[0],
            f"{subject}.flat[-1]": value.flat[-1],
        }
    found = [line for text, part in parts.items() for line in lines(text, part) or ()]
    return [f"assert {subject}.shape == {value.shape}", *found]


_ENDS = (("[:3]", slice(3)), ("[-3:]", slice(-3, None)))


def column(series: Any) -> str | None:
    """The values of a column as a list, or as what makes such a column."""
    dtype = str(series.dtype)
    if dtype.startswith(("datetime64[ns]", "datetime64[us]")):
        texts = ["None" if item != item else repr(_day(item)) for item in series]
        return f"pd.to_datetime([{', '.join(texts)}])"
    if dtype.startswith("period["):
        texts = [repr(str(item)) for item in series]
        return f'pd.PeriodIndex([{", ".join(texts)}], freq="{dtype[7:-1]}")'
    if dtype.startswith(("datetime", "timedelta", "interval", "complex")):
        return None
    items = []
    for item in series.tolist():
        is_gap = item is None or (isinstance(item, float) and math.isnan(item))
        text = "None" if is_gap else literal(plain(item))
        if text is None or (is_gap and not isinstance(item, float) and dtype != "object"):
            return None
        items.append('float("nan")' if is_gap and dtype.startswith("float") else text)
    listed = f"[{', '.join(items)}]"
    return f"pd.Categorical({listed})" if dtype == "category" else listed


def _day(stamp: Any) -> str:
    text = str(stamp)
    return text[: -len(_MIDNIGHT)] if text.endswith(_MIDNIGHT) else text


_MIDNIGHT = " 00:00:00"


def _index(index: Any) -> str | None:
    """The argument for an index; empty for a mere numbering, None where it cannot be written."""
    if type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1:
        return "" if index.name is None else None
    if type(index).__name__ == "MultiIndex":
        items = literal(index.tolist())
        names = f", names={[*index.names]!r}"
        return None if items is None else f", index=pd.MultiIndex.from_tuples({items}{names})"
    text = column(index.to_series())
    if text is None:
        return None
    name = "" if index.name is None else f", name={index.name!r}"
    if text.startswith("pd."):
        return f", index=pd.Index({text}{name})" if name else f", index={text}"
    return f", index=pd.Index({text}{name})" if name or text == "[]" else f", index={text}"


def _of_series(subject: str, value: Any) -> list[str] | None:
    text, index = column(value), _index(value.index)
    if text is None:
        return None
    if index is not None:
        name = "" if value.name is None else f", name={value.name!r}"
        made = f"pd.Series({text}{index}{name})"
        for option in _OPTIONS:
            if _holds("assert_series_equal", value, made, option):
                return _fits([f"assert_series_equal({subject}, {made}{option})"])
    return _fits([f"assert {subject}.tolist() == {text}"]) if "." not in text else None


def _of_table(subject: str, value: Any) -> list[str] | None:
    if len(value.columns) > _MOST_COLUMNS:
        return None
    index = _index(value.index)
    columns = [column(value.iloc[:, n]) for n in range(len(value.columns))]
    labels = [literal(plain(label)) for label in value.columns]
    if index is None or None in columns or None in labels or len({*labels}) < len(labels):
        return None
    inner = ", ".join(f"{label}: {items}" for label, items in zip(labels, columns))
    made = f"pd.DataFrame({{{inner}}}{index})"
    if value.columns.name is not None:
        made += f".rename_axis(columns={value.columns.name!r})"
    for option in (*_OPTIONS, f"{_OPTIONS[-1]}, check_column_type=False"):
        if _holds("assert_frame_equal", value, made, option):
            return _fits([f"assert_frame_equal({subject}, {made}{option})"])
    return None


def _of_columns(subject: str, value: Any) -> list[str] | None:
    """How large a table is that cannot be written down, its last columns, and what its numbers add up to."""
    few = slice(-_FEW_COLUMNS, None)
    labels, sums = literal(value.columns[few].tolist()), value.select_dtypes("number").abs().sum()
    if labels is None:
        return None
    found = [f"assert {subject}.shape == {value.shape}"]
    found.append(f"assert [*{subject}.columns[-{_FEW_COLUMNS}:]] == {labels}")
    made = f'{subject}.select_dtypes("number").abs().sum().tail({_FEW_COLUMNS}).tolist()'
    numbers = literal(sums[few].tolist())
    if len(sums) and numbers:
        found.append(f"assert {made} == pytest.approx({numbers}, nan_ok=True)")
    return _fits(found)


_OPTIONS = (
    "",
    ", check_freq=False",
    ", check_dtype=False",
    ", check_dtype=False, check_index_type=False, check_freq=False",
)


def _holds(function: str, value: Any, made: str, option: str) -> bool:
    pandas, numpy = sys.modules["pandas"], sys.modules.get("numpy")
    names = {"pd": pandas, "np": numpy, "datetime": datetime, "decimal": decimal, "value": value}
    names["check"] = getattr(pandas.testing, function)
    try:
        eval(f"check(value, {made}{option})", names)
    except Exception:  # whatever pandas raises for what is not equal, or cannot be made
        return False
    return True
