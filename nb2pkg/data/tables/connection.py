"""Connections to duckdb, if it is installed, and what it raises."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from nb2pkg.data.tables.typed import NEEDS
from nb2pkg.errors import Nb2pkgError

if TYPE_CHECKING:
    import duckdb

MEMORY = "240MB"  # of duckdb; more goes to a folder that is removed at the end
ALL_MEMORY = "80%"  # where that is not enough for what cannot be put aside
_THREADS = 4
FETCHED = 10_000  # rows


def is_there() -> bool:
    return find_spec("duckdb") is not None


@contextmanager
def opened(memory: str = MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in memory, with a folder for what does not fit there."""
    if not is_there():
        raise Nb2pkgError("duckdb is not installed", NEEDS)
    import duckdb

    with tempfile.TemporaryDirectory(prefix="nb2pkg-data-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "threads": str(min(_THREADS, os.cpu_count() or 1)),
            "preserve_insertion_order": "false",
            "temp_directory": folder,
            "autoinstall_known_extensions": "false",
        }
        with duckdb.connect(config=settings) as database:
            yield database


def errors() -> tuple[type[Exception], ...]:
    """What duckdb raises; nothing where it is not installed."""
    if not is_there():
        return ()
    import duckdb

    return (duckdb.Error,)


def again(error: Exception) -> tuple[str, bool]:
    """How to ask once more: with more memory; or with copies of texts, of which duckdb is a stricter reader.

    The readers here then say what is wrong with such a text, if anything is.
    """
    is_memory = isinstance(error, out_of_memory())
    return (ALL_MEMORY, False) if is_memory else (MEMORY, True)


def out_of_memory() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.OutOfMemoryException,)
