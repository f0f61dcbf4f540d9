"""How far a run is, told while it lasts."""

from __future__ import annotations

import sys
import time

import click

from nb2pkg.verify.model import FAULTS, FLOW, MADE_UP, PIPELINE, TESTS

_PATIENCE = 20.0  # seconds until a log says that a cell still runs


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
