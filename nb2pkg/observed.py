"""What a run of the notebook showed, without data values: it feeds annotations, docstrings and the
README, and is kept in the manifest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nb2pkg.data.version import FileVersion

VERDICT_LINE = re.compile(r"^(?:Verified against|Not verified)\b[^\n]*$", re.MULTILINE)
"""The line of the README that says whether the package was run."""

_NAMED = 5  # steps that a line names one by one

Schema = Mapping[str, Any]
"""Of a value: its type, and what of shape, dtype, columns, index and items there is to say."""


Description = Mapping[str, Any]
"""Of a value: its structure and digests, as tests/recorded.py makes them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The variables before and behind a cell, those that it changed, and the files that it used.

    loaded: dotted modules that its code loaded by calling something. acted: may it have done more than
    that, to the process or to files? unsure: variables of which nobody can say whether they changed.
    """

    before: Mapping[str, Schema]
    after: Mapping[str, Schema]
    changed: frozenset[str]
    read: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()
    acted: bool = True
    unsure: frozenset[str] = frozenset()


class Verdict(Enum):
    """The words are those of tables, JSON and the manifest."""

    EXACT = "exact"
    CLOSE = "within 1e-9"
    UNSTABLE = "unstable"
    STATIC = "static only"
    DIFFERENT = "different"

    @property
    def is_verified(self) -> bool:
        """Whether "behaviour preserved" may be said of it."""
        return self in (Verdict.EXACT, Verdict.CLOSE, Verdict.UNSTABLE)


VERIFIED = frozenset(verdict.value for verdict in Verdict if verdict.is_verified)
"""The words of the verdicts that a manifest may have of something that was verified."""

Verdicts = Mapping[str, tuple[str, tuple[str, ...]]]
"""Symbol of a step to the word of its verdict, and what there is to note."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdicts, as they are written down."""

    date: str
    python: str
    verdict: str
    steps: Verdicts
    stopped: str = ""

    def line(self, notebook: str) -> str:
        """The one line of the README. No date and no number: branches would not merge for them."""
        if self.verdict == Verdict.DIFFERENT.value:
            return f"Not verified: the package and {notebook} differ ({self._exceptions()})."
        if self._ran_nothing:
            return f"Not verified by running: {self.stopped or 'the notebook did not run'}."
        exceptions = self._exceptions()
        stopped = f" {self.stopped}." if self.stopped else ""
        but = f" but for {exceptions}" if exceptions else ""
        return f"Verified against {notebook}: every step exact{but}.{stopped}"

    def summary(self, notebook: str) -> str:
        """When, with what and how many: for a review."""
        if self.verdict == Verdict.DIFFERENT.value or self._ran_nothing:
            return f"{self.line(notebook)} ({counted(self.steps)}, {self.date})"
        stopped = f" {self.stopped}." if self.stopped else ""
        return (
            f"Verified on {self.date} against {notebook}, Python {self.python}: "
            f"{counted(self.steps)}.{stopped}"
        )

    @property
    def _ran_nothing(self) -> bool:
        words = {word for word, _ in self.steps.values()}
        return self.verdict == Verdict.STATIC.value and words <= {Verdict.STATIC.value}

    def _exceptions(self) -> str:
        """Steps that are not exact, with their verdicts."""
        found = [f"{s} ({v})" for s, (v, _) in self.steps.items() if v != Verdict.EXACT.value]
        more = [f"{len(found) - _NAMED} more"] if len(found) > _NAMED else []
        return ", ".join([*found[:_NAMED], *more])


def counted(steps: Verdicts) -> str:
    """``14 steps exact, 1 within 1e-9, 1 unstable (random)``."""
    counts = Counter(word for word, _ in steps.values())
    parts: list[str] = []
    for verdict in Verdict:
        if count := counts[verdict.value]:
            noun = (" step" if count == 1 else " steps") if not parts else ""
            parts.append(f"{count}{noun} {verdict.value}{_causes(steps, verdict)}")
    return ", ".join(parts) or "no steps"


def _causes(steps: Verdicts, verdict: Verdict) -> str:
    """Why steps are unstable; what is only made from something unstable has no cause of its own."""
    if verdict is not Verdict.UNSTABLE:
        return ""
    notes = [note for word, own in steps.values() if word == verdict.value for note in own]
    causes = {note.partition(" (")[2].removesuffix(")") for note in notes}
    own = sorted(cause for cause in causes if not cause.startswith("made from "))
    return f" ({'; '.join(own)})" if own else ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A value that a person asked to be stored: its text, and of which kind the file is."""

    text: str
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a step gave when the pipeline of the package was run as its tests run it.

    values: those that it returned (in the order of returns) or changed, summarised as tests/recorded.py does. Where the
    notebook had another value, or the value is not the same in each run, structure is all that is told.
    """

    values: Mapping[str, Description] = field(default_factory=dict)
    returns: tuple[str, ...] = ()
    seconds: float = 0.0
    stored: Mapping[str, Stored] = field(default_factory=dict)

    @property
    def loose(self) -> tuple[str, ...]:
        """Values of which the structure is known, and no more."""
        return tuple(name for name, found in self.values.items() if "digest" not in str(found))


@dataclass(frozen=True, slots=True)
class Call:
    """What a call of the notebook gives; text: as a literal, if it can be one and is no data."""

    result: Description
    text: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A call on made-up inputs, and the lines that assert what the notebook's code made of it.

    shape: what the inputs show; arguments: name and source; named: those that are passed by name.
    returns: names for what it gives; seeds: the generators of random numbers that it draws from.
    wrap: what is called on the result; raised: the exception; files: path and text of those that it
    reads, in folders that have to be there. before: statements that are run first; imports: statements
    for what the source mentions.
    """

    shape: str
    arguments: tuple[tuple[str, str], ...]
    named: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    asserts: tuple[str, ...] = ()
    wrap: str = ""
    raised: str = ""
    seeds: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    folders: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examples:
    """Those of one function; reason: why there are none. differs: inputs on which package and notebook do."""

    cases: tuple[Example, ...] = ()
    reason: str = ""
    differs: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """What the tests of a package can expect: by names of steps, by the text of calls, and by symbol.

    A step that could not be run, or that stands behind one, is not among them: stopped says why,
    last is the step that ended it. files: the only ones that the pipeline needs, if that was tried.
    """

    steps: Mapping[str, Recorded] = field(default_factory=dict)
    calls: Mapping[str, Call] = field(default_factory=dict)
    stopped: str = ""
    last: str = ""
    examples: Mapping[str, Examples] = field(default_factory=dict)
    files: tuple[str, ...] | None = None

    @property
    def seconds(self) -> float:
        """How long the pipeline takes."""
        return sum(step.seconds for step in self.steps.values())

    def unknown(self, step: str) -> str:
        """Why nothing is known of a step; empty if something is."""
        return "" if step in self.steps else self.stopped or "it was not run"


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that the notebook worked with. Its path is as seen from there; cells: ids of those that use it."""

    version: FileVersion
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a run showed: by cell id, and of the environment; then the verdicts, and what the
    tests can expect. data: the versions of files that it ran on.
    """

    cells: Mapping[str, Moment] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    verified: Verified | None = None
    recording: Recording | None = None
    data: tuple[InputFile, ...] = ()

    def changes(self, cells: tuple[str, ...]) -> frozenset[str]:
        """Variables that these cells made or changed."""
        found = (self.cells[cell].changed for cell in cells if cell in self.cells)
        return frozenset().union(*found)

    def taken(
        self, cells: Iterable[str], names: Iterable[str], returns: Collection[str]
    ) -> dict[str, Schema]:
        """The variables of those names that a step of these cells took, and what they were.

        One that has another type behind the cells, and is not returned, is left out: another step of
        the cell has made that of it, and nobody knows in between.
        """
        moments = [self.cells[cell] for cell in cells if cell in self.cells]
        if not moments:
            return {}
        before, after = moments[0].before, moments[-1].after
        found: dict[str, Schema] = {}
        for name in names:
            schema = before.get(name) or (after.get(name) if name not in returns else None)
            is_kept = schema and schema.get("type") == after.get(name, schema).get("type")
            if schema and (name in returns or is_kept):
                found[name] = schema
        return found


def verdict_line(observed: Observed | None, notebook: str) -> str:
    """What the README says of the verification; VERDICT_LINE finds it there."""
    if observed is None or observed.verified is None:
        return "Not verified yet: `nb2pkg verify` runs the notebook and this package, and compares."
    return observed.verified.line(notebook)
