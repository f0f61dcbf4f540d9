"""nb2pkg attempt"""

from __future__ import annotations

from pathlib import Path

import click

from nb2pkg.attempts.model import SHORT, Metric, Outputs
from nb2pkg.attempts.record import AttemptRequest, record
from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say


def metrics(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[Metric, ...]:
    """The metrics of NAME=NUMBER."""
    found = []
    for text in given:
        name, sign, number = (part.strip() for part in text.rpartition("="))
        try:
            found.append(Metric(name, float(number)))
        except ValueError:
            sign = ""
        if not (name and sign):
            raise click.BadParameter(f"{text!r} is not NAME=NUMBER, such as accuracy=0.97")
    return tuple(found)


@click.command(name="attempt")
@click.argument("notebook", type=project_options.SettledPath())
@click.option("-m", "--message", "why", default="", metavar="WHY", help="What was tried, and why.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    callback=metrics,
    metavar="NAME=NUMBER",
    help="A number to compare attempts by. May be repeated.",
)
@click.option(
    "--branch",
    default="",
    metavar="NAME",
    help="Go on with this branch; a new one starts at the last attempt.",
)
@click.option(
    "--outputs",
    type=click.Choice(["keep", "strip"]),
    help="Whether outputs are recorded; default: unless [tool.nb2pkg] forbids them in notebooks.",
)
@project_options.python
def command(
    notebook: Path,
    why: str,
    metrics: tuple[Metric, ...],
    branch: str,
    outputs: Outputs | None,
    python: str,
) -> None:
    """Record NOTEBOOK as it is now, as an attempt to come back to.

    The notebook with its outputs, the versions of the data files that it names and of the distributions
    that it imports are kept in git, beside the branches of the code: the work tree, the index and all
    branches stay as they are. Where there is no git repository, they are kept in .nb2pkg/attempts.git.
    Nothing is sent anywhere.
    """
    found = record(notebook, AttemptRequest(why, metrics, branch, outputs, python=python))
    for note in found.notes:
        say(note)
    say(f"recorded {found.notebook} as {found.id[:SHORT]} in {found.branch}")
    give(found.id)
