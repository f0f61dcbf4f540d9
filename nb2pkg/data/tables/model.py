"""A table, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nb2pkg.data.tables.kinds import Kind

Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the text of a table is written. newline: the end of its first record; empty if it has none."""

    delimiter: str
    has_header: bool
    encoding: str
    is_compressed: bool
    newline: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """declared: what the file says that its cells are; None where only their text does."""

    name: str
    declared: Kind | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a file. name: which one, of a file that can hold several.

    rows: reads all rows anew, or so many of the first. dialect: of a text; parquet: duckdb's type of each column.
    """

    path: Path
    columns: tuple[Column, ...]
    rows: Callable[[int | None], Iterator[Row]] = field(compare=False)
    name: str = ""
    dialect: Dialect | None = None
    parquet: Mapping[str, str] = field(default_factory=dict, compare=False)

    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column whose cells were one type of thing, and are another."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A changed cell: the key of its row, its column, and both texts."""

    key: Row
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows and cells, asked for by name: these are values of the data."""

    columns: tuple[str, ...] = ()
    added: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()
    changed: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class TableDifference:
    """Counts: no value of the data is in it but in examples.

    key: the columns by which rows were paired; without one, a changed row is one that was removed and
    one that was added. cells: changed cells by column; missing: by column, how many more are missing
    than before.
    """

    name: str
    added: int
    removed: int
    unchanged: int
    changed: int = 0
    key: tuple[str, ...] = ()
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    retyped: tuple[Retyped, ...] = ()
    cells: Mapping[str, int] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    examples: Examples | None = None

    @property
    def is_empty(self) -> bool:
        return not (
            self.added
            or self.removed
            or self.changed
            or self.columns_added
            or self.columns_removed
            or self.retyped
        )
