"""A notebook in parts, so that git keeps once what did not change, and the file again, byte for byte.

Outputs are files of their own, and so are the counts, which every run changes. A file that does not follow
from its parts, since somebody laid it out in a way of their own, is kept as it is beside them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nb2pkg import escape
from nb2pkg.attempts.model import Files, Outputs
from nb2pkg.errors import Nb2pkgError, NotebookError
from nb2pkg.notebook import reader

NOTEBOOK = "notebook.ipynb"
COUNTS = "counts.json"
ORIGINAL = "original.ipynb"
OUTPUTS = "outputs"
FACTS = "attempt.json"

_POSITION = re.compile(r"(?P<cell>[0-9]{1,9})-(?P<place>[0-9]{1,9})\.json")
_SAME = "="  # in an output, for the count of its cell
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Parts:
    """A document without outputs, the counts of its code cells, and their outputs by cell and place."""

    document: Document
    counts: tuple[int | None, ...]
    outputs: Mapping[tuple[int, int], Any]


def split(data: bytes, outputs: Outputs = "keep") -> Files:
    """The files for the notebook in these bytes. What is no notebook is kept as it is, with its outputs.

    Nb2pkgError if outputs are to be left out, and cannot be told from the rest.
    """
    try:
        notebook = reader.parse(data, NOTEBOOK, without_code=True)
    except NotebookError as error:
        if outputs == "strip":
            said = error.message.removeprefix(f"{NOTEBOOK}: ")
            raise Nb2pkgError(
                f"the outputs cannot be left out of a notebook that cannot be read: it {said}",
                "Repair the notebook, or record it with --outputs keep.",
            ) from error
        return {ORIGINAL: data}
    parts = _taken_apart(dict(notebook.document))
    bare = reader.serialize(parts.document, notebook.layout).encode("utf-8")
    if outputs == "strip":
        return {NOTEBOOK: bare}
    files = {NOTEBOOK: bare, COUNTS: _json(parts.counts)}
    for (cell, place), output in parts.outputs.items():
        files[f"{OUTPUTS}/{cell}-{place}.json"] = _json(output)
    return files if joined(files) == data else {**files, ORIGINAL: data}


def joined(files: Files) -> bytes:
    """The bytes of the notebook that was taken apart."""
    if ORIGINAL in files:
        return files[ORIGINAL]
    notebook = reader.parse(files[NOTEBOOK], NOTEBOOK, without_code=True)
    return reader.serialize(document(files), notebook.layout).encode("utf-8")


def document(files: Files) -> Document:
    """The document of the notebook with its outputs; NotebookError if it is none."""
    if NOTEBOOK not in files:
        data = files.get(ORIGINAL, b"")
        return dict(reader.parse(data, "the notebook", without_code=True).document)
    found = dict(reader.parse(files[NOTEBOOK], NOTEBOOK, without_code=True).document)
    try:
        counts = json.loads(files.get(COUNTS, b"[]"))
        outputs: dict[int, list[tuple[int, Any]]] = {}
        for (cell, place), data in outputs_of(files):
            outputs.setdefault(cell, []).append((place, json.loads(data)))
    except ValueError as error:
        raise NotebookError(
            f"the outputs of the attempt cannot be read ({error})", "Fetch it again."
        ) from error
    cells = list(found["cells"])
    code = [index for index, cell in enumerate(cells) if cell["cell_type"] == "code"]
    for index, count in zip(code, counts):
        own = [output for _, output in sorted(outputs.get(index, ()), key=lambda pair: pair[0])]
        cells[index] = _with_outputs(cells[index], count, own)
    return {**found, "cells": cells}


def _taken_apart(found: Document) -> _Parts:
    cells, counts = [], []
    outputs: dict[tuple[int, int], Any] = {}
    for index, cell in enumerate(found["cells"]):
        if cell["cell_type"] == "code":
            count = cell.get("execution_count")
            counts.append(count)
            for place, output in enumerate(cell.get("outputs", ())):
                outputs[index, place] = _counted(output, count, _SAME)
            cell = _with_outputs(cell, None, [])
        cells.append(cell)
    return _Parts({**found, "cells": cells}, tuple(counts), outputs)


def _with_outputs(cell: Document, count: int | None, outputs: list[Any]) -> Document:
    """The cell with these; a cell that has no place for them gets none."""
    new = {"execution_count": count, "outputs": [_counted(o, _SAME, count) for o in outputs]}
    return {**cell, **{key: value for key, value in new.items() if key in cell}}


def _counted(output: Any, old: int | str | None, new: int | str | None) -> Any:
    """The output with another count, if it has this one."""
    if isinstance(output, dict) and old is not None and output.get("execution_count") == old:
        return {**output, "execution_count": new}
    return output


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return (escape.surrogates(text) + "\n").encode("utf-8")


def outputs_of(files: Files) -> Iterator[tuple[tuple[int, int], bytes]]:
    """The outputs, as they are stored, each with the index of its cell and its place there."""
    for path, data in files.items():
        folder, _, name = path.partition("/")
        found = position(name) if folder == OUTPUTS else None
        if found is not None:
            yield found, data


def position(name: str) -> tuple[int, int] | None:
    """Of the file of an output: the index of its cell, and its place there; None for another file."""
    match = _POSITION.fullmatch(name)
    return (int(match["cell"]), int(match["place"])) if match else None
