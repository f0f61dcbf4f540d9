"""Which single values make up a variable, and where does each of them stand?

Read only once a difference is known, to name the first place where two runs part. The places are
what a person would type: `['price'][17]`, `.coef_[0, 2]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from . import insides
from .arrays import numpy
from .code import RULES as CALLABLES
from .schemas import kind_of
from .tables import manager
from .walk import PLAIN, Eyes, Walk

MAX_DEPTH = 60
MAX_LEAVES = 200_000
SHORT_TEXT = 80
_CODE = frozenset(id(base) for base, _ in CALLABLES)
_SEQUENCES = (list, tuple)


class Leaf(NamedTuple):
    """Values that stand together at one place."""

    where: str
    type: str
    form: str  # "numbers": data is an array; "items": a list of plain values
    data: Any
    place: Callable[[int], str] | None = None  # how to name one of the values


class Reader:
    """The leaves of one variable, in an order that is the same in every run."""

    def __init__(self, eyes: Eyes) -> None:
        self.eyes = eyes
        self.seen: set[int] = set()
        self.count = 0

    def leaves(self, value: Any, where: str = "", depth: int = 0) -> Iterator[Leaf]:
        """Leaves of a value and of everything below it."""
        self.count += 1
        if self.count > MAX_LEAVES or depth > MAX_DEPTH:
            return
        if id(type(value)) in PLAIN:
            yield self._items(where, kind_of(value), [value], None)
            return
        if id(value) in self.seen:
            return
        self.seen.add(id(value))
        self.eyes.alive.append(value)
        yield from self._parts(value, where, depth)

    def _parts(self, value: Any, where: str, depth: int) -> Iterator[Leaf]:
        for base in insides.mro(type(value)):
            if id(base) in _CODE:
                break
            key = f"{insides.top_of(insides.module_of(base))}:{insides.name_of(base)}"
            if key in _READERS:
                yield from _READERS[key](self, value, where, depth)
                return
        layout = self.eyes.layout(type(value))
        state = insides.state_of(value, layout)
        if not state or self.eyes.rule(type(value)).name in ("class", "callable", "module"):
            digest = Walk(self.eyes).digest(value)
            yield Leaf(where, kind_of(value), "digest", digest)
            return
        yield Leaf(where, kind_of(value), "items", [name for name, _ in state])
        for name, part in state:
            yield from self.leaves(part, f"{where}.{name}", depth + 1)

    def _items(
        self, where: str, kind: str, items: list[Any], place: Callable[[int], str] | None
    ) -> Leaf:
        scrub = self.eyes.scrub
        plain = [scrub(item) if type(item) is str else item for item in items]
        return Leaf(where, kind, "items", plain, place)

    def several(
        self, items: list[Any], where: str, kind: str, place: Callable[[int], str], depth: int
    ) -> Iterator[Leaf]:
        """Plain values together, others one by one."""
        if set(map(id, map(type, items))) <= PLAIN:
            yield self._items(where, kind, items, place)
            return
        yield Leaf(where, kind, "items", [])
        for number, item in enumerate(items):
            yield from self.leaves(item, where + place(number), depth + 1)


def _numbered(number: int) -> str:
    return f"[{number}]"


def _sequence(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    base = next(base for base in _SEQUENCES if insides.has(type(value), base))
    items = [*base.__iter__(value)]
    kind = f"{kind_of(value)} of {len(items)} items"
    yield from reader.several(items, where, kind, _numbered, depth)


def _mapping(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    kind = f"{kind_of(value)} of {dict.__len__(value)} items"
    keys = [label(key) for key in dict.keys(value)]
    yield reader._items(where, kind, keys, lambda number: f" key {number}")
    yield from reader.several(
        [*dict.values(value)], where, kind, lambda number: f"[{keys[number]}]", depth
    )


def label(key: Any) -> str:
    """A key, column or index label as text; what may have a repr of its own is its type."""
    if type(key) is tuple:
        return "(" + ", ".join(map(label, key)) + ")"
    package = insides.top_of(insides.module_of(type(key)))
    if package == "numpy" and hasattr(key, "item"):
        return label(key.item())
    text = repr(key) if package in ("builtins", "numpy", "pandas", "datetime") else kind_of(key)
    return text if len(text) <= SHORT_TEXT else text[: SHORT_TEXT - 3] + "..."


def _array(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    array = numpy().asarray(value)
    shape = tuple(map(int, array.shape))
    kind = f"{array.dtype} array of shape {shape}" if shape else str(array.dtype)

    def place(number: int) -> str:
        if not shape:
            return ""
        return "[" + ", ".join(str(int(i)) for i in numpy().unravel_index(number, shape)) + "]"

    if array.dtype.kind in "OTV":
        yield from reader.several(array.reshape(-1).tolist(), where, kind, place, depth)
    else:
        yield Leaf(where, kind, "numbers", array, place)


def _column(reader: Reader, array: Any, where: str, index: Any, depth: int) -> Iterator[Leaf]:
    """Values of a column, each at the label of its row."""
    plain = insides.attribute(array, "_ndarray", array)
    if insides.has(type(array), numpy().ndarray) and array.dtype.kind not in "OTV":
        plain = array
    elif getattr(getattr(plain, "dtype", None), "kind", "O") not in "Mm":
        plain = numpy().asarray(array, dtype=object)
    kind = f"{array.dtype} column of {len(array)} rows"

    def place(number: int) -> str:
        return f"[{label(index[number])}]"

    if plain.dtype.kind == "O":
        items = [_plain(item) for item in plain.reshape(-1).tolist()]
        yield from reader.several(items, where, kind, place, depth)
    else:
        yield Leaf(where, kind, "numbers", plain.reshape(-1), place)


def _plain(item: Any) -> Any:
    """Scalars of pandas as text."""
    return label(item) if insides.top_of(insides.module_of(type(item))) == "pandas" else item


def _frame(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    columns, index = manager(value).axes
    kind = f"DataFrame of shape ({len(index)}, {len(columns)})"
    yield Leaf(where, kind, "items", [])
    yield from _column(reader, _values(columns), where + ".columns", range(len(columns)), depth)
    yield from _column(reader, _values(index), where + ".index", range(len(index)), depth)
    for place in range(len(columns)):
        array = _values(value.iloc[:, place])
        yield from _column(reader, array, f"{where}[{label(columns[place])}]", index, depth)


def _values(value: Any) -> Any:
    """The array below a series or an index; a plain one of numpy where there is one."""
    if hasattr(value, "levels"):  # several levels have no single array: tuples stand for them
        return value.to_numpy()
    array = value.array
    below: Any = getattr(array, "_ndarray", None)
    plain = below is not None and type(array.dtype).__module__ != "pandas"
    return array.to_numpy() if plain and below.dtype.kind not in "Mm" else array


def _series(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    yield from reader.leaves(value.name, where + ".name", depth + 1)
    yield from _column(reader, _values(value.index), where + ".index", range(len(value)), depth)
    yield from _column(reader, _values(value), where, value.index, depth)


def _index(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    yield from reader.several(list(value.names), where + ".names", "names", _numbered, depth)
    yield from _column(reader, _values(value), where, range(len(value)), depth)


def _extension(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    yield from _column(reader, value, where, range(len(value)), depth)


def _scalar_of_pandas(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    yield from reader.leaves(label(value), where, depth + 1)


def _polars(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    kind = f"DataFrame of shape {value.shape}"
    yield Leaf(where, kind, "items", list(value.columns))
    for column in value.get_columns():
        kind = f"{column.dtype} column of {len(column)} rows"
        place = f"{where}[{column.name!r}]"
        yield from reader.several(column.to_list(), place, kind, _numbered, depth)


def _listed(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    kind = f"{kind_of(value)} of {len(value)} items"
    items = value.to_list() if hasattr(value, "to_list") else value.to_pylist()
    yield from reader.several(items, where, kind, _numbered, depth)


def _arrow_table(reader: Reader, value: Any, where: str, depth: int) -> Iterator[Leaf]:
    yield Leaf(where, f"Table of shape {value.shape}", "items", list(value.column_names))
    for name, column in zip(value.column_names, value.columns):
        yield from _listed(reader, column, f"{where}[{name!r}]", depth)


_READERS: dict[str, Callable[[Reader, Any, str, int], Iterator[Leaf]]] = {
    "builtins:list": _sequence,
    "builtins:tuple": _sequence,
    "builtins:dict": _mapping,
    "numpy:ndarray": _array,
    "numpy:generic": _array,
    "pandas:DataFrame": _frame,
    "pandas:Series": _series,
    "pandas:Index": _index,
    "pandas:ExtensionArray": _extension,
    **{
        f"pandas:{name}": _scalar_of_pandas
        for name in ("Timestamp", "Timedelta", "_Period", "Interval", "NaTType")
    },
    "polars:DataFrame": _polars,
    "polars:Series": _listed,
    "pyarrow:Table": _arrow_table,
    "pyarrow:Array": _listed,
    "pyarrow:ChunkedArray": _listed,
}
