"""What the commands that run notebooks share: options and progress."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from nb2pkg.execution.model import Conditions
from nb2pkg.verify.model import FAULTS, FLOW, MADE_UP, PIPELINE, TESTS

_PATIENCE = 20.0  # seconds until a log says that a cell still runs


@dataclass(frozen=True, slots=True)
class Running:
    """How a person wants notebooks to be run, and whether values may be shown."""

    conditions: Conditions
    shows_values: bool


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a person says how notebooks are run; the command takes them as `running`."""

    @wraps(command)
    def packed(
        *arguments: Any,
        python: str,
        timeout: float,
        total_timeout: float,
        writable: Sequence[Path],
        no_values: bool,
        **others: Any,
    ) -> Any:
        conditions = Conditions(
            python=python,
            cell_timeout=timeout,
            total_timeout=total_timeout,
            writable=tuple(str(folder.resolve()) for folder in writable),
        )
        return command(*arguments, running=Running(conditions, not no_values), **others)

    for option in reversed(_OPTIONS):
        packed = option(packed)
    return packed


class _Seconds(click.FloatRange):
    """How long something may take; what is not a number would be no limit, and no error."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


_OPTIONS = (
    click.option(
        "--python",
        default="",
        metavar="PATH",
        help="Interpreter with ipykernel to run with; default: the notebook's kernel.",
    ),
    click.option(
        "--timeout",
        type=_Seconds(min=0),
        default=600.0,
        show_default=True,
        metavar="SECONDS",
        help="For one cell; 0: no limit.",
    ),
    click.option(
        "--total-timeout",
        type=_Seconds(min=0),
        default=3600.0,
        show_default=True,
        metavar="SECONDS",
        help="For one run of the notebook; 0: no limit.",
    ),
    click.option(
        "--writable",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="A folder outside the notebook's folder that runs may write to. May be repeated.",
    ),
    click.option("--no-values", is_flag=True, help="Show where values differ, but not the values."),
)


class Progress:
    """Cells done of all, for each run: one line that is rewritten, or on a log one line a run, and
    more where one cell takes long."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, int]] = {}
        self.since: dict[str, float] = {}  # when that was first said
        self.patience: dict[str, float] = {}
        self.rewrites = sys.stderr.isatty()

    def __call__(self, name: str, done: int, total: int) -> None:
        if self.counts.get(name) != (done, total):
            self.since[name], self.patience[name] = time.monotonic(), _PATIENCE
        if not done:  # another round, or the next run
            self.counts = {n: c for n, c in self.counts.items() if c[0] < c[1]}
        self.counts[name] = (done, total)
        if self.rewrites:
            text = "   ".join(f"{n}: {d}/{t} {_units(n)}" for n, (d, t) in self.counts.items())
            click.echo(f"\r\x1b[2K{text}", err=True, nl=done == total and self._is_done())
        elif done == total:
            click.echo(f"ran {name}: {total} {_units(name)}", err=True)
        else:
            self._say_what_takes_long(name, done, total)

    def _say_what_takes_long(self, name: str, done: int, total: int) -> None:
        """Each time after twice as long."""
        passed = time.monotonic() - self.since[name]
        if passed >= self.patience[name]:
            self.patience[name] = 2 * passed
            unit = {"steps": "step", "run": "run"}.get(_units(name), "code cell")
            click.echo(f"{name}: {unit} {done + 1} of {total}, for {passed:.0f} s", err=True)

    def _is_done(self) -> bool:
        return all(done == total for done, total in self.counts.values())


def _units(name: str) -> str:
    if name in (FAULTS, MADE_UP):
        return "runs of the tests" if name == FAULTS else "functions"
    return "steps" if name.startswith(TESTS) else "run" if name in (PIPELINE, FLOW) else "cells"
