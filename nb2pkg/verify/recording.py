"""What the tests of a package are to expect: what its steps give, where the notebook gave that too.

The pipeline is run twice, outside of Jupyter, as the tests will run it: with other hash seeds, with clocks
that are hours apart, and with all files of the folder or only with those that it is known to use. The second process runs
it once more: where a library counts what it makes, that differs, and tests in any order would too.
A digest is kept of what was the same each time, in the notebook and here. Of all else, also of what
cannot be compared with the notebook's, only the structure is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nb2pkg.execution.model import Run
from nb2pkg.execution.session import Session
from nb2pkg.observed import Call, Description, Example, Examples, Recorded, Recording, Stored
from nb2pkg.plan.provenance import Link
from nb2pkg.verify.rehearsing import Answer, Rehearsals

_OF_DATA = ("digest", "missing", "sign", "size", "index")  # may change from run to run
_CLOCK = re.compile(r"\bnow\(|today\(|\btime\(\)|utcnow|perf_counter|monotonic\(")
_DRAWN = "matplotlib."  # a kernel and a test draw on different canvases


def record(
    rehearsals: Rehearsals, steps: Mapping[str, Link], meanwhile: Callable[[], None]
) -> Recording:
    """Run the pipeline of a package that was verified, and keep what its tests can rely on.

    steps: those that run() calls, by the names of the calls; "run" gives what no step does. meanwhile: called when
    a core is free again before the end.
    """
    opened, wanted = rehearsals.opened, rehearsals.wanted
    one, two = rehearsals.answers(meanwhile)
    passing: set[str] = set()
    found: dict[str, Recorded] = {}
    examples = _examples(one["examples"])
    for name, step in steps.items():
        runs = [one["stages"].get(name), two["stages"].get(name)]
        if None in runs:
            continue
        if "error" in runs[0] or "error" in runs[1]:
            reason = f"{name} raises {_error(runs)} outside of Jupyter"
            return Recording(found, stopped=reason, last=name, examples=examples)
        stage = _Stage(runs[0], runs[1], two["again"].get(name))
        lasts = not _asks_the_clock(opened, step) and passing.isdisjoint(step.params)
        if not (lasts and stage.is_repeatable):
            passing.update((*step.returns, *step.changes))
        known = _known(opened, step, stage) if lasts else frozenset()
        found[name] = stage.recorded(known, wanted.steps[name].returns)
    stopped, last = one["stopped"] or two["stopped"], one["last"] or two["last"]
    calls = _calls(one["calls"], two["calls"])
    return Recording(found, calls, stopped, last, examples, two["files"])


def _error(stages: Iterable[Answer]) -> str:
    return next(str(stage["error"]) for stage in stages if "error" in stage)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the two runs gave for one step, and what the second gave when it was run again."""

    one: Answer
    two: Answer
    again: Answer | None

    @property
    def is_repeatable(self) -> bool:
        return self.again is None or self.again["values"] == self.two["values"]

    def recorded(self, known: frozenset[str], returns: tuple[str, ...]) -> Recorded:
        """What all have, in all detail for known names, in structure for others.

        known: those of which the notebook is proved to have had the same.
        """
        return Recorded(
            values={name: self._summary(name, name in known) for name in self.one["values"]},
            returns=returns,
            seconds=max(self.one["seconds"], self.two["seconds"]),
            stored={
                name: Stored(**found)
                for name, found in self.one["stored"].items()
                if name in known and self.two["stored"].get(name) == found
            },
        )

    def _summary(self, name: str, in_detail: bool) -> Description:
        one: Description = self.one["summaries"][name]
        two = self.two["summaries"].get(name)
        runs = [self.two, *([self.again] if self.again else [])]
        is_same = all(run["values"].get(name) == self.one["values"][name] for run in runs)
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
    shown = {step.shown, "shown"}  # no names of the notebook: compared as outputs
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
