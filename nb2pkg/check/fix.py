"""Fixes: the text of the file with them, where nothing else of it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nb2pkg.check.model import Edit, Finding, Strip
from nb2pkg.errors import NotebookError
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader


def fixed(data: bytes, notebook: Notebook, found: Iterable[Finding]) -> bytes:
    """The bytes of the file after all fixes.

    NotebookError if writing the notebook back would change anything else.
    """
    fixes = [finding.fix for finding in found if finding.fix is not None]
    if not fixes:
        return data
    if _written(notebook, notebook.document) != data:
        raise NotebookError(
            f"{notebook.path}: is laid out in a way of its own, so that nothing was fixed in it",
            "Open it in Jupyter, save it, and try again.",
        )
    cells = list(notebook.document["cells"])
    for index in {fix.cell for fix in fixes}:
        cells[index] = _fixed(cells[index], notebook.cells[index].source, index, fixes)
    return _written(notebook, {**notebook.document, "cells": cells})


def _written(notebook: Notebook, document: Mapping[str, Any]) -> bytes:
    return reader.serialize(document, notebook.layout).encode("utf-8")


def _fixed(
    cell: dict[str, Any], source: str, index: int, fixes: Iterable[Edit | Strip]
) -> dict[str, Any]:
    own = [fix for fix in fixes if fix.cell == index]
    result = dict(cell)
    if any(isinstance(fix, Strip) for fix in own):
        result["outputs"] = []
    edits = [fix for fix in own if isinstance(fix, Edit)]
    raw = cell["source"]
    if edits and "\r" not in ("".join(raw) if isinstance(raw, list) else raw):
        text = _edited(source, edits)
        result["source"] = text.splitlines(keepends=True) if isinstance(raw, list) else text
    return result


def _edited(source: str, edits: Iterable[Edit]) -> str:
    """The text after all edits; of two that overlap, the first."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    end = len(source)
    for edit in sorted(set(edits), key=lambda e: (e.line, e.column), reverse=True):
        first = starts[edit.line - 1] + edit.column
        last = starts[edit.end_line - 1] + edit.end_column
        if last <= end:
            source = source[:first] + edit.text + source[last:]
            end = first
    return source
