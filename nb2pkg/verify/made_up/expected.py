"""A value as the lines of a test that assert it."""

from __future__ import annotations

import datetime
import decimal
import enum
import math
import sys
from collections.abc import Callable
from typing import Any

_LONGEST = 700  # of the text of a value
_MOST_ROWS = 12
_MOST_COLUMNS = 8
_MOST_PARTS = 6
_MOST_SHOWN = 3


def lines(subject: str, value: Any, depth: int = 0) -> list[str] | None:
    """The asserts that say what a value is; None where it cannot be written down."""
    if value is None:
        return [f"assert {subject} is None"]
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, (numpy.number, numpy.bool_)):
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
    items = [literal(_plain(item)) for item in value]
    has_nested = any(isinstance(item, (list, tuple, dict, set)) for item in value)
    has_floats = any(isinstance(_plain(item), float) for item in value)
    is_number = all(isinstance(_plain(item), (int, float)) for item in value)
    if None in items or (has_floats and not is_number):
        return None
    if has_nested and any(text and "." in text for text in items):
        return None  # pytest.approx does not look into what is nested
    text = ", ".join(item for item in items if item is not None)
    if type(value) is tuple:
        return f"({text},)" if len(items) == 1 else f"({text})"
    return f"[{text}]"


def _set(value: Any) -> str | None:
    items = [literal(_plain(item)) for item in value]
    if None in items:
        return None
    text = "{" + ", ".join(sorted(item for item in items if item is not None)) + "}"
    return text if items else "set()"


def _dict(value: dict[Any, Any]) -> str | None:
    keys = [literal(_plain(key)) for key in value]
    inner = _sequence([*value.values()])
    items = [literal(_plain(item)) for item in value.values()]
    if None in keys or inner is None:
        return None
    return "{" + ", ".join(f"{key}: {item}" for key, item in zip(keys, items)) + "}"


def _plain(value: Any) -> Any:
    numpy = sys.modules.get("numpy")
    is_scalar = numpy is not None and isinstance(value, (numpy.number, numpy.bool_))
    return value.item() if is_scalar else value


def _of_parts(subject: str, value: Any, depth: int) -> list[str] | None:
    """Part by part: of lists, of dictionaries, of objects of the package."""
    if depth > 1:
        return None
    if type(value) in (list, tuple):
        parts = [(f"{subject}[{n}]", item) for n, item in enumerate(value)]
    elif type(value) is dict:
        if any(literal(key) is None for key in value):
            return None
        parts = [(f"{subject}[{literal(key)}]", item) for key, item in value.items()]
    elif hasattr(value, "fit") and hasattr(value, "get_params"):
        parts = _of_estimator(subject, value)
    elif type(value).__module__.partition(".")[0] in OWN and hasattr(value, "__dict__"):
        parts = [(f"{subject}.{key}", item) for key, item in vars(value).items()]
    else:
        return _of_object(subject, value)
    found = [lines(name, item, depth + 1) for name, item in parts[: _MOST_PARTS + 1]]
    if not parts or len(parts) > _MOST_PARTS:
        return None
    kept = [each for each in found if each]
    return _fits([line for each in kept for line in each]) if kept else None


OWN: set[str] = set()
"""The packages whose objects are looked into."""


def _of_estimator(subject: str, value: Any) -> list[tuple[str, Any]]:
    """What fitting it found; of a pipeline that of its last step."""
    if hasattr(value, "steps"):
        return _of_estimator(f"{subject}[-1]", value[-1])
    names = [name for name in vars(value) if name.endswith("_") and not name.startswith("_")]
    wanted = (
        "coef_",
        "intercept_",
        "classes_",
        "mean_",
        "scale_",
        "cluster_centers_",
        "best_params_",
    )
    chosen = [name for name in wanted if name in names] or sorted(names)[:3]
    return [(f"{subject}.{name}", getattr(value, name)) for name in chosen[:3]]


def _of_object(subject: str, value: Any) -> list[str] | None:
    """Numbers and short texts that an object of a library shows, such as a statistic and its p-value."""
    if callable(value) or type(value).__module__ == "builtins":
        return None
    shown = [name for name in vars(type(value)) if isinstance(vars(type(value))[name], property)]
    names = sorted({*getattr(value, "__dict__", {}), *shown})
    found: list[str] = []
    for name in names:
        if name.startswith("_") or len(found) == _MOST_SHOWN:
            continue
        try:
            part = getattr(value, name)
        except Exception:  # a property may raise anything
            continue
        if isinstance(_plain(part), (bool, int, float)) or (type(part) is str and len(part) < 40):
            found += lines(f"{subject}.{name}", part, 2) or []
    return found or None


# ---- numpy and pandas


def _of_library(subject: str, value: Any) -> list[str] | None:
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if "matplotlib.figure" in sys.modules:
        if isinstance(value, sys.modules["matplotlib.figure"].Figure):
            return _of_figure(subject, value)
        if isinstance(value, sys.modules["matplotlib.axes"].Axes):
            return _of_axes(subject, value)
    if numpy is not None and type(value) is numpy.ndarray:
        return _of_array(subject, value)
    if pandas is None:
        return None
    if type(value) is pandas.DataFrame:
        return _in_part(subject, value, _of_table)
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
    if value.ndim and len(value) > _MOST_ROWS:
        found = [_of_array(f"{subject}{part}", value[at]) for part, at in _ENDS]
        if None in found:
            return None
        return [
            f"assert {subject}.shape == {value.shape}",
            *(line for each in found for line in each or []),
        ]
    items = value.tolist()
    if value.dtype.kind in "biuOSU":
        text = literal(items)
        return _fits([f"assert {subject}.tolist() == {text}"]) if text else None
    if value.dtype.kind != "f":
        return None
    return _fits([f"np.testing.assert_allclose({subject}, {_floats(items)}, rtol=1e-6)"])


_ENDS = (("[:3]", slice(3)), ("[-3:]", slice(-3, None)))


def _floats(items: Any) -> str:
    if isinstance(items, list):
        return f"[{', '.join(map(_floats, items))}]"
    return number(items) if math.isfinite(items) else f'float("{items}")'


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
        text = "None" if is_gap else literal(_plain(item))
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
    labels = [literal(_plain(label)) for label in value.columns]
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


# ---- figures


def of_figures() -> list[str]:
    """What stands on the axes of the figure that is open; none if there is none."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums():
        return []
    return _of_figure("plt.gcf()", pyplot.gcf())


def _of_figure(subject: str, figure: Any) -> list[str]:
    size = [round(float(side), 3) for side in figure.get_size_inches()]
    usual = [float(side) for side in sys.modules["matplotlib"].rcParams["figure.figsize"]]
    sized = [f"assert {subject}.get_size_inches().tolist() == pytest.approx({size})"]
    found = [
        sized if size != usual else [],
        *(_of_axes(f"{subject}.axes[{n}]", axes) for n, axes in enumerate(figure.axes[:3])),
    ]
    return [line for each in found for line in each]


def _of_axes(subject: str, axes: Any) -> list[str]:
    found = []
    for what in ("title", "xlabel", "ylabel"):
        text = getattr(axes, f"get_{what}")()
        if text:
            found.append(f"assert {subject}.get_{what}() == {text!r}")
    for what in ("lines", "patches", "collections", "images"):
        count = len(getattr(axes, what))
        if count:
            found.append(f"assert len({subject}.{what}) == {count}")
    if axes.lines:
        drawn = [float(y) for y in axes.lines[0].get_ydata()]
        if len(drawn) <= _MOST_ROWS:
            made = f"{subject}.lines[0].get_ydata()"
            found.append(f"np.testing.assert_allclose({made}, {_floats(drawn)}, rtol=1e-6)")
    heights = [float(p.get_height()) for p in axes.patches if hasattr(p, "get_height")]
    if heights and len(heights) <= _MOST_ROWS:
        made = f"[p.get_height() for p in {subject}.patches]"
        found.append(f"np.testing.assert_allclose({made}, {_floats(heights)}, rtol=1e-6)")
    elif heights:
        total = f"sum(p.get_height() for p in {subject}.patches)"
        found.append(f"assert {total} == pytest.approx({number(sum(heights))})")
    points = sum(len(each.get_offsets()) for each in axes.collections)
    if points:
        found.append(f"assert sum(len(c.get_offsets()) for c in {subject}.collections) == {points}")
    return found
