"""nb2pkg validate"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg import digests, facts, manifest, selection
from nb2pkg import notebook as reader
from nb2pkg import project as projects
from nb2pkg.cli.report import say
from nb2pkg.decisions import Decision, now, record, required_author


@click.command(name="validate")
@click.argument("cells", nargs=-1, required=True)
@click.option("-m", "--message", "why", default="", metavar="WHY", help="Why it is valid.")
@click.option("--by", default="", metavar="NAME", help="Who says so; default: git's user.name.")
@click.option(
    "-p",
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the package; default: the one around here, or the only one in here.",
)
def command(cells: tuple[str, ...], why: str, by: str, project: Path | None) -> None:
    """Record that CELLS of the notebook are validated, by whom, when and why.

    A cell is a number, a range (5-9), an id or the text of a heading. What is recorded is a digest
    of the cell and of what feeds it: nb2pkg status tells when one of them has changed since. A cell
    that is tagged counts as validated the first time that it is promoted.
    """
    folder = projects.find(project, Path())
    known = manifest.required(folder)
    notebook = reader.read((folder / known.notebook).resolve())
    chosen = selection.choose(notebook, cells)
    fed = digests.of_feeding(facts.analyze(notebook))
    who, when = required_author(folder, by), now()
    record(
        folder,
        [
            Decision("validated", cell.id, digests.of_cell(cell), fed[cell.id], who, when, why)
            for cell in (notebook.cells[index] for index in chosen)
        ],
    )
    for index in chosen:
        say(f"cell {index + 1} is validated by {who}")
