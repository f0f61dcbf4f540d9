"""Which files hold tables, and who reads them."""

from __future__ import annotations

from pathlib import Path

from nb2pkg.data.tables import connection, relations, text, typed
from nb2pkg.data.tables.model import Table
from nb2pkg.files import explained

_TEXTS = {".csv": "", ".tsv": "\t", ".tab": "\t"}
_TYPED = {
    ".jsonl": typed.json_lines,
    ".ndjson": typed.json_lines,
    ".sqlite": typed.sqlite,
    ".sqlite3": typed.sqlite,
    ".xlsx": typed.xlsx,
    ".xlsm": typed.xlsx,
}
_PARQUET = (".parquet", ".pq")
_DATABASE = b"SQLite format 3\0"


def tables(path: Path, name: str) -> tuple[Table, ...] | None:
    """The tables of a file; None if it holds none. name: what it is called, wherever it lies.

    Raises:
        Nb2pkgError: It cannot be read, or by something that is not installed.
    """
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    try:
        if suffix in _TEXTS:
            return (text.table(path, _TEXTS[suffix]),)
        if suffix in _PARQUET:
            return relations.parquet(path) if connection.is_there() else typed.parquet(path)
        if suffix == ".db" and not _is_database(path):
            return None
        read = typed.sqlite if suffix == ".db" else _TYPED.get(suffix)
        return read(path) if read else None
    except OSError as error:
        raise explained(error, path, "read") from None


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_DATABASE)) == _DATABASE
