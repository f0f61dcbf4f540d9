"""nb2pkg verify"""

from __future__ import annotations

import json
from pathlib import Path

import click

from nb2pkg import project as projects
from nb2pkg.cli import choosing, running
from nb2pkg.cli.report import say
from nb2pkg.errors import VerificationError
from nb2pkg.recheck import recheck


@click.command(name="verify")
@click.argument("project", type=click.Path(path_type=Path, file_okay=False))
@choosing.notebook
@running.options
@click.option("--json", "machine", is_flag=True, help="Say everything as JSON on stdout.")
@click.option("--dry-run", is_flag=True, help="Write no verdict into manifest and README.")
def command(
    project: Path,
    notebook: str,
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
    """
    conditions = running.conditions(python, timeout, total_timeout, writable)
    progress = running.Progress()
    verification, finding = recheck(
        projects.only(project, notebook), conditions, progress, not dry_run
    )
    if machine:
        found = running.as_json(verification, finding, not no_values)
        click.echo(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for line in [*running.differences(finding, not no_values), *running.table(verification)]:
            say(line)
    if finding.comparison.differences:
        raise VerificationError(
            f"{project}: the package does not behave as its notebook",
            "Mend the package, or promote again with --verify, which leaves behind what differs.",
        )
