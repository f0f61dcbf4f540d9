"""Which cells become one step together: neighbours with the same full tag that show nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nb2pkg.facts.libraries import Aliases
from nb2pkg.model import CellFacts, Tag
from nb2pkg.plan.runs import Role

_DRAWS = ("matplotlib.", "seaborn.", "plotly.")


def groups(
    cells: tuple[CellFacts, ...],
    tags: Mapping[int, Tag],
    roles: Mapping[int, Role],
    aliases: Aliases,
) -> Iterator[tuple[int, ...]]:
    """Positions of the statements that may become steps together, cell by cell or in groups.

    A cell that shows something, or from which something stays, ends its group: what it shows must
    be seen under it. So must figures, which IPython shows and closes at the end of each cell.
    """
    waiting: list[int] = []
    position = 0
    for index, cell in enumerate(cells):
        positions = range(position, position + len(cell.statements))
        position += len(cell.statements)
        waiting.extend(positions)
        following = cells[index + 1] if index + 1 < len(cells) else None
        joins = following is not None and _same_name(tags, cell, following)
        if not (joins and _is_silent(cell, [roles[p] for p in positions], aliases)):
            yield tuple(waiting)
            waiting = []


def _same_name(tags: Mapping[int, Tag], cell: CellFacts, following: CellFacts) -> bool:
    tag = tags.get(cell.cell.index)
    return tag is not None and bool(tag.function) and tags.get(following.cell.index) == tag


def _is_silent(cell: CellFacts, roles: list[Role], aliases: Aliases) -> bool:
    if cell.cell.outputs or any(role in (Role.STAYS, Role.SHOWS, Role.LOOKS) for role in roles):
        return False
    names = (aliases.dotted(name) + "." for facts in cell.statements for name in facts.uses)
    return not any(facts.shows for facts in cell.statements) and not any(
        name.startswith(_DRAWS) for name in names
    )
