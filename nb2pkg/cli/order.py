"""nb2pkg order"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import click

from nb2pkg.cli import run_options
from nb2pkg.cli.progress import Progress
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import give, say, show
from nb2pkg.cli.run_options import Running
from nb2pkg.errors import Nb2pkgError
from nb2pkg.notebook import reader
from nb2pkg.order import display, move
from nb2pkg.order.model import Certainty
from nb2pkg.order.study import Study, study


@click.command(name="order")
@click.argument("notebook", type=SettledPath())
@click.option("--run", "runs", is_flag=True, help="Confirm the order by running copies in kernels.")
@click.option("--apply", "applying", is_flag=True, help="Write the notebook in the order found.")
@click.option("--yes", is_flag=True, help="With --apply: write it even if it is only a guess.")
@run_options.options
@click.option("--json", "machine", is_flag=True, help="Write everything as JSON to stdout.")
def command(
    notebook: Path,
    runs: bool,
    applying: bool,
    yes: bool,
    running: Running,
    machine: bool,
) -> None:
    """Find the order in which the cells of NOTEBOOK run.

    It says what is known of the order, by the execution counts or a log, what is guessed, what was
    lost, and which names no cell makes. The order is written to standard output. The notebook is
    changed by --apply alone. Exit code 1 when document order is not right.
    """
    if yes and not applying:
        raise click.UsageError("--yes can only be used with --apply.")
    seen = study(notebook)
    if runs:
        from nb2pkg.order.running import settle  # brings asyncio

        settled = settle(notebook, seen.finding, seen.found, running.conditions, Progress())
        seen = replace(seen, finding=settled)
    _print(seen, machine, running.shows_values)
    if applying:
        _apply(notebook, seen, yes)
    elif not seen.finding.is_right:
        sys.exit(1)


def _print(seen: Study, machine: bool, values: bool) -> None:
    if machine:
        found = display.as_json(seen.notebook, seen.finding, values)
        give(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for line in display.report_lines(seen.finding, values):
        say(line)
    for line in display.order_lines(seen.notebook, seen.finding):
        show(line)


def _apply(path: Path, seen: Study, yes: bool) -> None:
    """Write the notebook in the chosen order, and say what moved."""
    finding = seen.finding
    moved = move.moved(seen.notebook, finding.chosen.cells)
    if not moved:
        say("Nothing was changed: the cells are already in this order.")
    elif finding.certainty is Certainty.GUESSED and not yes:
        raise Nb2pkgError(
            f"{path}: this order is only a guess, so nothing was written",
            "Confirm it with --run, or write it with --yes.",
        )
    else:
        reader.save(path, seen.notebook, move.applied(seen.notebook, finding.chosen.cells))
        for index, before in moved:
            where = f"behind cell {before + 1}" if before >= 0 else "before all others"
            say(f"moved cell {index + 1} {where}")
        say("Now run Restart & Run All, and save.")
    if not finding.runs:
        sys.exit(1)
