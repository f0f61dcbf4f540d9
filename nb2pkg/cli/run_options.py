"""What the commands that run notebooks share: options, progress, and how a verdict is printed."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import wraps
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nb2pkg.execution.model import Conditions
from nb2pkg.observed import counted
from nb2pkg.verify.model import FAULTS, FLOW, MADE_UP, PIPELINE, TESTS, Comparison, Difference
from nb2pkg.verify.verdicts import Verification, format_instability

if TYPE_CHECKING:
    from nb2pkg.verify.package import PackageVerdict  # brings asyncio, for those who run something

_PATIENCE = 20.0  # seconds until a log says that a cell still runs
_SHOWN = 12  # differences with their values; the others mostly follow from them


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


def table(verification: Verification) -> Iterator[str]:
    """The verdicts, step by step, and in all."""
    width = max((len(step.symbol) for step in verification.steps), default=0)
    for step in verification.steps:
        notes = f"  {'; '.join(step.notes)}" if step.notes else ""
        yield f"  {step.symbol:<{width}}  {step.verdict.value}{notes}"
    loose = _beside_steps(verification)
    if loose:
        yield f"  differs from run to run: {', '.join(loose)}"
    for index in verification.comparison.cut:
        yield f"  cell {index + 1} shows more than was kept: its end was compared by a digest"
    stop = verification.comparison.stop
    if stop is not None:
        yield f"  the notebook stops in cell {stop.index + 1}: {stop.reason}"
    yield f"pipeline: {verification.pipeline}"
    if verification.flow is not None:
        yield f"flow: {verification.flow}"
    yield f"{'verified' if verification.verdict.is_verified else 'not verified'}: {counted(verification.words)}"


def _beside_steps(verification: Verification) -> list[str]:
    """What is unstable in the notebook's own cells."""
    inside = {note for step in verification.steps for note in step.notes}
    named = {format_instability(item): item for item in verification.comparison.unstable}
    return [f"cell {i.index + 1} {text}" for text, i in named.items() if text not in inside]


def differences(finding: PackageVerdict, values: bool) -> Iterator[str]:
    """The first boundary that differs, with both values; then what differs behind it."""
    first = finding.comparison.first
    if not first:
        return
    yield f"The first difference is after cell {first[0].index + 1}:"
    for difference in first[:_SHOWN]:
        yield from _difference(difference, finding.shown, values)
    if len(first) > _SHOWN:
        yield f"  and {len(first) - _SHOWN} more there: {_listed(first[_SHOWN:])}"
    below = [d for d in finding.comparison.differences if d.index != first[0].index]
    for index, found in groupby(below, key=lambda difference: difference.index):
        yield f"  after cell {index + 1}: {_listed(found)}"


def _listed(found: Iterable[Difference]) -> str:
    return ", ".join(dict.fromkeys(difference.subject for difference in found))


def _difference(
    difference: Difference, shown: Mapping[tuple[str, str], Mapping[str, Any]], values: bool
) -> Iterator[str]:
    yield f"  {difference if values else difference.subject}"
    how = shown.get((difference.cell, difference.name))
    if not how:
        return
    where = str(how.get("where") or "") if values else ""
    if where and where[0] not in "[.":  # a sentence, of what has no values to show
        yield f"    {where}"
        return
    place = f" at {difference.name}{where}" if where else ""
    yield f"    original   {how.get('original_type', '')}{_value(how, 'original', values)}{place}"
    yield f"    narrative  {how.get('narrative_type', '')}{_value(how, 'narrative', values)}{place}"
    if how.get("largest") is not None and values:
        yield f"    largest difference {how['largest']:.6g}"


def _value(how: Mapping[str, Any], side: str, values: bool) -> str:
    return f": {how[side]}" if values and how.get(side) else ""


def as_json(verification: Verification, finding: PackageVerdict, values: bool) -> dict[str, Any]:
    """Everything for a machine."""
    return {
        "verdict": verification.verdict.value,
        "verified": verification.verdict.is_verified,
        "counted": counted(verification.words),
        "steps": [
            {"symbol": s.symbol, "verdict": s.verdict.value, "notes": list(s.notes)}
            for s in verification.steps
        ],
        "differences": [
            _difference_as_json(d, finding, values) for d in finding.comparison.differences
        ],
        "unstable": [
            {"cell": i.index + 1, "name": i.name, "reason": i.reason}
            for i in finding.comparison.unstable
        ],
        "close": dict(finding.close),
        "cpu_seconds": dict(zip(("cells", "observing"), finding.linked.cpu_seconds)),
        "stopped": _stop_as_json(finding.comparison),
        "pipeline": asdict(verification.pipeline),
        **({"flow": asdict(verification.flow)} if verification.flow is not None else {}),
    }


def found_as_json(finding: PackageVerdict, values: bool) -> list[dict[str, Any]]:
    """The differences of one round behind the cell that was the first to differ."""
    return [_difference_as_json(d, finding, values) for d in finding.comparison.first]


def _difference_as_json(
    difference: Difference, finding: PackageVerdict, values: bool
) -> dict[str, Any]:
    how = dict(finding.shown.get((difference.cell, difference.name), {}))
    if not values:
        how = {k: v for k, v in how.items() if k in ("original_type", "narrative_type")}
    return {
        "cell": difference.index + 1,
        "what": difference.what.value,
        "name": difference.name,
        "detail": difference.detail if values else "",
        "values": how,
    }


def _stop_as_json(comparison: Comparison) -> dict[str, Any] | None:
    stop = comparison.stop
    return {"cell": stop.index + 1, "reason": stop.reason} if stop else None
