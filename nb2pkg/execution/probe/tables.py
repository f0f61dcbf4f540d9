"""How are tables read: pandas, polars, pyarrow? Column by column, from the memory below.

The accessors of pandas fill caches, so its objects are read from their parts. How columns lie
together in blocks is not part of the value.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from . import insides
from .arrays import contents, flat_bytes, kind, numpy, owner, values
from .columns import arrow, polars_column
from .standard import leaf, rule
from .walk import SHORT, Rule

if TYPE_CHECKING:
    from .walk import Walk

CHUNK_BYTES = 1 << 20


def manager(frame: Any) -> Any:
    """The blocks of a frame or a series."""
    found = insides.attribute(frame, "_mgr")
    return found if found is not None else insides.attribute(frame, "_data")


def blocks(frame: Any) -> Iterator[tuple[Any, list[int]]]:
    """The arrays of a frame, each with the positions of its columns."""
    inner = manager(frame)
    for block in inner.blocks:
        yield block.values, [int(place) for place in block.mgr_locs.as_array]


def _frame(walk: Walk, value: Any) -> None:
    inner = manager(value)
    _common(walk, value)
    for axis in inner.axes:
        walk.child(axis)
    columns: list[Any] = [None] * len(inner.axes[0])
    for array, places in blocks(value):
        _remember(walk, array)
        is_plain = insides.has(type(array), numpy().ndarray)
        flat = array if is_plain else insides.attribute(array, "_ndarray", array)
        dtype = kind(array.dtype) if is_plain else repr(array.dtype)
        if getattr(flat, "ndim", 1) < 2:
            columns[places[0]] = array
        elif _is_scattered(flat):
            for place, sums in zip(places, _transposed(flat)):
                columns[place] = (dtype, *sums)
        else:
            for row, place in enumerate(places):
                columns[place] = (dtype, flat[row])
    for column in columns:
        _column(walk, column)


def _is_scattered(array: Any) -> bool:
    """Are the values of one column far from each other, and many?"""
    if array.dtype.hasobject or array.flags.c_contiguous:
        return False
    return bool(array.shape[1] * array.itemsize > SHORT)


def _common(walk: Walk, value: Any) -> None:
    walk.copied(insides.attribute(value, "_attrs") or {})
    flags = insides.attribute(value, "_flags")
    walk.items([insides.attribute(flags, "_allows_duplicate_labels", True)])


def _remember(walk: Walk, array: Any) -> None:
    """Note the memory below an array of any kind."""
    if insides.has(type(array), numpy().ndarray):
        owner(walk, array)
        return
    for name in ("_ndarray", "_data", "_codes", "_mask"):
        part = insides.attribute(array, name)
        if insides.has(type(part), numpy().ndarray):
            owner(walk, part)
    walk.buffers.add(id(array))
    walk.eyes.alive.append(array)


def _transposed(array: Any) -> list[tuple[int, int, int]]:
    """Checksums of the rows of an array whose columns lie in one piece, copied bit by bit."""
    count, length = array.shape
    step = max(1, CHUNK_BYTES // (array.itemsize * count))
    sums = [(0, 1)] * count
    for start in range(0, length, step):
        part = numpy().ascontiguousarray(array[:, start : start + step])
        for row in range(count):
            data = flat_bytes(part[row])
            sums[row] = (zlib.crc32(data, sums[row][0]), zlib.adler32(data, sums[row][1]))
    return [(length * array.itemsize, crc, adler) for crc, adler in sums]


def _column(walk: Walk, column: Any) -> None:
    """The same is written for a column whether it lies in one piece or is a row of checksums."""
    if type(column) is not tuple:
        walk.child(column)
        return
    walk.text(column[0])
    if len(column) == 2:
        contents(walk, column[1])
    else:
        walk.checksums(*column[1:])


def _array(walk: Walk, array: Any) -> None:
    """The values of a series or an index."""
    if insides.has(type(array), numpy().ndarray):
        _column(walk, (kind(array.dtype), array))
    else:
        walk.child(array)


def _series(walk: Walk, value: Any) -> None:
    _common(walk, value)
    inner = manager(value)
    array = inner.blocks[0].values
    walk.child(insides.attribute(value, "_name"))
    walk.child(inner.axes[0])
    _remember(walk, array)
    _array(walk, array)


def _index(walk: Walk, value: Any) -> None:
    array = insides.attribute(value, "_data")
    walk.child(insides.attribute(value, "_name"))
    _array(walk, array)


def _range_index(walk: Walk, value: Any) -> None:
    walk.child(insides.attribute(value, "_name"))
    walk.child(insides.attribute(value, "_range"))


def _multi_index(walk: Walk, value: Any) -> None:
    walk.items([*insides.attribute(value, "_names")])
    walk.items([insides.attribute(value, "sortorder")])
    for level in insides.attribute(value, "_levels"):
        walk.child(level)
    for codes in insides.attribute(value, "_codes"):
        values(walk, numpy().asarray(codes))


def _categorical(walk: Walk, value: Any) -> None:
    walk.child(value.dtype)
    contents(walk, value._ndarray if hasattr(value, "_ndarray") else value._codes)


def _categorical_dtype(walk: Walk, value: Any) -> None:
    walk.items([value._ordered])
    walk.child(value._categories)


def _over_numpy(walk: Walk, value: Any) -> None:
    """Dates, periods, strings: an array of numpy, and what it means."""
    array = insides.attribute(value, "_ndarray")
    array = insides.attribute(value, "_data") if array is None else array
    walk.text(repr(value.dtype))
    frequency = insides.attribute(value, "_freq")
    walk.text("" if frequency is None else str(frequency.freqstr))
    contents(walk, array)


def _with_mask(walk: Walk, value: Any) -> None:
    """Integers and booleans that may be missing: what lies under the mask is of no meaning."""
    data, mask = insides.attribute(value, "_data"), insides.attribute(value, "_mask")
    walk.text(str(value.dtype))
    contents(walk, mask)
    contents(walk, numpy().where(mask, data.dtype.type(0), data) if mask.any() else data)


def _interval_array(walk: Walk, value: Any) -> None:
    walk.text(str(value.dtype))
    _array(walk, value._left)
    _array(walk, value._right)


def _sparse_array(walk: Walk, value: Any) -> None:
    walk.text(str(value.dtype))
    walk.child(value.fill_value)
    contents(walk, numpy().asarray(value.sp_values))
    contents(walk, value.sp_index.to_int_index().indices)
    walk.items([len(value)])


def _over_arrow(walk: Walk, value: Any) -> None:
    walk.text(repr(value.dtype))
    arrow(walk, insides.attribute(value, "_pa_array", insides.attribute(value, "_data")))


def _extension(walk: Walk, value: Any) -> None:
    """An array of another library, as objects."""
    walk.text(str(value.dtype))
    walk.items(numpy().asarray(value, dtype=object).tolist())


def _geometries(walk: Walk, value: Any) -> None:
    _extension(walk, value)
    walk.child(value.crs)


def _missing(walk: Walk, value: Any) -> None:
    """NaT and NA: the name says it all."""


def _timestamp(walk: Walk, value: Any) -> None:
    walk.items([_ticks(value), getattr(value, "unit", "ns"), value.fold])
    walk.child(value.tzinfo)
    walk.text(str(getattr(value, "_freq", None)))


def _pandas_timedelta(walk: Walk, value: Any) -> None:
    walk.items([_ticks(value), getattr(value, "unit", "ns")])


def _ticks(value: Any) -> int:
    return int(value._value if hasattr(value, "_value") else value.value)


def _period(walk: Walk, value: Any) -> None:
    walk.items([value.ordinal, value.freqstr])


def _interval(walk: Walk, value: Any) -> None:
    walk.items([value.closed])
    walk.child(value.left)
    walk.child(value.right)


def _by_text(walk: Walk, value: Any) -> None:
    walk.scrubbed(str(value))


def _lazy(walk: Walk, value: Any) -> None:
    """Groups, windows: what they are made from. What they found out on the way is a cache."""
    walk.attributes(value, LAZY_CACHES)


def _polars_frame(walk: Walk, value: Any) -> None:
    walk.items([*value.columns])
    walk.items([value.height])
    for column in value.get_columns():
        polars_column(walk, column)


def _polars_series(walk: Walk, value: Any) -> None:
    walk.text(value.name)
    polars_column(walk, value)


def _polars_lazy(walk: Walk, value: Any) -> None:
    """A plan says from which file and how; what lies in memory below it does not show."""
    plan = value.explain(optimized=False)
    walk.scrubbed(plan)
    if "DF [" in plan or "PYTHON" in plan:
        walk.opaque("lazy plan over data")


def _arrow_table(walk: Walk, value: Any) -> None:
    walk.child(value.schema)
    for column in value.columns:
        arrow(walk, column)


def _arrow_array(walk: Walk, value: Any) -> None:
    arrow(walk, value)


def _arrow_schema(walk: Walk, value: Any) -> None:
    walk.text(value.to_string(truncate_metadata=False))


def _arrow_scalar(walk: Walk, value: Any) -> None:
    walk.text(str(value.type))
    walk.copied(value.as_py())


LAZY_CACHES = frozenset(
    {
        "_grouper",
        "grouper",
        "exclusions",
        "binner",
        "_timegrouper",
        "_cache",
        "_grouped",
        "_hashtable",
    }
)
_INSIDE = frozenset(
    {"_mgr", "_data", "_item_cache", "_attrs", "_flags", "_cacher", "_is_copy", "_name", "_index"}
    | {"_accessors", "_engine", "_id", "_reference", "_references", "_cache", "_no_setting_name"}
)
_OVER_NUMPY = ("DatetimeArray", "TimedeltaArray", "PeriodArray", "NumpyExtensionArray", "PandasArray", "StringArray")  # fmt: skip
LIBRARY_RULES: dict[str, Rule] = {
    "pandas:DataFrame": rule(_frame, without=_INSIDE),
    "pandas:Series": rule(_series, without=_INSIDE),
    "pandas:RangeIndex": rule(_range_index, without=_INSIDE),
    "pandas:MultiIndex": rule(_multi_index, without=_INSIDE),
    "pandas:Index": rule(_index, without=_INSIDE),
    "pandas:Categorical": rule(_categorical),
    "pandas:CategoricalDtype": leaf(_categorical_dtype),
    "pandas:ArrowStringArray": rule(_over_arrow),
    "pandas:ArrowExtensionArray": rule(_over_arrow),
    **{f"pandas:{name}": rule(_over_numpy) for name in _OVER_NUMPY},
    "pandas:BaseMaskedArray": rule(_with_mask),
    "pandas:IntervalArray": rule(_interval_array),
    "pandas:SparseArray": rule(_sparse_array),
    "pandas:ExtensionArray": rule(_extension)._replace(whole=True),
    "geopandas:GeometryArray": rule(_geometries),
    "pyproj:CRS": leaf(_by_text)._replace(whole=True),
    "pandas:ExtensionDtype": leaf(_by_text),
    "pandas:NaTType": leaf(_missing),
    "pandas:NAType": leaf(_missing),
    "pandas:Timestamp": leaf(_timestamp),
    "pandas:Timedelta": leaf(_pandas_timedelta),
    "pandas:_Period": leaf(_period),
    "pandas:Interval": leaf(_interval),
    "pandas:BaseOffset": leaf(_by_text),
    "pandas:BaseGroupBy": rule(_lazy),
    "pandas:BaseWindow": rule(_lazy),
    "polars:DataFrame": rule(_polars_frame),
    "polars:Series": rule(_polars_series),
    "polars:LazyFrame": rule(_polars_lazy),
    "polars:Expr": leaf(_by_text),
    "polars:DataType": leaf(_by_text),
    "pyarrow:Table": leaf(_arrow_table),
    "pyarrow:RecordBatch": leaf(_arrow_table),
    "pyarrow:ChunkedArray": leaf(_arrow_array),
    "pyarrow:Array": leaf(_arrow_array),
    "pyarrow:Schema": leaf(_arrow_schema),
    "pyarrow:Scalar": leaf(_arrow_scalar),
    "pyarrow:DataType": leaf(_by_text),
    "pyarrow:Field": leaf(_by_text),
}
