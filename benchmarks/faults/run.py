"""The negative control: does the verifier see the faults that are seeded into what is promoted?

    python -m benchmarks.faults.run --python PYTHON [--limit 24] [--each 2] [--ids ...]

Each notebook is promoted and compared as it is (a difference there is a false alarm), and then
again with each of the faults in it, `--each` of every kind. Notebooks come from the corpus.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import click

from benchmarks.corpus import sources
from benchmarks.corpus.run import CACHE
from benchmarks.faults.seeding import KINDS, Fault, Project, all_faults
from benchmarks.trial import Case, copy_to
from nb2pkg.execution.model import Conditions
from nb2pkg.execution.session import session
from nb2pkg.plan import provenance
from nb2pkg.promote.build import Request
from nb2pkg.promote.verified import package_of, promote_verified
from nb2pkg.verify.package import compare_package


@dataclass
class Control:
    """The outcome for one notebook: (kind, place, what was seen) of each fault."""

    name: str
    alarms: list[str] = field(default_factory=list)  # of the promotion as it is
    caught: list[tuple[str, str, str]] = field(default_factory=list)
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    failed: str = ""


@click.command(help="Seed faults into promoted notebooks, and count those that verification sees.")
@click.option("--python", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--limit", default=24, show_default=True, help="How many notebooks.")
@click.option("--max-cpu", default=5.0, show_default=True, help="CPU seconds of a notebook.")
@click.option("--each", default=2, show_default=True, help="Faults of each kind, per notebook.")
@click.option("--ids", default="", help="Only these notebooks: ids of corpus.csv.")
@click.option("--jobs", default=2, show_default=True)
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE)
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the outcomes there.")
def main(
    python: Path,
    limit: int,
    max_cpu: float,
    each: int,
    ids: str,
    jobs: int,
    cache: Path,
    target: Path | None,
) -> None:
    """Exit 1 on a false alarm."""
    chosen = (
        [e for e in sources.entries() if e.id in ids.split(",")]
        if ids
        else sources.choose(limit, max_cpu)
    )
    cases = sources.cases(chosen, cache, python)
    found: list[Control] = []
    with ProcessPoolExecutor(jobs) as pool:
        futures = [pool.submit(control, case, str(python.absolute()), each) for case in cases]
        for future in as_completed(futures):
            found.append(future.result())
            print(row(found[-1]), flush=True)
    print(totals(found))
    if target:
        target.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")
    sys.exit(any(one.alarms for one in found))


def control(case: Case, python: str, each: int) -> Control:
    """Promote one notebook, and see what verification says with each fault in it."""
    outcome = Control(case.name)
    try:
        with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as scratch:
            _control(copy_to(case, Path(scratch)), python, each, outcome)
    except Exception:  # one notebook must not lose the others
        outcome.failed = traceback.format_exc(limit=-2)
    return outcome


def _control(notebook: Path, python: str, each: int, outcome: Control) -> None:
    os.environ["HOME"] = tempfile.mkdtemp(dir=notebook.parent.parent)
    conditions = Conditions(python, cell_timeout=120, total_timeout=300)
    done = promote_verified(notebook, Request(everything=True), conditions, _silent)
    package = package_of(done.promotion)
    texts = {p: t for p, t in done.promotion.files.items() if not p.startswith(".nb2pkg/base")}
    verified = {s.symbol for s in done.verification.steps if s.verdict.is_verified}
    steps = tuple(s for s in provenance.of_steps(done.promotion.plan) if s.symbol in verified)
    project = Project(texts, done.promotion.plan.package, package.narrative, steps)
    with session(notebook, conditions, _silent) as opened:
        clean = compare_package(opened, package)
        outcome.alarms = [str(d) for d in clean.comparison.differences]
        for fault in _chosen(all_faults(project), each):
            files = {path: text.encode() for path, text in fault.files.items()}
            finding = compare_package(opened, replace(package, files=files))
            seen = [str(d) for d in finding.comparison.first]
            kept = outcome.caught if seen else outcome.missed
            kept.append((fault.kind, fault.place, seen[0][:80] if seen else ""))


def _silent(_name: str, _done: int, _total: int) -> None:
    """No progress of each run."""


def _chosen(faults: Iterable[Fault], each: int) -> list[Fault]:
    """So many of each kind, always the same."""
    kinds = defaultdict(list)
    for fault in faults:
        kinds[fault.kind].append(fault)
    draw = random.Random(7)
    return [f for found in kinds.values() for f in draw.sample(found, min(each, len(found)))]


def row(one: Control) -> str:
    """One line, and what was missed below it."""
    lines = [f"{one.name:12} caught {len(one.caught):3} of {len(one.caught) + len(one.missed):3}"]
    lines += [f"    FALSE ALARM {text}" for text in one.alarms]
    lines += [f"    missed: {kind} in {place}" for kind, place, _ in one.missed]
    lines += [f"    {line}" for line in one.failed.splitlines()]
    return "\n".join(lines)


def totals(found: list[Control]) -> str:
    """Kind by kind, and in all."""
    lines = [""]
    tried = [one for one in found if not one.failed]
    for kind in KINDS:
        caught = sum(k == kind for one in tried for k, _, _ in one.caught)
        missed = sum(k == kind for one in tried for k, _, _ in one.missed)
        lines.append(f"{kind:26} {caught:4} of {caught + missed:4}")
    caught = sum(len(one.caught) for one in tried)
    everything = caught + sum(len(one.missed) for one in tried)
    share = caught / everything if everything else 0
    lines.append(f"{'all':26} {caught:4} of {everything:4} ({share:.1%})")
    alarms = sum(bool(one.alarms) for one in tried)
    lines.append(
        f"false alarms: {alarms} of {len(tried)} notebooks; not run: {len(found) - len(tried)}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
