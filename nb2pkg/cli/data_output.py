"""Versions of data, and what differs between two, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nb2pkg.data import words
from nb2pkg.data.difference import Change, DataDifference, FileDifference
from nb2pkg.data.dvcfile import Out
from nb2pkg.data.source import Content
from nb2pkg.data.tables.model import Row, TableDifference


def described(out: Out) -> str:
    return words.version(out.size, out.md5, out.nfiles)


def lines(found: DataDifference) -> Iterator[str]:
    """A difference for a person: counts first."""
    name = found.after.name
    if found.is_same:
        yield f"{name}: no difference"
    elif found.files is None:
        yield f"{name}: changed ({described(found.before.out)} -> {described(found.after.out)})"
        yield "  its recorded version is not in the cache: nb2pkg data pull brings it"
    elif not found.is_folder:
        yield from _of_file(name, found.files[0])
    else:
        yield f"{name}: {_files(found.files)}"
        for file in found.files:
            if file.change is not Change.SAME:
                yield from (f"  {line}" for line in _of_file(file.path, file))


def _files(files: tuple[FileDifference, ...]) -> str:
    counts = {change: sum(file.change is change for file in files) for change in Change}
    rest = (Change.REMOVED, Change.CHANGED, Change.SAME)
    parts = (f"{counts[change]} {change.value}" for change in rest)
    return "; ".join([f"{words.counted(counts[Change.ADDED], 'file')} added", *parts])


def _of_file(name: str, file: FileDifference) -> Iterator[str]:
    if file.change in (Change.ADDED, Change.REMOVED):
        content = file.after or file.before
        yield f"{name}: {file.change.value} ({_content(content)})"
        return
    for table in file.tables:
        title = f"{name} [{table.name}]" if table.name else name
        yield f"{title}: {words.rows(table)}"
        yield from (f"  {line}" for line in _details(table))
    for word, names in (("added", file.tables_added), ("removed", file.tables_removed)):
        yield from (f"{name} [{table}]: table {word}" for table in names)
    if not (file.tables or file.tables_added or file.tables_removed):
        yield f"{name}: changed ({_content(file.before)} -> {_content(file.after)})"
    if file.unread:
        yield f"  its rows were not compared: {file.unread}"


def _content(content: Content | None) -> str:
    return words.version(content.size, content.md5) if content else ""


def _details(table: TableDifference) -> Iterator[str]:
    """What there is to say of columns, and values if they were asked for."""
    if table.is_empty:
        yield "the same rows; the files differ in how these are written, or in their order"
    yield from (f"{name}: column added" for name in table.columns_added)
    yield from (f"{name}: column removed" for name in table.columns_removed)
    yield from (f"{one.name}: retyped, {one.before} -> {one.after}" for one in table.retyped)
    for name in dict.fromkeys((*table.cells, *table.missing)):
        parts = (
            [f"{words.counted(table.cells[name], 'cell')} changed"] if name in table.cells else []
        )
        if more := table.missing.get(name, 0):
            parts.append(f"{abs(more)} {'more' if more > 0 else 'fewer'} missing")
        yield f"{name}: {'; '.join(parts)}"
    if table.examples is not None:
        yield from _values(table)


def _values(table: TableDifference) -> Iterator[str]:
    examples = table.examples
    assert examples is not None
    for sign, rows in (("+", examples.added), ("-", examples.removed)):
        yield from (f"{sign} {_row(examples.columns, row)}" for row in rows)
    for cell in examples.changed:
        yield f"~ {_row(table.key, cell.key)}: {cell.column} {_cell(cell.before)} -> {_cell(cell.after)}"


def _row(columns: tuple[str, ...], row: Row) -> str:
    return ", ".join(f"{name}={_cell(text)}" for name, text in zip(columns, row))


def _cell(text: str | None) -> str:
    return "(missing)" if text is None else text


# ------------------------------------------------------------------------------------------- JSON


def to_json(found: DataDifference) -> dict[str, object]:
    files = found.files
    return {
        "before": _side(found.before.label, found.before.out),
        "after": _side(found.after.label, found.after.out),
        "same": found.is_same,
        "files": None if files is None else [_file(file) for file in files],
    }


def _side(label: str, out: Out) -> dict[str, object]:
    return {"label": label, "md5": out.md5, "size": out.size}


def _file(file: FileDifference) -> dict[str, object]:
    return {
        "path": file.path or None,
        "change": file.change.value,
        "before": _content_json(file.before),
        "after": _content_json(file.after),
        "tables": [_table(table) for table in file.tables],
        "tables_added": list(file.tables_added),
        "tables_removed": list(file.tables_removed),
        "unread": file.unread or None,
    }


def _content_json(content: Content | None) -> Mapping[str, object] | None:
    return {"md5": content.md5, "size": content.size} if content else None


def _table(table: TableDifference) -> dict[str, object]:
    found: dict[str, object] = {
        "name": table.name or None,
        "rows": {
            "added": table.added,
            "removed": table.removed,
            "changed": table.changed if table.key else None,
            "unchanged": table.unchanged,
        },
        "key": list(table.key),
        "columns": {
            "added": list(table.columns_added),
            "removed": list(table.columns_removed),
            "retyped": {one.name: [one.before, one.after] for one in table.retyped},
            "changed": dict(table.cells),
            "missing": dict(table.missing),
        },
    }
    if table.examples is not None:
        examples = table.examples
        found["values"] = {
            "columns": list(examples.columns),
            "added": [list(row) for row in examples.added],
            "removed": [list(row) for row in examples.removed],
            "changed": [
                {
                    "key": list(cell.key),
                    "column": cell.column,
                    "before": cell.before,
                    "after": cell.after,
                }
                for cell in examples.changed
            ],
        }
    return found
