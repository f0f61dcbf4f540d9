"""A notebook of format 3 (IPython 1 and 2, until 2015) as one of format 4.

nbformat does the same, but gives the cells new random ids at every reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MIME = {
    "text": "text/plain",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "latex": "text/latex",
    "json": "application/json",
    "javascript": "application/javascript",
}


def from_3(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with all cells of its worksheets in one list, and the names of format 4."""
    metadata = dict(document.get("metadata") or {})
    metadata.pop("name", None)
    metadata.pop("signature", None)
    cells = [cell for sheet in document["worksheets"] for cell in sheet.get("cells", [])]
    language = next((cell["language"] for cell in cells if cell.get("language")), None)
    if language and "language_info" not in metadata:
        metadata["language_info"] = {"name": str(metadata.get("language", language)).lower()}
    return {
        "cells": [_cell(cell) for cell in cells],
        "metadata": metadata | {"orig_nbformat": 3},
        "nbformat": 4,
        "nbformat_minor": 4,  # the last without cell ids
    }


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    kind = cell.get("cell_type")
    metadata = dict(cell.get("metadata") or {})
    if kind == "code":
        if "collapsed" in cell:
            metadata["collapsed"] = cell["collapsed"]
        return {
            "cell_type": "code",
            "execution_count": cell.get("prompt_number"),
            "metadata": metadata,
            "outputs": [_output(output) for output in cell.get("outputs", [])],
            "source": _text(cell.get("input", "")),
        }
    source = _text(cell.get("source", ""))
    if kind == "heading":
        source = "#" * int(cell.get("level", 1)) + " " + " ".join(source.splitlines())
    kind = "markdown" if kind in ("heading", "html") else kind
    return {"cell_type": kind, "metadata": metadata, "source": source}


def _output(output: Mapping[str, Any]) -> dict[str, Any]:
    kind = output.get("output_type")
    if kind == "pyerr":
        return {**output, "output_type": "error"}
    if kind == "stream":
        rest = {key: value for key, value in output.items() if key not in ("stream", "name")}
        return {**rest, "name": output.get("stream", "stdout"), "text": _text(output.get("text"))}
    if kind not in ("pyout", "display_data"):
        return dict(output)
    shell = ("output_type", "prompt_number", "metadata")
    data = {_MIME.get(key, key): value for key, value in output.items() if key not in shell}
    result: dict[str, Any] = {
        "output_type": "display_data",
        "data": data,
        "metadata": dict(output.get("metadata") or {}),
    }
    if kind == "pyout":
        result |= {"output_type": "execute_result", "execution_count": output.get("prompt_number")}
    return result


def _text(value: object) -> str:
    """Text that may be a list of lines, in early files without their line ends."""
    if not isinstance(value, list):
        return value if isinstance(value, str) else ""
    return ("" if value and value[0].endswith("\n") else "\n").join(value)
