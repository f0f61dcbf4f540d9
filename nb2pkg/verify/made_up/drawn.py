"""What stands on a figure, as the lines of a test that assert it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from .literals import floats, number, tolerance

_MOST_POINTS = 12


def of_figures() -> list[str]:
    """What stands on the axes of the figure that is open; none if there is none."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None or not pyplot.get_fignums():
        return []
    return of_figure("plt.gcf()", pyplot.gcf())


def of_figure(subject: str, figure: Any) -> list[str]:
    size = [round(float(side), 3) for side in figure.get_size_inches()]
    usual = [float(side) for side in sys.modules["matplotlib"].rcParams["figure.figsize"]]
    sized = [f"assert {subject}.get_size_inches().tolist() == pytest.approx({size})"]
    found = [
        sized if size != usual else [],
        *(of_axes(f"{subject}.axes[{n}]", axes) for n, axes in enumerate(figure.axes[:3])),
    ]
    return [line for each in found for line in each]


def of_axes(subject: str, axes: Any) -> list[str]:
    found = []
    for what in ("title", "xlabel", "ylabel"):
        text = getattr(axes, f"get_{what}")()
        if text:
            found.append(f"assert {subject}.get_{what}() == {text!r}")
    found += [*_set_on(subject, axes)]
    for what in ("lines", "patches", "collections", "images"):
        count = len(getattr(axes, what))
        if count:
            found.append(f"assert len({subject}.{what}) == {count}")
    if axes.lines:
        drawn = [float(y) for y in axes.lines[0].get_ydata()]
        if len(drawn) <= _MOST_POINTS:
            made = f"{subject}.lines[0].get_ydata()"
            found.append(f"np.testing.assert_allclose({made}, {floats(drawn)}, {tolerance(drawn)})")
    heights = [float(p.get_height()) for p in axes.patches if hasattr(p, "get_height")]
    if heights and len(heights) <= _MOST_POINTS:
        made = f"[p.get_height() for p in {subject}.patches]"
        found.append(f"np.testing.assert_allclose({made}, {floats(heights)}, {tolerance(heights)})")
    elif heights:
        total = f"sum(p.get_height() for p in {subject}.patches)"
        found.append(f"assert {total} == pytest.approx({number(sum(heights))})")
    points = sum(len(each.get_offsets()) for each in axes.collections)
    if points:
        found.append(f"assert sum(len(c.get_offsets()) for c in {subject}.collections) == {points}")
    return found


def _set_on(subject: str, axes: Any) -> Iterator[str]:
    """Its legend, and the limits and scales that are not those that it finds by itself."""
    legend = axes.get_legend()
    if legend is not None:
        labels = [text.get_text() for text in legend.get_texts()]
        if len(labels) <= _MOST_POINTS:
            yield f"assert [t.get_text() for t in {subject}.get_legend().get_texts()] == {labels}"
    for side in ("x", "y"):
        if not getattr(axes, f"get_autoscale{side}_on")():
            limits = ", ".join(number(float(end)) for end in getattr(axes, f"get_{side}lim")())
            yield f"assert {subject}.get_{side}lim() == pytest.approx(({limits}))"
        scale = getattr(axes, f"get_{side}scale")()
        if scale != "linear":
            yield f"assert {subject}.get_{side}scale() == {scale!r}"


def close() -> None:
    """All figures."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
