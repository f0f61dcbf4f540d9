"""From runs to what is written down of them: no data values."""

from __future__ import annotations

import csv
import datetime
import os
from collections.abc import Mapping
from pathlib import Path

from nb2pkg.execution.model import Boundary, Run
from nb2pkg.observed import Moment, Observed, Schema, Verified
from nb2pkg.verify.verdicts import Verification

_FOLDER = "<notebook folder>/"
_TEXTS = (".csv", ".tsv", ".txt", ".tab", ".dat")
_LONGEST_LINE = 100_000
_CHOSEN_LATE = {("rc", "backend"), ("rc", "interactive")}  # when the first figure is made


def observed(run: Run, known: frozenset[str]) -> Observed:
    """What the run of an original showed. Of labels, only known words are told."""
    cells: dict[str, Moment] = {}
    before: Mapping[str, Schema] = {}
    last: Boundary | None = None
    for boundary in run.boundaries:
        after = {name: _public(value.schema, known) for name, value in boundary.names.items()}
        cells[boundary.cell] = Moment(
            before,
            after,
            boundary.changed,
            _beside(boundary.read),
            _beside(boundary.written),
            boundary.loaded,
            acted=last is None or _acted(last, boundary),
            unsure=frozenset(name for name, value in boundary.names.items() if value.opaque),
        )
        before, last = after, boundary
    return Observed(cells, run.environment, data=run.data)


def _acted(last: Boundary, boundary: Boundary) -> bool:
    """Did a cell write files, or change the state of the process as far as it was there before it?"""
    both = [group for group in boundary.state if group in last.state]
    return bool(boundary.written) or any(
        boundary.state[group].get(name) != value
        for group in both
        for name, value in last.state[group].items()
        if (group, name) not in _CHOSEN_LATE
    )


def known_words(run: Run, folder: Path, words: frozenset[str]) -> frozenset[str]:
    """The words of the notebook, and the headers of the text files beside it that it read."""
    paths = {path for boundary in run.boundaries for path in _beside(boundary.read)}
    texts = [folder / path for path in paths if path.endswith(_TEXTS)]
    return words.union(*(_header(path) for path in texts if path.is_file()))


def _header(path: Path) -> set[str]:
    """The fields of the first line."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(_LONGEST_LINE)
    fields = (row for mark in ",;\t|" for row in csv.reader([first], delimiter=mark))
    return {field.strip() for row in fields if len(row) > 1 for field in row}


def _public(schema: Schema, known: frozenset[str]) -> Schema:
    """Labels of columns may be values of the data, as a pivot makes them: those become numbers."""
    columns = schema.get("columns")
    if not columns:
        return schema
    labels = (label if label in known else f"#{n}" for n, label in enumerate(columns, start=1))
    return {**schema, "columns": dict(zip(labels, columns.values()))}


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
        steps=verification.words,
        stopped=f"Cell {stop.index + 1} stopped the notebook" if stop else "",
    )


def today() -> str:
    """The day, or that of SOURCE_DATE_EPOCH, by which builds are made repeatable."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch:
        return datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).date().isoformat()
    return datetime.date.today().isoformat()
