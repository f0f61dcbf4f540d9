"""Promote every hazard notebook and judge what its narrative does.

    python -m benchmarks.hazards.run [NAMES...] [--jobs 2] [--json FILE] [--strict]

Needs an interpreter with numpy, pandas, scikit-learn, matplotlib and ipykernel: the one that
runs this, or `--python`.
"""

from __future__ import annotations

import csv
import shlex
import sys
from pathlib import Path

import click

from benchmarks import report
from benchmarks.trial import CRASHED, PROMOTE, ROOT, SILENT, Case, Settings, Trial

HAZARDS = ROOT / "tests" / "hazards"
CACHE = Path(click.get_app_dir("nb2pkg-benchmarks")) / "hazards"


def cases() -> dict[str, tuple[Case, str]]:
    """Every hazard with what is expected of it."""
    with (HAZARDS / "hazards.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for row in rows:
        files = tuple(row["support_files"].split())
        case = Case(
            row["name"],
            HAZARDS / "notebooks",
            f"{row['name']}.ipynb",
            files,
            by_count=row["order"] == "exec",
        )
        found[row["name"]] = (case, row["expectation"])
    return found


@click.command(
    help="Promote hazard notebooks (all, or those named) and compare each narrative with its original."
)
@click.argument("names", nargs=-1)
@click.option("--jobs", default=2, show_default=True, help="Notebooks at a time.")
@click.option(
    "--json", "target", type=click.Path(path_type=Path), help="Write the outcomes to this file."
)
@click.option("--strict", is_flag=True, help="A variable that the narrative lacks is a difference.")
@click.option("--python", default=sys.executable, help="Interpreter of the kernels.")
@click.option(
    "--cache",
    type=click.Path(path_type=Path),
    default=CACHE,
    help="Where runs of originals are kept.",
)
@click.option(
    "--keep", type=click.Path(path_type=Path), help="Leave the promoted projects in this folder."
)
@click.option("--verify", is_flag=True, help="Promote with --verify.")
@click.option("--promote", default=shlex.join(PROMOTE), help="The command that promotes.")
@click.option("--forks", is_flag=True, help="Promote in copies of this process: faster.")
def main(
    names: tuple[str, ...],
    jobs: int,
    target: Path | None,
    strict: bool,
    python: str,
    cache: Path,
    keep: Path | None,
    verify: bool,
    promote: str,
    forks: bool,
) -> None:
    """Run the chosen hazards; exit 1 when one is silently wrong or crashed."""
    clock, known = report.Clock(), cases()
    unknown = set(names) - set(known)
    if unknown:
        raise click.BadParameter(f"no such hazard: {', '.join(sorted(unknown))}")
    chosen = [known[name] for name in names or known]
    settings = Settings(
        cache, python, tuple(shlex.split(promote)), strict, keep=keep, verify=verify, forks=forks
    )

    def show(trial: Trial) -> None:
        print(report.row(trial, known[trial.name][1]), flush=True)

    trials = report.run_all([case for case, _ in chosen], settings, jobs, show)
    wanted = [case.name for case, expected in chosen if expected == "equal"]
    print(f"\n{report.totals(trials, wanted)}\n{clock}")
    if target:
        report.save(target, trials)
    sys.exit(any(trial.verdict in (SILENT, CRASHED) for trial in trials))


if __name__ == "__main__":
    main()
