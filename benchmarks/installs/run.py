"""Do packages of public notebooks install and import in environments that have nothing else?

    python -m benchmarks.installs.run --python PYTHON [--limit 100] [--seed 0] [--without NAMES] [--json FILE]

Each notebook is promoted with --all, not run; PYTHON has the packages of the corpus, and says which
versions are asked for. Then, for each package, an empty environment: requirements.txt is installed, the
package itself without what it depends on, and all its modules are imported. Packages with the same
requirements share one environment, one after another. In the empty environment it is also asked
whether what pyproject.toml asks for can be resolved.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.check.run import CACHE, fetched
from benchmarks.installs.packages import (
    IMPORT,
    PACKAGE,
    RANGES,
    REQUIREMENTS,
    STAGES,
    Failure,
    Package,
    promoted,
    tried,
)
from nb2pkg.check import walk

# Where an installer or Python says why.
_TELLING = re.compile(r"(?:error|cause|\w+Error|\w+Exception): .*|.*(?:╰─▶|×) .*", re.IGNORECASE)

SHOWN = 4


@click.command()
@click.option("--python", type=click.Path(path_type=Path), default=sys.executable)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Archives.")
@click.option("--limit", default=100, show_default=True, help="Notebooks.")
@click.option("--seed", default=0, show_default=True)
@click.option("--jobs", default=2, show_default=True)
@click.option(
    "--without", default="", help="Distributions that are too large, with commas between."
)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Every failure, in full.")
def main(
    python: Path, cache: Path, limit: int, seed: int, jobs: int, without: str, out: Path | None
) -> None:
    """Promote notebooks of the corpus, and install what comes of them."""
    notebooks = _chosen(fetched(cache, python), limit, seed)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch,
        ThreadPoolExecutor(jobs) as pool,
    ):
        places = [(book, Path(scratch) / f"p{n}" / "project") for n, book in enumerate(notebooks)]
        made = list(pool.map(lambda place: promoted(place[0], place[1], python), places))
        packages = [package for package in made if package is not None]
        left_out = [package for package in packages if package.asks_for(without.split(","))]
        packages = [package for package in packages if package not in left_out]
        groups = _groups(packages)
        found = pool.map(_attempt, groups, (Path(scratch) / f"e{n}" for n in range(len(groups))))
        failures = [failure for some in found for failure in some]
    click.echo(f"{len(made)} notebooks, {len(packages)} packages, {len(groups)} environments")
    click.echo(f"left out, with {without or 'nothing'}: {len(left_out)}")
    _show(packages, failures)
    if out is not None:
        out.write_text(json.dumps(list(map(asdict, failures)), indent=1), encoding="utf-8")


def _chosen(folder: Path, limit: int, seed: int) -> list[Path]:
    """Notebooks at random, spread over the archives."""
    paths = list(walk.notebooks([folder]))
    random.Random(seed).shuffle(paths)
    taken: Counter[str] = Counter()
    ranked = []
    for number, path in enumerate(paths):
        archive = path.relative_to(folder).parts[0]
        ranked.append((taken[archive], number, path))
        taken[archive] += 1
    return [path for *_, path in sorted(ranked)[:limit]]


def _groups(packages: Iterable[Package]) -> list[list[Package]]:
    by_requirements: dict[frozenset[str], list[Package]] = defaultdict(list)
    for package in packages:
        by_requirements[package.requirements].append(package)
    return list(by_requirements.values())


def _attempt(packages: Sequence[Package], folder: Path) -> list[Failure]:
    failures = tried(packages, folder)
    shutil.rmtree(folder, ignore_errors=True)
    return failures


def _show(packages: Sequence[Package], failures: Sequence[Failure]) -> None:
    """How many went well, and the failures by what was said."""
    failed = {stage: set(_of(failures, stage)) for stage in STAGES}
    installed = len(packages) - len(failed[REQUIREMENTS] | failed[PACKAGE])
    figures = {
        "installed": installed,
        "all modules imported": installed - len(failed[IMPORT]),
        "ranges of pyproject.toml resolve": len(packages) - len(failed[RANGES]),
    }
    for what, count in figures.items():
        click.echo(f"{count:>5} of {len(packages)} ({count / max(1, len(packages)):.1%})  {what}")
    for stage, title in STAGES.items():
        causes: dict[str, list[str]] = defaultdict(list)
        for failure in failures:
            if failure.stage == stage:
                causes[_cause(failure.said)].append(failure.notebook)
        for cause, books in sorted(causes.items(), key=lambda item: -len(item[1])):
            click.echo(
                f"{len(books):>5}  {title}: {cause}\n       {', '.join(sorted(books)[:SHOWN])}"
            )


def _of(failures: Iterable[Failure], stage: str) -> list[str]:
    return [failure.notebook for failure in failures if failure.stage == stage]


def _cause(said: str) -> str:
    """The last line that says why; of a text without one, the first."""
    lines = [line.strip() for line in said.splitlines()]
    return next((line for line in reversed(lines) if _TELLING.fullmatch(line)), lines[0])


if __name__ == "__main__":
    main()
