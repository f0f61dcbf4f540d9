"""The dataflow graph as a picture: where each cell and each arrow goes. Pure arithmetic.

Cells are laid out from top to bottom by depth: a cell stands below all whose values it reads. An
arrow that passes a row gets a lane in it, which all arrows of one cell share, so that no arrow runs
through a cell and a picture of 200 cells stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from nb2pkg.graph.network import Edge

WIDTH, HEIGHT = 196.0, 46.0  # of a cell
_GAP, _ROW, _LANE, _MARGIN = 18.0, 48.0, 8.0, 16.0
_PULL = 0.85  # towards the middle: a long picture would wander off to one side
_PER_ROW = 5
_SWEEPS = 6

Kind = Literal["promoted", "stayed", "outside", "self"]


@dataclass(frozen=True, slots=True)
class Node:
    """A cell that gives or takes values. lines are what is written in it."""

    key: int
    lines: tuple[str, str]
    kind: Kind
    target: str  # anchor of the section that it leads to
    title: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A node and where its upper left corner is."""

    node: Node
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge and the path that draws it, in the notation of SVG."""

    edge: Edge
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of the picture. alone are cells that neither give nor take values; left_out: how many
    neighbours are not drawn, since there are too many.
    """

    boxes: tuple[Box, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    width: int = 0
    height: int = 0
    alone: tuple[Node, ...] = ()
    left_out: int = 0

    @property
    def titles(self) -> dict[int, str]:
        """What each cell is called, by its key."""
        return {box.node.key: box.node.title for box in self.boxes}


@dataclass(frozen=True, slots=True, order=True)
class _Slot:
    """A place in a row: of a cell, or of the lane in which its arrows pass the row."""

    key: int
    row: int
    is_lane: bool = False

    @property
    def width(self) -> float:
        return _LANE if self.is_lane else WIDTH


def draw(nodes: Sequence[Node], edges: Iterable[Edge]) -> Drawing:
    """The picture of a graph whose edges all go from a lower key to a higher one."""
    known = {node.key: node for node in nodes}
    joined = sorted(
        (e for e in edges if e.source in known and e.target in known and e.source < e.target),
        key=lambda e: (e.source, e.target),
    )
    linked = {key for edge in joined for key in (edge.source, edge.target)}
    alone = tuple(known[key] for key in sorted(known) if key not in linked)
    if not linked:
        return Drawing(alone=alone)
    rows = _rows(sorted(linked), joined)
    links = _links(joined, rows)
    order = _ordered(_slots(rows, links), links)
    centres = _centres(order, links)
    left = min(centres[slot] - slot.width / 2 for row in order for slot in row)
    centres = {slot: x - left + _MARGIN for slot, x in centres.items()}
    width = max(x + slot.width / 2 for slot, x in centres.items()) + _MARGIN
    boxes = tuple(
        Box(known[key], _short(centres[_Slot(key, rows[key])] - WIDTH / 2), _top(rows[key]))
        for key in sorted(linked)
    )
    arrows = tuple(Arrow(edge, _path(edge, rows, centres)) for edge in joined)
    height = _top(len(order) - 1) + HEIGHT + _MARGIN
    return Drawing(boxes, arrows, round(width), round(height), alone)


# --------------------------------------------------------------------------------------- rows


def _rows(keys: Sequence[int], edges: Sequence[Edge]) -> dict[int, int]:
    """Each cell below all that it reads from, in the first row that has room."""
    sources: dict[int, list[int]] = {}
    for edge in edges:
        sources.setdefault(edge.target, []).append(edge.source)
    found: dict[int, int] = {}
    filled: dict[int, int] = {}
    for key in keys:  # a source has a lower key, so it has its row already
        row = max((found[source] + 1 for source in sources.get(key, ())), default=0)
        while filled.get(row, 0) >= _PER_ROW:
            row += 1
        found[key] = row
        filled[row] = filled.get(row, 0) + 1
    # A full row lets cells slip to rows that nothing else is in: close those.
    used = {row: place for place, row in enumerate(sorted(set(found.values())))}
    return {key: used[row] for key, row in found.items()}


def _links(edges: Sequence[Edge], rows: Mapping[int, int]) -> dict[_Slot, set[_Slot]]:
    """From each slot to those in the next row to which a line leads."""
    links: dict[_Slot, set[_Slot]] = {}
    for edge in edges:
        here = _Slot(edge.source, rows[edge.source])
        for row in range(rows[edge.source] + 1, rows[edge.target]):
            lane = _Slot(edge.source, row, True)
            links.setdefault(here, set()).add(lane)
            here = lane
        links.setdefault(here, set()).add(_Slot(edge.target, rows[edge.target]))
    return links


def _slots(rows: Mapping[int, int], links: Mapping[_Slot, set[_Slot]]) -> list[list[_Slot]]:
    """The slots of each row, in the order of the notebook."""
    every = {_Slot(key, row) for key, row in rows.items()} | set(links)
    every |= {slot for targets in links.values() for slot in targets}
    found: list[list[_Slot]] = [[] for _ in range(max(rows.values()) + 1)]
    for slot in sorted(every):
        found[slot.row].append(slot)
    return found


# --------------------------------------------------------------------------------------- places


def _ordered(
    rows: list[list[_Slot]], links: Mapping[_Slot, set[_Slot]]
) -> tuple[tuple[_Slot, ...], ...]:
    """Each row sorted by the middle of what it is linked to, down and up, to cross fewer lines."""
    below, above = _both_ways(links)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for number in range(len(rows)) if down else reversed(range(len(rows))):
            neighbour = number - 1 if down else number + 1
            if not 0 <= neighbour < len(rows):
                continue
            place = {slot: i for i, slot in enumerate(rows[neighbour])}
            near = above if down else below
            own = {slot: i for i, slot in enumerate(rows[number])}
            middle = {
                slot: _mean([float(place[n]) for n in near.get(slot, ())], float(own[slot]))
                for slot in rows[number]
            }
            rows[number].sort(key=lambda slot, middle=middle: (middle[slot], slot))  # type: ignore[misc]
    return tuple(tuple(row) for row in rows)


def _both_ways(
    links: Mapping[_Slot, set[_Slot]],
) -> tuple[dict[_Slot, list[_Slot]], dict[_Slot, list[_Slot]]]:
    below = {slot: sorted(targets) for slot, targets in links.items()}
    above: dict[_Slot, list[_Slot]] = {}
    for slot in sorted(below):
        for target in below[slot]:
            above.setdefault(target, []).append(slot)
    return below, above


def _centres(
    rows: Sequence[Sequence[_Slot]], links: Mapping[_Slot, set[_Slot]]
) -> dict[_Slot, float]:
    """x of each slot: near to what it is linked to, and clear of its neighbours in the row."""
    below, above = _both_ways(links)
    at: dict[_Slot, float] = {}
    for row in rows:
        at.update(zip(row, _clear(row, [0.0] * len(row))))
    for sweep in range(_SWEEPS):
        near = above if sweep % 2 == 0 else below
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wished = [
                (1 if slot.is_lane else _PULL)
                * _mean([at[n] for n in near.get(slot, ())], at[slot])
                for slot in row
            ]
            at.update(zip(row, _clear(row, wished)))
    return at


def _clear(row: Sequence[_Slot], wished: Sequence[float]) -> list[float]:
    """The places nearest to those wished for that keep the distances: half way between pushing
    everything to the right and pushing everything to the left.
    """
    apart = [
        (a.width + b.width) / 2 + (0 if a.is_lane and b.is_lane else _GAP)
        for a, b in zip(row, row[1:])
    ]
    right, left = list(wished), list(wished)
    for i, gap in enumerate(apart):
        right[i + 1] = max(right[i + 1], right[i] + gap)
    for i in reversed(range(len(apart))):
        left[i] = min(left[i], left[i + 1] - apart[i])
    return [(a + b) / 2 for a, b in zip(left, right)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


# --------------------------------------------------------------------------------------- arrows


def _top(row: int) -> float:
    return _MARGIN + row * (HEIGHT + _ROW)


def _path(edge: Edge, rows: Mapping[int, int], centres: Mapping[_Slot, float]) -> str:
    """Down from one cell, through its lane of each row that it passes, to the other."""
    start, end = rows[edge.source], rows[edge.target]
    x, y = centres[_Slot(edge.source, start)], _top(start) + HEIGHT
    parts = [f"M{_number(x)} {_number(y)}"]
    for row in range(start + 1, end + 1):
        lane = row < end
        to = centres[_Slot(edge.source if lane else edge.target, row, lane)]
        top = _top(row) - (0 if lane else 6)  # room for the head of the arrow
        half = (y + top) / 2
        parts.append(
            f"C{_number(x)} {_number(half)} {_number(to)} {_number(half)} {_number(to)} {_number(top)}"
        )
        if lane:
            parts.append(f"V{_number(top + HEIGHT)}")
        x, y = to, top + HEIGHT
    return "".join(parts)


def _short(value: float) -> float:
    return round(value, 1)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
