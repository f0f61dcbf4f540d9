"""Which cells a person means: ``5``, ``5-9``, a cell id, or the text of a heading."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from nb2pkg.errors import Nb2pkgError, did_you_mean
from nb2pkg.model import Cell, Notebook
from nb2pkg.notebook.headings import Heading, headings

_RANGE = re.compile(r"(\d+)\s*-\s*(\d+)\Z")


NONE: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def choose(
    notebook: Notebook, specs: tuple[str, ...], symbols: Mapping[str, tuple[str, ...]] = NONE
) -> tuple[int, ...]:
    """The indexes of the code cells that all the specs mean together, in document order.

    A number is the position among all cells, from 1. A heading, or its unique beginning, means
    the code cells down to the next heading of the same or a higher level. symbols: to the ids of the
    cells that they are made from; a symbol means all of these.
    """
    meant = (_meant(notebook, spec.strip(), symbols) for spec in specs)
    return tuple(sorted({index for indexes in meant for index in indexes}))


def _meant(notebook: Notebook, spec: str, symbols: Mapping[str, tuple[str, ...]]) -> list[int]:
    count = len(notebook.cells)
    by_id = next((cell for cell in notebook.cells if spec in (cell.id, f"({cell.id})")), None)
    if spec.isdecimal() and 1 <= int(spec) <= count:
        return [_code(notebook.cells[int(spec) - 1])]
    if by_id:
        return [_code(by_id)]
    if match := _RANGE.match(spec):
        return _span(notebook, spec, int(match.group(1)), int(match.group(2)))
    if spec.isdecimal():
        raise Nb2pkgError(f"there is no cell {spec}", f"The notebook has cells 1 to {count}.")
    return _behind(notebook, spec, symbols) or _section(notebook, spec, symbols)


def _behind(notebook: Notebook, symbol: str, symbols: Mapping[str, tuple[str, ...]]) -> list[int]:
    """The cells behind a symbol; nothing if it is not one."""
    found = [cell.index for cell in notebook.code if cell.id in symbols.get(symbol, ())]
    if symbol in symbols and not found:
        raise Nb2pkgError(f"{symbol}: its cells are gone from the notebook", "Promote again.")
    return found


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


def _section(notebook: Notebook, spec: str, others: Iterable[str]) -> list[int]:
    known = headings(notebook)
    heading = _heading(notebook, known, spec, others)
    below = known[known.index(heading) + 1 :]
    after = (other.cell for other in below if other.level <= heading.level)
    end = next(after, len(notebook.cells))
    indexes = [cell.index for cell in notebook.cells[heading.cell : end] if cell.kind == "code"]
    if not indexes:
        raise Nb2pkgError(
            f"there is no code below the heading {heading.text!r}", "Give another heading."
        )
    return indexes


def _heading(notebook: Notebook, known: list[Heading], spec: str, others: Iterable[str]) -> Heading:
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
    names = [*(heading.text for heading in known), *(c.id for c in notebook.code), *others]
    count = len(notebook.cells)
    usual = f"Give a number from 1 to {count}, a range such as 5-9, or a heading."
    raise Nb2pkgError(f"there is no cell or heading {spec!r}", did_you_mean(wanted, names, usual))
