"""What duckdb reads by itself, and copies of what it does not: tables as SQL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from nb2pkg.data.tables import sql
from nb2pkg.data.tables.connection import FETCHED, errors, opened
from nb2pkg.data.tables.model import Column, Dialect, Row, Table
from nb2pkg.data.tables.side import Sides
from nb2pkg.errors import Nb2pkgError

_BUFFER = 8_000_000  # bytes of a text that each thread reads at once
_COPIED = Dialect(",", False, "utf-8", False, "\n")


def is_native(table: Table) -> bool:
    """Whether duckdb reads the text itself as the reader here does. A blank line may be a missing cell."""
    found = table.dialect
    if found is None or not found.newline:
        return False
    return found.encoding == "utf-8" and len(table.columns) > 1


def parquet(path: Path) -> tuple[Table, ...]:
    """The table of a parquet file."""
    read = f"read_parquet({sql.text(str(path))})"
    with opened() as database:
        try:
            listed = database.execute(f"describe select * from {read}").fetchall()
        except errors() as error:
            reason = str(error).splitlines()[0]
            raise Nb2pkgError(f"{path}: cannot be read: {reason}", "Fix the file.") from None
    columns = tuple(Column(str(name), sql.declared(str(type_))) for name, type_, *_ in listed)
    types = {str(name): str(type_) for name, type_, *_ in listed}

    def rows(most: int | None) -> Iterator[Row]:
        limit = "" if most is None else f" limit {most}"
        cells = ", ".join(sql.cell(name, type_) for name, type_ in types.items())
        with opened() as database:
            cursor = database.execute(f"select {cells} from {read}{limit}")
            while found := cursor.fetchmany(FETCHED):
                yield from found

    return (Table(path, columns, rows, parquet=types),)


def source(table: Table, places: Sequence[int], folder: Path, copies: bool) -> str:
    """The columns at these places as SQL: c0, c1, ... are texts.

    folder: for a copy of what duckdb does not read by itself; copies: nor any text.
    """
    if table.parquet:
        names = (table.columns[place].name for place in places)
        cells = (sql.cell(name, table.parquet[name]) for name in names)
        named = ", ".join(f"{cell} as c{n}" for n, cell in enumerate(cells))
        return f"(select {named} from read_parquet({sql.text(str(table.path))}))"
    is_read = is_native(table) and not copies
    read = _read_csv(table) if is_read else _read_copy(table, folder)
    named = ", ".join(f"x{place} as c{n}" for n, place in enumerate(places))
    return f"(select {named} from {read})"


def have_same_types(sides: Sides) -> bool:
    """Whether both are parquet, and the columns that are compared have the same types in both."""
    types = [
        [table.parquet.get(name, "") for name in sides.names]
        for table in (sides.before, sides.after)
    ]
    return types[0] == types[1] and all(types[0])


def typed(sides: Sides) -> tuple[str, str]:
    named = ", ".join(f"{sql.name(name)} as c{n}" for n, name in enumerate(sides.names))
    one, other = (
        f"(select {named} from read_parquet({sql.text(str(table.path))}))"
        for table in (sides.before, sides.after)
    )
    return one, other


def _read_csv(table: Table) -> str:
    dialect = table.dialect
    assert dialect is not None
    return _read(table.path, len(table.columns), dialect, "true")


def _read_copy(table: Table, folder: Path) -> str:
    """What duckdb does not read by itself, as text in which a missing cell differs from an empty one."""
    handle, name = tempfile.mkstemp(suffix=".csv", dir=folder)
    with open(handle, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        for row in table.rows(None):
            cells = ("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row)
            file.write(",".join(cells) + "\n")
    return _read(Path(name), len(table.columns), _COPIED, "false")


def _read(path: Path, width: int, dialect: Dialect, nulls: str) -> str:
    """nulls: whether an empty cell in quotes is missing. The end of lines must not be guessed."""
    options = {
        "auto_detect": "false",
        "header": str(dialect.has_header).lower(),
        "delim": sql.text(dialect.delimiter),
        "quote": "'\"'",
        "escape": "'\"'",
        "new_line": sql.text(repr(dialect.newline)[1:-1]),
        "nullstr": "''",
        "allow_quoted_nulls": nulls,
        "compression": "'gzip'" if dialect.is_compressed else "'none'",
        "buffer_size": str(_BUFFER),
        "columns": "{" + ", ".join(f"'x{n}': 'VARCHAR'" for n in range(width)) + "}",
    }
    listed = ", ".join(f"{name}={value}" for name, value in options.items())
    return f"read_csv({sql.text(str(path))}, {listed})"
