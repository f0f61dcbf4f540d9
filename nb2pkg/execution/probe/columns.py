"""What does a column of pyarrow or polars hold? How it is cut into pieces is not part of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from .arrays import contents, flat_bytes

if TYPE_CHECKING:
    from .walk import Walk

PIECE = 1 << 22
OVERLAP = 1 << 12  # longer than any folder
# Type of the offsets, by the name of the type.
TEXTS = {"string": "i4", "large_string": "i8", "binary": "i4", "large_binary": "i8"}


def arrow(walk: Walk, column: Any) -> None:
    """Values of an array of pyarrow, read from its buffers."""
    numpy = sys.modules.get("numpy")
    name = str(column.type)
    walk.text(name)
    walk.items([len(column)])
    if hasattr(column, "chunks"):
        column = column.chunk(0) if column.num_chunks == 1 else _joined(column)
    if column is None or numpy is None:
        walk.items(column.to_pylist() if column is not None else [])
    elif name in TEXTS:
        _texts(walk, column, TEXTS[name], numpy)
    elif (numpy is not None) and _width(column) >= 8:
        _numbers(walk, column, numpy)
    else:
        walk.items(column.to_pylist())


def _joined(column: Any) -> Any:
    joined = column.combine_chunks()
    return joined if not hasattr(joined, "chunks") else None


def _width(column: Any) -> int:
    """Bits of one value, when all have the same number of them and stand for themselves."""
    try:
        nested = column.type.num_fields or "dictionary" in str(column.type)
        return 0 if nested or "extension" in str(column.type) else int(column.type.bit_width)
    except ValueError:
        return 0


def _nulls(column: Any, numpy: Any) -> Any:
    """For each value, whether it is missing; None when none is."""
    validity = column.buffers()[0]
    if validity is None or not column.null_count:
        return None
    bits = numpy.unpackbits(numpy.frombuffer(validity, "u1"), bitorder="little")
    return bits[column.offset : column.offset + len(column)] == 0


def _numbers(walk: Walk, column: Any, numpy: Any) -> None:
    width = _width(column) // 8
    data = column.buffers()[1]
    if data is None:
        walk.items(column.to_pylist())
        return
    start = column.offset * width
    found = numpy.frombuffer(data, "u1")[start : start + len(column) * width]
    nulls = _nulls(column, numpy)
    if nulls is not None:
        contents(walk, nulls)
        found = numpy.where(nulls[:, None], 0, found.reshape(-1, width)).astype("u1")
    contents(walk, found)


def _texts(walk: Walk, column: Any, offsets_type: str, numpy: Any) -> None:
    """Lengths and characters, each at once."""
    _, offsets, data = column.buffers()
    if not len(column) or offsets is None or data is None:
        walk.items(column.to_pylist())
        return
    ends = numpy.frombuffer(offsets, offsets_type)[column.offset : column.offset + len(column) + 1]
    lengths, nulls = numpy.diff(ends), _nulls(column, numpy)
    characters = flat_bytes(numpy.frombuffer(data, "u1")[int(ends[0]) : int(ends[-1])])
    hidden = nulls is not None and bool(lengths[nulls].any())
    if hidden or _names_folder(walk, characters):
        walk.items(column.to_pylist())
        return
    if nulls is not None:
        contents(walk, nulls)
    contents(walk, lengths)
    walk.raw(characters)


def _names_folder(walk: Walk, data: memoryview) -> bool:
    """Is a folder named in here? Looked for piece by piece, without a copy of the whole."""
    return any(
        walk.eyes.names_folder(bytes(data[start : start + PIECE + OVERLAP]))
        for start in range(0, len(data), PIECE)
    )


def polars_column(walk: Walk, column: Any) -> None:
    """Values of a series of polars: numbers as their memory, everything else one by one."""
    walk.text(str(column.dtype))
    walk.items([len(column)])
    numpy = sys.modules.get("numpy")
    by_memory = column.dtype.is_numeric() or column.dtype.is_temporal()
    if numpy is None or not by_memory or "Decimal" in str(column.dtype):
        walk.items(column.to_list())
        return
    plain = column.to_physical()
    if column.null_count():
        contents(walk, numpy.asarray(column.is_null().to_numpy()))
        plain = plain.fill_null(0)
    contents(walk, plain.to_numpy())
