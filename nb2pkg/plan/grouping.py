"""Which cells become one step together: neighbours that show nothing, and belong together.

They do if a person tagged them with one name, or if they are one paragraph: nothing stands between
them, and the second goes on with the values that the first makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nb2pkg.facts.libraries import Aliases
from nb2pkg.model import CellFacts, Tag
from nb2pkg.plan.request import Selection
from nb2pkg.plan.runs import Role

_DRAWS = ("matplotlib.", "seaborn.", "plotly.")
_LONGEST = 12  # statements of a paragraph


def groups(
    cells: tuple[CellFacts, ...],
    asked: Selection,
    named: frozenset[int],
    roles: Mapping[int, Role],
    aliases: Aliases,
) -> Iterator[tuple[int, ...]]:
    """Positions of the statements that may become steps together, cell by cell or in groups.

    A cell that shows something, or from which something stays, ends its group: what it shows must
    be seen under it. So must figures, which IPython shows and closes at the end of each cell.

    named: cells for whose functions a person asked by name.
    """
    waiting: list[int] = []
    position = 0
    for index, cell in enumerate(cells):
        positions = range(position, position + len(cell.statements))
        position += len(cell.statements)
        waiting.extend(positions)
        following = cells[index + 1] if index + 1 < len(cells) else None
        joins = following is not None and (
            _has_same_name(asked.tags, cell, following)
            or _goes_on(asked, named, len(waiting), cell, following)
        )
        if not (joins and _is_silent(cell, [roles[p] for p in positions], aliases)):
            yield tuple(waiting)
            waiting = []


def _has_same_name(tags: Mapping[int, Tag], cell: CellFacts, following: CellFacts) -> bool:
    tag = tags.get(cell.cell.index)
    return tag is not None and bool(tag.function) and tags.get(following.cell.index) == tag


def _goes_on(
    asked: Selection, named: frozenset[int], length: int, cell: CellFacts, following: CellFacts
) -> bool:
    """Are they one paragraph: does the next cell change a value that this one makes or changes?"""
    here, there = cell.cell.index, following.cell.index
    alone = asked.parameters | asked.apart | named
    if there != here + 1 or not {here, there} <= asked.cells - alone:
        return False
    if asked.tags.get(here) != asked.tags.get(there):
        return False
    is_short = length + len(following.statements) <= _LONGEST
    return is_short and not _made(cell).isdisjoint(_made(following))


def _made(cell: CellFacts) -> set[str]:
    """Names that it binds, and those of what it changes."""
    found: set[str] = set()
    for facts in cell.statements:
        found.update(facts.bound, (name for name, _ in facts.mutates))
        found.difference_update(facts.loop_targets)
    return found


def _is_silent(cell: CellFacts, roles: list[Role], aliases: Aliases) -> bool:
    if cell.cell.outputs or any(role in (Role.STAYS, Role.SHOWS, Role.LOOKS) for role in roles):
        return False
    names = (aliases.dotted(name) + "." for facts in cell.statements for name in facts.uses)
    return not any(facts.shows for facts in cell.statements) and not any(
        name.startswith(_DRAWS) for name in names
    )
