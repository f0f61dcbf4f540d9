"""The dataflow graph of a notebook: which cell gives which value to which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nb2pkg.graph import timeline
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import CellFacts, Facts, StatementKind

if TYPE_CHECKING:
    import networkx as nx

    Graph = nx.DiGraph[int]

_DEFINITIONS = (StatementKind.FUNCTION, StatementKind.CLASS)


@dataclass(frozen=True, slots=True)
class Edge:
    """What flows from one cell to another, both by their index; the names are sorted.

    definitions and imports are those of the names that stand for functions, classes and modules.
    """

    source: int
    target: int
    names: tuple[str, ...]
    definitions: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()

    @property
    def data(self) -> tuple[str, ...]:
        """The names of values that were computed."""
        apart = {*self.definitions, *self.imports}
        return tuple(name for name in self.names if name not in apart)

    @property
    def but_imports(self) -> tuple[str, ...]:
        """The names of data and of definitions."""
        return tuple(name for name in self.names if name not in self.imports)


@dataclass(slots=True)
class _Names:
    """What is known so far of an edge; a name that may be data counts as data."""

    data: set[str] = field(default_factory=set)
    definitions: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)

    def edge(self, source: int, target: int) -> Edge:
        names = self.data | self.definitions | self.imports
        definitions = self.definitions - self.data
        imports = self.imports - self.data - definitions
        return Edge(source, target, *(tuple(sorted(x)) for x in (names, definitions, imports)))


def edges(cells: Sequence[CellFacts]) -> tuple[Edge, ...]:
    """Return the edges of the graph, sorted by source and target."""
    lines = timeline.build(cells)
    found: dict[tuple[int, int], _Names] = {}
    for name, giver, reader in _flows(lines):
        source, target = lines.statements[giver], lines.statements[reader].cell
        if source.cell != target:
            names = found.setdefault((source.cell, target), _Names())
            _kind(names, source, name).add(name)
    return tuple(names.edge(*cells_of) for cells_of, names in sorted(found.items()))


def _kind(names: _Names, giver: Facts, name: str) -> set[str]:
    if any(item.name == name for item in giver.imports):
        return names.imports
    return names.definitions if giver.kind in _DEFINITIONS else names.data


def _flows(lines: Timeline) -> Iterator[tuple[str, int, int]]:
    """A name, the statement that binds it, the statement that gets it from there.

    Data goes to the call that reads it, though a function stands in between. A definition or an
    import goes to the statement that mentions it: the function whose body does, not its callers.
    """
    users = _users_in_bodies(lines)
    for name, events in lines.events.items():
        for event in events:
            for giver in lines.reaching(name, event.position) if event.reads else ():
                is_mentioned = name in lines.statements[event.position].uses
                passed_on = any(giver < at < event.position for at in users.get(name, ()))
                if is_mentioned or not passed_on or _is_data(lines.statements[giver], name):
                    yield name, giver, event.position
    for name, positions in users.items():
        for position in positions:
            for giver in lines.reaching(name, position):
                if not _is_data(lines.statements[giver], name):
                    yield name, giver, position


def _is_data(giver: Facts, name: str) -> bool:
    return giver.kind not in _DEFINITIONS and all(item.name != name for item in giver.imports)


def _users_in_bodies(lines: Timeline) -> dict[str, list[int]]:
    """Each name that bodies of functions mention, with the positions of these functions."""
    found: dict[str, list[int]] = {}
    for position, facts in enumerate(lines.statements):
        for name in facts.late_reads:
            found.setdefault(name, []).append(position)
    return found


def build(cells: Sequence[CellFacts]) -> Graph:
    """Return the graph for networkx. Its nodes are the indexes of all code cells, also of empty ones."""
    import networkx as nx  # 0.2 s: only for those who ask for it

    graph: Graph = nx.DiGraph()
    graph.add_nodes_from(cell.cell.index for cell in cells)
    for edge in edges(cells):
        graph.add_edge(edge.source, edge.target, names=edge.names)
    return graph
