"""Tables with types: json lines, sqlite, xlsx and parquet. Each cell becomes a text and keeps its kind."""

from __future__ import annotations

import datetime
import decimal
import gzip
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nb2pkg.data.tables.kinds import Kind, are_numbers
from nb2pkg.data.tables.model import Column, Row, Table
from nb2pkg.errors import Nb2pkgError

NEEDS = "Run: pip install 'nb2pkg[data]'"
_GZIP = b"\x1f\x8b"
_FRACTION = re.compile(r"\.(\d*?)0*(?=$|[Z+-])")
_ABSENT = object()  # a key that a line of json does not have
Values = Callable[[], Iterator[Sequence[Any]]]


def json_lines(path: Path) -> tuple[Table, ...]:
    """A table whose columns are the keys of all lines. A key that a line does not have is missing."""
    names: dict[str, None] = {}
    for record in _objects(path):
        names.update(dict.fromkeys(record))
    return (_table(path, tuple(names), lambda: _picked(path, tuple(names))),)


def sqlite(path: Path) -> tuple[Table, ...]:
    """All tables of a database, by name."""
    query = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by 1"
    try:
        names = [str(row[0]) for row in _selected(path, query)]
        return tuple(_of_database(path, name) for name in names)
    except sqlite3.Error as error:
        raise _unreadable(path, error) from None


def xlsx(path: Path) -> tuple[Table, ...]:
    """All sheets of a workbook; the first row of each has the names of columns."""
    if find_spec("openpyxl") is None:
        raise Nb2pkgError(f"{path}: reading xlsx needs openpyxl", NEEDS)
    import openpyxl

    try:
        with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
            names = [sheet.title for sheet in book.worksheets]
        return tuple(_of_workbook(path, name) for name in names)
    except (OSError, ValueError, KeyError, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise _unreadable(path, error) from None


def parquet(path: Path) -> tuple[Table, ...]:
    """The table of a parquet file, by pyarrow."""
    if find_spec("pyarrow") is None:
        raise Nb2pkgError(f"{path}: reading parquet needs duckdb or pyarrow", NEEDS)
    import pyarrow
    from pyarrow.parquet import ParquetFile

    def rows() -> Iterator[Sequence[Any]]:
        with ParquetFile(path) as file:
            for batch in file.iter_batches():
                yield from zip(*map(values, batch.columns))

    def values(column: Any) -> list[Any]:
        """Moments as text: Python has no nanoseconds."""
        if not pyarrow.types.is_timestamp(column.type):
            return list(column.to_pylist())
        texts = column.cast(pyarrow.string()).to_pylist()
        return [text and _moment(text) for text in texts]

    try:
        with ParquetFile(path) as file:
            schema = file.schema_arrow
    except (OSError, pyarrow.ArrowException) as error:
        raise _unreadable(path, error) from None
    moments = frozenset(
        name for name, type_ in zip(schema.names, schema.types) if pyarrow.types.is_timestamp(type_)
    )
    return (_table(path, tuple(schema.names), rows, moments=moments),)


# ------------------------------------------------------------------------------------ any of these


def _table(
    path: Path,
    names: Sequence[str],
    values: Values,
    name: str = "",
    moments: frozenset[str] = frozenset(),
) -> Table:
    """A table of values. moments: columns whose texts are moments."""
    kinds: list[set[Kind]] = [set() for _ in names]
    for row in values():
        for found, value in zip(kinds, row):
            found.add(_kind(value))
    declared = [
        Kind.DATETIME if column in moments else _declared(found)
        for column, found in zip(names, kinds)
    ]
    mixed = [kind is Kind.MIXED for kind in declared]

    def rows(most: int | None) -> Iterator[Row]:
        for row in islice(values(), most):
            yield tuple(
                [
                    _tagged(value) if is_mixed else _text(value)
                    for value, is_mixed in zip(row, mixed)
                ]
            )

    columns = tuple(Column(*pair) for pair in zip(_unique(names), declared))
    return Table(path, columns, rows, name)


def _declared(kinds: set[Kind]) -> Kind | None:
    """What a column is; None for numbers of several kinds: the text of a cell says which."""
    found = kinds - {Kind.MISSING}
    if not found:
        return Kind.MISSING
    if found <= {Kind.FLOAT, Kind.NAN}:
        return Kind.FLOAT
    if len(found) == 1:
        return next(iter(found))
    return None if are_numbers(found) else Kind.MIXED


def _kind(value: Any) -> Kind:
    if value is None or value is _ABSENT:
        return Kind.MISSING
    if isinstance(value, float) and value != value:
        return Kind.NAN
    return next((kind for type_, kind in _KINDS if isinstance(value, type_)), Kind.OTHER)


_KINDS: tuple[tuple[type, Kind], ...] = (
    (bool, Kind.BOOL),
    (int, Kind.INT),
    (float, Kind.FLOAT),
    (str, Kind.TEXT),
    (datetime.datetime, Kind.DATETIME),
    (datetime.date, Kind.DATE),
    (decimal.Decimal, Kind.DECIMAL),
)


def _tagged(value: Any) -> str | None:
    """A cell of a column of several types: 1 is not the text 1."""
    text = _text(value)
    return None if text is None else f"{_kind(value).name.lower()}:{text}"


def _text(value: Any) -> str | None:
    if value is None or value is _ABSENT:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return _moment(value.isoformat(sep=" "))
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return _shortest(f"{value:f}")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (int, float)):
        return repr(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _moment(text: str) -> str:
    """Without digits that say nothing: 12:00:00.500 is 12:00:00.5."""
    return _FRACTION.sub(lambda found: f".{found[1]}" if found[1] else "", text)


def _shortest(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unique(names: Iterable[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        same = sum(name == other.partition("\0")[0] for other in found)
        found.append(f"{name}\0{same + 1}" if same else name)
    return [name.replace("\0", " #") for name in found]


def _unreadable(path: Path, error: Exception) -> Nb2pkgError:
    return Nb2pkgError(f"{path}: cannot be read: {str(error).splitlines()[0]}", "Fix the file.")


# ---------------------------------------------------------------------------------------- formats


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as raw:
        is_compressed = raw.read(2) == _GZIP
    with gzip.open(path) if is_compressed else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError("not an object")
            except ValueError as error:
                raise Nb2pkgError(
                    f"{path}: line {number} is not a row: {error}", "Fix the file."
                ) from None
            yield record


def _picked(path: Path, names: tuple[str, ...]) -> Iterator[Sequence[Any]]:
    for record in _objects(path):
        yield [record.get(name, _ABSENT) for name in names]


def _of_database(path: Path, name: str) -> Table:
    quoted = '"' + name.replace('"', '""') + '"'
    listed = [str(row[1]) for row in _selected(path, f"pragma table_info({quoted})")]
    return _table(path, listed, lambda: _selected(path, f"select * from {quoted}"), name)


def _selected(path: Path, query: str) -> Iterator[Sequence[Any]]:
    """Rows of a database, which is not written to; a journal beside it counts."""
    has_journal = any(Path(f"{path}{end}").exists() for end in ("-wal", "-journal"))
    mode = "mode=ro" if has_journal else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"file:{quote(str(path))}?{mode}", uri=True)) as database:
        yield from database.execute(query)


def _of_workbook(path: Path, name: str) -> Table:
    header = next(_sheet(path, name), ())
    names = ["" if cell is None else str(cell) for cell in header]
    while names and not names[-1]:
        names.pop()
    width = len(names)
    names = [cell or f"column {number}" for number, cell in enumerate(names, start=1)]

    def values() -> Iterator[Sequence[Any]]:
        rows = _sheet(path, name)
        next(rows, None)
        for row in rows:
            cells = [*row, *[None] * (width - len(row))]
            if any(cell is not None for cell in cells[width:]):
                raise Nb2pkgError(
                    f"{path}: sheet {name} has cells beside its columns", "Give them a name."
                )
            if any(cell is not None for cell in cells):
                yield cells[:width]

    return _table(path, names, values, name)


def _sheet(path: Path, name: str) -> Iterator[Sequence[Any]]:
    import openpyxl

    with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
        yield from book[name].iter_rows(values_only=True)
