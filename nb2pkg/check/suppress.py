"""Findings that a person does not want to hear of, said in the notebook itself.

x = eval(text)  # nb2pkg: ignore[NB808]     this line
# nb2pkg: ignore[NB808, NB9]                the cell, as its first line
nb2pkg-ignore  nb2pkg-ignore:NB808          the cell, as a cell tag
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from nb2pkg.check.model import Finding
from nb2pkg.model import Cell, Notebook

_COMMENT = re.compile(r"#+\s*nb2pkg\s*:\s*ignore\b(?:\s*\[(?P<codes>[^\]]*)\])?", re.IGNORECASE)
_TAG = re.compile(r"nb2pkg-ignore(?:\s*:\s*(?P<codes>.*))?\Z")
_EVERYTHING = ("",)


def heard(notebook: Notebook, found: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings but for those that the notebook says to ignore."""
    of_cell = {cell.index: _of_cell(cell) for cell in notebook.cells if _may_speak(cell)}
    return tuple(f for f in found if not _is_ignored(notebook, of_cell, f))


def _may_speak(cell: Cell) -> bool:
    return "nb2pkg" in cell.source or any(tag.startswith("nb2pkg-ignore") for tag in cell.tags)


def _is_ignored(notebook: Notebook, of_cell: dict[int, tuple[str, ...]], finding: Finding) -> bool:
    place = finding.place
    if place is None or place.cell not in of_cell:
        return False
    codes = of_cell[place.cell]
    lines = notebook.cells[place.cell].source.split("\n")
    if place.width and place.line <= len(lines):
        codes += _of_text(lines[place.line - 1])
    return finding.code.startswith(codes)


def _of_cell(cell: Cell) -> tuple[str, ...]:
    codes: tuple[str, ...] = ()
    for tag in cell.tags:
        if match := _TAG.match(tag.strip()):
            codes += _split(match["codes"])
    lines = [line for line in cell.source.split("\n") if line.strip()]
    if lines and lines[0].startswith("%%"):
        lines = lines[1:]
    if lines and lines[0].lstrip().startswith("#") and cell.kind == "code":
        codes += _of_text(lines[0])
    return codes


def _of_text(line: str) -> tuple[str, ...]:
    match = _COMMENT.search(line)
    return _split(match["codes"]) if match else ()


def _split(codes: str | None) -> tuple[str, ...]:
    if codes is None:
        return _EVERYTHING
    return tuple(code.strip().upper() for code in codes.split(",") if code.strip())
