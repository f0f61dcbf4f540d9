"""nb2pkg inline"""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say
from nb2pkg.inline import Inlined, inline, write
from nb2pkg.project import locate


@click.command(name="inline")
@click.argument("symbol")
@click.option("--diff", is_flag=True, help="Show what would change in the cell, and write nothing.")
@project_options.project
def command(symbol: str, diff: bool, folder: Path | None) -> None:
    """Put the code of SYMBOL, as it is in the package now, back into its cell of the notebook.

    SYMBOL is module.name, or the name alone, of a step or a definition that somebody has edited. The
    cell has the same meaning as the function then, and both sides are in step. What would not promote to the same function again is refused, and nothing changes.
    """
    found = inline(*locate.having(project_options.project_folder(folder), symbol))
    if diff:
        give(_diff(found))
        return
    write(found)
    say(f"cell {found.number} of {found.path.name} has the code of {symbol}")
    say("If the notebook is open in Jupyter, reload it from disk.")
    give(found.path)


def _diff(found: Inlined) -> str:
    lines = difflib.unified_diff(
        found.before.splitlines(),
        found.after.splitlines(),
        f"a/{found.path.name}, cell {found.number}",
        f"b/{found.path.name}, cell {found.number}",
        lineterm="",
    )
    return "\n".join(lines)
