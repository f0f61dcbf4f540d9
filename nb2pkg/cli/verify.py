"""nb2pkg verify"""

from __future__ import annotations

import json
from pathlib import Path

import click

from nb2pkg.cli import fresh_env, project_options, recording, run_options, verdicts
from nb2pkg.cli.progress import Progress
from nb2pkg.cli.report import give, say
from nb2pkg.cli.run_options import Running
from nb2pkg.errors import VerificationError
from nb2pkg.execution.model import Conditions
from nb2pkg.flow.engines import TARGETS
from nb2pkg.paths import Project
from nb2pkg.project import locate, manifest
from nb2pkg.promote.reverify import recheck


@click.command(name="verify")
@click.argument("project", type=project_options.SettledPath(file_okay=False))
@project_options.notebook
@fresh_env.option
@click.option(
    "--constraints",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="With --env fresh: versions that the client allows; default: those of the promotion.",
)
@click.option(
    "--engine",
    type=click.Choice([*TARGETS]),
    help="Run flow.py too, by the engine that it was made for, and compare all values that its tasks hand on.",
)
@run_options.options
@click.option(
    "--if-changed",
    is_flag=True,
    help="Run nothing if package, notebook, its folder and the environment are those of the last verdict.",
)
@click.option("--json", "machine", is_flag=True, help="Write everything as JSON to stdout.")
@click.option(
    "--dry-run", is_flag=True, help="Do not write the verdict to the manifest and the README."
)
def command(
    project: Path,
    notebook: str,
    where: str,
    constraints: Path | None,
    engine: str | None,
    running: Running,
    if_changed: bool,
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
    is_afresh = where == fresh_env.FRESH
    _check(is_afresh, engine, constraints, if_changed)
    place = locate.only(project, notebook)
    if is_afresh:
        _afresh(place, running.conditions, constraints, machine, running.shows_values)
        return
    if if_changed and _still_holds(place, running, machine):
        return
    progress = Progress()
    verification, finding = recheck(place, running.conditions, progress, not dry_run, engine or "")
    if not dry_run:
        original = locate.original(place, manifest.required(place))
        result = recording.of_verification(verification)
        recording.record(original, "verify", result, running.python)
    if machine:
        found = verdicts.as_json(verification, finding, running.shows_values)
        give(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        for line in [
            *verdicts.differences(finding, running.shows_values),
            *verdicts.table(verification),
        ]:
            say(line)
    if finding.comparison.differences:
        raise VerificationError(
            f"{project}: the package does not behave like its notebook",
            "Fix the package, or promote again with --verify, which leaves behind what differs.",
        )
    if verification.flow is not None and not verification.flow.is_sound:
        raise VerificationError(
            f"{project}: the flow does not give what the notebook gives: {verification.flow}",
            f"Promote again with --verify --engine {engine}, which keeps together what has to be.",
        )


def _check(is_afresh: bool, engine: str | None, constraints: Path | None, if_changed: bool) -> None:
    """UsageError for options that do not go together."""
    if is_afresh and engine is not None:
        raise click.UsageError("--engine cannot be used with --env fresh.")
    if constraints is not None and not is_afresh:
        raise click.UsageError("--constraints can only be used with --env fresh.")
    if if_changed and (is_afresh or engine is not None):
        raise click.UsageError(
            "--if-changed cannot be used with --env fresh or --engine: the manifest has no verdict on these."
        )


def _still_holds(place: Project, running: Running, machine: bool) -> bool:
    """Does the verdict in the manifest still speak of what is there? If so, say it."""
    from nb2pkg.status import since_run

    known = manifest.required(place)
    reasons = since_run.changed(place, known, running.conditions)
    if reasons:
        say(f"Running it: {'; '.join(reasons)}.")
        return False
    verdict = known.content["run"]["verdict"]
    if machine:
        give(json.dumps({"verdict": verdict, "verified": True, "run": False}, indent=1))
        return True
    day = max((made.verified["on"] for made in known.made if made.verified), default="")
    say(
        f"verified: {verdict}{f' on {day}' * bool(day)}; nothing has changed since, so nothing was run."
    )
    return True


def _afresh(
    project: Project, conditions: Conditions, client: Path | None, machine: bool, values: bool
) -> None:
    found = fresh_env.attempt(project, conditions, client)
    if machine:
        give(json.dumps(fresh_env.as_json(found, values), indent=1, ensure_ascii=False))
    else:
        fresh_env.print_result(found, values)
    fresh_env.refuse(project, found)
