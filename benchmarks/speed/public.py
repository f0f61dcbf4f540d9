"""Public notebooks: promoted for the first time and again, checked, analysed; beside FuncLoom, ruff, black and the parser."""

from __future__ import annotations

import ast
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import click

from benchmarks.moved import python_of, saved_code
from benchmarks.speed import measure
from nb2pkg import facts
from nb2pkg.errors import Nb2pkgError
from nb2pkg.notebook import magics, reader

ANY = range(256)  # exit codes of a program that may give up on a notebook


@dataclass(frozen=True)
class Promoted:
    """CPU seconds for one notebook. rival: of FuncLoom; formatted: of black, for what was generated."""

    first: float
    again: float
    formatted: float
    rival: float | None


def spread(folder: Path, count: int) -> list[Path]:
    """So many of the notebooks below a folder, at equal distances."""
    found = sorted(p for p in folder.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
    return found[:: max(1, len(found) // count)][:count]


def promoted(notebooks: Sequence[Path], rival: Path | None, scratch: Path) -> list[Promoted]:
    """Those of them that give a package, each alone in a folder."""
    return [found for path in notebooks if (found := _promoted(path, rival, scratch)) is not None]


def _promoted(path: Path, rival: Path | None, scratch: Path) -> Promoted | None:
    folder = scratch / f"{path.stem}-{len(list(scratch.iterdir()))}"
    folder.mkdir()
    shutil.copy(path, folder)
    promote = measure.nb2pkg("promote", path.name, "--all", "--output", "made")
    try:
        first = measure.command(promote, folder)
    except click.ClickException:
        return None
    _long_ago(folder)
    measure.command(promote, folder)
    again = measure.command(promote, folder)
    black = measure.python(
        "-m", "black", "--no-cache", "--quiet", "--check", folder / "made" / "src"
    )
    loom = [str(rival), "modularize", path.name, "--output", "rival"] if rival else []
    return Promoted(
        first,
        again,
        measure.command(black, allowed=measure.FINDINGS),
        measure.command(loom, folder, ANY) if loom else None,
    )


def _long_ago(folder: Path) -> None:
    """As if an hour had passed: what was written a moment ago is looked at again."""
    hour = time.time() - 3600
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (hour, hour))


def of_promotion(found: Sequence[Promoted]) -> Iterator[tuple[str, float, float]]:
    """Title and both times of each ratio, at the median."""
    first, again = median(f.first for f in found), median(f.again for f in found)
    count = len(found)
    yield f"promote / black over the package, {count} notebooks", first, median(
        f.formatted for f in found
    )
    yield "promote again, nothing changed / first", again, first
    rivals = [f.rival for f in found if f.rival is not None]
    if rivals:
        yield "promote / FuncLoom", first, median(rivals)


def of_check(
    notebooks: Sequence[Path], folder: Path, rounds: int
) -> Iterator[tuple[str, float, float]]:
    """check without and with its cache, beside ruff over the same notebooks. They lie alone in the folder."""
    for number, path in enumerate(notebooks):
        shutil.copy(path, folder / f"{number}-{path.name}")
    check = measure.nb2pkg("check", folder)
    ruff = measure.python("-m", "ruff", "check", "--no-cache", "--isolated", "--quiet", folder)

    def times(words: list[str]) -> float:
        return measure.best_of(lambda: measure.command(words, allowed=measure.FINDINGS), rounds)

    theirs = times(ruff)
    count = len(notebooks)
    yield f"check / ruff, {count} notebooks", times([*check, "--no-cache"]), theirs
    measure.command(check, allowed=measure.FINDINGS)
    yield "check, cached / ruff", times(check), theirs


def of_analysis(notebooks: Sequence[Path], rounds: int) -> Iterator[tuple[str, float, float]]:
    """Analysis over parsing alone, for all notebooks that can be analysed and parsed."""
    works = [(analyse(path), parse(path)) for path in notebooks if _works(path)]
    analysis, parsing = (
        sum(measure.best_of(partial(measure.here, work), rounds) for work in side)
        for side in zip(*works, strict=True)
    )
    yield f"analysis / ast.parse, {len(works)} notebooks", analysis, parsing


def analyse(path: Path) -> Callable[[], object]:
    """The analysis of a notebook that is read already, as in a new process."""
    read = reader.read(path)

    def anew() -> object:
        magics.mask.cache_clear()
        return facts.analyze(read)

    return anew


def parse(path: Path) -> Callable[[], object]:
    """Parsing of its code alone."""
    texts = [python_of(source) for source in saved_code(path)]
    return lambda: [ast.parse(text) for text in texts]


def _works(path: Path) -> bool:
    try:
        parse(path)()
        analyse(path)()
    except (SyntaxError, ValueError, Nb2pkgError):
        return False
    return True
