"""Parts of numpy and pandas objects. Nothing is imported: a library that the notebook did not
load has no objects."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .values import Walk

SHAPED = {"numpy", "pandas", "polars", "xarray"}


def parts(walk: Walk, value: Any) -> list[Any] | None:
    """Parts of an object of numpy or pandas; None when it is not one, or has no rule of its own."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    found = _numpy_parts(walk, value, numpy) if hasattr(numpy, "ndarray") else None
    if found is None and hasattr(pandas, "DataFrame"):
        found = _pandas_parts(walk, value, pandas)
    return found


def preview(value: Any) -> str:
    """Small arrays as they are, larger ones by their shape."""
    package = str(type(value).__module__).partition(".")[0]
    if package not in SHAPED or not hasattr(value, "shape"):
        return ""
    if package == "numpy" and value.size <= 6 and not value.dtype.hasobject:
        return repr(value)[:80]
    return f"shape {value.shape}"


def _numpy_parts(walk: Walk, value: Any, numpy: Any) -> list[Any] | None:
    if isinstance(value, numpy.ndarray):
        if value.base is not None:
            walk.remember(value.base)  # two views of one buffer share it
        head = [value.dtype.str, value.dtype.names, value.shape, value.flags.writeable]
        if isinstance(value, numpy.ma.MaskedArray):
            return [
                *head,
                numpy.ma.getmaskarray(value).tobytes(),
                numpy.asarray(value.filled()).tobytes(),
            ]
        plain = numpy.asarray(value)
        return [
            *head,
            *(
                walk.sequence(plain.ravel().tolist())
                if plain.dtype.hasobject
                else [plain.tobytes()]
            ),
        ]
    if isinstance(value, numpy.generic):
        return [value.dtype.str, value.tobytes()]
    if isinstance(value, numpy.random.Generator):
        return [walk.digest(value.bit_generator.state)]
    if value is getattr(numpy.random.mtrand, "_rand", None):
        return [
            "global"
        ]  # many objects of scipy hold it: its state is the state of the process, not theirs
    if isinstance(value, numpy.random.RandomState):
        return [walk.digest(value.get_state(legacy=False))]
    return [repr(value)] if isinstance(value, numpy.dtype) else None


def _pandas_parts(walk: Walk, value: Any, pandas: Any) -> list[Any] | None:
    if isinstance(value, pandas.DataFrame):
        columns = [_column(walk, value.iloc[:, place]) for place in range(value.shape[1])]
        return [
            walk.digest(value.columns),
            walk.digest(value.index),
            walk.digest(dict(value.attrs)),
            *columns,
        ]
    if isinstance(value, pandas.Series):
        return [
            walk.digest(value.name),
            walk.digest(value.index),
            walk.digest(dict(value.attrs)),
            _column(walk, value),
        ]
    if isinstance(value, pandas.MultiIndex):
        levels = [_column(walk, value.get_level_values(level)) for level in range(value.nlevels)]
        return [walk.digest(list(value.names)), *levels]
    if isinstance(value, pandas.Index):
        return [walk.digest(value.name), getattr(value, "freq", None), _column(walk, value)]
    if isinstance(value, pandas.Categorical):
        return [value.ordered, walk.digest(value.categories), value.codes.tobytes()]
    if isinstance(value, pandas.api.extensions.ExtensionArray):
        return [str(value.dtype), *walk.sequence(value.astype(object).tolist())]
    is_scalar = str(type(value).__module__).startswith("pandas") and not hasattr(value, "__dict__")
    return [repr(value)] if is_scalar else None


def _column(walk: Walk, column: Any) -> str:
    is_plain = isinstance(column.dtype, sys.modules["numpy"].dtype)
    return walk.digest(column.to_numpy() if is_plain else column.array)
