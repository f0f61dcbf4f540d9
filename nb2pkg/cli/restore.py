"""nb2pkg restore"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg import project as projects
from nb2pkg.cli import choosing
from nb2pkg.cli.report import give, say
from nb2pkg.restore import restore


@click.command(name="restore")
@click.argument("project", required=False, type=choosing.Place(file_okay=False))
@choosing.notebook
def command(project: Path | None, notebook: str) -> None:
    """Bring back the notebook whose place its narrative took, byte for byte.

    That is what promote --in-place does. The narrative goes into PROJECT, with all that was changed in
    it. PROJECT is the folder that nb2pkg promote wrote; by default the one around here, or the only one
    in here.
    """
    path = restore(projects.only(choosing.found(project), notebook))
    say("The original is back; the narrative is in the project.")
    give(path)
