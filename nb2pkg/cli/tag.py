"""nb2pkg tag"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg import facts
from nb2pkg.cli import project_options
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import say, show
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader, tags
from nb2pkg.plan.make import make
from nb2pkg.plan.suggest import suggest
from nb2pkg.promote import remembered


@click.command(name="tag")
@click.argument("notebook", type=SettledPath())
@click.argument("cells", nargs=-1)
@click.option(
    "--as",
    "place",
    default="",
    metavar="MODULE[.FUNCTION]",
    help="Where the code goes, and its name.",
)
@click.option("--remove", is_flag=True, help="Remove nb2pkg's tags instead.")
@click.option("--suggest", "proposing", is_flag=True, help="Propose tags for the whole notebook.")
@click.option("--apply", "applying", is_flag=True, help="With --suggest: write the proposed tags.")
@project_options.python
def command(
    notebook: Path,
    cells: tuple[str, ...],
    place: str,
    remove: bool,
    proposing: bool,
    applying: bool,
    python: str,
) -> None:
    """Mark CELLS of NOTEBOOK as validated, so that promote moves them.

    CELLS are numbers as shown by nb2pkg show, ranges such as 5-9, cell ids, or the text of a
    heading, which means all code cells of its section. Nothing else of the file changes.
    """
    _check(cells, place, remove, proposing, applying)
    if python and not proposing:
        raise click.UsageError("--python can only be used with --suggest.")
    source = reader.read(notebook)
    if proposing:
        _propose(notebook, source, applying, python)
        return
    chosen = tags.choose(source, cells)
    text = f"nb2pkg:{place}" if place else "nb2pkg"
    if not remove:
        tags.check(text)
    document = (
        tags.remove(source.document, chosen)
        if remove
        else tags.apply(source.document, chosen, text)
    )
    reader.save(notebook, source, document)
    numbers = ", ".join(str(index + 1) for index in chosen)
    say(f"{'untagged' if remove else f'tagged {text}'}: cells {numbers}")


def _check(
    cells: tuple[str, ...], place: str, remove: bool, proposing: bool, applying: bool
) -> None:
    if proposing and (cells or place or remove):
        raise click.UsageError(
            "--suggest looks at the whole notebook: it cannot be used with CELLS, --as or --remove."
        )
    if applying and not proposing:
        raise click.UsageError("--apply can only be used with --suggest.")
    if not proposing and not cells:
        raise click.UsageError("Which cells? Give numbers, ranges, ids or a heading, or --suggest.")
    if remove and place:
        raise click.UsageError("--as and --remove cannot be used together.")


def _propose(path: Path, source: Notebook, applying: bool, python: str) -> None:
    plan = make(source, facts.analyze(source), remembered.options_of(path, source, python))
    found = suggest(plan)
    document = dict(source.document)
    width = max((40, *(len(suggestion.tag) for suggestion in found)))
    for suggestion in found:
        show(f"{suggestion.cell + 1:>4}  {suggestion.tag:<{width}} {suggestion.why}")
        document = tags.apply(document, (suggestion.cell,), suggestion.tag)
    if not found:
        say("Nothing to propose: every cell that can be promoted has a tag.")
    elif applying:
        reader.save(path, source, document)
        say(f"tagged {len(found)} cell{'s' if len(found) != 1 else ''}")
    else:
        say("Nothing was changed: --apply writes these tags.")
