"""nb2pkg names"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg import files
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import give, say
from nb2pkg.errors import Nb2pkgError
from nb2pkg.promote import names_file, source
from nb2pkg.promote.build import Request


@click.command(name="names")
@click.argument("notebook", type=SettledPath())
@click.option("-o", "--output", type=SettledPath(), help="Write it here.")
@click.option(
    "--all", "everything", is_flag=True, help="Include untagged cells, as promote --all does."
)
@click.option(
    "-p",
    "--project",
    type=SettledPath(file_okay=False),
    help="Folder of the package, whose names are known; default: NOTEBOOK-package beside the notebook.",
)
def command(notebook: Path, output: Path | None, everything: bool, project: Path | None) -> None:
    """Write a file with the names and docstrings of all functions that NOTEBOOK gives.

    Each stands below its code and the text above its cell. Change what you like, or let somebody do
    it whom you trust with the code, and give the file to nb2pkg promote --names. Nothing is sent anywhere.
    """
    origin = source.requested(notebook, Request(project, everything))
    plan = names_file.plan_of(origin.path, origin.wanted, origin.source)
    text = names_file.text(plan, notebook.name)
    if output is None:
        give(text, nl=False)
        return
    if output.exists():
        raise Nb2pkgError(f"{output}: already exists", "Name another file, or remove this one.")
    files.put(output, text.encode("utf-8"), before=None)
    count = len(plan.steps)
    say(f"{output}: {count} function{'s' if count != 1 else ''}")
