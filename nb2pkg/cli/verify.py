"""nb2pkg verify"""

from __future__ import annotations

import json
from pathlib import Path

import click

from nb2pkg import project as projects
from nb2pkg.cli import afresh, choosing, running
from nb2pkg.cli.report import give, say
from nb2pkg.errors import VerificationError
from nb2pkg.home import Project
from nb2pkg.recheck import recheck
from nb2pkg.verify.model import Conditions


@click.command(name="verify")
@click.argument("project", type=choosing.Place(file_okay=False))
@choosing.notebook
@afresh.option
@click.option(
    "--constraints",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --env fresh: versions that the client allows; default: those of the promotion.",
)
@running.options
@click.option("--json", "machine", is_flag=True, help="Say everything as JSON on stdout.")
@click.option("--dry-run", is_flag=True, help="Write no verdict into manifest and README.")
def command(
    project: Path,
    notebook: str,
    where: str,
    constraints: Path | None,
    python: str,
    timeout: float,
    total_timeout: float,
    writable: tuple[Path, ...],
    no_values: bool,
    machine: bool,
    dry_run: bool,
) -> None:
    """Run a notebook and the package in PROJECT that was promoted from it, and compare.

    The original is run twice, and the narrative once against the installed package, each in a
    fresh kernel and in a copy of the folder. Behind each cell the variables, the outputs, the state
    of the process and the files written are compared. Exit code 1 when they differ.

    With --env fresh the narrative runs in an environment that is made anew from what the project
    declares, within the client's constraints; no verdict is written then.
    """
    conditions = running.conditions(python, timeout, total_timeout, writable)
    if where == afresh.FRESH:
        _afresh(projects.only(project, notebook), conditions, constraints, machine, not no_values)
        return
    if constraints is not None:
        raise click.UsageError("--constraints goes with --env fresh.")
    progress = running.Progress()
    verification, finding = recheck(
        projects.only(project, notebook), conditions, progress, not dry_run
    )
    if machine:
        found = running.as_json(verification, finding, not no_values)
        give(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for line in [*running.differences(finding, not no_values), *running.table(verification)]:
            say(line)
    if finding.comparison.differences:
        raise VerificationError(
            f"{project}: the package does not behave as its notebook",
            "Mend the package, or promote again with --verify, which leaves behind what differs.",
        )


def _afresh(
    project: Project, conditions: Conditions, client: Path | None, machine: bool, values: bool
) -> None:
    found = afresh.attempt(project, conditions, client)
    if machine:
        give(json.dumps(afresh.as_json(found, values), indent=1, ensure_ascii=False))
    else:
        afresh.tell(found, values)
    afresh.refuse(project, found)
