"""Ratios of speed, measured in one go on one machine: best of several CPU times each.

python -m benchmarks.speed.run [--rounds 5] [--notebooks FOLDER]
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from benchmarks.moved import python_of, saved_code
from benchmarks.speed import generate
from benchmarks.trial import ROOT
from nb2pkg import facts
from nb2pkg.errors import Nb2pkgError
from nb2pkg.notebook import reader

CELLS = 100
SMALL, LARGE = 4_000, 40_000_000


def analyse(path: Path) -> Callable[[], object]:
    """The analysis of a notebook that is read already, to be timed."""
    read = reader.read(path)
    return lambda: facts.analyze(read)


def parse(path: Path) -> Callable[[], object]:
    """Parsing of its code alone, to be timed."""
    texts = [python_of(source) for source in saved_code(path)]
    return lambda: [ast.parse(text) for text in texts]


@click.command(help="Measure how fast the tool is, relative to something that everybody knows.")
@click.option("--rounds", default=5, show_default=True, help="Best of so many.")
@click.option(
    "--notebooks",
    type=click.Path(exists=True, path_type=Path),
    help="Folder with notebooks to analyse.",
)
def main(rounds: int, notebooks: Path | None) -> None:
    """Print one line for each ratio."""
    with tempfile.TemporaryDirectory(prefix="speed-") as scratch:
        folder = Path(scratch)
        _compare(
            "nb2pkg --help / import click",
            _command("--help"),
            _python("-c", "import click"),
            rounds,
        )
        _compare_analysis(notebooks or ROOT / "tests" / "hazards" / "notebooks", rounds)
        _compare_promote(folder, rounds)
        _compare_show(folder, rounds)


def _compare_analysis(folder: Path, rounds: int) -> None:
    """Analysis over parsing alone, for all notebooks that can be analysed and parsed."""
    paths = [path for path in sorted(folder.rglob("*.ipynb")) if _works(path)]
    analysis, parsing = (
        sum(_best(work(path), rounds) for path in paths) for work in (analyse, parse)
    )
    _print(f"analysis / ast.parse, {len(paths)} notebooks", analysis, parsing)


def _compare_promote(folder: Path, rounds: int) -> None:
    long, code = folder / "long.ipynb", folder / "long.py"
    generate.write(long, CELLS)
    code.write_text("\n\n".join(generate.sources(CELLS)), encoding="utf-8")
    turn = iter(range(1000))  # each promotion makes a new project
    promote = _command("promote", str(long), "--all", "--output")
    black = _python("-m", "black", "--no-cache", "--quiet", "--check", str(code))
    promotion = _best_of(lambda: _cpu([*promote, str(folder / f"made-{next(turn)}")]), rounds)
    _print(
        f"promote {CELLS} cells / black",
        promotion,
        _best_of(lambda: _cpu(black, allowed=(0, 1)), rounds),
    )


def _compare_show(folder: Path, rounds: int) -> None:
    large, small = (folder / f"outputs-{size}.ipynb" for size in (LARGE, SMALL))
    generate.write(large, CELLS, LARGE)
    generate.write(small, CELLS, SMALL)
    _compare(
        "show, 40 MB / 4 kB of outputs",
        _command("show", str(large)),
        _command("show", str(small)),
        rounds,
    )


def _compare(title: str, one: list[str], two: list[str], rounds: int) -> None:
    _print(title, _best_of(lambda: _cpu(one), rounds), _best_of(lambda: _cpu(two), rounds))


def _print(title: str, one: float, two: float) -> None:
    print(f"{title:42} {one * 1000:9.1f} ms / {two * 1000:8.1f} ms = {one / two:6.2f}", flush=True)


def _command(*words: str) -> list[str]:
    return _python("-m", "nb2pkg", *words)


def _python(*words: str) -> list[str]:
    return [sys.executable, *words]


def _best(work: Callable[[], object], rounds: int) -> float:
    """Best CPU time of a function in this process."""

    def once() -> float:
        started = time.process_time()
        work()
        return time.process_time() - started

    return _best_of(once, rounds)


def _best_of(measure: Callable[[], float], rounds: int) -> float:
    return min(measure() for _ in range(rounds))


def _cpu(command: list[str], allowed: tuple[int, ...] = (0,)) -> float:
    """CPU seconds of a command, with those of its children."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in allowed:
        raise click.ClickException(f"exit {process.returncode}: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime


def _works(path: Path) -> bool:
    try:
        parse(path)()
        analyse(path)()
    except (SyntaxError, ValueError, Nb2pkgError):
        return False
    return True


if __name__ == "__main__":
    main()
