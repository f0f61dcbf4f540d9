"""What nb2pkg understands of a notebook, as plain data and as graphs in three notations."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nb2pkg import facts as facts_of
from nb2pkg.graph import network
from nb2pkg.model import CellFacts, Notebook
from nb2pkg.notebook import tags
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan
from nb2pkg.plan.request import Options
from nb2pkg.plan.scope import BUILTINS


@dataclass(frozen=True, slots=True)
class View:
    """One notebook: its facts, its graph, and what would become of it if all were promoted."""

    notebook: Notebook
    facts: tuple[CellFacts, ...]
    edges: tuple[network.Edge, ...]
    plan: Plan

    @property
    def graph(self) -> network.Graph:
        """The dataflow graph, for networkx."""
        return network.build(self.facts)


def look(notebook: Notebook, options: Options) -> View:
    """Analyse; nothing is run and nothing written."""
    found = facts_of.analyze(notebook)
    return View(notebook, found, network.edges(found), make(notebook, found, options))


def names(cell: CellFacts) -> dict[str, tuple[str, ...]]:
    """What a cell defines, reads of others, and changes in place; each name once, in order."""
    defines: dict[str, None] = {}
    reads: dict[str, None] = {}
    for facts in cell.statements:
        reads.update((n, None) for n in facts.reads if n not in defines and n not in BUILTINS)
        defines.update((name, None) for name in facts.bound)
    changes = {name: None for facts in cell.statements for name, _ in facts.mutates}
    return {"defines": tuple(defines), "reads": tuple(reads), "changes": tuple(changes)}


def as_json(view: View, problems: Iterable[Mapping[str, object]]) -> str:
    """All of it for machines. Cells are counted from 1, markdown included, as in show."""
    code = {cell.cell.index: cell for cell in view.facts}
    cells: list[dict[str, Any]] = []
    for cell in view.notebook.cells:
        entry: dict[str, Any] = {"cell": cell.index + 1, "id": cell.id, "kind": cell.kind}
        if cell.index in code:
            entry |= {"tag": tags.format_tag(cell), "execution_count": cell.execution_count}
            entry |= {key: list(value) for key, value in names(code[cell.index]).items()}
            entry["feeds"] = [
                {
                    "cell": edge.target + 1,
                    "names": list(edge.names),
                    "definitions": list(edge.definitions),
                    "imports": list(edge.imports),
                }
                for edge in view.edges
                if edge.source == cell.index
            ]
        cells.append(entry)
    content = {"notebook": view.notebook.path, "cells": cells, "problems": list(problems)}
    return json.dumps(content, indent=1, ensure_ascii=False)


def graph_text(view: View, notation: str, with_imports: bool = False) -> str:
    """The dataflow graph as mermaid, dot or json."""
    shown = view if with_imports else replace(view, edges=tuple(_without_imports(view.edges)))
    return {"mermaid": _mermaid, "dot": _dot, "json": _graph_json}[notation](shown)


def _without_imports(edges: Iterable[network.Edge]) -> Iterator[network.Edge]:
    for edge in edges:
        if edge.but_imports:
            yield replace(edge, names=edge.but_imports, imports=())


def _edges(view: View) -> list[tuple[int, int, str]]:
    return [(edge.source + 1, edge.target + 1, ", ".join(edge.names)) for edge in view.edges]


def _nodes(view: View) -> list[int]:
    """The code cells."""
    return [cell.cell.index for cell in view.facts]


def _label(view: View, index: int) -> str:
    """The first line of code of a cell, shortened."""
    lines = [line for line in view.notebook.cells[index].source.split("\n") if line.strip()]
    line = lines[0].strip() if lines else ""
    return f"[{index + 1}] " + (line if len(line) <= 40 else line[:37] + "...")


def _mermaid(view: View) -> str:
    lines = ["flowchart TD"]
    for index in _nodes(view):
        label = _label(view, index).replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
        lines.append(f'    c{index + 1}["{label}"]')
    for source, target, flowing in _edges(view):
        lines.append(f'    c{source} -->|"{flowing}"| c{target}')
    return "\n".join(lines)


def _dot(view: View) -> str:
    lines = ["digraph notebook {", "    node [shape=box];"]
    lines += [
        f"    c{index + 1} [label={json.dumps(_label(view, index))}];" for index in _nodes(view)
    ]
    lines += [f"    c{a} -> c{b} [label={json.dumps(flowing)}];" for a, b, flowing in _edges(view)]
    return "\n".join([*lines, "}"])


def _graph_json(view: View) -> str:
    content = {
        "nodes": [{"cell": i + 1, "id": view.notebook.cells[i].id} for i in _nodes(view)],
        "edges": [
            {"from": a, "to": b, "names": flowing.split(", ")} for a, b, flowing in _edges(view)
        ],
    }
    return json.dumps(content, indent=1)
