"""The dataflow graph of a notebook: which cell gives which value to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nb2pkg.graph import timeline
from nb2pkg.model import CellFacts

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[int]


@dataclass(frozen=True, slots=True)
class Edge:
    """Values that flow from one cell to another, both by their index; the names are sorted."""

    source: int
    target: int
    names: tuple[str, ...]


def edges(cells: Sequence[CellFacts]) -> tuple[Edge, ...]:
    """Return the edges of the graph, sorted by source and target."""
    flows: dict[tuple[int, int], set[str]] = {}
    lines = timeline.build(cells)
    for name, events in lines.events.items():
        for event in events:
            if event.reads:
                reader = lines.statements[event.position].cell
                for source in lines.reaching(name, event.position):
                    giver = lines.statements[source].cell
                    if giver != reader:
                        flows.setdefault((giver, reader), set()).add(name)
    return tuple(
        Edge(giver, reader, tuple(sorted(names)))
        for (giver, reader), names in sorted(flows.items())
    )


def build(cells: Sequence[CellFacts]) -> Graph:
    """Return the graph for networkx. Its nodes are the indexes of all code cells, also of empty ones."""
    import networkx as nx  # 0.2 s: only for those who ask for it

    graph: Graph = nx.DiGraph()
    graph.add_nodes_from(cell.cell.index for cell in cells)
    for edge in edges(cells):
        graph.add_edge(edge.source, edge.target, names=edge.names)
    return graph
