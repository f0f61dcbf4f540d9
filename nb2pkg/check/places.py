"""Where a finding stands in the file, for tools that know lines only, and its line as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nb2pkg.check import secrets
from nb2pkg.check.model import Finding, Located
from nb2pkg.model import Notebook, Place

_WIDEST = 300  # of a line that is shown


class _Sources(NamedTuple):
    """starts: cell to the file line with the key of its source, and where that line begins.

    masked: the lines of its source without secrets.
    """

    data: bytes
    notebook: Notebook
    starts: dict[int, tuple[int, int]]
    masked: dict[int, list[str]]


def locate(data: bytes, notebook: Notebook, found: Iterable[Finding]) -> tuple[Located, ...]:
    """The findings with their places. The file line is 1 where the file is laid out otherwise."""
    found = tuple(found)
    placed = {finding.place.cell for finding in found if finding.place}
    starts = _starts(data, notebook) if placed else {}
    masked = {cell: secrets.mask(notebook.cells[cell].source).split("\n") for cell in placed}
    sources = _Sources(data, notebook, starts, masked)
    return tuple(_located(f, f.place, sources) if f.place else Located(f) for f in found)


def _located(finding: Finding, place: Place, sources: _Sources) -> Located:
    source = sources.notebook.cells[place.cell].source.split("\n")
    masked = sources.masked[place.cell]
    text = source[place.line - 1] if place.line <= len(source) else ""
    file_line, start = sources.starts.get(place.cell, (1, -1))
    if start >= 0 and _says(_line(sources.data, start, place.line), text):
        file_line += place.line
    shown = masked[place.line - 1] if place.width and 0 < len(text) <= _WIDEST else ""
    return Located(finding, shown, file_line)


def _line(data: bytes, start: int, number: int) -> bytes:
    """The line of the file so many lines behind the one that begins there; empty if there is none."""
    for _ in range(number):
        start = data.find(b"\n", start) + 1
        if not start:
            return b""
    end = data.find(b"\n", start)
    return data[start:] if end < 0 else data[start:end]


def _says(line: bytes, text: str) -> bool:
    """Does this line of the file hold this line of a source?"""
    try:
        said = json.loads(line.strip().removesuffix(b","))
    except ValueError:
        return False
    return isinstance(said, str) and said.rstrip("\r\n") == text


def _starts(data: bytes, notebook: Notebook) -> dict[int, tuple[int, int]]:
    """Cell to the line with the key of its source and where that begins, as Jupyter lays files out."""
    indent = notebook.layout.indent
    if indent is None or len(notebook.cells) != len(notebook.document.get("cells", ())):
        return {}
    space = (indent if isinstance(indent, str) else " " * indent).encode()
    first = data.find(b'\n%b"cells": [' % space)
    last = data.find(b"\n%b]" % space, first)
    if first < 0 or last < 0:
        return {}
    found = list(_places_of(b'\n%b"source": ' % (space * 3), data, first, last))
    if len(found) != len(notebook.cells):
        return {}
    starts, line, at = {}, 1, 0
    for index, start in enumerate(found):
        line += data.count(b"\n", at, start)
        starts[index], at = (line, start), start
    return starts


def _places_of(key: bytes, data: bytes, start: int, end: int) -> Iterator[int]:
    """Behind the line end before each key. Much faster than a pattern on a file of pictures."""
    while (start := data.find(key, start, end)) >= 0:
        start += 1
        yield start
