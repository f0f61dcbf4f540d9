"""Draw names of functions from the open corpus, to be judged by hand.

    python -m benchmarks.design.draw SOURCES --seed 36 > drawn.csv

SOURCES: the folder with the unpacked source archives of the corpus. Each notebook is promoted whole,
without being run; all functions, in the order of corpus.csv, are shuffled and the first ones taken.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import click

from nb2pkg.errors import Nb2pkgError
from nb2pkg.promote.build import Request, promote

CORPUS = Path(__file__).parents[1] / "corpus" / "corpus.csv"


@click.command()
@click.argument("sources", type=click.Path(path_type=Path, exists=True))
@click.option("--seed", required=True, type=int)
@click.option("--count", default=100, show_default=True)
def main(sources: Path, seed: int, count: int) -> None:
    """Write the notebook and the function of each draw."""
    found: list[tuple[str, str]] = list(functions(sources))
    Random(seed).shuffle(found)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("notebook", "function"))
    writer.writerows(sorted(found[:count]))


def functions(sources: Path) -> Iterator[tuple[str, str]]:
    """Each function made of a cell: its notebook, its module and name."""
    with CORPUS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        path = sources / row["source"] / row["path"]
        if not path.exists():
            continue
        try:
            plan = promote(path, Request(everything=True)).plan
        except Nb2pkgError:
            continue  # nothing in it can be a function
        for step in plan.functions:
            yield f"{row['source']}/{path.stem}", f"{step.module}.{step.name}"


if __name__ == "__main__":
    main()
