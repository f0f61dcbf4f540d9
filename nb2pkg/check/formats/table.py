"""What became of each cell of a notebook that was run, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nb2pkg.check import secrets
from nb2pkg.check.model import CellRun, Report


def table(report: Report, values: bool) -> Iterator[str]:
    """A line for the notebook, and one for each cell. values: tell in what outputs differ."""
    if not report.runs:
        return
    yield f"{report.path}: {_counted(report.runs)} ({report.seconds:.1f} s)"
    width = max(len(run.outcome.value) for run in report.runs)
    for run in report.runs:
        why = f"{run.why} ({_detail(run)})" if values and run.detail else run.why
        yield f"  {run.cell + 1:>4}  {run.outcome.value:<{width}}  {why}".rstrip()


def _counted(runs: Sequence[CellRun]) -> str:
    counts = Counter(run.outcome.value for run in runs)
    return ", ".join(f"{count} {word}" for word, count in counts.items())


def _detail(run: CellRun) -> str:
    return " ".join(secrets.mask(run.detail).split())
