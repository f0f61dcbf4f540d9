"""Stored outputs: kept although they should not be, and too large."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nb2pkg.check.catalogue import finding
from nb2pkg.check.model import Examined, Finding, Strip
from nb2pkg.check.rules.rule import rule
from nb2pkg.model import Notebook, Place

_READ = ("text/", "application/json")


@rule("NB903")
def kept(examined: Examined) -> Iterator[Finding]:
    wanted = examined.limits.outputs
    if wanted == "allow":
        return
    for cell in examined.notebook.code:
        if examined.notebook.document["cells"][cell.index].get("outputs"):
            fix = Strip(cell.index) if wanted == "strip" else None
            yield finding("NB903", Place(cell.index, width=0), fix=fix)


@rule("NB904")
def giant(examined: Examined) -> Iterator[Finding]:
    limit = examined.limits.max_output_kb
    for cell in examined.notebook.code:
        outputs = examined.notebook.document["cells"][cell.index].get("outputs")
        size = _size(outputs) // 1024
        if size > limit:
            yield finding("NB904", Place(cell.index, width=0), str(size), limit=str(limit))


def texts(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Index of a cell, and each text in its outputs that a person could read; no pictures."""
    for cell in notebook.code:
        outputs = notebook.document["cells"][cell.index].get("outputs")
        for output in outputs if isinstance(outputs, list) else ():
            if isinstance(output, dict):
                yield from ((cell.index, text) for text in _texts_of(output))


def _texts_of(output: dict[str, Any]) -> Iterator[str]:
    yield from (_joined(output.get(key)) for key in ("text", "evalue", "traceback"))
    data = output.get("data")
    for mime, value in data.items() if isinstance(data, dict) else ():
        if mime.startswith(_READ):
            yield _joined(value)


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else ""


def _size(value: object) -> int:
    """About as many characters as the JSON of a value has."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + _size(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(map(_size, value))
    return 8
