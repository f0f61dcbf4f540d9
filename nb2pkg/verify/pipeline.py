"""Does the pipeline give what the notebook has where the pipeline ends?

It is run once, outside of Jupyter, as ``python -m PACKAGE`` runs it, in a copy of the notebook's
folder. Every value that it gives is compared with the notebook's behind the last cell that the
pipeline runs whole. What cannot be compared is not known to be the same; a kernel and a script draw on different
canvases, so drawings are not.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nb2pkg.environment import kernelspec
from nb2pkg.execution import processes, workspace
from nb2pkg.execution.model import Run, Value
from nb2pkg.execution.run import PROBE, TICK_SECONDS
from nb2pkg.execution.session import Session
from nb2pkg.model import CellFacts
from nb2pkg.verify.model import PIPELINE, PipelineVerdict, Where
from nb2pkg.verify.package import Package, stand_up

_SCRIPT = Path(__file__).parent / "piped.py"

_LOOK_SECONDS = 0.05


def ending(package: str, inputs: Iterable[str], last: CellFacts | None) -> Where:
    """A pipeline that ends in a cell, or that runs to the end of the notebook."""
    inside = last.statements if last is not None else ()
    changed = {name for f in inside for name in (*f.bound, *(n for n, _ in f.mutates))}
    cell = last.cell.index if last is not None else None
    return Where(package, tuple(inputs), cell, frozenset(changed))


@contextmanager
def begun(opened: Session, package: Package, where: Where) -> Iterator[PipelineRun | None]:
    """The pipeline of a package, started for `run` to wait for, where a core is free beside other runs."""
    if _not_run(opened, where) or not workspace.has_core_beside(opened.notebook):
        yield None
        return
    with PipelineRun(opened, package, where.package) as running:
        yield running


def run(
    opened: Session, package: Package, where: Where, started: PipelineRun | None = None
) -> PipelineVerdict:
    """Run the pipeline of a package and compare what it gives with the runs of the original.

    started: if it runs already.
    """
    if why := _not_run(opened, where):
        return PipelineVerdict(not_run=why)
    with started or PipelineRun(opened, package, where.package) as running:
        answer = running.answer()
    if "error" in answer:
        return PipelineVerdict(error=str(answer["error"]), line=int(answer.get("line", 0)))
    drawn = dict.fromkeys(answer["drawn"], "a drawing")
    given = {name: digest for name, digest in answer["given"].items() if name not in drawn}
    found = compared(given, opened.first, opened.again, where)
    found = replace(found, unknown={**found.unknown, **drawn})
    hidden = [name for name in answer["given"] if name not in answer["shown"]]
    return replace(found, error=f"no line for {hidden[0]}") if hidden else found


def _not_run(opened: Session, where: Where) -> str:
    """Why it cannot be run; empty if it can."""
    if where.inputs:
        return f"somebody has to hand it {', '.join(where.inputs)}"
    if opened.first.stop is not None:
        return f"the notebook stops in cell {opened.first.stop.index + 1}"
    return ""


def compared(given: Mapping[str, str], first: Run, again: Run, where: Where) -> PipelineVerdict:
    """The verdict on fingerprints; an empty one is of a value that has none."""
    one, two = _behind(first, where.ends_before), _behind(again, where.ends_before)
    seen = (b.changed for b in first.boundaries if b.index == where.ends_before)
    where = replace(
        where, partly=where.partly.union(*seen)
    )  # other names of a value change with it
    same, different, unknown = [], [], {}
    for name, digest in given.items():
        value = one.get(name)
        why = _unknown(name, digest, value, two.get(name), where)
        if why:
            unknown[name] = why
        elif value is not None and digest == value.digest:
            same.append(name)
        else:
            different.append(name)
    return PipelineVerdict(tuple(same), tuple(different), unknown)


def _unknown(name: str, digest: str, one: Value | None, two: Value | None, where: Where) -> str:
    """Why a value cannot be compared; empty if it can."""
    if name in where.partly:
        return "made in the cell in which the pipeline ends"
    if one is None:
        return "the notebook does not have it at its end"
    if one.opaque or not digest:
        return one.opaque or "it cannot be compared"
    if two is None or one.digest != two.digest:
        return "it differs from run to run"
    return ""


def _behind(run: Run, end: int | None) -> Mapping[str, Value]:
    """The variables behind the last cell that stands before the end."""
    found = [b for b in run.boundaries if end is None or b.index < end]
    return found[-1].names if found else {}


class PipelineRun:
    """The process of a script that runs the pipeline. It is ended at the end of the block, whatever it is at."""

    def __init__(
        self,
        opened: Session,
        package: Package,
        name: str,
        script: Path = _SCRIPT,
        run: str = PIPELINE,
    ) -> None:
        self.opened, self.name = opened, run
        self.home = Path(tempfile.mkdtemp(prefix=f"{run}-", dir=opened.scratch))
        self.target = self.home / "told.json"
        specification = self.home / "specification.json"
        stand = stand_up(opened, package, self.home, run, installs=False)
        content = {
            "package": name,
            "probe": str(PROBE),
            "seed": opened.conditions.seed,
            "folders": stand.folders,
            "writable": stand.writable,
            "guarded": stand.guarded,
            "imports_draw": opened.is_seeded(),
        }
        specification.write_text(json.dumps(content), encoding="utf-8")
        python = kernelspec.interpreter(opened.command)
        argv = [python, str(script), str(specification), str(self.target)]
        variables = {**stand.environment, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "0"}
        self.began = time.monotonic()
        self.is_over = False
        self.process = processes.start(argv, stand.copied.folder, variables)

    def __enter__(self) -> PipelineRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()  # Ctrl-C too must leave nothing behind

    def end(self) -> None:
        """Whatever it is at. Once: its number may be that of another process later."""
        if not self.is_over:
            self.is_over = True
            processes.end(self.process.pid, self.home)
            self.process.wait()

    def answer(self) -> Mapping[str, Any]:
        """What it wrote down; an error if it took too long, or ended Python."""
        if not self._waited():
            return {"error": f"no end within {self.opened.conditions.total_timeout:g} seconds"}
        self.end()  # what it has started may still write
        try:
            found: Mapping[str, Any] = json.loads(self.target.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {"error": "the end of Python"}
        return found

    def _waited(self) -> bool:
        """Wait until it has ended; False if it takes too long."""
        next_tick = time.monotonic()
        while self.process.poll() is None:
            now = time.monotonic()
            limit = self.opened.conditions.total_timeout
            if limit and now - self.began > limit:
                return False
            if now >= next_tick:
                next_tick = now + TICK_SECONDS
                self.opened.say(self.name, 0, 1)
            time.sleep(_LOOK_SECONDS)
        self.opened.say(self.name, 1, 1)
        return True
