"""nb2pkg check --run: notebooks that are run too, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nb2pkg.attempts.model import NOT_RUN, RunResult
from nb2pkg.check.formats.table import table
from nb2pkg.check.model import Report, RunOutcome
from nb2pkg.check.rerun import rerun
from nb2pkg.check.run import Selected
from nb2pkg.cli import recording
from nb2pkg.cli.progress import Progress
from nb2pkg.cli.report import say
from nb2pkg.cli.run_options import Running


def run(reports: Sequence[Report], wanted: Selected, jobs: int, running: Running) -> list[Report]:
    """Return the reports with the findings of the runs, and print the outcome of each cell as it ends."""
    reports = rerun(reports, wanted, running.conditions, Progress(), jobs)
    for report in reports:
        if (result := _ran(report)).status:
            recording.record(Path(report.path), "check", result, running.python)
    for line in (line for report in reports for line in table(report, running.shows_values)):
        say(line)
    return reports


def _ran(report: Report) -> RunResult:
    """What restarting and running all gave; nothing for a notebook that was not run."""
    if report.error is not None and not report.runs:
        return NOT_RUN
    failed = [run for run in report.runs if run.outcome is RunOutcome.ERROR]
    if failed:
        return RunResult(
            "failed", f"cell {failed[0].cell + 1}: {failed[0].detail.partition(':')[0]}"
        )
    return RunResult("ran") if report.runs else NOT_RUN
