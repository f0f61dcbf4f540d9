"""What does an engine add to a step?

    python -m benchmarks.flow.cost [--steps 200] [--python PYTHON]

A notebook of many steps that do next to nothing is promoted for each engine, without running it, and its tasks are run in one process. PYTHON
needs both engines.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from nb2pkg.flow.engines import TARGETS
from nb2pkg.flow.model import Engine
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.update import update, write

ROUNDS = 5
_OPTIONS = {"dask": {"scheduler": "sync"}, "hamilton": {}}
_CALL = """
import importlib, json, sys, time
options = json.loads(sys.argv[1])
whole = importlib.import_module("steps.pipeline").run
tasks = importlib.import_module("steps.flow").run
def spent(function, **options):
    began = time.process_time()
    assert function(**options) == expected
    return time.process_time() - began
expected = whole()
found = [[spent(whole), spent(tasks, **options)] for _ in range(1 + int(sys.argv[2]))][1:]
print(json.dumps([min(each) for each in zip(*found)]))
"""


@click.command(help="The CPU time that an engine adds to a step.")
@click.option("--steps", default=200, show_default=True, help="How many.")
@click.option("--python", default=sys.executable, help="Interpreter with both engines.")
def main(steps: int, python: str) -> None:
    """Print a line for each engine."""
    for engine in TARGETS:
        with tempfile.TemporaryDirectory(prefix="cost-") as folder:
            tasks = made(Path(folder), steps, engine)
            whole, apart = measured(Path(folder), engine, python)
        print(f"{engine:9} {tasks} tasks: {1000 * (apart - whole) / tasks:.3f} ms a task")


def made(folder: Path, steps: int, engine: str) -> int:
    """Promote a chain of steps, each of two lines; how many tasks the flow has."""
    texts = ["x0 = 1\ny0 = x0 + 1"]
    texts += [f"x{n} = x{n - 1} + 1\ny{n} = x{n} + y{n - 1}" for n in range(1, steps)]
    cells = [_cell("code", text) for text in [*texts, f"print(y{steps - 1})"]]
    path = folder / "steps.ipynb"
    # A heading before each cell, so that no two of them become one function.
    parted = [
        each
        for n, cell in enumerate(cells)
        for each in (_cell("markdown", f"Number {n} comes here."), cell)
    ]
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": parted}
    path.write_text(json.dumps(document), encoding="utf-8")
    promotion = promote(path, Request(everything=True, engine=Engine(engine)))
    write(update(promotion))
    text = promotion.files["src/steps/flow.py"]
    return text.count("= step(") or text.count("\ndef ")


def _cell(kind: str, text: str) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": text}
    return cell | {"outputs": [], "execution_count": None} if kind == "code" else cell


def measured(folder: Path, engine: str, python: str) -> tuple[float, float]:
    """CPU seconds of run(), and of the tasks."""
    source = folder / "steps-package" / "src"
    done = subprocess.run(
        [python, "-c", _CALL, json.dumps(_OPTIONS[engine]), str(ROUNDS)],
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
    )
    whole, apart = json.loads(done.stdout.splitlines()[-1])
    return whole, apart


if __name__ == "__main__":
    main()
