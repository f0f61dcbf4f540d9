"""nb2pkg diff"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg import project as projects
from nb2pkg.cli import choosing
from nb2pkg.cli.report import give, say
from nb2pkg.status.difference import difference


@click.command(name="diff")
@click.argument("symbol")
@choosing.project
def command(symbol: str, folder: Path | None) -> None:
    """Show what the notebook gives for SYMBOL against what the package has.

    SYMBOL is module.name, or the name alone. Lines with - are those that the cells give now, lines
    with + those of the package.
    """
    lines = difference(*projects.having(choosing.found(folder), symbol))
    for line in lines:
        give(line)
    if not lines:
        say(f"{symbol}: the notebook and the package are the same")
