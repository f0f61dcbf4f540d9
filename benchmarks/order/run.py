"""Is the order of the cells found again, and are names missed that a deleted cell made?

    python -m benchmarks.order.run --python DIR/bin/python [--limit 20] [--seed 0] [--jobs 2]

Needs the corpus (see benchmarks.corpus.run). Each notebook is run as it stands, twice, and what it
shows is stored. Then: (1) all cells are permuted and keep their counts; (2) they are permuted, or a
few are moved, and the counts are removed; (3) a code cell is deleted.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from benchmarks.corpus import sources
from benchmarks.corpus.run import CACHE
from benchmarks.order import cases
from benchmarks.order.cases import Truth
from benchmarks.trial import Case
from nb2pkg.execution import outcome, replay, session
from nb2pkg.execution.model import Conditions
from nb2pkg.order.model import Order
from nb2pkg.order.running import settle
from nb2pkg.order.study import study

_NAME_ERROR = re.compile(r"NameError: name '(\w+)' is not defined")
QUESTIONS = {
    "counts": "cells permuted, counts kept: the exact order (or, by chance, one that shows the same)",
    "shuffled static": "cells permuted, no counts: an order that runs and shows the same, static",
    "shuffled run": "cells permuted, no counts: an order that runs and shows the same, --run",
    "moved static": "three cells moved, no counts: an order that runs and shows the same, static",
    "moved run": "three cells moved, no counts: an order that runs and shows the same, --run",
    "deleted": "a cell deleted: the name of the NameError is reported",
}


@dataclass(frozen=True)
class Answer:
    """One question to one notebook. detail says what went wrong."""

    notebook: str
    question: str
    good: bool
    detail: str = ""


@dataclass(frozen=True)
class Plan:
    """What is done to each notebook."""

    python: str
    seed: int
    deletions: int


def ask(case: Case, plan: Plan) -> list[Answer]:
    """All questions to one notebook; the answer to "" says why it was left out."""
    conditions = Conditions(python=plan.python, cell_timeout=60, total_timeout=120)
    chance = random.Random(f"{plan.seed} {case.name}")
    with tempfile.TemporaryDirectory(prefix="order-", ignore_cleanup_errors=True) as scratch:
        work = Path(scratch).resolve() / "work"
        shutil.copytree(case.folder, work, symlinks=True)
        found = cases.truth(work / case.notebook, conditions)
        if isinstance(found, str):
            return [Answer(case.name, "", False, found)]
        return list(_answers(case.name, found, conditions, chance, plan.deletions))


def _answers(
    name: str, found: Truth, conditions: Conditions, chance: random.Random, deletions: int
) -> Iterator[Answer]:
    path = cases.written(found, cases.shuffled(found, chance), "counted", counts=True)
    yield _counted(name, path, found, conditions)
    for word, change in (("shuffled", cases.shuffled), ("moved", cases.disturbed)):
        path = cases.written(found, change(found, chance), word, counts=False)
        yield _static(name, f"{word} static", path, found, conditions)
        yield _run(name, f"{word} run", path, found, conditions)
    yield from _deleted(name, found, conditions, chance, deletions)


def _counted(name: str, path: Path, found: Truth, conditions: Conditions) -> Answer:
    """The exact order; or that of the permuted document, where chance left one that shows the same."""
    chosen = study(path).finding.chosen
    if chosen.is_document_order:
        return _static(name, "counts", path, found, conditions)
    order = cases.origin(path, chosen.cells)
    return Answer(name, "counts", order == found.order, _first_wrong(order, found.order))


def _first_wrong(one: Order, two: Order) -> str:
    return next((f"{a} where {b} was" for a, b in zip(one, two) if a != b), "")


def _static(name: str, question: str, path: Path, found: Truth, conditions: Conditions) -> Answer:
    """The order that is chosen statically is run, to see whether it shows the same."""
    order = study(path).finding.chosen.cells
    if cases.origin(path, order) == found.order:
        return Answer(name, question, True)
    with session.opened(path, conditions, cases.silent) as opened:
        done = replay.run(opened, order, "static")
        kept = replay.stored(opened.notebook)
    return _judged(name, question, path, found, done, kept)


def _run(name: str, question: str, path: Path, found: Truth, conditions: Conditions) -> Answer:
    seen = study(path)
    settled = settle(path, seen.finding, seen.found, conditions, cases.silent)
    best = settled.trial
    assert best is not None
    places = dict(zip(settled.chosen.cells, cases.origin(path, settled.chosen.cells)))
    wrong = [item for item in best.mismatches if places.get(item.cell, -1) in found.stable]
    said = "; ".join(f"c{places[item.cell]}: {item.detail[:70]}" for item in wrong[:2])
    return Answer(name, question, best.ran_through and not wrong, f"{len(wrong)} wrong: {said}")


def _judged(
    name: str,
    question: str,
    path: Path,
    found: Truth,
    done: replay.Outcome,
    kept: replay.Stored,
) -> Answer:
    if done.stop:
        at = cases.origin(path, (done.stopped_at,))[0]
        return Answer(name, question, False, f"c{at}: {done.stop[:70]}")
    places = dict(zip(done.order, cases.origin(path, done.order)))
    for index, shown in done.shown.items():
        if places[index] in found.stable and index in kept:
            if said := outcome.difference(kept[index], shown):
                return Answer(name, question, False, f"c{places[index]}: {said[:70]}")
    return Answer(name, question, True)


def _deleted(
    name: str, found: Truth, conditions: Conditions, chance: random.Random, deletions: int
) -> Iterator[Answer]:
    """Without a cell, the notebook ends in a NameError: is that name said to be missing, or too late?"""
    for gone in chance.sample(found.order, min(deletions, len(found.order))):
        rest = [index for index in range(len(found.document["cells"])) if index != gone]
        path = cases.written(found, rest, "deleted", counts=True)
        seen = study(path)
        with session.opened(path, conditions, cases.silent) as opened:
            order = tuple(cell.index for cell in opened.notebook.code if cell.source.strip())
            done = replay.run(opened, order, "deleted")
        match = _NAME_ERROR.match(done.stop)
        if match:
            reported = {missing.name for missing in seen.finding.missing}
            reported |= {early.name for early in seen.finding.candidates[0].early}
            yield Answer(name, "deleted", match[1] in reported, f"without c{gone}: {match[1]}")


def _show(answers: Sequence[Answer]) -> None:
    for question, words in QUESTIONS.items():
        asked = [answer for answer in answers if answer.question == question]
        good = sum(answer.good for answer in asked)
        share = f"{good / len(asked):6.1%}" if asked else "     -"
        print(f"{share}  {good:3} of {len(asked):3}  {words}")


def _fetched(chosen: Sequence[sources.Entry], cache: Path, python: Path) -> list[Case]:
    """The cases whose archives can be had here."""
    found: list[Case] = []
    for entry in chosen:
        try:
            found += sources.cases([entry], cache, python)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"{entry.id} {entry.title}: not fetched: {error}", flush=True)
    return found


@click.command(help="Measure how often nb2pkg order finds the order of public notebooks again.")
@click.option(
    "--python",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="Corpus interpreter.",
)
@click.option("--limit", default=20, show_default=True, help="How many notebooks.")
@click.option("--max-cpu", default=4.0, show_default=True, help="Leave out slower notebooks.")
@click.option("--seed", default=0, show_default=True, help="Of what is done to the notebooks.")
@click.option("--deletions", default=3, show_default=True, help="Cells deleted of each notebook.")
@click.option("--jobs", default=2, show_default=True, help="Notebooks at a time.")
@click.option("--ids", default="", help="Only these notebooks, with commas between.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the answers here.")
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Archives.")
def main(
    python: Path,
    limit: int,
    max_cpu: float,
    seed: int,
    deletions: int,
    jobs: int,
    ids: str,
    target: Path | None,
    cache: Path,
) -> None:
    """Ask all questions to the quickest notebooks of the corpus, spread over the packages."""
    started = time.monotonic()
    chosen = sources.choose(limit, max_cpu)
    if ids:
        chosen = [entry for entry in sources.entries() if entry.id in ids.split(",")]
    plan = Plan(str(python.absolute()), seed, deletions)
    found = _fetched(chosen, cache, python)
    chosen = [entry for entry in chosen if entry.id in {case.name for case in found}]
    answers: list[Answer] = []
    with ProcessPoolExecutor(jobs) as pool:
        for entry, some in zip(chosen, pool.map(ask, found, [plan] * len(found))):
            answers += some
            bad = [f"{a.question or 'left out'}: {a.detail}" for a in some if not a.good]
            print("\n    ".join([f"{entry.id} {entry.title}: {len(some)} asked", *bad]), flush=True)
    print(f"\nseed {seed}, {time.monotonic() - started:.0f} s")
    _show(answers)
    if target:
        target.write_text(json.dumps([asdict(a) for a in answers], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
