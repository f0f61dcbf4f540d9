"""What the tests of a package are to expect: what its stages give, where the notebook gave that too.

The stages are run twice, outside of Jupyter, as the tests will run them: with other hash seeds, and
with clocks that are hours apart. In the first run each is called once more at once, in the second it
is not: where a library counts what it makes, the two differ, and a test in any order would too.
A digest is kept of what was the same in all four runs: twice in the notebook, twice here. Where the
notebook repeats itself, and so do the stages, but the two are not the same (a result that was shown
keeps what it worked out for that), it is kept too, and named as such. Of all else only the structure
is kept.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nb2pkg.links import Link
from nb2pkg.observed import Call, Description, Recorded, Recording, Stored
from nb2pkg.render.templates import folder
from nb2pkg.verify import kernels, place
from nb2pkg.verify.model import Run
from nb2pkg.verify.protocol import Package, Session

_SCRIPT = Path(__file__).parent / "rehearsal.py"
_PROBE = Path(__file__).parent / "probe" / "__init__.py"
_HASH_SEEDS = (2, 3)
_OTHER_CLOCK = (
    "<other>-23:13:07"  # hours ahead: what shows the time or the day is not the same there
)
_OF_DATA = ("digest", "unordered", "missing", "unique", "sorted")  # may change from run to run
_CLOCK = re.compile(r"\bnow\(|today\(|\btime\(\)|utcnow|perf_counter|monotonic\(")
_DRAWN = "matplotlib."  # a kernel and a test draw on different canvases
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What is to be run. words: that are no data; calls: module and source of each.

    takes: step to the names of what its stage is given; changes: to what the notebook's run showed
    to be made or changed there.
    stored: step to names of values that are to be stored, with so many rows of each.
    """

    words: tuple[str, ...]
    takes: Mapping[str, tuple[str, ...]]
    changes: Mapping[str, tuple[str, ...]]
    calls: tuple[tuple[str, str], ...] = ()
    stored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rows: int = 0


def record(
    opened: Session, package: Package, steps: Sequence[Link], wanted: Rehearsed
) -> Recording:
    """Run the stages of a package that was verified, and keep what its tests can rely on."""
    one, two = _rehearse(opened, package, wanted)
    passing: set[str] = set()
    found: dict[str, Recorded] = {}
    for step in steps:
        name = step.symbol.rpartition(".")[2]
        told = [run["stages"].get(name) for run in (one, two)]
        if None in told:
            continue
        if "error" in told[0] or "error" in told[1]:
            reason = f"{name} raises {_error(told)} outside of Jupyter"
            return Recording(found, stopped=reason, last=name)
        stage = _Stage(name, *told)
        counts = stage.one.get("counts", False)
        lasts = not (counts or _asks_the_clock(opened, step)) and passing.isdisjoint(step.params)
        if not lasts:
            passing.update((*step.returns, *step.changes))
        found[name] = stage.recorded(_known(opened, step, stage) if lasts else None)
    return Recording(found, _calls(one["calls"], two["calls"]), one["stopped"])


def _error(told: Iterable[Told]) -> str:
    return next(str(stage["error"]) for stage in told if "error" in stage)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the two runs told of one stage."""

    name: str
    one: Told
    two: Told

    def recorded(self, known: Mapping[str, bool] | None) -> Recorded:
        """What both have, in all detail for known names, in structure for others.

        known: is it proved that the notebook had the same? None: all of it is bound to change.
        """
        same = known or {}
        both = {n: (d, self.two["values"].get(n)) for n, d in self.one["values"].items()}
        values = {n: _shared(d, other, n in same) for n, (d, other) in both.items()}
        return Recorded(
            values={name: found for name, found in values.items() if found},
            apart=tuple(
                n for n, proved in same.items() if not proved and "digest" in (values[n] or ())
            ),
            printed=None if known is None else self._agreed("printed"),
            figures=None if known is None else self._agreed("figures"),
            changed=tuple(self.one["changed"]) if "changed" in self.one else None,
            is_repeatable=self.one.get("repeatable", False),
            seconds=max(self.one["seconds"], self.two["seconds"]),
            is_heavy=self.one["is_heavy"] and self.two["is_heavy"],
            stored={
                name: Stored(**found)
                for name, found in self.one.get("stored", {}).items()
                if name in same and self.two["stored"].get(name) == found
            },
        )

    def _agreed(self, what: str) -> Any:
        found = self.one.get(what)
        if found != self.two.get(what):
            return None
        return tuple(found) if isinstance(found, list) else found


def _shared(one: Description, two: Description | None, in_detail: bool) -> Description | None:
    if two is None:
        return None
    if in_detail and one == two:
        return one
    structure = _structure(one)
    return structure if structure == _structure(two) else {"type": one["type"]}


def _structure(described: Any) -> Any:
    """A description without what depends on the values."""
    if isinstance(described, Mapping):
        return {k: _structure(v) for k, v in described.items() if k not in _OF_DATA}
    return [_structure(item) for item in described] if isinstance(described, list) else described


def _known(opened: Session, step: Link, stage: _Stage) -> dict[str, bool]:
    """Names whose values last, and whether the notebook is proved to have had the same.

    What differs between the two runs of the notebook does not last.
    """
    first, again = _behind(opened.first, step), _behind(opened.again, step)
    shown = {step.shown, f"shown by {stage.name}"}  # no names of the notebook: compared as outputs
    found: dict[str, bool] = {}
    for name, described in stage.one["values"].items():
        value = first.get(name)
        if value is not None and again.get(name) != value:
            continue
        told = [run["fingerprints"].get(name) for run in (stage.one, stage.two)]
        drawn = str(described["type"]).startswith(_DRAWN)
        is_same = value is not None and not value.opaque and {*told} == {value.digest}
        found[name] = is_same or drawn or name in shown
    return found


def _behind(run: Run, step: Link) -> Mapping[str, Any]:
    found = [boundary.names for boundary in run.boundaries if boundary.cell == step.cells[-1]]
    return found[0] if found else {}


def _asks_the_clock(opened: Session, step: Link) -> bool:
    """Does it, or a function that it mentions, look at the time? Then its values last no day."""
    sources = {cell.id: cell.source for cell in opened.notebook.code}
    text = "\n".join(sources.get(cell, "") for cell in step.cells)
    names = {
        name
        for source in sources.values()
        if _CLOCK.search(source)
        for name in re.findall(r"^\s*def (\w+)", source, re.MULTILINE)
    }
    return bool(_CLOCK.search(text)) or not names.isdisjoint(re.findall(r"\w+", text))


def _calls(one: Mapping[str, Told], two: Mapping[str, Told]) -> dict[str, Call]:
    return {
        source: Call(told["description"], told["text"])
        for source, told in one.items()
        if told == two.get(source) and "error" not in told and not _CLOCK.search(source)
    }


# ---- running


def _rehearse(opened: Session, package: Package, wanted: Rehearsed) -> tuple[Told, Told]:
    """Twice; both at once, where they cannot meet."""
    told: list[Told] = []
    if place.may_run_beside(opened.notebook):
        running = [_Process(opened, package, wanted, seed) for seed in _HASH_SEEDS]
        try:
            told = [process.told() for process in running]
        finally:
            for process in running:
                process.end()  # Ctrl-C too must leave nothing behind
    else:
        told = [_alone(opened, package, wanted, seed) for seed in _HASH_SEEDS]
    return told[0], told[1]


def _alone(opened: Session, package: Package, wanted: Rehearsed, seed: int) -> Told:
    process = _Process(opened, package, wanted, seed)
    try:
        return process.told()
    finally:
        process.end()


class _Process:
    """A run of the stages, outside of Jupyter."""

    def __init__(self, opened: Session, package: Package, wanted: Rehearsed, seed: int) -> None:
        home = Path(tempfile.mkdtemp(prefix="rehearsal-", dir=opened.scratch))
        stand = opened.stand(package, home, f"rehearsal {seed}", installs=False)
        specification, self.target = home / "specification.json", home / "told.json"
        content = {
            "words": wanted.words,
            "calls": wanted.calls,
            "calls_again": seed == _HASH_SEEDS[0],
            "takes": dict(wanted.takes),
            "changes": dict(wanted.changes),
            "stored": dict(wanted.stored),
            "rows": wanted.rows,
            "library": str(folder() / "package" / "recorded" / "stored.py"),
            "probe": str(_PROBE),
            "tests": str(stand.project / package.tests),
            "folders": stand.folders,
            "writable": stand.writable,
            "guarded": stand.guarded,
        }
        specification.write_text(json.dumps(content), encoding="utf-8")
        clock = {"TZ": _OTHER_CLOCK} if seed == _HASH_SEEDS[1] else {}
        self.seconds = opened.conditions.total_timeout or None
        self.process = subprocess.Popen(
            [
                kernels.interpreter(opened.command),
                str(_SCRIPT),
                str(specification),
                str(self.target),
            ],
            cwd=stand.copied.folder,
            env={**stand.environment, "MPLBACKEND": "Agg", "PYTHONHASHSEED": str(seed), **clock},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self) -> Told:
        """What it wrote down, once it has ended; nothing if it took too long."""
        try:
            _, errors = self.process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            return {"stages": {}, "calls": {}, "stopped": "the stages took too long"}
        if self.process.returncode:
            kind = (errors.strip().splitlines() or ["an error"])[-1].partition(":")[0]
            return {"stages": {}, "calls": {}, "stopped": f"{kind}: they cannot be run at all"}
        found: Told = json.loads(self.target.read_text(encoding="utf-8"))
        return found

    def end(self) -> None:
        """Whatever it is at."""
        self.process.kill()
        self.process.wait()
