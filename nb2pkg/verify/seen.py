"""From runs to what is written down of them: no data values."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping

from nb2pkg.observed import Moment, Observed, Schema, Verified
from nb2pkg.verify.model import Run
from nb2pkg.verify.verdicts import Verification, counted

_FOLDER = "<notebook folder>/"


def observed(run: Run) -> Observed:
    """What the run of an original showed."""
    cells: dict[str, Moment] = {}
    before: Mapping[str, Schema] = {}
    for boundary in run.boundaries:
        after = {name: value.schema for name, value in boundary.names.items()}
        cells[boundary.cell] = Moment(
            before, after, boundary.changed, _beside(boundary.read), _beside(boundary.written)
        )
        before = after
    return Observed(cells, run.environment)


def _beside(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Files of the analysis, as seen from the notebook: not those of libraries."""
    return tuple(path.removeprefix(_FOLDER) for path in paths if path.startswith(_FOLDER))


def verified(verification: Verification, run: Run) -> Verified:
    """The verdicts as they are written down."""
    stop = verification.comparison.stop
    return Verified(
        date=today(),
        python=str(run.environment.get("python", "")),
        verdict=verification.verdict.value,
        counted=counted(verification.steps),
        steps={step.symbol: (step.verdict.value, step.notes) for step in verification.steps},
        stopped=f"Cell {stop.index + 1} stopped the notebook" if stop else "",
    )


def today() -> str:
    """The day, or that of SOURCE_DATE_EPOCH, by which builds are made repeatable."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).date().isoformat()
    return datetime.date.today().isoformat()
