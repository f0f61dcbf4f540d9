"""In which order were the cells run, and does document order work? And the marks on cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from nb2pkg.check.catalogue import finding, of_problem
from nb2pkg.check.model import Examined, Finding
from nb2pkg.check.rules.rule import rule
from nb2pkg.model import Cell, Place
from nb2pkg.notebook import tags
from nb2pkg.plan import order


@rule("NB101", "NB102", "NB103")
def marks(examined: Examined) -> Iterator[Finding]:
    for cell in examined.notebook.cells:
        yield from map(of_problem, tags.tag_of(cell)[1])


@rule("NB202", "NB205")
def another_order(examined: Examined) -> Iterator[Finding]:
    """Counts of several sessions tell of no order at all."""
    if examined.broken or _twice(examined):
        return
    problem = order.check(examined.notebook, examined.cells, examined.lines, only_read=True)
    if problem is not None:
        yield of_problem(problem)


@rule("NB207")
def run_again(examined: Examined) -> Iterator[Finding]:
    if not examined.broken:
        yield from map(of_problem, order.run_again(examined.cells))


@rule("NB701")
def sessions(examined: Examined) -> Iterator[Finding]:
    for count in _twice(examined)[:1]:
        second = [c for c in examined.notebook.code if c.execution_count == count][1]
        yield finding("NB701", Place(second.index, width=0), str(count))


@rule("NB702")
def never_run(examined: Examined) -> Iterator[Finding]:
    """Only where most cells have a count: the others were forgotten.

    Where a cell has outputs and no count, somebody has taken counts away.
    """
    with_code = [cell.cell for cell in examined.cells if cell.statements]
    counted = [cell for cell in with_code if cell.execution_count is not None]
    uncounted = [cell for cell in with_code if cell.execution_count is None]
    if len(counted) * 2 <= len(with_code) or any(cell.outputs for cell in uncounted):
        return
    for cell in uncounted:
        if not _is_left_out(cell):
            yield finding("NB702", Place(cell.index, width=0))


@rule("NB703")
def errors(examined: Examined) -> Iterator[Finding]:
    for cell in examined.notebook.code:
        names = [output.name for output in cell.outputs if output.kind == "error"]
        if names and "raises-exception" not in cell.tags:
            yield finding("NB703", Place(cell.index, width=0), names[0] or "of no name")


def _twice(examined: Examined) -> list[int]:
    counted = Counter(c.execution_count for c in examined.notebook.code if c.execution_count)
    return [count for count, times in counted.items() if times > 1]


def _is_left_out(cell: Cell) -> bool:
    return bool({"skip-execution", "nbval-skip", "nb2pkg-skip"} & set(cell.tags))
