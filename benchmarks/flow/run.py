"""Are flows of public notebooks right, and what do they cost?

    python -m benchmarks.flow.run --python PYTHON [--limit 40] [--max-cpu 8] [--json FILE]

Each notebook is promoted with --verify --engine dask. Apart from what the tool says of it, the flow is run in two worker
processes, and what it gives is compared with the notebook's own values by the judge's probe; so is what naive tasks give. PYTHON is
that of benchmarks.corpus.run, with dask[distributed] beside.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks import pipeline
from benchmarks.corpus import sources
from benchmarks.corpus.run import CACHE, CELL_SECONDS, NOTEBOOK_SECONDS
from benchmarks.flow import naive
from benchmarks.trial import ROOT, Case, Original, Settings, copy_to

EQUAL, REFUSED, DIFFERENT, NO_RUN = "equal", "refused", "DIFFERENT", "no run"
PROMOTE_SECONDS, COST_SECONDS = 1800, 600
ROUNDS = 3
_BY_FLOW = """
given = importlib.import_module("{package}.flow").run(workers=2)
"""
_BY_NAIVE_TASKS = """
given = importlib.import_module("{package}.naive").run({{"scheduler": "processes", "num_workers": 2}})
"""
# What the judge calls another value when run() itself has given it and it was only pickled: nobody can have it as it was.
_SENT = """
import cloudpickle
found = importlib.import_module("{package}.pipeline").run()
given = {{}}
for name, value in found.items():
    try:
        given[name] = cloudpickle.loads(cloudpickle.dumps(value))
    except Exception:
        pass
"""
_COST = """
import importlib, json, sys, time
package, target, rounds = sys.argv[1:]
whole = importlib.import_module(f"{package}.pipeline").run
tasks = importlib.import_module(f"{package}.flow").run
def spent(function, **options):
    began = time.process_time()
    function(**options)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    return time.process_time() - began
found = [[spent(whole), spent(tasks, scheduler="sync")] for _ in range(1 + int(rounds))][1:]
with open(target, "w") as file:
    json.dump([min(each) for each in zip(*found)], file)
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one notebook.

    why: it was refused, or what differs. naive: what is wrong with the naive tasks; None where they were not
    tried. lost: values that are others for the judge once they are pickled, and are not compared by it. cost: CPU seconds of run(), and of the flow with --scheduler sync; empty if they were not measured.
    """

    id: str
    title: str
    verdict: str
    why: str = ""
    same: int = 0
    tasks: int = 0
    left_out: tuple[str, ...] = ()
    lost: int = 0
    naive: str | None = None
    cost: tuple[float, ...] = ()


@click.command(help="Promote public notebooks with a flow for Dask, run it, and compare.")
@click.option(
    "--python", required=True, type=click.Path(exists=True, path_type=Path), help="See above."
)
@click.option("--limit", default=40, show_default=True, help="How many notebooks.")
@click.option("--max-cpu", default=8.0, show_default=True, help="CPU seconds of a notebook.")
@click.option("--ids", default="", help="Only these notebooks: ids with commas between.")
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Archives and runs.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the outcomes here.")
def main(
    python: Path, limit: int, max_cpu: float, ids: str, cache: Path, target: Path | None
) -> None:
    """Exit 1 when a flow gives something else than its notebook."""
    chosen = sources.choose(limit, max_cpu)
    if ids:
        chosen = [entry for entry in sources.entries() if entry.id in ids.split(",")]
    settings = Settings(
        cache,
        str(python.absolute()),
        cell_timeout=CELL_SECONDS,
        total_timeout=NOTEBOOK_SECONDS,
        seeded=True,
    )
    found = []
    for entry in chosen:
        (case,) = sources.cases([entry], cache, python)
        found.append(outcome(case, entry.title, settings))
        print(row(found[-1]), flush=True)
        if target:
            target.write_text(json.dumps([asdict(each) for each in found], indent=1))
    print(f"\n{totals(found)}")
    sys.exit(any(each.verdict == DIFFERENT for each in found))


def outcome(case: Case, title: str, settings: Settings) -> Outcome:
    """Promote one notebook, and look at its flow."""
    original = Original(case, settings)
    blank = Outcome(case.name, title, NO_RUN)
    if original.first.stopped:
        return replace(blank, why=original.first.stopped)
    with tempfile.TemporaryDirectory(prefix="flow-", ignore_cleanup_errors=True) as scratch:
        notebook = copy_to(case, Path(scratch))
        project = notebook.parent / f"{notebook.stem}-package"
        answer = promoted(notebook, project, settings)
        if "error" in answer:
            return replace(blank, why=answer["error"])
        refusals = [p["message"] for p in answer.get("problems", []) if p["code"] == "NB517"]
        if refusals:
            return replace(blank, verdict=REFUSED, why=refusals[0].partition(": ")[2])
        return _judged(blank, answer, project, notebook.parent, original, settings)


def promoted(notebook: Path, project: Path, settings: Settings) -> dict[str, Any]:
    """What promote --json says, or the error that ended it."""
    words = [str(notebook), "--all", "--output", str(project), "--verify", "--engine", "dask"]
    words += ["--json", "--python", settings.python, "--timeout", str(settings.cell_timeout)]
    try:
        done = subprocess.run(
            [*settings.promote, *words],
            check=False,
            cwd=notebook.parent,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=PROMOTE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"promote took more than {PROMOTE_SECONDS} s"}
    if not done.stdout.startswith("{"):
        return {"error": done.stderr.strip().partition("\n")[0] or "promote said nothing"}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _judged(
    blank: Outcome,
    answer: dict[str, Any],
    project: Path,
    data: Path,
    original: Original,
    settings: Settings,
) -> Outcome:
    own = next((project / "src").iterdir())
    if not (own / "flow.py").exists():
        return replace(blank, verdict=DIFFERENT, why="there is no flow.py, and no word of it")
    runs = original.first, original.again
    found = pipeline.compared(project, settings.python, data, runs, _BY_FLOW)
    sent = pipeline.compared(project, settings.python, data, runs, _SENT)
    naive.write(own / "pipeline.py")
    tried = pipeline.compared(project, settings.python, data, runs, _BY_NAIVE_TASKS)
    wrong = _wrong(found, sent)
    return replace(
        blank,
        verdict=DIFFERENT if wrong else EQUAL,
        why=wrong,
        same=found.same,
        tasks=_tasks(own / "flow.py"),
        left_out=tuple(answer["verification"].get("flow", {}).get("left_out", ())),
        naive=_wrong(tried, sent),
        lost=len(sent.different),
        cost=_cost(project, data, settings),
    )


def _wrong(found: pipeline.Piped, sent: pipeline.Piped) -> str:
    """The error, or what differs, but for what differs by being pickled."""
    lost = {text.partition(":")[0] for text in sent.different}
    different = [text for text in found.different if text.partition(":")[0] not in lost]
    return found.error.strip().rpartition("\n")[2] or "; ".join(different)


def _tasks(flow: Path) -> int:
    calls = (n for n in ast.walk(ast.parse(flow.read_text("utf-8"))) if isinstance(n, ast.Call))
    return sum(isinstance(call.func, ast.Name) and call.func.id == "step" for call in calls)


def _cost(project: Path, data: Path, settings: Settings) -> tuple[float, ...]:
    package = next((project / "src").iterdir()).name
    with tempfile.TemporaryDirectory(prefix="cost-", ignore_cleanup_errors=True) as scratch:
        target = Path(scratch) / "cost.json"
        command = [settings.python, "-c", _COST, package, str(target), str(ROUNDS)]
        variables = {"PYTHONPATH": str(project / "src"), f"{package.upper()}_DATA_DIR": str(data)}
        try:
            subprocess.run(
                command,
                check=False,
                cwd=scratch,
                env=os.environ | {"MPLBACKEND": "Agg"} | variables,
                capture_output=True,
                timeout=COST_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return ()
        return tuple(json.loads(target.read_text())) if target.exists() else ()


def row(found: Outcome) -> str:
    """One line of the table."""
    ratio = f"{found.cost[1] / found.cost[0]:5.2f}" if found.cost and found.cost[0] else "     "
    beside = "" if found.naive is None else f"  naive: {found.naive or 'equal'}"
    lost = f"  not given: {', '.join(found.left_out)}" if found.left_out else ""
    counts = f"{found.same:3} values {found.tasks:3} tasks {ratio}"
    return f"{found.verdict:9} {counts}  {found.title}  {found.why}{lost}{beside}"[:400]


def totals(found: list[Outcome]) -> str:
    """The figures that count."""
    counts = Counter(each.verdict for each in found)
    asked = [each for each in found if each.verdict != NO_RUN]
    made = [each for each in asked if each.verdict != REFUSED]
    packages = {each.title.partition(" ")[0] for each in made}
    wrong = [each for each in made if each.naive]
    costs = [each for each in made if each.cost and each.tasks]
    lines = [
        f"flows made: {len(made)} of {len(asked)}, of {len(packages)} packages",
        f"equal: {counts[EQUAL]}, different: {counts[DIFFERENT]}, of {len(made)}",
        f"naive tasks wrong: {len(wrong)} of {len(made)}",
    ]
    if costs:
        ratios = [each.cost[1] / max(each.cost[0], 1e-3) for each in costs]
        steps = [1000 * (each.cost[1] - each.cost[0]) / each.tasks for each in costs]
        lines.append(
            f"CPU of --scheduler sync against run(): {median(ratios):.3f} at the median, "
            f"{median(steps):.2f} ms a task"
        )
    whys = Counter(each.why for each in asked if each.verdict == REFUSED)
    lines += [f"refused: {count} x {why}" for why, count in whys.most_common()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
