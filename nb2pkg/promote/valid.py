"""Is a document surely a valid notebook of format 4.5? The rules of its JSON schema, for what most files contain.

nbformat knows all rules and is asked where this says no; its import takes longer than the check of a long notebook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_ID = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_JSON = re.compile(r"application/(.*\+)?json")
_CELL = ("id", "cell_type", "metadata", "source")
_TOP = ("metadata", "nbformat", "nbformat_minor", "cells")
_LANGUAGE = ("file_extension", "mimetype", "pygments_lexer")


def is_surely_valid(document: Mapping[str, Any]) -> bool:
    """False may also mean that nbformat has to be asked."""
    cells, metadata = document.get("cells"), document.get("metadata")
    if not _has(document, _TOP) or not isinstance(cells, list) or not isinstance(metadata, dict):
        return False
    version = (document["nbformat"], document["nbformat_minor"])
    if repr(version) != "(4, 5)" or not all(map(_is_cell, cells)):
        return False
    are_unique = len({cell["id"] for cell in cells}) == len(cells)
    return are_unique and _is_of_notebook(metadata)


def _is_of_notebook(metadata: Mapping[str, Any]) -> bool:
    kernel, language = metadata.get("kernelspec"), metadata.get("language_info")
    mode = language.get("codemirror_mode", "") if isinstance(language, dict) else ""
    return (
        ("kernelspec" not in metadata or _texts(kernel, ("name", "display_name")))
        and ("language_info" not in metadata or _texts(language, ("name",), _LANGUAGE))
        and isinstance(mode, (str, dict))
        and "orig_nbformat" not in metadata
        and isinstance(metadata.get("title", ""), str)
        and isinstance(metadata.get("authors", []), list)
    )


def _is_cell(cell: object) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("metadata"), dict):
        return False
    kind = cell.get("cell_type")
    own = ("outputs", "execution_count") if kind == "code" else ()
    return (
        kind in ("code", "markdown", "raw")
        and _has(cell, (*_CELL, *own), () if kind == "code" else ("attachments",))
        and isinstance(cell["id"], str)
        and _ID.fullmatch(cell["id"]) is not None
        and _is_of_cell(cell["metadata"])
        and _is_text(cell["source"])
        and _are_attachments(cell.get("attachments", {}))
        and _is_count(cell.get("execution_count"))
        and _are_outputs(cell.get("outputs", []))
    )


def _is_of_cell(metadata: Mapping[str, Any]) -> bool:
    tags = metadata.get("tags", [])
    times = metadata.get("execution", {})
    return (
        _are_texts(tags)
        and len({*tags}) == len(tags)
        and all(tag and "," not in tag and "\n" not in tag for tag in tags)
        and isinstance(times, dict)
        and _are_texts([*times.values()])
        and isinstance(metadata.get("jupyter", {}), dict)
        and isinstance(metadata.get("format", ""), str)
        and isinstance(metadata.get("collapsed", False), bool)
        and (
            metadata.get("scrolled") == "auto" or isinstance(metadata.get("scrolled", False), bool)
        )
        and "name" not in metadata
    )


def _are_outputs(outputs: object) -> bool:
    return isinstance(outputs, list) and all(map(_is_output, outputs))


def _is_output(output: object) -> bool:
    kind = output.get("output_type") if isinstance(output, dict) else None
    rules = _OUTPUTS.get(kind) if isinstance(kind, str) else None
    return (
        isinstance(output, dict)
        and rules is not None
        and _has(output, ("output_type", *rules))
        and all(is_right(output[key]) for key, is_right in rules.items())
    )


def _is_bundle(data: object) -> bool:
    return isinstance(data, dict) and all(
        _is_text(value) or _JSON.fullmatch(key) is not None for key, value in data.items()
    )


def _are_attachments(data: object) -> bool:
    return isinstance(data, dict) and all(map(_is_bundle, data.values()))


def _is_text(value: object) -> bool:
    return isinstance(value, str) or _are_texts(value)


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _is_count(value: object) -> bool:
    return value is None or (type(value) is int and value >= 0)


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_mapping(value: object) -> bool:
    return isinstance(value, dict)


def _texts(value: object, wanted: Iterable[str], allowed: Iterable[str] = ()) -> bool:
    """Has it texts under these names, and nothing else under those that are allowed?"""
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in wanted)
        and all(isinstance(value.get(name, ""), str) for name in allowed)
    )


def _has(part: Mapping[str, Any], wanted: Iterable[str], allowed: Iterable[str] = ()) -> bool:
    """Has it all of these keys, and no others but those that are allowed?"""
    return {*wanted} <= part.keys() <= {*wanted, *allowed}


_OUTPUTS: Mapping[str, Mapping[str, Callable[[object], bool]]] = {
    "stream": {"name": _is_string, "text": _is_text},
    "display_data": {"data": _is_bundle, "metadata": _is_mapping},
    "execute_result": {"data": _is_bundle, "metadata": _is_mapping, "execution_count": _is_count},
    "error": {"ename": _is_string, "evalue": _is_string, "traceback": _are_texts},
}
