"""Precision and speed of nb2pkg check on the notebooks of the open corpus.

    python -m benchmarks.check.run --python PYTHON               # findings by code, and a sample
    python -m benchmarks.check.run --python PYTHON --rivals BIN  # times, side by side

The sample goes to judged.csv beside this file: a person writes true or false, and why, into its last
two columns. Rows that are judged already keep their verdict.
"""

from __future__ import annotations

import csv
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from benchmarks.corpus import sources
from nb2pkg.check import walk
from nb2pkg.check.model import Report
from nb2pkg.check.run import Selected, check_all

HERE = Path(__file__).parent
JUDGED = HERE / "judged.csv"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nb2pkg-benchmarks"
FIELDS = ("notebook", "cell", "line", "code", "message", "verdict", "reason")
TIMES = 3
FEW = 20

Row = dict[str, str]


@click.command()
@click.option("--python", type=click.Path(path_type=Path), default=sys.executable)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Archives.")
@click.option("--limit", default=100, show_default=True, help="Findings to judge.")
@click.option("--rivals", type=click.Path(path_type=Path), help="Folder with the other programs.")
def main(python: Path, cache: Path, limit: int, rivals: Path | None) -> None:
    """Check the notebooks of all archives of the corpus that can be fetched."""
    folder = fetched(cache, python)
    paths = walk.notebooks([folder])
    click.echo(f"{len(paths)} notebooks")
    if rivals is not None:
        times(folder, paths, rivals)
        return
    reports = list(check_all(paths, Selected()))
    rows = [row for report in reports for row in rows_of(report, folder)]
    for code, count in sorted(Counter(row["code"] for row in rows).items()):
        click.echo(f"{code} {count}")
    click.echo(f"cannot be read: {sum(report.error is not None for report in reports)}")
    judge(sample(rows, limit))


def fetched(cache: Path, python: Path) -> Path:
    """The folder with the archives; those that cannot be fetched here are left out."""
    for entry in {entry.source: entry for entry in sources.entries()}.values():
        try:
            sources.fetch(entry, cache, python)
        except subprocess.CalledProcessError:
            click.echo(f"not fetched: {entry.source}")
    return cache / "sources"


def rows_of(report: Report, folder: Path) -> list[Row]:
    path = Path(report.path).relative_to(folder).as_posix()
    rows = []
    for located in report.found:
        place = located.finding.place
        where = (str(place.cell + 1), str(place.line)) if place else ("", "")
        values = (path, *where, located.finding.code, located.finding.message, "", "")
        rows.append(dict(zip(FIELDS, values, strict=True)))
    return rows


def sample(rows: Iterable[Row], limit: int) -> list[Row]:
    """Findings at random, as many of each code as there are and fit."""
    chance = random.Random(20261125)
    by_code: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_code[row["code"]].append(row)
    for of_code in by_code.values():
        chance.shuffle(of_code)
    chosen: list[Row] = []
    while by_code and len(chosen) < limit:
        for code in sorted(by_code):
            chosen.append(by_code[code].pop())
            if not by_code[code]:
                del by_code[code]
    return sorted(chosen[:limit], key=lambda row: (row["code"], row["notebook"], int(row["cell"])))


def judge(rows: list[Row]) -> None:
    """Write the sample with the verdicts that are known, and say how many are true."""
    known = {key(row): row for row in _read()} if JUDGED.exists() else {}
    rows = [{**row, **_verdict(known.get(key(row)))} for row in rows]
    with JUDGED.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    count = Counter(row["verdict"] for row in rows)
    click.echo(f"of {len(rows)}: {count['true']} true, {count['false']} false, {count['']} open")


def key(row: Row) -> tuple[str, ...]:
    return tuple(row[field] for field in FIELDS[:5])


def _verdict(row: Row | None) -> Row:
    return {field: row[field] if row else "" for field in FIELDS[5:]}


def _read() -> list[Row]:
    with JUDGED.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ------------------------------------------------------------------------------------------ speed


def times(folder: Path, paths: Sequence[Path], rivals: Path) -> None:
    """Time on the clock and of the processors: the least of some calls of each program.

    Ratios are of processor time: other work on the machine disturbs that less.
    """
    ours = [sys.executable, "-m", "nb2pkg", "check"]
    names = [str(path) for path in paths]
    few = names[:: max(1, len(names) // FEW)][:FEW]
    with tempfile.TemporaryDirectory() as fresh:
        os.environ["NB2PKG_CACHE_DIR"] = fresh
        _took([[*ours, str(folder)]])
        table = {
            "nb2pkg check --no-cache": _took([[*ours, "--no-cache", str(folder)]]),
            "nb2pkg check, all in the cache": _took([[*ours, str(folder)]]),
            "ruff check --no-cache": _took([[str(rivals / "ruff"), "check", "--no-cache", *names]]),
            "nbqa flake8": _took([[str(rivals / "nbqa"), "flake8", *names]], times=1),
        }
    _show(f"{len(names)} notebooks, one call", table)
    table = {
        "nb2pkg check --no-cache": _took([[*ours, "--no-cache", name] for name in few]),
        "pynblint": _took([[str(rivals / "pynblint"), name] for name in few]),
    }
    _show(f"{FEW} notebooks, one call for each", table)


def _show(title: str, table: dict[str, tuple[float, float]]) -> None:
    click.echo(f"{title:<50} {'clock':>8} {'CPU':>8} {'ratio':>7}")
    first = next(iter(table.values()))[1]
    for name, (clock, cpu) in table.items():
        click.echo(f"  {name:<48} {clock:7.2f}s {cpu:7.2f}s {cpu / first:7.2f}")


def _took(commands: Sequence[Sequence[str]], times: int = TIMES) -> tuple[float, float]:
    """Seconds on the clock and of the processors for all commands, in the quickest of some rounds."""
    best = (float("inf"), float("inf"))
    for _ in range(times):
        start, before = time.perf_counter(), os.times()
        for command in commands:
            done = subprocess.run(command, capture_output=True, check=False)
            if b"Traceback" in done.stderr:
                raise click.ClickException(done.stderr.decode(errors="replace")[-2000:])
        after = os.times()
        used = after.children_user + after.children_system
        used -= before.children_user + before.children_system
        best = min(best, (time.perf_counter() - start, used), key=lambda pair: pair[1])
    return best


if __name__ == "__main__":
    main()
