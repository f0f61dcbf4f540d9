"""What is the type and the shape of a value, without any of its data?"""

from __future__ import annotations

import functools
import itertools
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

from . import insides
from .code import RULES as CALLABLES
from .tables import blocks, manager

MANY_COLUMNS = 200
MANY_ITEMS = 1000
FEW_KINDS = 3
MANY_CELLS = 5_000_000
_WORDS = {id(base): rule.name for base, rule in CALLABLES}
_CONTAINERS = (list, tuple, dict, set, frozenset)


def kind_of(value: Any) -> str:
    """The class name of a value, but one word for everything that can be called."""
    cls = type(value)
    for base in insides.mro(cls):
        if id(base) in _WORDS:
            return _WORDS[id(base)]
    return insides.name_of(cls)


def schema_of(value: Any) -> dict[str, Any]:
    """Type, shape, columns and the kinds of items."""
    cls = type(value)
    found: dict[str, Any] = {"type": full_name(cls), "public": public_name(cls)}
    for base in insides.mro(cls):
        key = f"{insides.top_of(insides.module_of(base))}:{insides.name_of(base)}"
        describe = _DESCRIPTIONS.get(key)
        if describe is not None:
            try:
                found.update(describe(value))
            except Exception as error:  # of a library: half made objects, other versions
                found["unreadable"] = type(error).__name__
            break
    return found


def full_name(cls: Any) -> str:
    """Module and name of a class."""
    return f"{insides.module_of(cls)}.{type.__dict__['__qualname__'].__get__(cls)}"


def public_name(cls: Any) -> str:
    """The shortest path under which a class can be imported; empty for one of the notebook."""
    module, name = insides.module_of(cls), insides.name_of(cls)
    if module in ("__main__", ""):
        return ""
    if module == "builtins":
        return name
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        place = ".".join(parts[:count])
        if vars(sys.modules.get(place, types)).get(name) is cls:
            return f"{place}.{name}"
    return ""


def _kinds(items: Iterable[Any]) -> list[str] | None:
    """Public names of the types among the first items, when there are few."""
    found = {id(cls): cls for cls in map(type, itertools.islice(items, MANY_ITEMS))}
    if not 0 < len(found) <= FEW_KINDS:
        return None
    return sorted(public_name(cls) or insides.name_of(cls) for cls in found.values())


def _container(value: Any) -> dict[str, Any]:
    base: Any = next(base for base in _CONTAINERS if insides.has(type(value), base))
    found: dict[str, Any] = {"items": base.__len__(value)}
    if base is dict:
        pairs = {"keys": _kinds(dict.keys(value)), "of": _kinds(dict.values(value))}
    else:
        pairs = {"of": _kinds(base.__iter__(value))}
    found.update((key, kinds) for key, kinds in pairs.items() if kinds)
    return found


def _sized(base: Any, value: Any) -> dict[str, Any]:
    return {"items": base.__len__(value)}


def _array(value: Any) -> dict[str, Any]:
    return {"shape": [int(length) for length in value.shape], "dtype": str(value.dtype)}


def _frame(value: Any) -> dict[str, Any]:
    columns, rows = manager(value).axes
    dtypes = {}
    for array, places in blocks(value):
        dtypes.update(dict.fromkeys(places, str(array.dtype)))
    labels = columns[:MANY_COLUMNS].tolist()
    return {
        "shape": [len(rows), len(columns)],
        "columns": {_label(label): dtypes[place] for place, label in enumerate(labels)},
        "index": insides.name_of(type(rows)),
        **_missing((array for array, _ in blocks(value)), len(rows) * len(columns)),
    }


def _label(label: Any) -> str:
    if type(label) is tuple:
        return "(" + ", ".join(map(_label, label)) + ")"
    return str(label) if insides.module_of(type(label)) in ("builtins", "numpy") else "?"


def _series(value: Any) -> dict[str, Any]:
    inner = manager(value)
    array = inner.blocks[0].values
    return {
        "shape": [len(inner.axes[0])],
        "dtype": str(array.dtype),
        "index": insides.name_of(type(inner.axes[0])),
        **_missing([array], len(inner.axes[0])),
    }


def _missing(arrays: Iterable[Any], cells: int) -> dict[str, int]:
    if cells > MANY_CELLS:
        return {}
    isna = sys.modules["pandas"].isna
    return {"missing": sum(int(isna(array).sum()) for array in arrays)}


def _polars(value: Any) -> dict[str, Any]:
    dtypes = [str(dtype) for dtype in value.dtypes[:MANY_COLUMNS]]
    return {
        "shape": [*value.shape],
        "columns": dict(zip(value.columns, dtypes)),
        "missing": sum(column.null_count() for column in value.get_columns()),
    }


def _arrow(value: Any) -> dict[str, Any]:
    fields = list(value.schema)[:MANY_COLUMNS]
    return {
        "shape": [value.num_rows, value.num_columns],
        "columns": {field.name: str(field.type) for field in fields},
    }


_DESCRIPTIONS: dict[str, Callable[[Any], dict[str, Any]]] = {
    **{f"builtins:{base.__name__}": _container for base in _CONTAINERS},
    **{f"builtins:{base.__name__}": functools.partial(_sized, base) for base in (str, bytes)},
    "numpy:ndarray": _array,
    "pandas:DataFrame": _frame,
    "pandas:Series": _series,
    "pandas:Index": _array,
    "polars:DataFrame": _polars,
    "polars:Series": _array,
    "pyarrow:Table": _arrow,
    "scipy:spmatrix": _array,
    "scipy:_spbase": _array,
    "torch:Tensor": _array,
}
