"""Which cells a person means: ``5``, ``5-9``, a cell id, or the text of a heading."""

from __future__ import annotations

import re

from nb2pkg.errors import Nb2pkgError, did_you_mean
from nb2pkg.model import Cell, Notebook
from nb2pkg.notebook.headings import Heading, headings

_RANGE = re.compile(r"(\d+)\s*-\s*(\d+)\Z")


def choose(notebook: Notebook, specs: tuple[str, ...]) -> tuple[int, ...]:
    """The indexes of the code cells that all the specs mean together, in document order.

    A number is the position among all cells, from 1. A heading, or its unique beginning, means
    the code cells down to the next heading of the same or a higher level.
    """
    return tuple(sorted({index for spec in specs for index in _meant(notebook, spec.strip())}))


def _meant(notebook: Notebook, spec: str) -> list[int]:
    count = len(notebook.cells)
    by_id = next((cell for cell in notebook.cells if cell.id == spec), None)
    if spec.isdecimal() and 1 <= int(spec) <= count:
        return [_code(notebook.cells[int(spec) - 1])]
    if by_id:
        return [_code(by_id)]
    if match := _RANGE.match(spec):
        return _span(notebook, spec, int(match.group(1)), int(match.group(2)))
    if spec.isdecimal():
        raise Nb2pkgError(f"there is no cell {spec}", f"The notebook has cells 1 to {count}.")
    return _section(notebook, spec)


def _code(cell: Cell) -> int:
    if cell.kind != "code":
        raise Nb2pkgError(
            f"cell {cell.index + 1} is {cell.kind}, not code",
            "Give the number of a code cell, or the text of a heading for all cells below it.",
        )
    return cell.index


def _span(notebook: Notebook, spec: str, first: int, last: int) -> list[int]:
    count = len(notebook.cells)
    if not 1 <= first <= last <= count:
        raise Nb2pkgError(f"there are no cells {spec}", f"The notebook has cells 1 to {count}.")
    indexes = [cell.index for cell in notebook.cells[first - 1 : last] if cell.kind == "code"]
    if not indexes:
        raise Nb2pkgError(f"there is no code in the cells {spec}", "Give a range with code cells.")
    return indexes


def _section(notebook: Notebook, spec: str) -> list[int]:
    known = headings(notebook)
    heading = _heading(notebook, known, spec)
    below = known[known.index(heading) + 1 :]
    after = (other.cell for other in below if other.level <= heading.level)
    end = next(after, len(notebook.cells))
    indexes = [cell.index for cell in notebook.cells[heading.cell : end] if cell.kind == "code"]
    if not indexes:
        raise Nb2pkgError(
            f"there is no code below the heading {heading.text!r}", "Give another heading."
        )
    return indexes


def _heading(notebook: Notebook, known: list[Heading], spec: str) -> Heading:
    wanted = " ".join(spec.casefold().split())
    same = [heading for heading in known if heading.text.casefold() == wanted]
    begins = [heading for heading in known if wanted and heading.text.casefold().startswith(wanted)]
    found = same or begins
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(f"{heading.text!r} (cell {heading.cell + 1})" for heading in found)
        raise Nb2pkgError(
            f"{spec!r} can mean several headings: {places}", "Give the numbers of the cells: 5-9."
        )
    names = [*(heading.text for heading in known), *(cell.id for cell in notebook.code)]
    count = len(notebook.cells)
    usual = f"Give a number from 1 to {count}, a range such as 5-9, or a heading."
    raise Nb2pkgError(f"there is no cell or heading {spec!r}", did_you_mean(wanted, names, usual))
