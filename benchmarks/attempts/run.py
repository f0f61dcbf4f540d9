"""What does an attempt cost, and how long does the page of a thousand take?

    python -m benchmarks.attempts.run [--cells 60] [--count 1000]

A notebook of 200 kB in a repository of its own; one cell of it and what it shows change each time.
Milliseconds are those in a process that has begun, bytes those of new objects, as git stores them.
"""

from __future__ import annotations

import json
import random
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import click

from nb2pkg.attempts import history, store
from nb2pkg.attempts.model import Metric, Outputs
from nb2pkg.attempts.record import AttemptRequest, in_passing, record
from nb2pkg.review import attempts as pages

_TIMES = 60  # attempts of which the median is taken


def _cell(number: int, chance: random.Random) -> dict[str, Any]:
    shown = {"text/plain": "".join(chance.choices("abcdef ", k=3000))}
    output = {"output_type": "execute_result", "metadata": {}, "execution_count": 1, "data": shown}
    source = f"import json\nx_{number} = {number}\nx_{number}"
    cell = {"cell_type": "code", "id": f"cell-{number}", "metadata": {}, "execution_count": 1}
    return {**cell, "source": source, "outputs": [output]}


def _write(path: Path, cells: list[dict[str, Any]]) -> None:
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _stored(folder: Path) -> int:
    words = ["git", "cat-file", "--batch-all-objects", "--batch-check=%(objectsize:disk)"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
    return sum(map(int, done.stdout.split()))


def _cost(path: Path, cells: list[dict[str, Any]], outputs: Outputs) -> tuple[float, float]:
    """The median of milliseconds and of bytes."""
    chance = random.Random(outputs)
    record(path, AttemptRequest(outputs=outputs))
    spent, sizes = [], []
    for number in range(_TIMES):
        at = number % len(cells)
        cells[at] = {**_cell(at, chance), "source": f"y = {number!r} # {outputs}"}
        _write(path, cells)
        before, start = _stored(path.parent), time.perf_counter()
        record(path, AttemptRequest("a try", outputs=outputs))
        spent.append(1000 * (time.perf_counter() - start))
        sizes.append(_stored(path.parent) - before)
    return median(spent), median(sizes)


def _unchanged(path: Path) -> float:
    spent = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        in_passing(path, AttemptRequest(trigger="verify"))
        spent.append(1000 * (time.perf_counter() - start))
    return median(spent)


@click.command()
@click.option("--cells", "count_of_cells", default=60, show_default=True)
@click.option("--count", default=1000, show_default=True, help="Attempts on the page.")
def run(count_of_cells: int, count: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "analysis.ipynb"
        subprocess.run(["git", "init", "-q"], cwd=name, check=True)
        cells = [_cell(number, random.Random(number)) for number in range(count_of_cells)]
        _write(path, cells)
        click.echo(f"notebook: {path.stat().st_size:,} bytes")
        for outputs in ("keep", "strip"):
            spent, size = _cost(path, cells, outputs)
            click.echo(f"outputs {outputs}: {spent:.0f} ms, {size:,.0f} bytes at the median")
        click.echo(f"nothing new, at verify: {_unchanged(path):.0f} ms at the median")
        made = len(history.read(store.required(path)).attempts)
        for number in range(made, count):
            _write(path, [*cells[:-1], {**cells[-1], "source": f"z = {number}"}])
            record(path, AttemptRequest(f"try {number}", (Metric("score", number % 37),)))
        start = time.perf_counter()
        history.read(store.required(path))
        click.echo(f"{count} attempts: read in {time.perf_counter() - start:.2f} s")
        start = time.perf_counter()
        page = pages.render(store.required(path))
        spent_on_page = time.perf_counter() - start
        click.echo(f"page: made in {spent_on_page:.2f} s, {len(page.encode()) / 1e6:.2f} MB")


if __name__ == "__main__":
    run()
