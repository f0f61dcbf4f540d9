"""What of a document the format of notebooks has no place for, so that a valid one can be written.

Files of other tools have keys, outputs and metadata that the schema does not know. The narrative
takes over all that it may; nbformat itself is the judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nb2pkg.notebook import standard

_FORMAT = {"version": 4, "version_minor": 5}
_KEYS = ("id", "cell_type", "metadata", "source")
_OF_CODE = ("outputs", "execution_count")


def made_sound(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The document without what is not valid in it, and what was left out.

    Sources, ids and types of cells are not looked at: they are ours, and have to be right.
    """
    cells, left_out = [], []
    for number, cell in enumerate(document["cells"], 1):
        sound = _cell(cell)
        if sound != cell:
            left_out.append(str(number))
        cells.append(sound)
    metadata = {k: v for k, v in document["metadata"].items() if _is_valid_of_notebook(k, v)}
    said = [f"something in cell {', '.join(left_out)} is left out"] if left_out else []
    gone = [key for key in document["metadata"] if key not in metadata]
    said += [f"{', '.join(gone)} of the notebook's metadata is left out"] if gone else []
    return {**document, "cells": cells, "metadata": metadata}, tuple(said)


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    kind = f"{cell['cell_type']}_cell"
    if _is_valid(cell, kind):
        return dict(cell)
    keys = (*_KEYS, *_OF_CODE) if cell["cell_type"] == "code" else _KEYS
    sound = {key: cell[key] for key in keys}
    if "outputs" in sound:
        sound["outputs"] = [o for o in sound["outputs"] if _is_output(o)]
    bare = {**sound, "metadata": {}}
    sound["metadata"] = {
        key: value
        for key, value in cell["metadata"].items()
        if _is_valid({**bare, "metadata": {key: value}}, kind)
    }
    with_attachments = {**sound, "attachments": cell.get("attachments")}
    return with_attachments if _is_valid(with_attachments, kind) else sound


def _is_output(output: object) -> bool:
    kinds = ("stream", "display_data", "execute_result", "error")
    return (
        isinstance(output, dict)
        and output.get("output_type") in kinds
        and _is_valid(output, output["output_type"])
    )


def _is_valid_of_notebook(key: str, value: object) -> bool:
    return _is_valid({"cells": [], "metadata": {key: value}, "nbformat": 4, "nbformat_minor": 5})


def _is_valid(part: Mapping[str, Any], kind: str | None = None) -> bool:
    return bool(standard.nbformat().validator.isvalid(part, ref=kind, **_FORMAT))
