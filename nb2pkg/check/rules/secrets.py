"""Secrets in cells and in outputs."""

from __future__ import annotations

from collections.abc import Iterator

from nb2pkg.check import secrets
from nb2pkg.check.catalogue import finding
from nb2pkg.check.model import Examined, Finding
from nb2pkg.check.rules.outputs import texts
from nb2pkg.check.rules.rule import rule
from nb2pkg.model import Place

_WIDEST = 24  # of what a message shows of a masked secret


@rule("NB901")
def in_cells(examined: Examined) -> Iterator[Finding]:
    for cell, secret in secrets.in_texts((cell, cell.source) for cell in examined.notebook.cells):
        line = cell.source.count("\n", 0, secret.start) + 1
        column = secret.start - cell.source.rfind("\n", 0, secret.start) - 1
        place = Place(cell.index, line, column, secret.end - secret.start)
        yield finding("NB901", place, secret.what, masked=secret.masked[:_WIDEST])


@rule("NB902")
def in_outputs(examined: Examined) -> Iterator[Finding]:
    """The first of each text: there may be many."""
    numbered = enumerate(texts(examined.notebook))
    told: set[int] = set()
    for (number, cell), secret in secrets.in_texts(
        ((n, cell), text) for n, (cell, text) in numbered
    ):
        if number not in told:
            told.add(number)
            yield finding(
                "NB902", Place(cell, width=0), secret.what, masked=secret.masked[:_WIDEST]
            )
