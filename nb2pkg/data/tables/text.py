"""Tables as text: csv and its relatives. The text of a cell says what it is; an empty one is missing."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import TextIO

from nb2pkg.data.tables.kinds import Kind, is_long, kind
from nb2pkg.data.tables.model import Column, Dialect, Row, Table
from nb2pkg.data.version import BLOCK
from nb2pkg.errors import Nb2pkgError

_DELIMITERS = (",", ";", "\t", "|")
_FIRST = 50  # records by which the delimiter is chosen
_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_GZIP = b"\x1f\x8b"


def table(path: Path, delimiter: str = "") -> Table:
    """A text with a delimiter between cells; by default the one that fits best."""
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    is_compressed = _starts(path, _GZIP)
    encoding = _encoding(path, is_compressed)
    dialect = Dialect(
        delimiter or ",", True, encoding, is_compressed, _newline(path, is_compressed)
    )
    if not delimiter:
        dialect = replace(dialect, delimiter=_delimiter(path, dialect))
    first = next(_records(path, dialect), [])
    dialect = replace(dialect, has_header=_is_header(first))
    names = _names(first if dialect.has_header else [f"column {n}" for n, _ in enumerate(first, 1)])
    width = len(names)
    return Table(
        path,
        tuple(map(Column, names)),
        lambda most: islice(_rows(path, dialect, width), most),
        dialect=dialect,
    )


def _rows(path: Path, dialect: Dialect, width: int) -> Iterator[Row]:
    records = _records(path, dialect)
    if dialect.has_header:
        next(records, None)
    for number, record in enumerate(records, 2 if dialect.has_header else 1):
        if len(record) != width:
            raise Nb2pkgError(
                f"{path}: record {number} has {len(record)} cells, and the first has {width}",
                "Fix the file, or its quotes.",
            )
        yield tuple([cell or None for cell in record])


def _records(path: Path, dialect: Dialect) -> Iterator[list[str]]:
    """Lines of cells; blank lines are none, unless there is but one column."""
    with _opened(path, dialect.encoding, dialect.is_compressed) as file:
        try:
            yield from (r for r in csv.reader(file, delimiter=dialect.delimiter) if r)
        except (csv.Error, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            raise Nb2pkgError(f"{path}: cannot be read: {error}", "Fix the file.") from None


@contextmanager
def _opened(path: Path, encoding: str, is_compressed: bool) -> Iterator[TextIO]:
    if is_compressed:
        with gzip.open(path, "rt", encoding=encoding, newline="") as file:
            assert isinstance(file, io.TextIOWrapper)
            yield file
    else:
        with path.open(encoding=encoding, newline="") as plain:
            yield plain


def _encoding(path: Path, is_compressed: bool) -> str:
    """What the bytes can be read as: every byte is a letter of latin-1, so nothing is lost."""
    for mark, name in _BOMS.items():
        if not is_compressed and _starts(path, mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with gzip.open(path) if is_compressed else path.open("rb") as file:
            while block := file.read(BLOCK):
                if not block.isascii() or decoder.getstate()[0]:
                    decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "latin-1"
    except (EOFError, OSError) as error:
        raise Nb2pkgError(f"{path}: cannot be read: {error}", "Fix the file.") from None
    return "utf-8"


def _newline(path: Path, is_compressed: bool) -> str:
    """The end of the first record, which is not within quotes; empty if that is blank."""
    with gzip.open(path) if is_compressed else path.open("rb") as file:
        try:
            start = file.read(BLOCK).decode("latin-1")
        except (EOFError, OSError) as error:
            raise Nb2pkgError(f"{path}: cannot be read: {error}", "Fix the file.") from None
    found = re.match(r'(?![\r\n])(?:[^"\r\n]|"[^"]*")*(\r\n|\n|\r)', start)
    return found[1] if found else ""


def _starts(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark


def _delimiter(path: Path, dialect: Dialect) -> str:
    """The one that gives the most records as many cells as most have, and more than one."""
    best, chosen = (0, 0), ","
    for mark in _DELIMITERS:
        records = islice(_records(path, replace(dialect, delimiter=mark)), _FIRST)
        widths = Counter(len(record) for record in records)
        width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
        if width > 1 and (count, width) > best:
            best, chosen = (count, width), mark
    return chosen


def _is_header(first: Sequence[str]) -> bool:
    """Not if a cell of it is a number or a date, as those of the data are; years in a row may be names."""
    data = [cell for cell in first if cell and kind(cell) is not Kind.TEXT]
    years = [int(cell) for cell in data if kind(cell) is Kind.INT and not is_long(cell)]
    if len(years) == len(data) > 1 and len(data) < len(first):
        return {after - before for before, after in pairwise(years)} == {1}
    return not data


def _names(cells: Sequence[str]) -> list[str]:
    """Names of columns: none is empty, and none occurs twice."""
    found: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {number}"
        same = sum(name == other.partition("\0")[0] for other in found)
        found.append(f"{name}\0{same + 1}" if same else name)
    return [name.replace("\0", " #") for name in found]
