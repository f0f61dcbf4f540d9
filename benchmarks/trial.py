"""One trial: run an original, promote a copy of it, run the narrative from its own folder, and
judge.

Runs of originals are kept in a cache, by the content of everything that they depend on.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks import forked, judge, moved, named, package, pipeline
from benchmarks.kernel_run import Conditions, Run, run
from nb2pkg.execution import outputs

ROOT = Path(__file__).parents[1]
EQUAL, NAMED, REFUSED, SILENT, CRASHED = "equal", "named", "refused", "SILENT", "CRASHED"
UNRUNNABLE = "no run"
VERDICTS = (EQUAL, NAMED, REFUSED, SILENT, CRASHED)
LISTING = """
from importlib.metadata import distributions
print(sorted({f"{found.name} {found.version}" for found in distributions()}))
"""
PROMOTE = (sys.executable, "-m", "nb2pkg", "promote")
PROMOTE_SECONDS = 180
VERIFY_SECONDS = 900  # for the runs of the notebook


@dataclass(frozen=True)
class Case:
    """A notebook in a folder, and the files beside it that it needs (None: the whole folder)."""

    name: str
    folder: Path
    notebook: str
    files: tuple[str, ...] | None = None
    by_count: bool = False


@dataclass(frozen=True)
class Settings:
    """What is the same for all trials of one benchmark."""

    cache: Path
    python: str = sys.executable
    promote: tuple[str, ...] = PROMOTE
    strict: bool = False
    cell_timeout: float = 60
    total_timeout: float = 300
    seeded: bool = False
    must_run: bool = False  # an original that fails is no trial
    keep: Path | None = None  # folder where the promoted projects are left for a look
    verify: bool = False  # promote with --verify
    forks: bool = False  # promote in a copy of this process, which saves the imports
    package: bool = False  # install the package, and run its tests


@dataclass
class Trial:
    """The outcome for one notebook."""

    name: str
    verdict: str = ""
    share: float | None = None
    lines: int = 0
    differences: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unstable: list[str] = field(default_factory=list)
    message: str = ""
    uninstallable: str | None = None  # why; None: not tried
    failing: str | None = None
    piped: dict[str, Any] = field(
        default_factory=dict
    )  # how the pipeline compares; see pipeline.py
    verdicts: dict[str, int] = field(default_factory=dict)  # of the steps, with --verify
    cost: float | None = None  # CPU time of observing, as a share of that of the cells
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The outcome as plain data."""
        return asdict(self)


def attempt(case: Case, settings: Settings) -> Trial:
    """Try one notebook from the start to the verdict."""
    trial = Trial(case.name)
    original = Original(case, settings)
    if settings.must_run and original.first.stopped:
        trial.verdict, trial.message = UNRUNNABLE, original.first.stopped
        return trial
    with tempfile.TemporaryDirectory(prefix="trial-", ignore_cleanup_errors=True) as scratch:
        notebook = copy_to(case, Path(scratch))
        project = notebook.parent / f"{notebook.stem}-package"
        done = _promote(notebook, project, settings, trial)
        answer = json.loads(done.stdout) if done.stdout.startswith("{") else {}
        trial.message = "\n".join([done.stderr.strip(), *_problems(answer)])
        trial.verdict = _ending(done)
        if not trial.verdict:
            trial.verdicts, trial.cost = _verdicts(answer), _cost(answer)
            _judge(notebook, project, original, settings, trial)
            if settings.package and trial.verdict != CRASHED:
                runs = original.first, original.again
                trial.uninstallable = package.installs(project, settings.python)
                trial.failing = package.tests_pass(project, settings.python, notebook.parent)
                found = pipeline.compared(project, settings.python, notebook.parent, runs)
                trial.piped = asdict(found) | {"told": _pipeline_answer(answer)}
        if settings.keep and project.exists():
            shutil.copytree(project, settings.keep / case.name, dirs_exist_ok=True)
    return trial


def _ending(done: subprocess.CompletedProcess[str]) -> str:
    """The verdict that the end of `promote` gives; none when it made a project."""
    if done.returncode not in (0, 1) or "Traceback (most recent call last)" in done.stderr:
        return CRASHED
    if done.returncode == 1:
        return REFUSED if done.stderr.strip() else SILENT
    return ""


def _problems(answer: dict[str, Any]) -> list[str]:
    """The problems of ``--json`` as the text of the command tells them."""
    return [f"cell {p['cell']}: {p['code']} {p['message']}" for p in answer.get("problems", [])]


def _verdicts(answer: dict[str, Any]) -> dict[str, int]:
    """How many steps have which verdict, of what ``promote --verify --json`` answered."""
    steps = answer.get("verification", {}).get("steps", [])
    return dict(Counter(step["verdict"] for step in steps))


def _pipeline_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """What the tool itself says of the pipeline, and of what it does not run or give."""
    found = dict(answer.get("verification", {}).get("pipeline", {}))
    codes = [p["code"] for p in answer.get("problems", [])]
    return found | {"ends early": "NB505" in codes, "left out": codes.count("NB605")}


def _cost(answer: dict[str, Any]) -> float | None:
    seconds = answer.get("verification", {}).get("cpu_seconds")
    return seconds["observing"] / max(seconds["cells"], 1e-3) if seconds else None


class Original:
    """The runs of an original, each made when it is asked for, and kept while nothing changes.

    The second one, with another hash seed, shows what differs from run to run.
    """

    def __init__(self, case: Case, settings: Settings) -> None:
        self._case, self._settings = case, settings

    @functools.cached_property
    def first(self) -> Run:
        return self._run(0)

    @functools.cached_property
    def again(self) -> Run:
        return self._run(1)

    def _run(self, seed: int) -> Run:
        """A run in a folder of its own."""
        case, settings = self._case, self._settings
        key = _key(case, settings)
        stored = settings.cache / "runs" / f"{case.name}-{key}-{seed}.json"
        if stored.exists():
            return Run(**json.loads(stored.read_text(encoding="utf-8")))
        with tempfile.TemporaryDirectory(prefix="trial-", ignore_cleanup_errors=True) as scratch:
            notebook = copy_to(case, Path(scratch))
            conditions = replace(_conditions(settings, notebook.parent), hash_seed=seed)
            found = _run(notebook, replace(conditions, by_count=case.by_count))
        stored.parent.mkdir(parents=True, exist_ok=True)
        stored.write_text(json.dumps(found.as_json()), encoding="utf-8")
        return found


def _run(notebook: Path, conditions: Conditions) -> Run:
    """Run a notebook, if a Python kernel can."""
    try:
        metadata = json.loads(notebook.read_text(encoding="utf-8-sig"))["metadata"]
    except (ValueError, KeyError) as error:
        return Run(stopped=f"not a notebook: {error}")
    if metadata.get("kernelspec", {}).get("language", "python") != "python":
        return Run(stopped="not Python")
    return run(notebook, conditions)


def _judge(
    notebook: Path, project: Path, original: Original, settings: Settings, trial: Trial
) -> None:
    """Run the narrative from its own folder, with nothing installed, and fill in the outcome.

    Whether a difference may be one from run to run is asked only where there is a difference.
    """
    narrative = project / "notebooks" / notebook.name
    if not narrative.exists():
        trial.verdict = CRASHED
        trial.differences = [f"exit 0, but there is no {narrative.relative_to(project)}"]
        return
    conditions = replace(_conditions(settings, narrative.parent), aliases=(str(notebook.parent),))
    started = time.monotonic()
    linked = _run(narrative, conditions)
    trial.seconds["narrative"] = round(time.monotonic() - started, 1)
    judgement = judge.compare(original.first, original.first, linked, settings.strict)
    if not settings.seeded:
        judgement = judge.but_for_chance(judgement, _code(notebook, project))
    if not judgement.equal or settings.package:
        judgement = judge.compare(original.first, original.again, linked, settings.strict)
    share = moved.measure(notebook, project)
    trial.share, trial.lines = share.value, share.lines
    trial.missing, trial.unstable = judgement.missing, judgement.unstable
    trial.differences = [str(difference) for difference in judgement.differences]
    if judgement.equal:
        trial.verdict = EQUAL
    else:
        is_named = named.mentions(trial.message, notebook, judgement.differences)
        trial.verdict = NAMED if is_named else SILENT


def _code(notebook: Path, project: Path) -> str:
    """Of the notebook, and of the modules beside and below it; empty if none was found in the notebook."""
    cells = moved.saved_code(notebook)
    modules = [path for path in notebook.parent.rglob("*.py") if project not in path.parents]
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in modules)
    return "\n".join([*cells, *texts]) if cells else ""


def _promote(
    notebook: Path, project: Path, settings: Settings, trial: Trial
) -> subprocess.CompletedProcess[str]:
    words = [str(notebook), "--all", "--output", str(project)]
    if settings.verify:
        words += ["--verify", "--json", "--python", settings.python]
        words += ["--timeout", str(settings.cell_timeout)]
    command = [*settings.promote, *words]
    started = time.monotonic()
    if settings.forks and forked.can_fork():
        done = forked.nb2pkg(["promote", *words], notebook.parent)
        trial.seconds["promote"] = round(time.monotonic() - started, 1)
        return done
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "2"}
    try:
        done = subprocess.run(
            command,
            check=False,
            cwd=notebook.parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PROMOTE_SECONDS + settings.verify * VERIFY_SECONDS,
        )
    except subprocess.TimeoutExpired:
        slow = f"promote took more than {PROMOTE_SECONDS} seconds"
        done = subprocess.CompletedProcess(command, 70, "", slow)
    trial.seconds["promote"] = round(time.monotonic() - started, 1)
    return done


def _conditions(settings: Settings, folder: Path) -> Conditions:
    return Conditions(
        folder.resolve(),
        settings.python,
        seeded=settings.seeded,
        cell_timeout=settings.cell_timeout,
        total_timeout=settings.total_timeout,
    )


def copy_to(case: Case, scratch: Path) -> Path:
    """Copy the case to a fresh folder; return where its notebook is."""
    target = scratch.resolve() / "work"
    if case.files is None:
        shutil.copytree(case.folder, target)
    else:
        target.mkdir()
        for name in (case.notebook, *case.files):
            shutil.copy(case.folder / name, target / name)
    return target / case.notebook


def _key(case: Case, settings: Settings) -> str:
    """Hash of all that the run of an original depends on, with the code that runs it."""
    digest = hashlib.blake2b(digest_size=10)
    here = Path(__file__).parent
    for path in sorted([*here.glob("probe/*.py"), here / "kernel_run.py", Path(outputs.__file__)]):
        digest.update(path.read_bytes())
    for name in (case.notebook, *(case.files or ())):
        digest.update((case.folder / name).read_bytes())
    digest.update(f"{case.by_count} {settings.seeded} {_installed(settings.python)}".encode())
    return digest.hexdigest()


@functools.cache
def _installed(python: str) -> str:
    """What an interpreter has installed, with versions."""
    done = subprocess.run([python, "-c", LISTING], check=True, capture_output=True, text=True)
    return f"{python} {done.stdout}"
