"""Versions and differences in short, for a person."""

from __future__ import annotations

from nb2pkg.data.tables.model import TableDifference

_UNITS = ("B", "kB", "MB", "GB", "TB")


def version(size: int, md5: str, files: int | None = None) -> str:
    """How large it is, and the beginning of its digest: ``3 files, 1.2 MB, 5c1e9a02``."""
    listed = "" if files is None else f"{counted(files, 'file')}, "
    return f"{listed}{_size(size)}, {md5[:8]}"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def rows(table: TableDifference) -> str:
    """``3 rows added; 31 removed; 310 unchanged``."""
    parts = [f"{counted(table.added, 'row')} added", f"{table.removed} removed"]
    if table.key:
        parts.append(f"{table.changed} changed")
    text = "; ".join([*parts, f"{table.unchanged} unchanged"])
    return f"{text} (by {', '.join(table.key)})" if table.key else text


def _size(count: int) -> str:
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.{1 if unit else 0}f} {_UNITS[unit]}"
