"""Run the pipeline of a package outside of Jupyter, in processes that are ended when they take too long.

What a process writes down is read while it runs: so it is known which step it is at, and what the
steps before one that never ends have given.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from nb2pkg.environment import kernelspec
from nb2pkg.execution import processes, workspace
from nb2pkg.execution.run import PROBE, TICK_SECONDS
from nb2pkg.execution.session import Session
from nb2pkg.plan.trials import Trial
from nb2pkg.templates import folder
from nb2pkg.verify.model import MADE_UP, TESTS
from nb2pkg.verify.package import Package, Stand, stand_up

_SCRIPT = Path(__file__).parent / "rehearsal.py"
_MADE_UP = Path(__file__).parent / "made_up" / "__init__.py"

_RECORDED = Path(__file__).parent / "recorded" / "__init__.py"

_WHOLE = "whole_pipeline"
_HASH_SEEDS = (2, 3, 4)
_ALONE = 2  # the number of the run in which examples are tried on their own
_OTHER_CLOCK = (
    "<other>-23:13:07"  # hours ahead: what shows the time or the day is not the same there
)
_NAMES = (TESTS, f"{TESTS} again", f"{TESTS} alone")
_IMPORT_SECONDS = 120.0
_TRIAL_SECONDS = 20.0  # for the made-up inputs of all functions
_LOOK_SECONDS = 0.05
Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is written down of a step: the names that run() gives to what it returns, those that the
    notebook's run showed to be changed there, and those whose values are stored.
    """

    returns: tuple[str, ...]
    changes: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What is to be run. words: that are no data; calls: module and source of each.

    steps: of run(), by the names of their calls; its own results are those of "run". whole: the text of a
    pipeline that calls the steps that only look too, with their names in run() (if they have one) by those
    they have there. files: the only ones that there need be, as seen from the notebook's folder; None where that is
    not known. rows: so many of each value that is stored.
    trials: what is tried on made-up inputs; notebook: the statements that its own code needs; imports:
    those of the package, by the name that they bind; passed, set_ups: see trials; cases: by symbol, those of
    which it is asked whether they hold.
    """

    words: tuple[str, ...]
    steps: Mapping[str, Wanted] = field(default_factory=dict)
    whole: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] | None = None
    calls: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    trials: tuple[Trial, ...] = ()
    notebook: tuple[str, ...] = ()
    imports: Mapping[str, str] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    set_ups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cases: Mapping[str, Sequence[Answer]] = field(default_factory=dict)


class Rehearsals:
    """The pipeline is run twice, and examples on their own; whatever still runs at the end of the block is ended."""

    def __init__(self, opened: Session, package: Package, wanted: Rehearsed) -> None:
        self.opened, self.package, self.wanted = opened, package, wanted
        self.runs: list[_Run] = []

    def __enter__(self) -> Rehearsals:
        return self

    def __exit__(self, *_: object) -> None:
        for run in self.runs:
            run.end()  # Ctrl-C too must leave nothing behind

    def begin(self) -> None:
        """Start the run that takes longest, to be waited for later."""
        self._start(self.wanted, 0)

    def answers(self, meanwhile: Callable[[], None]) -> tuple[Answer, Answer]:
        """What both runs gave: at once, where they cannot meet. meanwhile: called when the shorter one has ended."""
        first = self.runs[0] if self.runs else self._start(self.wanted, 0)
        if not workspace.may_run_beside(self.opened.notebook):
            _wait_for(first)
        second = self._start(self.wanted, 1)
        _wait_for(second, first)
        if not first.has_ended() and not second.answer["stopped"]:
            meanwhile()
        _wait_for(first)
        one: Answer = first.answer
        two: Answer = second.answer
        if self.wanted.files is not None and _lacks_files(one, two):
            two = self._answer(replace(self.wanted, files=None), 1)
        else:
            two = {**two, "files": self.wanted.files}
        return {**one, "examples": self._held(one["examples"])}, two

    def _held(self, examples: Mapping[str, Answer]) -> Mapping[str, Answer]:
        """The examples whose cases hold in a process of their own, where no step has set an option."""
        cases = {symbol: found["cases"] for symbol, found in examples.items() if found["cases"]}
        if not cases:
            return examples
        wanted = replace(
            self.wanted, steps={}, whole="", labels={}, files=None, calls=(), cases=cases
        )
        held = self._answer(wanted, _ALONE)["held"]
        return {
            symbol: {**found, "cases": held.get(symbol, ())} for symbol, found in examples.items()
        }

    def _answer(self, wanted: Rehearsed, number: int) -> Answer:
        run = self._start(wanted, number)
        _wait_for(run)
        return run.answer

    def _start(self, wanted: Rehearsed, number: int) -> _Run:
        run = _Run(self.opened, self.package, wanted, number)
        self.runs.append(run)
        return run


def _wait_for(run: _Run, *others: _Run) -> None:
    """Wait until it has ended; the others are listened to meanwhile."""
    while not run.has_ended():
        for other in others:
            other.has_ended()
        time.sleep(_LOOK_SECONDS)
    run.end()


def _lacks_files(one: Answer, two: Answer) -> bool:
    """Does the run that had only some of the files fail where the other did not?"""
    failed = [
        {name for name, found in run["stages"].items() if "error" in found} for run in (one, two)
    ]
    missing = one["stages"].keys() - two["stages"].keys()
    return bool(
        failed[1] - failed[0] or missing - failed[0] or (two["stopped"] and not one["stopped"])
    )


class _Run:
    """One run of the pipeline: its process, and what that wrote down so far."""

    def __init__(self, opened: Session, package: Package, wanted: Rehearsed, number: int) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=opened.scratch))
        self.conditions, self.say, self.name = opened.conditions, opened.say, _NAMES[number]
        self.answer: dict[str, Any] = {
            "stages": {},
            "again": {},
            "calls": {},
            "examples": {},
            "held": {},
            "files": None,
            "stopped": "",
            "last": "",
        }
        self.total, self.trials = len(wanted.steps), len(wanted.trials)
        self.says_examples = number == 0
        self.process = _started(opened, package, wanted, self.home, number)
        self.file = (self.home / "told.jsonl").open("rb")
        self.rest = b""
        self.is_done = False
        self.step: str | None = ""  # at which it is; None: at the calls, which are extra
        self.began = self.since = self.next_tick = time.time()

    def has_ended(self) -> bool:
        """Read what it wrote down; end it when it is done, or takes too long."""
        if self.is_done:
            return True
        exited = self.process.poll() is not None  # asked first: what it wrote last counts
        self._read()
        if self.is_done:
            return True
        if exited:
            self._stop("ended Python")
            return True
        now = time.time()
        if limit := self._exceeded(now):
            self._stop(f"took longer than {limit:g} seconds")
            return True
        if now >= self.next_tick:
            self.next_tick = now + TICK_SECONDS
            self._say_progress()
        return False

    def _say_progress(self) -> None:
        """How many steps were run; behind the last one for how many functions inputs were made up."""
        if self._done() < self.total:
            self.say(self.name, self._done(), self.total)
        elif self.says_examples and self.trials:
            self.say(MADE_UP, len(self.answer["examples"]), self.trials)

    def _exceeded(self, now: float) -> float:
        """The limit that was exceeded; 0 if none was."""
        cell, total = self.conditions.cell_timeout, self.conditions.total_timeout
        if cell and self.step == "":  # all imports of the notebook at once
            cell = max(cell, _IMPORT_SECONDS)
        limits = ((cell, now - self.since), (total, now - self.began))
        return next((limit for limit, passed in limits if limit and passed > limit), 0)

    def _done(self) -> int:
        return len(self.answer["stages"])

    def _stop(self, reason: str) -> None:
        self.is_done = True
        if self.step is not None:
            what = self.step or "importing the package"
            self.answer |= {"stopped": f"{what} {reason} outside of Jupyter", "last": self.step}

    def _read(self) -> None:
        *lines, self.rest = (self.rest + self.file.read()).split(b"\n")
        for kind, name, content, told in map(json.loads, lines):
            if limit := self._exceeded(told):  # nobody may have read for a while
                self._stop(f"took longer than {limit:g} seconds")
                return
            self.since = told
            self._hear(kind, name, content)

    def _hear(self, kind: str, name: str, content: Any) -> None:
        if kind == "begin":
            self.step = name
            self._say_progress()
        elif kind in ("begin calls", "begin example"):
            self.step = None
        elif kind == "stopped":
            self.answer |= {"stopped": content, "last": name}
        elif kind == "done":
            if self.total:
                self.say(self.name, self.total, self.total)
            if self.says_examples and self.trials:
                self.say(MADE_UP, self.trials, self.trials)
            self.is_done = True
        else:
            self.answer[kind][name] = content

    def end(self) -> None:
        """Whatever it is at."""
        if self.file.closed:
            return
        self.file.close()
        processes.end(self.process.pid, self.home)
        self.process.wait()


def _started(
    opened: Session, package: Package, wanted: Rehearsed, home: Path, number: int
) -> subprocess.Popen[bytes]:
    seed = _HASH_SEEDS[number]
    trials = (
        () if number == 1 else wanted.trials
    )  # once is enough: they are tried alone behind that
    stand = stand_up(opened, package, home, f"rehearsal {seed}", installs=False)
    specification, target = home / "specification.json", home / "told.jsonl"
    pipelines = {f"{package.name}.pipeline": {call: call for call in wanted.steps}}
    if number == 0 and wanted.whole:
        _write_whole(stand, package, wanted.whole)
        pipelines = {f"{package.name}.{_WHOLE}": dict(wanted.labels), **pipelines}
    if number == 1 and wanted.files is not None:
        workspace.keep_only(stand.copied.folder, wanted.files)
    library = folder() / "package"
    content = {
        "words": wanted.words,
        "calls": wanted.calls,
        "runs_again": number == 1 and not _writes(opened),
        "steps": {name: asdict(step) for name, step in wanted.steps.items()},
        "pipelines": [*pipelines] if wanted.steps else [],
        "labels": pipelines,
        "rows": wanted.rows,
        "stored": str(library / "stored.py"),
        "traced": str(library / "recorded.py"),
        "recorded": str(_RECORDED),
        "probe": str(PROBE),
        "made_up": str(_MADE_UP),
        "trials": {
            "package": package.name,
            "targets": [asdict(trial) for trial in trials],
            "notebook": wanted.notebook,
            "imports": dict(wanted.imports),
            "passed": dict(wanted.passed),
            "set_ups": wanted.set_ups,
            "seconds": _TRIAL_SECONDS,
            "cases": wanted.cases,
        },
        "folders": stand.folders,
        "writable": stand.writable,
        "guarded": stand.guarded,
    }
    specification.write_text(json.dumps(content), encoding="utf-8")
    target.touch()
    clock = {"TZ": _OTHER_CLOCK} if seed == _HASH_SEEDS[1] else {}
    return processes.start(
        [kernelspec.interpreter(opened.command), str(_SCRIPT), str(specification), str(target)],
        stand.copied.folder,
        {**stand.environment, "MPLBACKEND": "Agg", "PYTHONHASHSEED": str(seed), **clock},
    )


def _write_whole(stand: Stand, package: Package, text: str) -> None:
    """Beside the pipeline, whose imports it shares."""
    place = stand.project.joinpath(package.source, *package.name.split("."), f"{_WHOLE}.py")
    place.write_text(text, encoding="utf-8")


def _writes(opened: Session) -> bool:
    """Does the notebook write files? Then what it gives when it is run again may depend on these."""
    return any(boundary.written for boundary in opened.first.boundaries)
