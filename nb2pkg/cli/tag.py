"""nb2pkg tag"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from nb2pkg import facts
from nb2pkg.cli import project_options
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import say, show
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader, tags
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan
from nb2pkg.plan.suggest import Suggestion, suggest
from nb2pkg.promote import remembered

_WIDTH = 100  # of the table
_MOST = 48  # letters of a tag that stands in one line with its reason


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
@click.option("--ids", "adds_ids", is_flag=True, help="Give an id to each cell that has none.")
@project_options.python
def command(
    notebook: Path,
    cells: tuple[str, ...],
    place: str,
    remove: bool,
    proposing: bool,
    applying: bool,
    adds_ids: bool,
    python: str,
) -> None:
    """Mark CELLS of NOTEBOOK as validated, so that promote moves them.

    CELLS are numbers as shown by nb2pkg show, ranges such as 5-9, cell ids, or the text of a
    heading, which means all code cells of its section. Nothing else of the file changes.

    With --ids, cells of an older notebook get ids, by which nb2pkg knows them whatever becomes of
    their text. The file is in format 4.5 then.
    """
    _check(cells or adds_ids, place, remove, proposing, applying)
    if python and not proposing:
        raise click.UsageError("--python can only be used with --suggest.")
    source = remembered.read(notebook)
    if proposing:
        _propose(notebook, source, applying, python)
        return
    chosen = tags.choose(source, cells)
    text = f"nb2pkg:{place}" if place else "nb2pkg"
    if not remove:
        tags.check(text)
    document = tags.remove(source.document, chosen) if remove else source.document
    document, count = tags.with_ids(source, document) if adds_ids else (document, 0)
    written: dict[str, list[int]] = {}
    for index in () if remove else chosen:
        agreed = "" if place else tags.proposed(source, source.cells[index])
        document = tags.apply(document, (index,), agreed or text)
        written.setdefault(agreed or text, []).append(index)
    reader.save(notebook, source, document)
    for tag, indexes in written.items():
        say(f"tagged {tag}: cells {_numbers(indexes)}")
    if remove:
        say(f"untagged: cells {_numbers(chosen)}")
    if adds_ids:
        say(f"gave ids to {count} cells (format 4.5)" if count else "every cell has an id")


def _numbers(indexes: Sequence[int]) -> str:
    return ", ".join(str(index + 1) for index in indexes)


def _check(
    cells: tuple[str, ...] | bool, place: str, remove: bool, proposing: bool, applying: bool
) -> None:
    if proposing and (cells or place or remove):
        raise click.UsageError(
            "--suggest looks at the whole notebook: it cannot be used with CELLS, --as, --remove or --ids."
        )
    if applying and not proposing:
        raise click.UsageError("--apply can only be used with --suggest.")
    if not proposing and not cells:
        raise click.UsageError("Which cells? Give numbers, ranges, ids or a heading, or --suggest.")
    if remove and place:
        raise click.UsageError("--as and --remove cannot be used together.")


def _propose(path: Path, source: Notebook, applying: bool, python: str) -> None:
    options = remembered.options_of(path, source, python)

    def planned(chosen: Mapping[int, str]) -> Plan:
        document: Mapping[str, Any] = source.document
        for cell, text in chosen.items():
            document = tags.apply(document, (cell,), text)
        text = reader.serialize(document, source.layout)
        again = reader.parse(text.encode("utf-8"), source.path)
        return make(again, facts.analyze(again), options)

    found = suggest(planned({}), planned)
    chosen = [one for one in found if one.tag]
    for line in _table(found):
        show(line)
    if not chosen:
        say("Nothing to propose: every cell that can be promoted has a tag.")
    elif applying:
        document = dict(source.document)
        for one in chosen:
            document = tags.propose(document, one.cell, one.tag)
        reader.save(path, source, document)
        say(f"tagged {len(chosen)} cell{'s' if len(chosen) != 1 else ''} as proposed")
    else:
        say("Nothing was changed: --apply writes these tags.")


def _table(found: Sequence[Suggestion]) -> Iterator[str]:
    """A line for each cell; a reason that does not fit goes on below."""
    width = min(_MOST, max((len(one.tag) for one in found), default=1))
    for one in found:
        reason = textwrap.wrap(one.why, _WIDTH - width - 8) or [""]
        start = f"{one.cell + 1:>4}  {one.tag or '-':<{width}}"
        if len(one.tag) > width:
            yield start
            start = " " * (width + 6)
        yield f"{start}  {reason[0]}"
        yield from (f"{'':{width + 8}}{line}" for line in reason[1:])
