"""The metrics of attempts as small charts: where each point is. Pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from nb2pkg.attempts.difference import number
from nb2pkg.attempts.model import Attempt

WIDTH, HEIGHT, MARGIN = 460.0, 90.0, 8.0
_MOST = 8  # charts
_POINTS = 150  # that are drawn one by one, and can be clicked


@dataclass(frozen=True, slots=True)
class Point:
    """One attempt with the metric, and where it is drawn."""

    x: float
    y: float
    target: str  # the short id of the attempt
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A metric over the attempts. path: a line through those of each branch, in the notation of SVG."""

    name: str
    path: str
    points: tuple[Point, ...]
    lowest: str
    highest: str
    last: str


def of(attempts: Sequence[Attempt]) -> tuple[Chart, ...]:
    """A chart for each metric that some attempts have, those first that most have."""
    values: dict[str, list[tuple[Attempt, float]]] = {}
    for attempt in attempts:
        for metric in attempt.facts.metrics:
            if math.isfinite(metric.value):
                values.setdefault(metric.name, []).append((attempt, metric.value))
    often = sorted(values, key=lambda name: (-len(values[name]), name))
    return tuple(_chart(name, values[name], len(attempts)) for name in often[:_MOST])


def _chart(name: str, values: Sequence[tuple[Attempt, float]], count: int) -> Chart:
    numbers = [value for _, value in values]
    lowest, highest = min(numbers), max(numbers)
    points = tuple(
        Point(
            round(_scaled(attempt.number, 1, count, WIDTH), 1),
            round(HEIGHT - _scaled(value, lowest, highest, HEIGHT), 1),
            attempt.short,
            f"#{attempt.number} {attempt.facts.branch}: {number(value)}",
        )
        for attempt, value in values
    )
    lines: dict[str, list[Point]] = {}
    for (attempt, _), point in zip(values, points):
        lines.setdefault(attempt.facts.branch, []).append(point)
    path = " ".join(_line(line) for line in lines.values())
    shown = points if len(points) <= _POINTS else points[-1:]
    return Chart(name, path, shown, number(lowest), number(highest), number(numbers[-1]))


def _line(points: Sequence[Point]) -> str:
    return " ".join(f"{'L' if i else 'M'}{point.x} {point.y}" for i, point in enumerate(points))


def _scaled(value: float, lowest: float, highest: float, size: float) -> float:
    """Where between the margins a value is; in the middle, if all are the same."""
    span = highest / 2 - lowest / 2  # halved, as the whole of it may be too big for a number
    share = (value / 2 - lowest / 2) / span if span else 0.5
    return MARGIN + share * (size - 2 * MARGIN)
