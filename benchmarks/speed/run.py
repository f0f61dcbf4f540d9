"""Ratios of speed, measured in one go on one machine: best of several CPU times, or the median of many notebooks.

python -m benchmarks.speed.run [--rounds 3] [--notebooks FOLDER] [--rival FUNCLOOM] [--python PYTHON] [--plot]
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from statistics import median, quantiles

import click

from benchmarks.corpus import sources
from benchmarks.speed import generate, growth, measure, observing, public
from benchmarks.trial import ROOT
from nb2pkg.cli.main import SELDOM

CELLS = 100
SMALL, LARGE = 4_000, 40_000_000
FEW, MANY = 1_000, 10_000
_OBSERVED = 8.0  # seconds of a notebook, at most

Ratio = tuple[str, float, float]


@click.command(help="Measure how fast the tool is, relative to something that everybody knows.")
@click.option("--rounds", default=3, show_default=True, help="Best of so many.")
@click.option(
    "--notebooks",
    type=click.Path(exists=True, path_type=Path),
    default=ROOT / "tests" / "hazards" / "notebooks",
    help="Folder with notebooks.",
)
@click.option("--count", default=80, show_default=True, help="How many of these.")
@click.option("--rival", type=click.Path(exists=True, path_type=Path), help="The program funcloom.")
@click.option(
    "--python", type=click.Path(path_type=Path), help="Interpreter of the corpus, to observe runs."
)
@click.option("--cache", type=click.Path(path_type=Path), help="Archives of the corpus.")
@click.option("--plot", is_flag=True, help="Draw benchmarks/growth.svg anew.")
def main(
    rounds: int,
    notebooks: Path,
    count: int,
    rival: Path | None,
    python: Path | None,
    cache: Path | None,
    plot: bool,
) -> None:
    """Print one line for each ratio, and how times grow."""
    gc.set_threshold(*SELDOM)  # as the command does
    chosen = public.spread(notebooks, count)
    with tempfile.TemporaryDirectory(prefix="speed-") as scratch:
        folder = Path(scratch)
        show(of_start(rounds))
        show(public.of_analysis(chosen, rounds))
        show(of_size(folder, rounds))
        for name in ("promoted", "checked", "growth", "observed"):
            (folder / name).mkdir()
        show(public.of_promotion(public.promoted(chosen, rival, folder / "promoted")))
        show(public.of_check(chosen, folder / "checked", rounds))
        grown = growth.measured(folder / "growth", rival, rounds)
        click.echo("\n".join(growth.table(grown)))
        if plot:
            growth.draw(grown)
        if python is not None and cache is not None:
            click.echo(of_observing(python.absolute(), cache, folder / "observed", rounds))


def show(ratios: Iterable[Ratio]) -> None:
    for title, one, two in ratios:
        click.echo(f"{title:50} {one * 1000:9.1f} ms / {two * 1000:8.1f} ms = {one / two:6.2f}")


def of_start(rounds: int) -> Iterator[Ratio]:
    one, two = measure.nb2pkg("--help"), measure.python("-c", "import click")
    times = [measure.best_of(partial(measure.command, words), rounds) for words in (one, two)]
    yield "nb2pkg --help / import click", times[0], times[1]


def of_size(folder: Path, rounds: int) -> Iterator[Ratio]:
    """Large notebooks beside small ones."""
    for name, cells, size in (
        ("few", FEW, 0),
        ("many", MANY, 0),
        ("small", CELLS, SMALL),
        ("large", CELLS, LARGE),
    ):
        generate.write(folder / f"{name}.ipynb", cells, size)
    few, many = (public.analyse(folder / f"{name}.ipynb") for name in ("few", "many"))
    yield f"analysis of {MANY} cells / of {FEW}", measure.here(many), measure.best_of(
        lambda: measure.here(few), rounds
    )
    small, large = (
        measure.best_of(
            partial(measure.command, measure.nb2pkg("show", folder / f"{name}.ipynb")), rounds
        )
        for name in ("small", "large")
    )
    yield "show, 40 MB / 4 kB of outputs", large, small


def of_observing(python: Path, cache: Path, folder: Path, rounds: int) -> str:
    """What observing adds to public notebooks that run here."""
    cases = sources.cases(sources.choose(20, _OBSERVED), cache, python)
    found = observing.shares(cases, python, folder, rounds)
    middle, most = median(found.values()), quantiles(found.values(), n=20)[-1]
    return f"observing adds, {len(found)} notebooks: {middle:.1%} at the median, {most:.1%} at the 95th percentile"


if __name__ == "__main__":
    main()
