"""nb2pkg show"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import as_json, detailed, give, say
from nb2pkg.cli.report import show as put_line
from nb2pkg.notebook import tags
from nb2pkg.plan import graph_view
from nb2pkg.promote import remembered


@click.command(name="show")
@click.argument("notebook", type=SettledPath())
@click.option(
    "--graph",
    type=click.Choice(["mermaid", "dot", "json"]),
    help="Write the dataflow graph instead.",
)
@click.option("--json", "machine", is_flag=True, help="Write everything as JSON.")
@project_options.python
def command(notebook: Path, graph: str | None, machine: bool, python: str) -> None:
    """Show what nb2pkg understands of NOTEBOOK.

    For each code cell: its tag, the names that it defines, reads and changes, and the cells that it
    feeds. Then what would stay in the notebook if all of it were promoted, and why.
    """
    source = remembered.read(notebook)
    view = graph_view.look(source, remembered.options_of(notebook, source, python))
    if graph:
        give(graph_view.graph_text(view, graph))
    elif machine:
        give(graph_view.as_json(view, map(as_json, view.plan.problems)))
    else:
        for line in _lines(view):
            put_line(line)
        for line in detailed(view.notebook, view.plan.problems):
            say(line)


def _lines(view: graph_view.View) -> Iterator[str]:
    code = {cell.cell.index: cell for cell in view.facts}
    for cell in view.notebook.cells:
        if cell.index not in code:
            first = cell.source.strip().split("\n")[0]
            yield f"{cell.index + 1:>4}  {first[:80]}"
            continue
        tag = tags.format_tag(cell)
        yield f"{cell.index + 1:>4}  code {cell.id}" + (f"  [{tag}]" if tag else "")
        for key, names in graph_view.names(code[cell.index]).items():
            if names:
                yield f"        {key:<8} {', '.join(names)}"
        for edge in view.edges:
            if edge.source == cell.index:
                yield f"        feeds    {edge.target + 1} ({', '.join(edge.names)})"
