"""The file as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from nb2pkg.check.catalogue import finding
from nb2pkg.check.model import Examined, Finding
from nb2pkg.check.rules.rule import rule
from nb2pkg.notebook.headings import headings


@rule("NB905")
def old(examined: Examined) -> Iterator[Finding]:
    if examined.is_old:
        yield finding("NB905", None)


@rule("NB906")
def no_heading(examined: Examined) -> Iterator[Finding]:
    count = len(examined.cells)
    if count >= 10 and not headings(examined.notebook):
        yield finding("NB906", None, str(count))
