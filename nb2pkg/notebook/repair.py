"""What is wrong with the form of a notebook, where it is clear what was meant.

Editors, converters and merges leave ``null`` where the format wants an object, counts as text, cells
without a type. Jupyter opens most of them. What is sound is left as it is: a file in which nothing
is to be repaired is written back byte by byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Document = dict[str, Any]

_MINOR = 5  # of format 4: the one with ids of cells
_KINDS = ("code", "markdown", "raw")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_MADE_UP = re.compile(r"cell-[0-9a-f]+-*\Z")
_NOT_OF_ID = re.compile(r"[^a-zA-Z0-9_-]+")


def repaired(document: Document) -> tuple[Document, tuple[str, ...]]:
    """The document in the form that the format asks for, and what was done, one text a kind.

    The cells are a list of dictionaries already.
    """
    done: dict[str, list[int]] = {}
    cells = []
    for number, cell in enumerate(document["cells"], 1):
        changes = dict(_of_cell(cell))
        for what in changes.values():
            done.setdefault(what[0], []).append(number)
        new = {key: what[1] for key, what in changes.items()}
        cells.append({**cell, **new} if new else cell)
    metadata, of_notebook = _metadata(document.get("metadata"))
    minor = document.get("nbformat_minor", _MINOR)
    if type(minor) is not int:
        minor, of_notebook = _MINOR, (*of_notebook, f"its format is taken for 4.{_MINOR}")
    said = (*of_notebook, *(f"{what} ({_cells(numbers)})" for what, numbers in done.items()))
    if not said and metadata is document["metadata"]:
        return document, ()
    return {**document, "cells": cells, "metadata": metadata, "nbformat_minor": minor}, said


def _metadata(found: object) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Those of the notebook; kernelspec and language_info are left out unless they can be read."""
    if not isinstance(found, dict):
        return {}, ("metadata of the notebook that are not an object were left out",)
    wrong = [key for key in ("kernelspec", "language_info") if not _is_named(found.get(key, {}))]
    if not wrong:
        return _named(found), ()
    kept = {key: value for key, value in found.items() if key not in wrong}
    return kept, (f"{' and '.join(wrong)} that cannot be read was left out",)


def _is_named(value: object) -> bool:
    """An object, whose name is a text if it has one."""
    return isinstance(value, dict) and isinstance(value.get("name", ""), str)


def _named(metadata: dict[str, Any]) -> dict[str, Any]:
    """A kernel without a name to show is shown by its own."""
    spec = metadata.get("kernelspec", {})
    if not isinstance(spec.get("name"), str) or "display_name" in spec:
        return metadata
    return {**metadata, "kernelspec": {**spec, "display_name": spec["name"]}}


def _of_cell(cell: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Any]]]:
    """Each key that is given another value: what was done, and that value."""
    kind = cell.get("cell_type")
    if kind not in _KINDS:
        is_code = kind is None and "outputs" in cell
        kind = "code" if is_code else "raw"
        yield "cell_type", (f"a cell of an unknown type is taken for {kind}", kind)
    if not isinstance(cell.get("metadata", {}), dict):
        yield "metadata", ("metadata that are not an object were left out", {})
    if cell.get("source", "") is None:
        yield "source", ("a source of null is taken for an empty one", "")
    if kind != "code":
        return
    if not isinstance(cell.get("outputs", []), list):
        yield "outputs", ("outputs that are not a list were left out", [])
    count = cell.get("execution_count")
    if count is not None and (type(count) is not int or count < 0):
        is_number = isinstance(count, str) and count.strip().isdecimal()
        said = "a count that is text is taken for a number" if is_number else "a count was left out"
        yield "execution_count", (said, int(str(count)) if is_number else None)


def _cells(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    more = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"cell{'s' * (len(numbers) > 1)} {shown}{more}"


def ids(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    """Ids that are the same at every reading: the cell's own, or one made up of its position."""
    own = own_ids(cells)
    taken = {_id(cell.get("id")) for cell in cells}
    found: list[str] = []
    for index, cell_id in enumerate(own):
        if not cell_id:
            cell_id = f"cell-{index}"
            while cell_id in taken:
                cell_id += "-"
        taken.add(cell_id)
        found.append(cell_id)
    return found


def own_ids(cells: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids in the file; empty for a cell that has none, or is not the first to have it.

    Characters that the format has no place for become hyphens.
    """
    found: list[str] = []
    seen: set[str] = set()
    for cell in cells:
        cell_id = _id(cell.get("id"))
        found.append("" if cell_id in seen else cell_id)
        seen.add(cell_id)
    return found


def is_made_up(cell_id: str) -> bool:
    """May it be an id that no file has?"""
    return _MADE_UP.match(cell_id) is not None


def _id(value: object) -> str:
    if not isinstance(value, str) or _ID.match(value):
        return value if isinstance(value, str) else ""
    return _NOT_OF_ID.sub("-", value)[:64]
