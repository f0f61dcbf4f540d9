"""The dataflow graph of a notebook: which cell gives which value to which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nb2pkg.graph.timeline import Timeline

if TYPE_CHECKING:
    import networkx as nx


def build(timeline: Timeline) -> nx.DiGraph[int]:
    """Nodes are cell indexes; an edge has the sorted tuple of names that flow along it."""
    import networkx as nx  # 0.2 s: only for those who want the graph

    graph: nx.DiGraph[int] = nx.DiGraph()
    flows: dict[tuple[int, int], set[str]] = {}
    for facts in timeline.statements:
        graph.add_node(facts.cell)
    for name, events in timeline.events.items():
        for event in events:
            if event.reads:
                reader = timeline.statements[event.position].cell
                for source in timeline.reaching(name, event.position):
                    giver = timeline.statements[source].cell
                    if giver != reader:
                        flows.setdefault((giver, reader), set()).add(name)
    for (giver, reader), names in sorted(flows.items()):
        graph.add_edge(giver, reader, names=tuple(sorted(names)))
    return graph
