"""nb2pkg ui"""

from __future__ import annotations

import webbrowser
from importlib.util import find_spec
from pathlib import Path

import click

from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import give, say
from nb2pkg.errors import Nb2pkgError
from nb2pkg.service.calls import Service
from nb2pkg.service.jobs import Jobs


@click.command(name="ui")
@click.argument("folder", required=False, type=SettledPath(file_okay=False))
@click.option(
    "--port",
    default=0,
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Port of this machine; default: one that is free.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--python",
    default="",
    metavar="PYTHON",
    help="Interpreter that notebooks run with; default: their kernels'.",
)
def command(folder: Path | None, port: int, no_browser: bool, python: str) -> None:
    """Open a page on the notebooks and packages in FOLDER, by default the current one.

    It shows how each cell stands to its code and what a function would look like, promotes and
    verifies, shows conflicts side by side, and records approvals. The page is served to this machine
    only, to whoever has the address that is printed; it loads nothing from elsewhere. Ctrl-C ends it.
    """
    if find_spec("tornado") is None:
        raise Nb2pkgError("nb2pkg ui needs tornado", "Run: pip install 'nb2pkg[ui]'")
    from nb2pkg.ui import server

    def opened(address: str) -> None:
        give(address)
        say("Ctrl-C ends it.")
        if not no_browser:
            webbrowser.open(address)

    root = folder or Path()
    try:
        server.run(Service(root, Jobs(python)), port, opened)
    except KeyboardInterrupt:
        say("ended")
