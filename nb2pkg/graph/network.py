"""The dataflow graph of a notebook: which cell gives which value to which."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nb2pkg.graph import timeline
from nb2pkg.model import CellFacts

if TYPE_CHECKING:
    import networkx as nx


def build(cells: Iterable[CellFacts]) -> nx.DiGraph[int]:
    """Nodes are the indexes of all code cells, also of those that are empty; an edge has the sorted tuple of names that flow along it."""
    import networkx as nx  # 0.2 s: only for those who want the graph

    graph: nx.DiGraph[int] = nx.DiGraph()
    flows: dict[tuple[int, int], set[str]] = {}
    cells = tuple(cells)
    lines = timeline.build(cells)
    graph.add_nodes_from(cell.cell.index for cell in cells)
    for name, events in lines.events.items():
        for event in events:
            if event.reads:
                reader = lines.statements[event.position].cell
                for source in lines.reaching(name, event.position):
                    giver = lines.statements[source].cell
                    if giver != reader:
                        flows.setdefault((giver, reader), set()).add(name)
    for (giver, reader), names in sorted(flows.items()):
        graph.add_edge(giver, reader, names=tuple(sorted(names)))
    return graph
