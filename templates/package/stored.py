"""Values that were recorded because somebody asked for it: `nb2pkg promote --record-values`.

Each is a file that can be read, and compared in a pull request: tables and arrays as CSV, all else
as JSON, below values/STEP/. values/index.json says of which kind they are. Values of other
kinds, and labels that are no text, are not stored. Of a long table only the first rows are.
"""

from __future__ import annotations

import csv
import functools
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "values"
SHOWN = 10  # so many differences are told of one value
_NOTHING = object()

Rows = list[list[str]]


def differences_from_stored(step: str, values: Mapping[str, Any]) -> list[str]:
    """Which rows and columns are not as they were recorded; numbers may differ by a millionth."""
    told: list[str] = []
    for name, entry in _index()[step].items():
        found = _differences(
            _text_of(step, name, entry), values.get(name, _NOTHING), entry
        )
        told += [f"{name}: {difference}" for difference in found[:SHOWN]]
        if len(found) > SHOWN:
            told.append(f"{name}: and {len(found) - SHOWN} more")
    return told


@functools.cache
def _index() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(
        (FOLDER / "index.json").read_text("utf-8")
    )
    return found


def _text_of(step: str, name: str, entry: Mapping[str, Any]) -> str:
    return (FOLDER / step / f"{name}.{entry['format']}").read_text("utf-8")


# ---- from a value to text


def written(value: Any, most: int) -> tuple[str, dict[str, Any]] | None:
    """The text of a value, of its first rows if it has more, and what is needed to read it again.

    None if it is of a kind that is not stored.
    """
    kind = _kind(value)
    if kind == "table":
        return _table(value, most)
    if kind == "column":
        found = _table(
            value.to_frame(name="value" if value.name is None else value.name), most
        )
        return found and (
            found[0],
            {**found[1], "kind": kind, "named": value.name is not None},
        )
    if kind == "array":
        return _array(value, most)
    return _json(value)


def _kind(value: Any) -> str:
    module, name = type(value).__module__.partition(".")[0], type(value).__name__
    if module == "pandas":
        return {"DataFrame": "table", "Series": "column"}.get(name, "")
    return (
        "array"
        if (module, name) == ("numpy", "ndarray") and value.ndim in (1, 2)
        else ""
    )


def _table(value: Any, most: int) -> tuple[str, dict[str, Any]] | None:
    labels = list(value.columns)
    index = [name if isinstance(name, str) else "" for name in value.index.names]
    if not all(isinstance(label, str) for label in labels) or len(set(labels)) < len(
        labels
    ):
        return None
    shown = value.head(most)
    levels = [
        shown.index.get_level_values(place) for place in range(value.index.nlevels)
    ]
    columns = [*levels, *(shown[label] for label in labels)]
    cells = [[_cell(item) for item in column.tolist()] for column in columns]
    if any(None in column for column in cells):
        return None
    entry = {
        "format": "csv",
        "kind": "table",
        "index": [[name, str(level.dtype)] for name, level in zip(index, levels)],
        "columns": [[label, str(value[label].dtype)] for label in labels],
        "rows": len(value),
    }
    return _csv([[*index, *labels], *map(list, zip(*cells))]), entry


def _array(value: Any, most: int) -> tuple[str, dict[str, Any]] | None:
    items = value[:most].tolist()
    rows = [
        [_cell(item) for item in (row if value.ndim == 2 else [row])] for row in items
    ]
    if any(None in row for row in rows):
        return None
    entry = {
        "format": "csv",
        "kind": "array",
        "dtype": str(value.dtype),
        "dimensions": value.ndim,
        "rows": len(value),
    }
    return _csv(rows), entry


def _cell(value: Any) -> str | None:
    """A cell as text, empty if it is missing; None if it cannot be one."""
    if value is None or value != value or str(value) in ("NaT", "<NA>"):
        return ""
    if isinstance(value, str | bool | int | float):
        return repr(float(value)) if isinstance(value, float) else str(value)
    return value.isoformat() if hasattr(value, "isoformat") else None


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _json(value: Any) -> tuple[str, dict[str, Any]] | None:
    try:
        text = json.dumps(value, indent=1, ensure_ascii=False)
        same = json.loads(text) == value
    except (TypeError, ValueError, RecursionError):
        return None
    return (text + "\n", {"format": "json", "kind": "json"}) if same is True else None


# ---- comparing


def _differences(text: str, value: Any, entry: Mapping[str, Any]) -> list[str]:
    if value is _NOTHING:
        return ["is missing"]
    now = written(value, text.count("\n") if entry["format"] == "csv" else 0)
    if now is None or now[1]["kind"] != entry["kind"]:
        return [f"is a {type(value).__name__}, which cannot be compared with the file"]
    if entry["format"] == "json":
        return list(_of_json(json.loads(text), json.loads(now[0]), ""))
    before, after = (list(csv.reader(io.StringIO(each))) for each in (text, now[0]))
    told = []
    if now[1]["rows"] != entry["rows"]:
        told.append(f"{now[1]['rows']} rows, recorded were {entry['rows']}")
    header = entry["kind"] != "array"
    if header and before[0] != after[0]:
        return [*told, f"columns {after[0]}, recorded were {before[0]}"]
    return [*told, *_of_rows(before, after, header)]


def _of_rows(before: Rows, after: Rows, header: bool) -> Iterator[str]:
    names = before[0] if header and before else []
    for number, (one, two) in enumerate(zip(before[header:], after[header:])):
        for place, (wanted, cell) in enumerate(zip(one, two)):
            if not _close(wanted, cell):
                column = repr(names[place]) if names else str(place)
                yield f"row {number}, column {column}: {cell or 'missing'}, recorded was {wanted or 'missing'}"


def _of_json(wanted: Any, found: Any, where: str) -> Iterator[str]:
    if type(wanted) is dict and type(found) is dict and wanted.keys() == found.keys():
        for key in wanted:
            yield from _of_json(wanted[key], found[key], f"{where}[{key!r}]")
    elif type(wanted) is list and type(found) is list and len(wanted) == len(found):
        for place, (one, two) in enumerate(zip(wanted, found)):
            yield from _of_json(one, two, f"{where}[{place}]")
    elif not (wanted == found or _close(str(wanted), str(found))):
        yield f"{where or 'it'} is {found!r}, recorded was {wanted!r}"


def _close(one: str, two: str) -> bool:
    if one == two:
        return True
    try:
        return math.isclose(float(one), float(two), rel_tol=1e-6, abs_tol=1e-12)
    except ValueError:
        return False
