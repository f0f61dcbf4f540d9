"""What is a value like, told without the value? Structure in clear, what it holds as digests.

`describe` gives what can be written down as JSON: type, shape, labels, dtypes, the number of missing
values and digests, but no data value. digested.py says what a digest tells, and when two values
count as the same. Here are arrays and tables; figures are in drawn.py.

The digits that count are 6, but 4 of a float32 and 2 of a float16, which hold few more. In an array
of two dimensions with several rows, what is small is small in its column.

No library is imported: a value of numpy can only be met where numpy is loaded.
"""

from __future__ import annotations

import functools
import hashlib
import math
import re
import struct
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from .digested import (
    DIGITS,
    KINDS,
    SMALL,
    SMALL_SHARE,
    Kind,
    Look,
    Told,
    besides,
    digest,
    encoded,
    made_of,
    rounded,
    text_of,
    type_alone,
)
from .drawn import DRAWN

MISSING = 0x9E3779B97F4A7C15  # what stands for a missing value among the words of a column
MIXER, ALL_BITS = 0xD6E8FEB86659FD93, 0xFFFFFFFFFFFFFFFF


def describe(value: object, is_public: Callable[[str], bool] = lambda _: True) -> Told:
    """Structure and digests of a value, ready for JSON. No data value and no error comes out.

    A label of a column is shown if `is_public` says so; else it is told as "#" and a digest.
    """
    return Look(is_public).description(value)


def library(name: str) -> Any:
    """A library that is loaded."""
    return sys.modules[name]


# ---- words: 64 bits for each value of an array or a column, the same for the same value


def words_of(look: Look, array: Any, digits: int = DIGITS) -> Any:
    """The words of an array of numpy."""
    numpy = library("numpy")
    kind = array.dtype.kind
    if kind in "biumM":
        return array.astype("u8" if kind == "u" else "i8").ravel().view("u8")
    if kind == "f":
        digits = min(digits, {2: 2, 4: 4}.get(array.dtype.itemsize, DIGITS))
        return rounded_array(array.astype("f8"), digits).ravel().view("u8")
    if kind == "c":
        words = rounded_array(array.astype("c16").ravel().view("f8"), digits).view("u8")
        return mixed(words[::2]) + words[1::2]
    return numpy.array(words_of_items(look, array.ravel().tolist()), dtype="u8")


def rounded_array(numbers: Any, digits: int) -> Any:
    """What `rounded` does, for an array of float64."""
    numpy = library("numpy")
    lone = SMALL if numbers.ndim == 0 else 0.0
    by_column = {"axis": 0} if numbers.ndim == 2 and len(numbers) > 1 else {}
    numbers = numpy.atleast_1d(numbers)
    with numpy.errstate(all="ignore"):
        size = numpy.abs(numbers)
        largest = size.max(initial=0, where=numpy.isfinite(size), **by_column)
        part, power = numpy.frexp(numbers / math.pi)
        found = numpy.ldexp(numpy.rint(part * 10**digits), power - 20)
        found[size < numpy.maximum(largest * SMALL_SHARE, lone)] = 0
    found[numpy.isnan(found)] = math.nan  # of its many bit patterns, one
    return found + 0.0  # -0.0 becomes 0.0


def words_of_items(look: Look, items: Sequence[Any]) -> list[int]:
    """The words of any objects. Texts are often few, many times."""
    texts = {item: _word(item) for item in {item for item in items if type(item) is str}}
    return [
        (
            texts[item]
            if type(item) is str
            else MISSING if _is_none(item) else _word(look.mark(item))
        )
        for item in items
    ]


def words_of_floats(items: Sequence[float | None]) -> Any:
    """The words of a column of floats; the same with numpy, which is faster, and without."""
    floats = [math.nan if item is None else item for item in items]
    if "numpy" in sys.modules:
        return rounded_array(library("numpy").array(floats, dtype="f8"), DIGITS).view("u8")
    small = max((abs(f) for f in floats if math.isfinite(f)), default=0.0) * SMALL_SHARE
    data = struct.pack(f"<{len(floats)}d", *(rounded(number, small) for number in floats))
    return [*struct.unpack(f"<{len(floats)}Q", data)]


def _word(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(encoded(text), digest_size=8).digest(), "little")


def _is_none(item: Any) -> bool:
    return item is None or (issubclass(type(item), float) and item != item)


def is_missing(item: Any) -> bool:
    """Is it one of the values that stand for none?"""
    return _is_none(item) or type(item).__name__ in ("NAType", "NaTType")


def packed(words: Any) -> bytes:
    """The bytes of words, the same on every machine."""
    if isinstance(words, list):
        return struct.pack(f"<{len(words)}Q", *words)
    return bytes(words.astype("<u8").tobytes())


def mixed(words: Any) -> Any:
    """Another word for each, or for one, whose sum is hardly the same by chance."""
    words = (words ^ (words >> 32)) * MIXER & ALL_BITS
    return words ^ (words >> 29)


def _row_words(grid: Any) -> Any:
    """One word for each row of an array of words."""
    places = mixed(library("numpy").arange(1, grid.shape[1] + 1, dtype="u8")) | 1
    return (mixed(grid) * places).sum(axis=1, dtype="u8")


def rows_digest(columns: Sequence[Any]) -> str:
    """One digest of all rows, whatever their order."""
    count = len(columns[0]) if columns else 0
    if "numpy" in sys.modules:
        rows = library("numpy").zeros(count, dtype="u8")
        for column in columns:
            rows = mixed(rows + library("numpy").asarray(column, dtype="u8"))
        return digest(f"{count} {rows.sum(dtype='u8')}")
    total = 0
    for row in zip(*columns):
        total += functools.reduce(lambda before, word: mixed(before + word & ALL_BITS), row, 0)
    return digest(f"{count} {total & ALL_BITS}")


# ---- arrays and tables


class Column(NamedTuple):
    """A column of any table. words: an array, or a list where there may be no numpy."""

    label: Any
    dtype: str
    missing: int
    words: Any
    also: str = ""  # what else its digest depends on
    unique: bool | None = None  # is no value there twice? Not asked of floats, which are no keys

    def told(self, look: Look) -> Told:
        """Its description."""
        found = {
            "label": look.label(self.label),
            "dtype": self.dtype,
            "missing": self.missing,
        }
        if self.unique is not None:
            found["unique"] = self.unique
        return found | {"digest": digest(packed(self.words), self.also)}


def _table(look: Look, shape: Iterable[int], columns: Sequence[Column]) -> Told:
    told = [column.told(look) for column in columns]
    unordered = rows_digest([column.words for column in columns])
    return {"shape": [*shape], "columns": told, "unordered": unordered}


_SHOWN = re.compile(r"(?!Sparse|Enum)[\w\[\], .+/=<>()-]*")  # the others can tell names and values


def dtype_name(dtype: Any) -> str:
    """What is in a column, as far as that is no data."""
    name = str(dtype)
    if type(dtype).__module__.startswith("numpy"):
        name = dtype.name.rstrip("0123456789") if dtype.kind in "SU" else dtype.name
    if _SHOWN.fullmatch(name):
        return str(name)
    return f"{re.split(r'[^A-Za-z0-9_]', name)[0]}#{digest(name)}"


def _array(look: Look, value: Any) -> Told:
    """An array or a scalar of numpy; one with fields is a table."""
    if value.dtype.names is not None:
        fields = [_array_column(look, name, value[name]) for name in value.dtype.names]
        return _table(look, value.shape, fields)
    column = _array_column(look, "", value)
    told = column._replace(also="".join(besides(look, value))).told(look)
    del told["label"]
    if value.ndim and value.size:
        told["unordered"] = rows_digest([_row_words(column.words.reshape(len(value), -1))])
    return {"shape": [*value.shape], **told}


def _array_column(look: Look, label: str, value: Any) -> Column:
    numpy = library("numpy")
    array, masked = numpy.asarray(value), 0
    if issubclass(type(value), numpy.ma.MaskedArray):
        mask = numpy.ma.getmaskarray(value)
        masked = int(mask.sum())
        array = numpy.where(mask, numpy.zeros((), array.dtype), array)  # what is below is chance
    words, kind = words_of(look, array), array.dtype.kind
    if masked:
        words[mask.ravel()] = MISSING
    gaps = 0
    if kind in "fcmM":
        gaps = int((numpy.isnan if kind in "fc" else numpy.isnat)(array).sum())
    elif kind == "O":
        gaps = sum(map(is_missing, array.ravel().tolist()))
    return Column(label, dtype_name(array.dtype), gaps + masked, words)


def _sparse(look: Look, value: Any) -> Told:
    """A matrix of scipy: what it holds and where, in one order; it is never filled up."""
    entries = value.tocoo(copy=True)
    entries.sum_duplicates()
    places = getattr(entries, "coords", None) or (entries.row, entries.col)
    words = [packed(words_of(look, part)) for part in (*places, entries.data)]
    dtype = dtype_name(value.dtype)
    return {
        "shape": [*value.shape],
        "dtype": dtype,
        "items": entries.nnz,
        "digest": digest(*words),
    }


def _pandas_column(look: Look, label: Any, series: Any) -> Column:
    words, also = _pandas_words(look, series), ""
    if isinstance(series.dtype, library("pandas").CategoricalDtype):
        categories = library("pandas").Series(series.dtype.categories)
        also = digest(packed(_pandas_words(look, categories)), str(series.dtype.ordered))
    is_float = library("pandas").api.types.is_float_dtype(series.dtype)
    unique = None if is_float else bool(library("pandas").Series(words).is_unique)
    missing = int(series.isna().sum())
    return Column(label, dtype_name(series.dtype), missing, words, also, unique)


def _pandas_words(look: Look, series: Any) -> Any:
    numpy, pandas, dtype = library("numpy"), library("pandas"), series.dtype
    kinds = pandas.api.types
    if isinstance(dtype, (numpy.dtype, pandas.SparseDtype)):
        return words_of(look, numpy.asarray(series))
    if isinstance(dtype, pandas.CategoricalDtype):
        categories = _pandas_words(look, pandas.Series(dtype.categories))
        missing = numpy.array([MISSING], dtype="u8")  # its code is -1, which is the last one
        return numpy.concatenate([categories, missing])[series.cat.codes.to_numpy()]
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return words_of(look, series.dt.tz_convert(None).to_numpy())
    is_whole = kinds.is_integer_dtype(dtype) or kinds.is_bool_dtype(dtype)
    if is_whole or kinds.is_float_dtype(dtype):  # and missing values may be marked apart
        unsigned = kinds.is_unsigned_integer_dtype(dtype)
        kind = "u8" if unsigned else "i8" if is_whole else "f8"
        words = words_of(look, series.to_numpy(dtype=kind, na_value=0))
        words[series.isna().to_numpy()] = MISSING
        return words
    return numpy.array(words_of_items(look, series.astype(object).tolist()), dtype="u8")


def _frame(look: Look, value: Any) -> Told:
    labels = enumerate(value.columns)
    columns = [_pandas_column(look, label, value.iloc[:, number]) for number, label in labels]
    return _table(look, value.shape, columns) | {"index": _index(look, value.index)}


def _series(look: Look, value: Any) -> Told:
    column = _pandas_column(look, value.name, value)
    told = column.told(look) | {"unordered": rows_digest([column.words])}
    return {"shape": [len(value)], **told, "index": _index(look, value.index)}


def _index(look: Look, value: Any) -> Told:
    """An index, which may have several levels."""
    series = (library("pandas").Series(value.get_level_values(n)) for n in range(value.nlevels))
    levels = [_pandas_column(look, name, level) for name, level in zip(value.names, series)]
    return {
        "kind": re.sub("^(U?Int|Float)64", "", type(value).__name__),  # so called before pandas 2
        "dtype": ", ".join(level.dtype for level in levels),
        "names": [{"label": look.label(name)} for name in value.names],
        "sorted": bool(value.is_monotonic_increasing),
        "unique": bool(value.is_unique),
        "digest": digest(*(level.told(look)["digest"] for level in levels)),
    }


def _whole_index(look: Look, value: Any) -> Told:
    return {"shape": [len(value)], **_index(look, value)}


def _pandas_array(look: Look, value: Any) -> Told:
    """A categorical, or another array that has a dtype of pandas."""
    told = _series(look, library("pandas").Series(value))
    return {key: part for key, part in told.items() if key not in ("label", "index")}


def _grouped(_look: Look, value: Any) -> Told:
    keys = vars(value).get("keys")
    return {"items": len(keys) if isinstance(keys, list) else 1}


def _items_column(look: Look, label: Any, dtype: Any, items: list[Any]) -> Column:
    """A column of polars or of pyarrow, which work without numpy."""
    name = dtype_name(dtype)
    is_float = all(item is None or type(item) is float for item in items)
    words = words_of_floats(items) if is_float else words_of_items(look, items)
    for place, item in enumerate(items):
        if item is None:
            words[place] = MISSING  # which is not nan here
    unique = None if is_float else len(set(words)) == len(words)
    return Column(label, name, sum(map(is_missing, items)), words, unique=unique)


def _polars_frame(look: Look, value: Any) -> Told:
    series = value.get_columns()
    columns = [_items_column(look, one.name, one.dtype, one.to_list()) for one in series]
    return _table(look, value.shape, columns)


def _arrow_table(look: Look, value: Any) -> Told:
    named = zip(value.schema.names, value.columns)
    columns = [_items_column(look, name, one.type, one.to_pylist()) for name, one in named]
    return _table(look, (value.num_rows, value.num_columns), columns)


def _one_column(look: Look, label: Any, dtype: Any, items: list[Any]) -> Told:
    column = _items_column(look, label, dtype, items)
    unordered = rows_digest([column.words])
    return {"shape": [len(items)], **column.told(look), "unordered": unordered}


def _random_state(value: Any) -> list[Any]:
    """Many objects of scipy hold the one that all share: its state is not theirs."""
    is_shared = value is getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None)
    return [] if is_shared else [value.get_state(legacy=False)]


# How compiled objects tell their state to be copied.
_COPIED = made_of(lambda value: (value.__getstate__(),))

LIBRARIES: dict[str, Kind] = {
    "numpy.ndarray": _array,
    "numpy.generic": _array,
    "numpy.dtype": text_of(str),
    "numpy.Generator": made_of(lambda v: (v.bit_generator.state,)),
    "numpy.BitGenerator": made_of(lambda v: (v.state,)),
    "numpy.SeedSequence": made_of(lambda v: (v.state,)),
    "numpy.RandomState": made_of(_random_state),
    "pandas.DataFrame": _frame,
    "pandas.Series": _series,
    "pandas.Index": _whole_index,
    "pandas.ExtensionArray": _pandas_array,
    "pandas.GroupBy": _grouped,
    "pandas.BaseOffset": text_of(str),
    "pandas.Interval": made_of(lambda v: (v.left, v.right, v.closed)),
    "pandas.Period": text_of(lambda v: f"{v.ordinal} {v.freqstr}"),
    "polars.DataFrame": _polars_frame,
    "polars.LazyFrame": type_alone,
    "polars.Series": lambda look, v: _one_column(look, v.name, v.dtype, v.to_list()),
    "pyarrow.Table": _arrow_table,
    "pyarrow.RecordBatch": _arrow_table,
    "pyarrow.Array": lambda look, v: _one_column(look, "", v.type, v.to_pylist()),
    "pyarrow.ChunkedArray": lambda look, v: _one_column(look, "", v.type, v.to_pylist()),
    "scipy.spmatrix": _sparse,
    "scipy.sparray": _sparse,
    "torch.Tensor": lambda look, v: _array(look, v.detach().cpu().numpy()),
    "sklearn.Tree": _COPIED,
    "xgboost.Booster": _COPIED,
    "lightgbm.Booster": _COPIED,
    "sympy.Basic": text_of(lambda v: str(library("sympy").srepr(v))),
    "shapely.Geometry": text_of(lambda v: bytes(v.wkb)),
    "PIL.Image": text_of(lambda v: f"{v.mode} {v.size} ".encode() + bytes(v.tobytes())),
}
KINDS.update(LIBRARIES | DRAWN)
