"""The mutation score of the generated tests over the promoted code, beside that of smoke tests.

    python -m benchmarks.mutation.run [--python PYTHON] [--limit 10] [--most 40] [--survivors]

The sample and public notebooks are promoted with `--all --verify`. mutmut makes the mutants of the
promoted modules; a random sample of them is run three times: with the generated suite, with its unit
tests alone, and with naive tests that see only whether something is raised. Linux only: tests run in forked children. This needs
`pip install "mutmut==3.8.*"`; the interpreter of the notebooks needs pytest and ipykernel.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from benchmarks.corpus import sources
from benchmarks.corpus.run import CACHE
from benchmarks.mutation import aside, report, smoke, unit
from benchmarks.mutation.model import (
    MODULE_LEVEL,
    SMOKE,
    SUITE,
    SURVIVED,
    UNIT,
    Mutant,
    Outcome,
    Score,
)
from benchmarks.mutation.runner import NO_TESTS, Change, Place, Result, Server, imports
from benchmarks.trial import PROMOTE, ROOT, VERIFY_SECONDS, Case, copy_to

SAMPLE = Case("penguins", ROOT / "sample_project", "penguins.ipynb", ("penguins.csv",))
CELL_SECONDS = 120
MUTATE_SECONDS = 300
# Below that a mutation score says little: what a package of one call can lose is soon known.
FUNCTIONS, MUTANTS_EACH = 2, 4
LEAST_SECONDS, TIMES_CLEAN = 10.0, 5.0
_KINDS = (SUITE, UNIT, SMOKE)
BROKEN = "raise RuntimeError('a module that cannot be imported')\n"


@dataclass(frozen=True)
class Settings:
    """What is the same for all packages."""

    python: str
    most: int
    seed: int
    keep: Path | None = None


class UnscoredError(Exception):
    """A package has no score, for a reason that is no fault of its tests."""


class SuiteError(Exception):
    """The suite fails on the very code that it was generated for."""


@click.command(help="Run the generated tests, and smoke tests, over mutants of promoted code.")
@click.option(
    "--python",
    type=click.Path(exists=True, path_type=Path),
    help="Interpreter with the corpus packages. Without it, only the sample, with this one.",
)
@click.option("--limit", default=10, show_default=True, help="How many public notebooks.")
@click.option("--most", default=40, show_default=True, help="Mutants of a package.")
@click.option("--seed", default=0, show_default=True, help="Of the choice of mutants.")
@click.option("--max-cpu", default=5.0, show_default=True, help="CPU seconds of a notebook.")
@click.option("--ids", default="", help="Only these notebooks: ids of corpus.csv; and the sample.")
@click.option("--survivors", is_flag=True, help="Print the mutants that survive.")
@click.option("--jobs", default=1, show_default=True, help="Packages at a time.")
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE)
@click.option("--json", "target", type=click.Path(path_type=Path), help="Write the outcomes there.")
@click.option("--keep", type=click.Path(path_type=Path), help="Leave the projects in this folder.")
def main(
    python: Path | None,
    limit: int,
    most: int,
    seed: int,
    max_cpu: float,
    ids: str,
    survivors: bool,
    jobs: int,
    cache: Path,
    target: Path | None,
    keep: Path | None,
) -> None:
    """Exit 1 when a suite fails on the code that it was generated for."""
    if find_spec("mutmut") is None or not hasattr(os, "pidfd_open"):
        raise click.UsageError("it needs Linux, and mutmut: pip install 'mutmut==3.8.*'")
    settings = Settings(str((python or Path(sys.executable)).absolute()), most, seed, keep)
    chosen = _chosen(ids, max_cpu) if python else []
    titles = {SAMPLE.name: "sample project"} | {entry.id: entry.title for entry in chosen}
    scores: list[Score] = []
    print(report.HEAD, flush=True)

    def add(score: Score) -> None:
        scores.append(replace(score, title=titles[score.name]))
        print(report.row(scores[-1], survivors), flush=True)
        if target:  # a run of an hour that is interrupted has said something
            target.write_text(json.dumps([asdict(s) for s in scores], indent=1), encoding="utf-8")

    add(score_of(SAMPLE, settings))
    cases = _cases(chosen, cache, Path(settings.python))
    _score_all(cases, settings, len(chosen) if ids else limit, jobs, add)
    print(report.totals(scores))
    sys.exit(any(score.fails for score in scores))


def _chosen(ids: str, max_cpu: float) -> list[sources.Entry]:
    wanted = set(filter(None, ids.split(",")))
    if wanted:
        return [entry for entry in sources.entries() if entry.id in wanted]
    return sources.choose(len(sources.entries()), max_cpu)


def _cases(chosen: Sequence[sources.Entry], cache: Path, python: Path) -> Iterator[Case | Score]:
    """Each notebook as it is needed: what is not needed is not downloaded."""
    for entry in chosen:
        try:
            yield from sources.cases([entry], cache, python)
        except (subprocess.CalledProcessError, OSError) as error:
            yield Score(entry.id, why_not=f"cannot be downloaded: {error}")


def _score_all(
    cases: Iterator[Case | Score],
    settings: Settings,
    limit: int,
    jobs: int,
    add: Callable[[Score], None],
) -> None:
    """Take notebooks until so many have a score."""
    taken = 0
    running: set[Future[Score]] = set()
    with ProcessPoolExecutor(jobs) as pool:
        while True:
            while len(running) < min(jobs, limit - taken) and (case := next(cases, None)):
                if isinstance(case, Score):
                    add(case)
                else:
                    running.add(pool.submit(score_of, case, settings))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                score = future.result()
                taken += not score.why_not
                add(score)


def score_of(case: Case, settings: Settings) -> Score:
    """Promote one notebook, and run the tests over mutants of it."""
    try:
        with tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True) as scratch:
            return _score(case, settings, Path(scratch).resolve())
    except UnscoredError as reason:
        return Score(case.name, why_not=str(reason))
    except SuiteError as reason:
        return Score(case.name, why_not=str(reason), fails=True)
    except Exception:  # one notebook must not lose the others
        return Score(case.name, why_not=traceback.format_exc(limit=-3))


def _score(case: Case, settings: Settings, scratch: Path) -> Score:
    clock = _Clock()
    notebook = copy_to(case, scratch)
    project = _promote(notebook, settings.python, scratch)
    clock.stop("promote")
    kept = settings.keep and settings.keep / case.name
    if kept:
        shutil.copytree(project, kept, dirs_exist_ok=True)
    mutants = _mutants(project)
    _need_substance(mutants)
    places = _places(project, scratch)
    with ExitStack() as stack:
        server = stack.enter_context(Server(settings.python, imports(project), scratch / "home"))
        preloaded = True
        try:
            clean = _clean_runs(server, places)
        except SuiteError:  # it may be a library that cannot be forked: now each run imports it
            server = stack.enter_context(Server(settings.python, [], scratch / "home"))
            preloaded = False
            clean = _clean_runs(server, places)
        clock.stop("clean")
        runs = [
            (
                mutant,
                {kind: _run(server, places[kind], mutant, clean.limits[kind]) for kind in places},
            )
            for mutant in _sample(mutants, settings)
        ]
        for kind, place in places.items():  # nothing has leaked, and it was no luck before
            _passing(kind, server.run(place), "after the mutants")
        clock.stop("mutants")
    outcomes, suspicious = _judged(project, runs, clean.lines)
    if kept:
        verdicts = {outcome.name: outcome.suite for outcome in outcomes}
        _python("benchmarks.mutation.session", kept, json.dumps(verdicts))
    return Score(
        case.name,
        mutants=len(mutants),
        outcomes=outcomes,
        suspicious=suspicious,
        preloaded=preloaded,
        seconds=clock.seconds,
    )


class _Clock:
    """How long each part took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._started = time.monotonic()

    def stop(self, part: str) -> None:
        """This part ends here, and the next one begins."""
        now = time.monotonic()
        self.seconds[part], self._started = round(now - self._started, 1), now


def _promote(notebook: Path, python: str, scratch: Path) -> Path:
    """Promote it with all that can be; the project lies beside it."""
    project = notebook.parent / f"{notebook.stem}-package"
    command = [*PROMOTE, str(notebook), "--all", "--output", str(project)]
    command += ["--verify", "--python", python, "--timeout", str(CELL_SECONDS)]
    home = scratch / "home"
    home.mkdir()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(home), "PYTHONHASHSEED": "2"}
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=notebook.parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=VERIFY_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise UnscoredError(f"promoting took more than {VERIFY_SECONDS} s") from None
    if not project.exists():
        raise UnscoredError("\n".join(done.stderr.strip().splitlines()[-3:]) or "not promoted")
    return project


def _mutants(project: Path) -> list[Mutant]:
    """All mutants of the promoted modules."""
    return [
        _from_json(fields) for fields in json.loads(_python("benchmarks.mutation.mutants", project))
    ]


def _python(module: str, folder: Path, text: str = "") -> str:
    """What a module of ours says that uses mutmut, which reads its settings from its folder."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        check=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        input=text,
        stdout=subprocess.PIPE,
        text=True,
        timeout=MUTATE_SECONDS,
    )
    return done.stdout


def _from_json(listed: dict[str, Any]) -> Mutant:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in listed.items()}
    return Mutant(**fields)


def _need_substance(mutants: Sequence[Mutant]) -> None:
    each = Counter((m.file, m.function) for m in mutants if m.function != MODULE_LEVEL)
    large = sum(count >= MUTANTS_EACH for count in each.values())
    if large < FUNCTIONS:
        raise UnscoredError(f"too small: {large} functions with {MUTANTS_EACH} mutants or more")


def _places(project: Path, scratch: Path) -> dict[str, Place]:
    """A place for each kind of tests, with all that lay around the notebook."""
    work = scratch / "work"
    folder = str(Path("work") / project.relative_to(work))
    variable = f"{next((project / 'src').iterdir()).name.upper()}_DATA_DIR"
    for kind in _KINDS:
        shutil.copytree(work, scratch / kind / "clean" / "work", symlinks=True)
    smoke.replace_tests(scratch / SMOKE / "clean" / folder)
    unit.keep_unit_tests(scratch / UNIT / "clean" / folder)
    return {kind: Place(scratch / kind, folder, variable) for kind in _KINDS}


@dataclass(frozen=True)
class Clean:
    """What the runs without a mutant have shown."""

    limits: Mapping[str, float]  # seconds for each kind of tests
    lines: Mapping[str, Sequence[int]]  # that the suite runs


def _clean_runs(server: Server, places: Mapping[str, Place]) -> Clean:
    """Run both kinds of tests without a mutant: once for what libraries set up, once for the time.

    Tests that pass although the package cannot be imported would be tests of something else.
    """
    limits = {}
    for kind, place in places.items():
        _passing(kind, server.run(place))
        place.keep_home()
        clean = _passing(kind, server.run(place))
        limits[kind] = max(LEAST_SECONDS, TIMES_CLEAN * clean.seconds)
        if kind == UNIT:  # a part of the suite; there may be none
            continue
        start = next(place.original.glob("src/*/__init__.py")).relative_to(place.original)
        if server.run(place, Change(start.as_posix(), BROKEN)).passed:
            raise SuiteError(f"{kind}: it passes with a package that cannot be imported")
    traced = _passing(SUITE, server.run(places[SUITE], trace=True), "when it is traced")
    return Clean(limits, traced.lines)


def _passing(kind: str, result: Result, when: str = "as it was generated") -> Result:
    is_empty = kind == UNIT and result.exit == NO_TESTS
    if not (result.passed or is_empty):
        raise SuiteError(f"{kind}, {when}: exit {result.exit}, {result.seconds} s\n{result.tail}")
    return result


def _sample(mutants: Sequence[Mutant], settings: Settings) -> list[Mutant]:
    """So many of them, always the same, in the order of the code."""
    order = range(len(mutants))
    drawn = random.Random(settings.seed).sample(order, min(settings.most, len(mutants)))
    return [mutants[index] for index in sorted(drawn)]


def _run(server: Server, place: Place, mutant: Mutant, seconds: float) -> str:
    return server.run(place, Change(mutant.file, mutant.text), seconds).verdict


def _judged(
    project: Path,
    runs: Sequence[tuple[Mutant, Mapping[str, str]]],
    lines: Mapping[str, Sequence[int]],
) -> tuple[tuple[Outcome, ...], tuple[str, ...]]:
    """The outcomes; and the mutants that are on the list of equivalent ones, and were killed."""
    listed, package = aside.listed(), next((project / "src").iterdir()).name
    outcomes, suspicious = [], []
    for mutant, verdicts in runs:
        by_hand = aside.by_hand(listed, package, mutant.file, mutant.diff)
        survives = set(verdicts.values()) == {SURVIVED}
        if by_hand and not survives:
            suspicious.append(mutant.name)
        original = (project / mutant.file).read_text(encoding="utf-8")
        why = (by_hand or aside.by_rule(original, mutant.text)) if survives else ""
        outcomes.append(
            Outcome(
                mutant.name,
                mutant.file,
                mutant.line,
                mutant.function,
                mutant.kind,
                mutant.diff,
                verdicts[SUITE],
                verdicts[UNIT],
                verdicts[SMOKE],
                _is_reached(mutant, lines),
                why,
            )
        )
    return tuple(outcomes), tuple(suspicious)


def _is_reached(mutant: Mutant, lines: Mapping[str, Sequence[int]]) -> bool:
    """Whether the suite runs a line of its statement; of a function, in a call."""
    executed = set(lines.get(f"called {mutant.file}", ()))
    if mutant.function == MODULE_LEVEL:
        executed |= set(lines.get(f"imported {mutant.file}", ()))
    return not executed.isdisjoint(mutant.statement)


if __name__ == "__main__":
    main()
