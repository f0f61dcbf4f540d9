"""nb2pkg diff"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say
from nb2pkg.project import locate
from nb2pkg.status.difference import GONE, Difference, difference, differences


@click.command(name="diff")
@click.argument("what", required=False, default="", metavar="[SYMBOL | PROJECT]")
@click.option(
    "--bookkeeping",
    is_flag=True,
    help="Also show markers, annotations and docstrings that only nb2pkg's text has.",
)
@project_options.project
def command(what: str, bookkeeping: bool, folder: Path | None) -> None:
    """Show what the notebook gives for SYMBOL, or for all of PROJECT, against what the package has.

    SYMBOL is a name as nb2pkg status lists it: module.name, or the name alone. PROJECT is the folder
    of a package; by default the one around here, or the only one in here. Lines with - are those that
    the cells give now, lines with + those of the package.
    """
    is_place = bool(what) and locate.is_project(Path(what))
    named = project_options.SettledPath().convert(what, None, None) if is_place else None
    project = project_options.project_folder(named or folder)
    if what and named is None:
        place, symbol = locate.having(project, what)
        _show((difference(place, symbol, bookkeeping),))
        return
    for place in locate.all_in(project):
        _show(tuple(each for each in differences(place, bookkeeping) if _is_shown(each)))


def _is_shown(found: Difference) -> bool:
    return bool(found.lines) or found.is_gone or found.is_bookkeeping


def _show(found: tuple[Difference, ...]) -> None:
    if not found:
        say("the notebook and the package are the same")
    for each in found:
        for line in each.lines:
            give(line)
        if each.is_gone:
            say(f"{each.symbol}: {GONE}")
        elif each.is_bookkeeping:
            say(f"{each.symbol}: only markers, annotations or docstrings differ (--bookkeeping)")
        elif not each.lines:
            say(f"{each.symbol}: the notebook and the package are the same")
