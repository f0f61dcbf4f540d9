"""The pictures of a review: data between cells, section by section, and the neighbours of a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nb2pkg.graph.network import Edge
from nb2pkg.model import Cell
from nb2pkg.notebook.headings import headings
from nb2pkg.review.model import Defined, Flow, Part, Symbol
from nb2pkg.review.picture import Drawing, Kind, Node, draw
from nb2pkg.review.stories import Sources

_MOST = 25  # cells in a picture that is still read at a glance
_NEIGHBOURS = 5  # of a function, above and below it


@dataclass(frozen=True, slots=True)
class _Section:
    title: str
    keys: tuple[int, ...]


def flow(sources: Sources, symbols: Sequence[Symbol], anchors: Mapping[str, str]) -> Flow:
    """What flows between the cells that the page shows."""
    nodes = _nodes(sources, symbols, anchors)
    edges = [edge for edge in sources.flows if edge.source in nodes and edge.target in nodes]
    data = [replace(edge, names=edge.data, definitions=()) for edge in edges if edge.data]
    whole = draw(list(nodes.values()), data)
    defined = tuple(_defined(edges, nodes))
    if len(whole.boxes) <= _MOST:
        return Flow(whole, Drawing(), defined=defined)
    drawn = [box.node.key for box in whole.boxes]
    sections = list(_sections(sources, sorted(drawn)))
    parts = tuple(Part(s.title, _part(s, nodes, data)) for s in sections)
    return Flow(whole, _overview(sections, data), parts, defined)


def neighbours(
    sources: Sources, symbols: Sequence[Symbol], anchors: Mapping[str, str]
) -> dict[tuple[str, ...], Drawing]:
    """For each set of cells behind symbols, by their ids, what it gets and gives, drawn."""
    nodes = _nodes(sources, symbols, anchors)
    by_id = {cell.id: cell.index for cell in sources.cells.values()}
    found: dict[tuple[str, ...], Drawing] = {}
    for symbol in symbols:
        ids = tuple(cell.id for cell in symbol.cells)
        if ids and ids not in found:
            found[ids] = _near({by_id[id_] for id_ in ids}, nodes, sources.flows)
    return found


def _near(own: set[int], nodes: Mapping[int, Node], edges: Sequence[Edge]) -> Drawing:
    """One node for the function; above it those that feed it, below it those that it feeds."""
    known = [edge for edge in edges if edge.source in nodes and edge.target in nodes]
    above = _joined((e.source, e) for e in known if e.target in own and e.source not in own)
    below = _joined((e.target, e) for e in known if e.source in own and e.target not in own)
    shown = [*list(above)[:_NEIGHBOURS], min(own), *list(below)[:_NEIGHBOURS]]
    middle = min(len(above), _NEIGHBOURS)
    placed = [replace(nodes[key], key=place) for place, key in enumerate(shown)]
    placed[middle] = replace(placed[middle], kind="self")
    into = [Edge(i, middle, *names) for i, names in enumerate(list(above.values())[:middle])]
    out = [
        Edge(middle, middle + 1 + i, *names)
        for i, names in enumerate(list(below.values())[:_NEIGHBOURS])
    ]
    left_out = max(0, len(above) - _NEIGHBOURS) + max(0, len(below) - _NEIGHBOURS)
    return replace(draw(placed, [*into, *out]), left_out=left_out)


def _joined(
    edges: Iterable[tuple[int, Edge]],
) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The other end of edges, with all names and those of definitions among them."""
    found: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for other, edge in edges:
        names, definitions = found.get(other, ((), ()))
        found[other] = (
            tuple(dict.fromkeys((*names, *edge.names))),
            tuple(dict.fromkeys((*definitions, *edge.definitions))),
        )
    return dict(sorted(found.items()))


def _defined(edges: Iterable[Edge], nodes: Mapping[int, Node]) -> Iterator[Defined]:
    """Functions and classes, which no arrow carries: where they are made, and who mentions them."""
    found: dict[tuple[int, str], list[Node]] = {}
    for edge in edges:
        for name in edge.definitions:
            found.setdefault((edge.source, name), []).append(nodes[edge.target])
    for (source, name), users in found.items():
        yield Defined(name, nodes[source], tuple(users))


# -------------------------------------------------------------------------------------- sections


def _sections(sources: Sources, keys: Sequence[int]) -> Iterator[_Section]:
    """The cells under each heading of the first two levels; long ones are cut."""
    starts = [(0, "Before the first heading")]
    if sources.notebook is not None:
        starts += [(h.cell, h.text) for h in headings(sources.notebook) if h.level <= 2]
    ends = [start for start, _ in starts[1:]]
    for (start, title), end in zip(starts, [*ends, max(keys) + 1]):
        own = [key for key in keys if start <= key < end]
        for at in range(0, len(own), _MOST):
            name = title if at == 0 else f"{title} (goes on)"
            yield _Section(name, tuple(own[at : at + _MOST]))


def _part(section: _Section, nodes: Mapping[int, Node], edges: Sequence[Edge]) -> Drawing:
    """The cells of a section, and those before it that feed it."""
    own = set(section.keys)
    within = [edge for edge in edges if edge.target in own]
    outside = sorted({edge.source for edge in within} - own)
    shown = [replace(nodes[key], kind="outside") for key in outside]
    return draw([*shown, *(nodes[key] for key in section.keys)], within)


def _overview(sections: Sequence[_Section], edges: Sequence[Edge]) -> Drawing:
    """Each section as one box."""
    place = {key: number for number, section in enumerate(sections) for key in section.keys}
    names: dict[tuple[int, int], dict[str, None]] = {}
    for edge in edges:
        ends = place[edge.source], place[edge.target]
        if ends[0] != ends[1]:
            names.setdefault(ends, {}).update(dict.fromkeys(edge.names))
    nodes = [
        Node(
            number,
            (fitting(section.title, 23), _extent(section.keys)),
            "promoted",
            f"flow-{number + 1}",
            section.title,
        )
        for number, section in enumerate(sections)
    ]
    return draw(nodes, [Edge(*ends, tuple(of)) for ends, of in names.items()])


def _extent(keys: Sequence[int]) -> str:
    if len(keys) == 1:
        return f"cell {keys[0] + 1}"
    return f"{len(keys)} cells, {keys[0] + 1} to {keys[-1] + 1}"


# ----------------------------------------------------------------------------------------- nodes


def _nodes(
    sources: Sources, symbols: Sequence[Symbol], anchors: Mapping[str, str]
) -> dict[int, Node]:
    """A node for each cell that the page shows, by its index."""
    made: dict[str, list[Symbol]] = {}
    for symbol in symbols:
        for cell in symbol.cells:
            made.setdefault(cell.id, []).append(symbol)
    return {
        facts.cell.index: _node(facts.cell, made.get(facts.cell.id, []), anchors[facts.cell.id])
        for facts in sources.facts
        if facts.cell.id in anchors
    }


def _node(cell: Cell, made: Sequence[Symbol], anchor: str) -> Node:
    lines = [line.strip() for line in cell.source.split("\n") if line.strip()]
    first = next((line for line in lines if not line.startswith("#")), lines[0] if lines else "")
    name = ", ".join(symbol.name for symbol in made) or first
    verdicts = [symbol.verdict for symbol in made if symbol.verdict]
    status = ", ".join(dict.fromkeys(verdicts)) or ("moved" if made else "stays in the notebook")
    kind: Kind = "promoted" if made else "stayed"
    written = (fitting(f"{cell.index + 1}  {name}", 23), fitting(status, 26))
    return Node(cell.index, written, kind, anchor, f"cell {cell.index + 1}: {fitting(name, 200)}")


def fitting(text: str, width: int) -> str:
    """The text, cut to so many characters."""
    return text if len(text) <= width else f"{text[: width - 1]}…"
