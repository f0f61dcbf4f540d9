"""nb2pkg diff"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say
from nb2pkg.project import locate
from nb2pkg.status.difference import difference


@click.command(name="diff")
@click.argument("symbol")
@project_options.project
def command(symbol: str, folder: Path | None) -> None:
    """Show what the notebook gives for SYMBOL against what the package has.

    SYMBOL is module.name, or the name alone. Lines with - are those that the cells give now, lines
    with + those of the package.
    """
    lines = difference(*locate.having(project_options.project_folder(folder), symbol))
    for line in lines:
        give(line)
    if not lines:
        say(f"{symbol}: the notebook and the package are the same")
