"""nb2pkg validate"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.report import say
from nb2pkg.notebook import selection
from nb2pkg.project import locate, manifest
from nb2pkg.promote import source
from nb2pkg.service.decide import record_validated


@click.command(name="validate")
@click.argument("cells", nargs=-1, required=True)
@click.option("-m", "--message", "why", default="", metavar="WHY", help="Why it is valid.")
@click.option("--by", default="", metavar="NAME", help="Who says so; default: git's user.name.")
@project_options.project
@project_options.notebook
def command(cells: tuple[str, ...], why: str, by: str, folder: Path | None, notebook: str) -> None:
    """Record that CELLS of the notebook are validated, by whom, when and why.

    A cell is a number, a range (5-9), an id, the text of a heading, or a symbol that nb2pkg status
    lists (module.name, or the name alone), which means the cells it is made from. What is recorded is a digest
    of the cell and of what feeds it: nb2pkg status tells when one of them has changed since. A cell
    that is tagged counts as validated the first time that it is promoted.
    """
    project = locate.only(project_options.project_folder(folder), notebook)
    known = locate.named_now(project)
    now_there = source.notebook(project, known)
    chosen = selection.choose(now_there, cells, manifest.cells_behind(known))
    decided = record_validated(project, now_there, chosen, why, by)
    for index in chosen:
        say(f"cell {index + 1} is validated by {decided.who}")
