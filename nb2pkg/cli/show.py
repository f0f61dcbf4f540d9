"""nb2pkg show"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import as_json, detailed, give, say
from nb2pkg.cli.report import show as put_line
from nb2pkg.model import CellFacts
from nb2pkg.notebook import tags
from nb2pkg.plan import graph_view
from nb2pkg.promote import remembered

_WIDTH = 100
_MOST = 5  # names or cells of one list; --json has all


@click.command(name="show")
@click.argument("notebook", type=SettledPath())
@click.option(
    "--graph",
    type=click.Choice(["mermaid", "dot", "json"]),
    help="Write the dataflow graph instead.",
)
@click.option("--imports", "with_imports", is_flag=True, help="Also show what is imported.")
@click.option("--json", "machine", is_flag=True, help="Write everything as JSON.")
@project_options.python
def command(
    notebook: Path, graph: str | None, with_imports: bool, machine: bool, python: str
) -> None:
    """Show what nb2pkg understands of NOTEBOOK.

    A line for each cell. Of code: its tag, the names that it reads, defines and changes, and the
    cells that it feeds. A definition feeds the cells that mention it. Then what would stay in the
    notebook if all of it were promoted, and why.
    """
    source = remembered.read(notebook)
    view = graph_view.look(source, remembered.options_of(notebook, source, python))
    if graph:
        give(graph_view.graph_text(view, graph, with_imports))
    elif machine:
        give(graph_view.as_json(view, map(as_json, view.plan.problems)))
    else:
        for line in _lines(view, with_imports):
            put_line(line)
        for line in detailed(view.notebook, view.plan.problems):
            say(line)


def _lines(view: graph_view.View, with_imports: bool) -> Iterator[str]:
    """A line for each cell, or two where one is too narrow."""
    imported = {item.name for cell in view.facts for f in cell.statements for item in f.imports}
    hidden = set() if with_imports else imported
    code = {cell.cell.index: cell for cell in view.facts}
    yield "cell  reads -> defines (cells that it feeds)"
    for cell in view.notebook.cells:
        head = f"{cell.index + 1:>4}  "
        if cell.index not in code:
            first = cell.source.strip().split("\n")[0]
            yield head + (first if len(first) <= _WIDTH - 6 else f"{first[: _WIDTH - 9]}...")
            continue
        tag = tags.format_tag(cell)
        text = f"{head}{cell.id}{f'  [{tag}]' if tag else ''}  {_content(view, code[cell.index], hidden)}"
        yield from textwrap.wrap(
            text,
            _WIDTH,
            subsequent_indent=" " * 8,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
        )


def _content(view: graph_view.View, cell: CellFacts, hidden: Collection[str]) -> str:
    """What a cell reads, defines, changes, and whom it feeds."""
    names = graph_view.names(cell)
    own = cell.cell.index
    incoming = {name for edge in view.edges if edge.target == own for name in edge.data}
    reads = [name for name in names["reads"] if name not in hidden or name in incoming]
    defines = [name for name in names["defines"] if name not in hidden or not _imports(cell, name)]
    count = len(names["defines"]) - len(defines)
    flow = [_shortened(reads)] if reads else []
    flow += [f"-> {_feeding(view, own, defines)}"] if defines else []
    parts = [" ".join(flow)] if flow else []
    if names["changes"]:
        parts += [f"changes {_shortened(names['changes'])}"]
    if count:
        parts += [f"{count} {'import' if count == 1 else 'imports'}"]
    return "; ".join(parts)


def _imports(cell: CellFacts, name: str) -> bool:
    return any(item.name == name for facts in cell.statements for item in facts.imports)


def _feeding(view: graph_view.View, own: int, defines: Sequence[str]) -> str:
    """The names that a cell defines, those together that go to the same cells."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for name in defines:
        targets = (e.target + 1 for e in view.edges if e.source == own and name in e.names)
        groups.setdefault(tuple(targets), []).append(name)
    fed = sorted(groups.items(), key=lambda group: not group[0])  # what nobody reads comes last
    return "; ".join(_shortened(names) + _cells(targets) for targets, names in fed)


def _cells(numbers: Sequence[int]) -> str:
    return f" ({_shortened([str(number) for number in numbers])})" if numbers else ""


def _shortened(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")
