"""nb2pkg restore"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say
from nb2pkg.project import locate
from nb2pkg.promote.restore import restore


@click.command(name="restore")
@click.argument("project", required=False, type=project_options.SettledPath(file_okay=False))
@project_options.notebook
def command(project: Path | None, notebook: str) -> None:
    """Restore the notebook that its narrative replaced, byte for byte.

    That is what promote --in-place does. The narrative goes into PROJECT, with all that was changed in
    it. PROJECT is the folder that nb2pkg promote wrote; by default the one around here, or the only one
    in here.
    """
    path = restore(locate.only(project_options.project_folder(project), notebook))
    say("The original is back; the narrative is in the project.")
    give(path)
