"""How CPU time grows with the cells of a notebook: a table, and a plot for benchmarks/README.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path

from benchmarks.speed import generate, measure

SIZES = (10, 30, 100, 300, 1000)
PLOT = Path(__file__).parents[1] / "growth.svg"
_OURS, _OTHERS = "#1f6feb", "#8c8c8c"
_APART = 1.4  # as a factor, on an axis that is logarithmic

Series = Mapping[str, list[float]]


def measured(scratch: Path, rival: Path | None, rounds: int) -> Series:
    """CPU seconds of each command at each size."""
    found: dict[str, list[float]] = {}
    for size in SIZES:
        for name, once in _commands(scratch, size, rival).items():
            found.setdefault(name, []).append(measure.best_of(once, rounds))
    return found


def _commands(scratch: Path, size: int, rival: Path | None) -> dict[str, Callable[[], float]]:
    notebook, code = scratch / f"{size}.ipynb", scratch / f"{size}.py"
    generate.write(notebook, size)
    code.write_text("\n\n".join(generate.sources(size)), encoding="utf-8")
    turn = count()
    promote = measure.nb2pkg("promote", notebook, "--all", "--output")
    check = measure.nb2pkg("check", "--no-cache", notebook)
    ruff = measure.python("-m", "ruff", "check", "--no-cache", "--isolated", "--quiet", notebook)
    black = measure.python("-m", "black", "--no-cache", "--quiet", "--check", code)
    found: dict[str, Callable[[], float]] = {
        "nb2pkg promote": lambda: measure.command(
            [*promote, str(scratch / f"{size}-{next(turn)}")]
        ),
        "nb2pkg check": lambda: measure.command(check, allowed=measure.FINDINGS),
        "black": lambda: measure.command(black, allowed=measure.FINDINGS),
        "ruff": lambda: measure.command(ruff, allowed=measure.FINDINGS),
    }
    if rival is not None:
        loom = [str(rival), "modularize", str(notebook), "--output"]
        found["FuncLoom"] = lambda: measure.command(
            [*loom, str(scratch / f"loom-{size}-{next(turn)}")], allowed=range(256)
        )
    return found


def table(series: Series) -> list[str]:
    """A line for each command."""
    head = f"{'CPU seconds by code cells':28}" + "".join(f"{size:>8}" for size in SIZES)
    rows = [f"{name:28}" + "".join(f"{t:8.2f}" for t in times) for name, times in series.items()]
    return [head, *rows]


def draw(series: Series, target: Path = PLOT) -> None:
    """A line for each command, both axes logarithmic: a straight one that rises by one is linear."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "growth"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    height = 0.0
    for name, times in sorted(series.items(), key=lambda item: item[1][-1]):
        colour = _OURS if name.startswith("nb2pkg") else _OTHERS
        height = max(times[-1], _APART * height)  # names do not lie on each other
        axes.plot(SIZES, times, color=colour, marker="o", markersize=3)
        end = (SIZES[-1], height)
        axes.annotate(name, end, (6, 0), textcoords="offset points", va="center", color=colour)
    axes.set(xscale="log", yscale="log", xlabel="code cells", ylabel="CPU seconds")
    axes.spines[["top", "right"]].set_visible(False)
    figure.subplots_adjust(left=0.1, right=0.82, bottom=0.14, top=0.96)
    figure.savefig(target, metadata={"Date": None})
