"""Compare the names that the analysis says a cell reads and writes with those that a traced run
saw.

    python -m benchmarks.facts.run --python DIR/bin/python [--limit 40] [--misses 30]

Needs the corpus (see benchmarks.corpus.run). Reads count only for names that the cell does not
itself write.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import click

from benchmarks.corpus import sources
from benchmarks.corpus.run import CACHE
from benchmarks.kernel_run import ONE_THREAD
from benchmarks.trial import Case, copy_to
from nb2pkg import facts
from nb2pkg.graph import timeline
from nb2pkg.notebook import reader
from nb2pkg.plan.plan_state import starts

TRACE = Path(__file__).parent / "trace.py"
TRACE_SECONDS = 240
Names = tuple[set[str], set[str]]


def static_names(path: Path) -> list[Names]:
    """What the analysis says of each code cell: names read and not written, and names written."""
    late: dict[str, set[str]] = {}  # what a function, lambda or class of a name reads when used
    earlier: set[str] = set()
    found: list[Names] = []
    for cell in facts.analyze(reader.read(path)):
        reads: set[str] = set()
        writes: set[str] = set()
        for statement in cell.statements:
            reads |= {*statement.reads}
            writes = (writes | {*statement.bound, *statement.late_writes}) - {
                *statement.deletes,
                "_",
            }
            late |= {
                name: {*statement.late_reads} for name in statement.bound if statement.late_reads
            }
        found.append(((_closed(reads, late) & earlier) - writes, writes))
        earlier |= writes
    return found


def names_that_may_be_read(path: Path) -> list[Names]:
    """As static_names, with the reads of every function that the cell may reach through any value.

    This is what promotion goes by: it must not miss a read, and may see one too many.
    """
    earlier: set[str] = set()
    found: list[Names] = []
    lines = timeline.build(cells := facts.analyze(reader.read(path)))
    read_at: dict[int, set[str]] = {}
    for name, events in lines.events.items():
        for event in events:
            if event.reads:
                read_at.setdefault(event.position, set()).add(name)
    for cell, start in starts(cells):
        reads: set[str] = set()
        writes: set[str] = set()
        for position, statement in enumerate(cell.statements, start):
            reads |= read_at.get(position, set())
            writes = (writes | {*statement.bound, *statement.late_writes}) - {
                *statement.deletes,
                "_",
            }
        found.append(((reads & earlier) - writes, writes))
        earlier |= writes
    return found


def _closed(reads: set[str], late: dict[str, set[str]]) -> set[str]:
    """The names read, with those that are read late by what is read."""
    todo, closed = list(reads), set(reads)
    while todo:
        new = late.get(todo.pop(), set()) - closed
        closed |= new
        todo += new
    return closed


@dataclass
class Score:
    """Names found by both, by the analysis alone, and by the run alone."""

    both: int = 0
    invented: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def add(self, place: str, said: set[str], seen: set[str]) -> None:
        """Count one cell."""
        self.both += len(said & seen)
        self.invented += [f"{place}: {name}" for name in sorted(said - seen)]
        self.missed += [f"{place}: {name}" for name in sorted(seen - said)]

    def __str__(self) -> str:
        precision = self.both / max(1, self.both + len(self.invented))
        recall = self.both / max(1, self.both + len(self.missed))
        return f"precision {precision:.4f}  recall {recall:.4f}  ({self.both} names in both)"


@click.command(help="Measure static reads and writes of cells against traced runs.")
@click.option(
    "--python",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="Corpus interpreter.",
)
@click.option(
    "--limit", default=40, show_default=True, help="How many notebooks, spread over the packages."
)
@click.option(
    "--max-cpu",
    default=8.0,
    show_default=True,
    help="Leave out notebooks that take more CPU seconds.",
)
@click.option(
    "--misses", default=20, show_default=True, help="How many differences to show of each kind."
)
@click.option("--jobs", default=2, show_default=True, help="Notebooks at a time.")
@click.option(
    "--cache", type=click.Path(path_type=Path), default=CACHE, help="Archives and traces."
)
def main(python: Path, limit: int, max_cpu: float, misses: int, jobs: int, cache: Path) -> None:
    """Trace the notebooks (once), analyse them, and print precision and recall."""
    chosen = sources.choose(limit, max_cpu)
    cases = sources.cases(chosen, cache, python)
    with ThreadPoolExecutor(jobs) as pool:
        traces = list(pool.map(lambda case: traced(case, python.absolute(), cache), cases))
    scores = {"reads": Score(), "writes": Score()}
    may_read = Score()
    cells = 0
    for entry, case, seen in zip(chosen, cases, traces, strict=True):
        said = static_names(case.folder / case.notebook)
        reached = names_that_may_be_read(case.folder / case.notebook)
        cells += len(seen)
        for index, truth in enumerate(seen):
            place = f"{entry.title}, code cell {index + 1}"
            for (word, score), names in zip(scores.items(), said[index], strict=True):
                score.add(place, names, set(truth[word]))
            may_read.add(place, reached[index][0], set(truth["reads"]))
    print(f"{len(cases)} notebooks, {cells} cells")
    print(f"reads through any value, which promotion goes by: {may_read}")
    for word, score in scores.items():
        print(f"{word:6} {score}")
        for kind, places in (("only said", score.invented), ("only seen", score.missed)):
            print("".join(f"    {kind}: {text}\n" for text in places[:misses]), end="")


def traced(case: Case, python: Path, cache: Path) -> list[dict[str, list[str]]]:
    """Reads and writes that a run saw, from the cache when it was traced before."""
    key = hashlib.blake2b(
        TRACE.read_bytes() + (case.folder / case.notebook).read_bytes(), digest_size=8
    ).hexdigest()
    stored = (cache / "traces" / f"{case.name}-{key}.json").absolute()
    if not stored.exists():
        stored.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="trace-", ignore_cleanup_errors=True) as scratch:
            copy = copy_to(case, Path(scratch))
            environment = (
                os.environ
                | ONE_THREAD
                | {"HOME": scratch, "MPLBACKEND": "agg", "IPYTHONDIR": scratch}
            )
            command = [str(python), str(TRACE), str(copy), str(stored)]
            quiet = subprocess.DEVNULL
            try:
                subprocess.run(
                    command,
                    check=False,
                    env=environment,
                    stdout=quiet,
                    stderr=quiet,
                    timeout=TRACE_SECONDS,
                )
            except subprocess.TimeoutExpired:
                stored.write_text("[]", encoding="utf-8")
    return json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else []


if __name__ == "__main__":
    main()
