"""nb2pkg status"""

from __future__ import annotations

import json
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import click

from nb2pkg.attempts.model import SHORT
from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say, show
from nb2pkg.project import locate
from nb2pkg.status import reasons
from nb2pkg.status.look import look
from nb2pkg.status.model import PROPOSED, REQUIREMENTS, Opinion, Row, State, Status, lacking

_HEAD = ("cell", "symbol", "state", "validated", "approved", "verified")
_WIDTH = 100  # of a terminal, and of a line in a log of CI


def required(_context: click.Context, _option: click.Parameter, given: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in given.split(",") if name.strip())
    unknown = [name for name in names if name not in REQUIREMENTS]
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is not one of {', '.join(REQUIREMENTS)}")
    return names


@click.command(name="status")
@click.argument("project", required=False, type=project_options.SettledPath(file_okay=False))
@click.option(
    "--require",
    default="",
    callback=required,
    metavar="LIST",
    help="Exit with 1 unless each symbol is: validated, approved, verified (with commas).",
)
@click.option(
    "--all", "everything", is_flag=True, help="Also list cells from which nothing was moved."
)
@click.option("--json", "machine", is_flag=True, help="Write everything as JSON.")
@click.option("--badge", is_flag=True, help="Write one line of Markdown, for a README.")
def command(
    project: Path | None, require: tuple[str, ...], everything: bool, machine: bool, badge: bool
) -> None:
    """Show the status of the notebook and the package in PROJECT.

    For each cell and each symbol made from it: are they in step, or has one of them changed since
    they were promoted; who validated the cell, who approved the code, what running them said; and
    whether that still holds. PROJECT is the folder that nb2pkg promote wrote; by default the one
    around here, or the only one in here. Exit code 1 when something is out of step, or lacks what
    --require asks for. Nothing is run.
    """
    if machine and badge:
        raise click.UsageError("Choose --json or --badge.")
    folder = project_options.project_folder(project)
    found = [look(place) for place in locate.all_in(folder) or [folder]]
    missing = [list(lacking(each, require)) for each in found]
    if machine:
        packages = [_as_json(*each) for each in zip(found, missing)]
        content = packages[0] if len(packages) == 1 else {"packages": packages}
        give(json.dumps(content, indent=1, ensure_ascii=False))
    if badge:
        give(_badge(found))
    for each, lacks in zip(found, missing):
        if len(found) > 1:
            say(f"{each.package}, from {PurePosixPath(each.notebook).name}:")
        for line in [] if machine or badge else _table(each, everything):
            show(line)
        for line in _summary(each, lacks):
            say(line)
    if any(each.out_of_step for each in found) or any(missing):
        sys.exit(1)


def _table(found: Status, everything: bool) -> Iterator[str]:
    rows = [row for row in found.rows if everything or _is_shown(row)]
    lines = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
    widths[1] = min(widths[1], _WIDTH - sum(widths[:1] + widths[2:]) - 2 * (len(widths) - 1))
    for line in lines:
        name = line[1]
        if len(name) > widths[1]:  # a name is never cut: other commands take it
            yield f"{line[0]:<{widths[0]}}  {name}"
            line = ("", "", *line[2:])
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip()
    hidden = len(found.rows) - len(rows)
    if hidden:
        yield f"and {hidden} {'cell' if hidden == 1 else 'cells'} from which nothing was moved"
    for sentence in reasons.sentences(rows):
        yield from textwrap.wrap(sentence, _WIDTH, break_long_words=False, break_on_hyphens=False)
    yield from _deciders(rows)
    yield from _origins(rows)


def _origins(rows: Iterable[Row]) -> Iterator[str]:
    """The attempts at the notebook that the functions were promoted from."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.symbol and row.attempt:
            found.setdefault(row.attempt, {})[row.symbol] = None
    for attempt, symbols in found.items():
        line = f"promoted from attempt {attempt[:SHORT]}: {', '.join(symbols)}"
        yield from textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _deciders(rows: Iterable[Row]) -> Iterator[str]:
    """Who has validated and approved what the table shows only the day of."""
    for word in ("validated", "approved"):
        opinions: list[Opinion] = [getattr(row, word) for row in rows]
        names = Counter(opinion.who or "somebody" for opinion in opinions if opinion.holds)
        if names:
            people = ", ".join(f"{who} ({count})" for who, count in sorted(names.items()))
            yield f"{word} by {people}"


def _is_shown(row: Row) -> bool:
    return bool(row.symbol) or not row.state.is_in_step or bool(row.validated.text)


def _cells(row: Row) -> tuple[str, ...]:
    opinions = (row.validated, row.approved, row.verified)
    columns = [opinion.short for opinion in opinions]
    if not row.symbol:
        columns = [row.validated.short if row.validated.text else "-", "-", "-"]
    number = str(row.number or ("gone" if row.cell else "-"))
    return (number, row.symbol or f"({row.cell})", row.state.value, *columns)


def _badge(found: Sequence[Status]) -> str:
    """One line of Markdown. It is text: a picture would be loaded from a server, and show what was true."""
    out = sum(len(each.out_of_step) for each in found)
    symbols = {(each.package, row.symbol) for each in found for row in each.rows if row.symbol}
    parts = [f"{out} out of step" if out else "in step"]
    for name in REQUIREMENTS:
        lacks = {(each.package, row.symbol) for each in found for row, _ in lacking(each, (name,))}
        parts.append(f"{len(symbols - lacks)}/{len(symbols)} {name}")
    return f"**nb2pkg** {' · '.join(parts)}"


def _summary(found: Status, missing: list[tuple[Row, str]]) -> Iterator[str]:
    out = found.out_of_step
    if out:
        states = dict.fromkeys(row.state.value for row in out)
        yield f"{len(out)} out of step: {', '.join(states)}"
    if any(row.state is State.UNMERGED for row in out):
        yield "hint: Both sides of a conflict stand in a file: settle the places from <<<<<<< to >>>>>>>."
    elif out:
        yield "hint: nb2pkg promote brings the package up to date and keeps what people changed; "
        yield "      nb2pkg diff SYMBOL shows a difference, nb2pkg inline SYMBOL puts code back."
    else:
        yield "all in step"
    cells = dict.fromkeys(str(r.number) for r in found.rows if r.validated.text == PROPOSED)
    if cells:
        yield f"{len(cells)} proposed, and validated by nobody: cell {', '.join(cells)}"
        yield "hint: nb2pkg tag NOTEBOOK CELLS accepts a tag, and nb2pkg validate CELLS its cell."
    for row, name in missing:
        yield f"{row.symbol}: not {name}{f' ({detail})' if (detail := getattr(row, name).text) else ''}"


def _as_json(found: Status, missing: list[tuple[Row, str]]) -> dict[str, object]:
    return {
        "project": found.project,
        "notebook": found.notebook,
        "package": found.package,
        "in_step": not found.out_of_step,
        "rows": [
            {
                "cell": row.number or None,
                "id": row.cell,
                "symbol": row.symbol or None,
                "state": row.state.value,
                "reasons": list(reasons.of(row)),
                **{
                    name: {"mark": opinion.mark.value, "told": opinion.text, "why": opinion.why}
                    for name in REQUIREMENTS
                    for opinion in [getattr(row, name)]
                },
                "rejected": row.is_rejected,
                "attempt": row.attempt or None,
            }
            for row in found.rows
        ],
        "data_changed": [{"path": file.path, "how": file.how} for file in found.data],
        "lacking": [{"symbol": row.symbol, "what": name} for row, name in missing],
    }
