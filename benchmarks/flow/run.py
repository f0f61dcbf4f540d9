"""Are flows of public notebooks right, and what do they cost?

    python -m benchmarks.flow.run --python PYTHON [--engine hamilton] [--limit 40] [--max-cpu 8] [--json FILE]

Each notebook is promoted with --verify and a flow for the engine. Apart from what the tool says of it, the flow is run, by Dask in two
worker processes, and what it gives is compared with the notebook's own values by the judge's probe; so is what naive tasks
of Dask give. PYTHON is that of benchmarks.corpus.run, with dask[distributed] and sf-hamilton beside.
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
from nb2pkg.flow.engines import DASK, HAMILTON, TARGETS

EQUAL, REFUSED, DIFFERENT, NO_RUN = "equal", "refused", "DIFFERENT", "no run"
PROMOTE_SECONDS, COST_SECONDS = 1800, 600
ROUNDS = 3
_BY_FLOW = """
given = importlib.import_module("{{package}}.flow").run({options})
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
package, target, rounds, options = sys.argv[1:]
whole = importlib.import_module(f"{package}.pipeline").run
tasks = importlib.import_module(f"{package}.flow").run
options = json.loads(options)
def spent(function, **options):
    began = time.process_time()
    function(**options)
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    return time.process_time() - began
found = [[spent(whole), spent(tasks, **options)] for _ in range(1 + int(rounds))][1:]
with open(target, "w") as file:
    json.dump([min(each) for each in zip(*found)], file)
"""
# How a flow is run: to be compared, and to be timed in one process.
_OPTIONS = {DASK.name: ("workers=2", {"scheduler": "sync"}), HAMILTON.name: ("", {})}


@dataclass(frozen=True)
class Outcome:
    """What became of one notebook.

    why: it was refused, or what differs. naive: what is wrong with the naive tasks; None where they were not
    tried. lost: values that are others for the judge once they are pickled, and are not compared by it. cost: CPU seconds of run(), and of the flow in one process; empty if they were not measured.
    """

    id: str
    title: str
    engine: str
    verdict: str
    why: str = ""
    same: int = 0
    tasks: int = 0
    left_out: tuple[str, ...] = ()
    lost: int = 0
    naive: str | None = None
    cost: tuple[float, ...] = ()


@click.command(help="Promote public notebooks with a flow, run it, and compare.")
@click.option(
    "--python", required=True, type=click.Path(exists=True, path_type=Path), help="See above."
)
@click.option("--engine", type=click.Choice([*TARGETS]), default=DASK.name, show_default=True)
@click.option("--limit", default=40, show_default=True, help="How many notebooks.")
@click.option("--max-cpu", default=8.0, show_default=True, help="CPU seconds of a notebook.")
@click.option("--ids", default="", help="Only these notebooks: ids with commas between.")
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Archives and runs.")
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the outcomes here.")
def main(
    python: Path,
    engine: str,
    limit: int,
    max_cpu: float,
    ids: str,
    cache: Path,
    target: Path | None,
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
        found.append(outcome(case, entry.title, engine, settings))
        print(row(found[-1]), flush=True)
        if target:
            target.write_text(json.dumps([asdict(each) for each in found], indent=1))
    print(f"\n{totals(found)}")
    sys.exit(any(each.verdict == DIFFERENT for each in found))


def outcome(case: Case, title: str, engine: str, settings: Settings) -> Outcome:
    """Promote one notebook, and look at its flow."""
    original = Original(case, settings)
    blank = Outcome(case.name, title, engine, NO_RUN)
    if original.first.stopped:
        return replace(blank, why=original.first.stopped)
    with tempfile.TemporaryDirectory(prefix="flow-", ignore_cleanup_errors=True) as scratch:
        notebook = copy_to(case, Path(scratch))
        project = notebook.parent / f"{notebook.stem}-package"
        answer = promoted(notebook, project, engine, settings)
        if "error" in answer:
            return replace(blank, why=answer["error"])
        refusals = [p["message"] for p in answer.get("problems", []) if p["code"] == "NB517"]
        if refusals:
            return replace(blank, verdict=REFUSED, why=refusals[0].partition(": ")[2])
        return _judged(blank, answer, project, notebook.parent, original, settings)


def promoted(notebook: Path, project: Path, engine: str, settings: Settings) -> dict[str, Any]:
    """What promote --json says, or the error that ended it."""
    words = [str(notebook), "--all", "--output", str(project), "--verify", "--engine", engine]
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
    told = answer["verification"].get("flow", {})
    if told.get("not_run"):
        return replace(blank, why=told["not_run"])
    if not (own / "flow.py").exists():
        return replace(blank, verdict=DIFFERENT, why="there is no flow.py, and no word of it")
    ways = [_BY_FLOW.format(options=_OPTIONS[blank.engine][0])]
    if blank.engine == DASK.name:
        naive.write(own / "pipeline.py")
        ways += [_SENT, _BY_NAIVE_TASKS]
    runs = original.first, original.again
    found = [pipeline.compared(project, settings.python, data, runs, way) for way in ways]
    lost = _names(found[1]) if len(found) > 1 else frozenset[str]()
    wrong = _wrong(found[0], lost)
    return replace(
        blank,
        verdict=DIFFERENT if wrong else EQUAL,
        why=wrong,
        same=found[0].same,
        tasks=_tasks(own / "flow.py", blank.engine),
        left_out=tuple(told.get("left_out", ())),
        naive=_wrong(found[2], lost) if len(found) > 1 else None,
        lost=len(lost),
        cost=_cost(project, data, blank.engine, settings),
    )


def _wrong(found: pipeline.Piped, lost: frozenset[str]) -> str:
    """The error, or what differs, but for what differs by being pickled."""
    different = [text for text in found.different if text.partition(":")[0] not in lost]
    return found.error.strip().rpartition("\n")[2] or "; ".join(different)


def _names(found: pipeline.Piped) -> frozenset[str]:
    return frozenset(text.partition(":")[0] for text in found.different)


def _tasks(flow: Path, engine: str) -> int:
    nodes = [*ast.walk(ast.parse(flow.read_text("utf-8")))]
    if engine == HAMILTON.name:
        return sum(isinstance(n, ast.FunctionDef) and not n.name.startswith("_") for n in nodes)
    calls = (node.func for node in nodes if isinstance(node, ast.Call))
    return sum(isinstance(called, ast.Name) and called.id == "step" for called in calls)


def _cost(project: Path, data: Path, engine: str, settings: Settings) -> tuple[float, ...]:
    package = next((project / "src").iterdir()).name
    with tempfile.TemporaryDirectory(prefix="cost-", ignore_cleanup_errors=True) as scratch:
        target = Path(scratch) / "cost.json"
        options = json.dumps(_OPTIONS[engine][1])
        command = [settings.python, "-c", _COST, package, str(target), str(ROUNDS), options]
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
        f"values compared: {sum(each.same for each in made)}; "
        f"others once they are pickled, and not compared: {sum(each.lost for each in made)}",
    ]
    if any(each.naive is not None for each in made):
        lines.append(f"naive tasks wrong: {len(wrong)} of {len(made)}")
    if costs:
        whole, apart = (sum(each.cost[n] for each in costs) for n in (0, 1))
        more = [1000 * (each.cost[1] - each.cost[0]) for each in costs]
        lines.append(
            f"CPU of all flows in one process: {apart / whole:.3f} of that of run(); "
            f"{median(more):.1f} ms more at the median"
        )
    whys = Counter(each.why for each in asked if each.verdict == REFUSED)
    lines += [f"refused: {count} x {why}" for why, count in whys.most_common()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
