"""What the tests of a package are to expect: what its stages give, where the notebook gave that too.

The stages are run twice, outside of Jupyter, as the tests will run them: with other hash seeds, and
with clocks that are hours apart. In the first run each is called once more at once, in the second it
is not: where a library counts what it makes, the two differ, and a test in any order would too.
A digest is kept of what was the same in all four runs: twice in the notebook, twice here. Of all else,
also of what cannot be compared with the notebook's, only the structure is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nb2pkg.execution.model import Run
from nb2pkg.execution.session import Session
from nb2pkg.observed import Call, Description, Example, Examples, Recorded, Recording, Stored
from nb2pkg.plan.provenance import Link
from nb2pkg.verify.package import Package
from nb2pkg.verify.rehearsing import Answer, Rehearsed, rehearse

_OF_DATA = ("digest", "missing", "sign", "size", "index")  # may change from run to run
_CLOCK = re.compile(r"\bnow\(|today\(|\btime\(\)|utcnow|perf_counter|monotonic\(")
_DRAWN = "matplotlib."  # a kernel and a test draw on different canvases


def record(
    opened: Session, package: Package, steps: Sequence[Link], wanted: Rehearsed
) -> Recording:
    """Run the stages of a package that was verified, and keep what its tests can rely on."""
    one, two = rehearse(opened, package, wanted)
    passing: set[str] = set()
    written: set[str] = set()
    found: dict[str, Recorded] = {}
    for step in steps:
        name = step.name
        stages = [run["stages"].get(name) for run in (one, two)]
        if None in stages:
            continue
        if "error" in stages[0] or "error" in stages[1]:
            reason = f"{name} raises {_error(stages)} outside of Jupyter"
            examples = _examples(one["examples"])
            return Recording(found, stopped=reason, last=name, examples=examples)
        read, wrote = _files(opened.first, step)
        is_overwritten = _is_overwritten(opened.first, step)
        uses = not written.isdisjoint(read)
        stage = _Stage(name, stages[0], stages[1], is_overwritten, uses, bool(wrote))
        written |= wrote
        counts = stage.one.get("counts", False)
        lasts = not (counts or _asks_the_clock(opened, step)) and passing.isdisjoint(step.params)
        if not lasts:
            passing.update((*step.returns, *step.changes))
        found[name] = stage.recorded(_known(opened, step, stage) if lasts else None)
    stopped, last = one["stopped"] or two["stopped"], one["last"] or two["last"]
    examples = _examples(one["examples"])
    return Recording(found, _calls(one["calls"], two["calls"]), stopped, last, examples)


def _error(stages: Iterable[Answer]) -> str:
    return next(str(stage["error"]) for stage in stages if "error" in stage)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the two runs gave for one stage."""

    name: str
    one: Answer
    two: Answer
    is_overwritten: bool  # does a later cell write to a file that it reads?
    uses_files: bool  # that an earlier step wrote
    writes_files: bool

    def recorded(self, known: frozenset[str] | None) -> Recorded:
        """What both have, in all detail for known names, in structure for others.

        known: those of which the notebook is proved to have had the same; None: all is bound to change.
        """
        same = known or frozenset()
        is_repeatable = self.one.get("repeatable", False) and not self.is_overwritten
        return Recorded(
            values={name: self._summary(name, name in same) for name in self.one["values"]},
            changed=tuple(self.one["changed"]) if "changed" in self.one else None,
            stands_alone=is_repeatable and not self.uses_files,
            is_followed=not is_repeatable or self.one["draws"] or self.writes_files,
            sets_state=not self.one["values"] and not self.one["shows"],
            seconds=max(self.one["seconds"], self.two["seconds"]),
            stored={
                name: Stored(**found)
                for name, found in self.one.get("stored", {}).items()
                if name in same and self.two["stored"].get(name) == found
            },
        )

    def _summary(self, name: str, in_detail: bool) -> Description:
        one: Description = self.one["summaries"][name]
        two = self.two["summaries"].get(name)
        is_same = self.one["values"][name] == self.two["values"].get(name)
        if in_detail and is_same and one == two:
            return one
        structure = _structure(one)
        return structure if structure == _structure(two) else {"type": one["type"]}


def _structure(summary: Any) -> Any:
    """A summary without what depends on the values."""
    if isinstance(summary, Mapping):
        return {k: _structure(v) for k, v in summary.items() if k not in _OF_DATA}
    return [_structure(item) for item in summary] if isinstance(summary, list) else summary


def _known(opened: Session, step: Link, stage: _Stage) -> frozenset[str]:
    """Names whose values last, and of which the notebook is proved to have had the same.

    What differs between the two runs of the notebook does not last.
    """
    first, again = _behind(opened.first, step), _behind(opened.again, step)
    shown = {step.shown, f"shown by {stage.name}"}  # no names of the notebook: compared as outputs
    found: set[str] = set()
    for name, described in stage.one["values"].items():
        value = first.get(name)
        if value is not None and again.get(name) != value:
            continue
        digests = [run["fingerprints"].get(name) for run in (stage.one, stage.two)]
        drawn = str(described["type"]).startswith(_DRAWN)
        is_same = value is not None and not value.opaque and {*digests} == {value.digest}
        if is_same or drawn or name in shown:
            found.add(name)
    return frozenset(found)


def _files(run: Run, step: Link) -> tuple[set[str], set[str]]:
    """Those that its cells read, and those that they wrote."""
    found = [boundary for boundary in run.boundaries if boundary.cell in step.cells]
    read = {path for boundary in found for path in boundary.read}
    return read, {path for boundary in found for path in boundary.written}


def _is_overwritten(run: Run, step: Link) -> bool:
    read: set[str] = set()
    for boundary in run.boundaries:
        if not read.isdisjoint(boundary.written):
            return True
        if boundary.cell in step.cells:
            read.update(boundary.read)
    return False


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


def _calls(one: Mapping[str, Answer], two: Mapping[str, Answer]) -> dict[str, Call]:
    return {
        source: Call(answer["description"], answer["text"])
        for source, answer in one.items()
        if answer == two.get(source) and "error" not in answer and not _CLOCK.search(source)
    }


def _examples(found: Mapping[str, Answer]) -> dict[str, Examples]:
    """Those that hold on their own too."""
    return {
        symbol: Examples(
            tuple(_example(case) for case in answer["cases"]),
            answer["reason"] or ("" if answer["cases"] else _NOT_ALONE),
            answer["differs"],
        )
        for symbol, answer in found.items()
    }


_NOT_ALONE = "it depends on a step that was run before it"


def _example(case: Mapping[str, Any]) -> Example:
    pairs = {key: tuple((one, two) for one, two in case[key]) for key in ("arguments", "files")}
    lists = {key: tuple(case.get(key, ())) for key in _LISTS}
    return Example(**{**case, **pairs, **lists})


_LISTS = ("named", "returns", "asserts", "seeds", "folders", "before", "imports")
