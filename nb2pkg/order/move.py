"""Put the cells of a document into another order; text moves with the code that it belongs to.

A cell of text belongs to the code below it. A heading opens a section, and goes where most of its
section's code stays together; text behind the last code stays at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from nb2pkg.model import Notebook
from nb2pkg.notebook.headings import headings
from nb2pkg.order.candidates import completed
from nb2pkg.order.model import Order

_END = -1


def arrangement(notebook: Notebook, order: Order) -> Order:
    """Indexes of all cells, with the code in this order; cells that it leaves out find a place."""
    document = [cell.index for cell in notebook.code]
    code = completed(order, document)
    anchors = _anchors(notebook, code)
    result: list[int] = []
    for index in code:
        result += [text for text, anchor in anchors.items() if anchor == index]
        result.append(index)
    return (*result, *(text for text, anchor in anchors.items() if anchor == _END))


def applied(notebook: Notebook, order: Order) -> Mapping[str, Any]:
    """The document with its cells in this order, and nothing else changed."""
    cells = notebook.document["cells"]
    return {
        key: [cells[i] for i in arrangement(notebook, order)] if key == "cells" else value
        for key, value in notebook.document.items()
    }


def moved(notebook: Notebook, order: Order) -> tuple[tuple[int, int], ...]:
    """Code cells that no longer follow the code cell that they followed: cell, and the one before."""
    before = dict(_with_previous([cell.index for cell in notebook.code]))
    after = [i for i in arrangement(notebook, order) if notebook.cells[i].kind == "code"]
    return tuple((i, previous) for i, previous in _with_previous(after) if before[i] != previous)


def _with_previous(order: Sequence[int]) -> list[tuple[int, int]]:
    return [(index, previous) for previous, index in pairwise([_END, *order])]


def _anchors(notebook: Notebook, code: Order) -> dict[int, int]:
    """For each cell that is not code, in document order, the code cell above which it goes."""
    levels = _levels(notebook)
    anchors = {}
    for cell in notebook.cells:
        if cell.kind != "code":
            below = next((c.index for c in notebook.code if c.index > cell.index), _END)
            opener = _opener(notebook, cell.index, levels)
            section = _section(notebook, opener, levels) if opener >= 0 else frozenset()
            anchors[cell.index] = _first_of_longest(code, section) if section else below
    return anchors


def _levels(notebook: Notebook) -> Mapping[int, int]:
    """The highest level of heading in each cell that has one."""
    levels: dict[int, int] = {}
    for heading in headings(notebook):
        levels[heading.cell] = min(heading.level, levels.get(heading.cell, 9))
    return levels


def _opener(notebook: Notebook, index: int, levels: Mapping[int, int]) -> int:
    """The heading to which a text belongs: itself, or the one above with no code in between."""
    while index >= 0 and notebook.cells[index].kind != "code":
        if index in levels:
            return index
        index -= 1
    return -1


def _section(notebook: Notebook, opener: int, levels: Mapping[int, int]) -> frozenset[int]:
    """The code below a heading, up to the next one that is as high."""
    inside = []
    for cell in notebook.cells[opener + 1 :]:
        if levels.get(cell.index, 9) <= levels[opener]:
            break
        if cell.kind == "code":
            inside.append(cell.index)
    return frozenset(inside)


def _first_of_longest(code: Order, section: frozenset[int]) -> int:
    """The first cell of the longest stretch of the section that stands together.

    Of stretches that are as long, that with the cell right below the heading.
    """
    stretches = [list(run) for inside, run in groupby(code, section.__contains__) if inside]
    best = max(stretches, key=lambda run: (len(run), min(section) in run))
    return best[0]
