"""What a run of the notebook showed, without data values: it feeds annotations, docstrings and the
README, and is kept in the manifest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VERDICT_LINE = re.compile(r"^(?:Verified on|Not verified)\b[^\n]*$", re.MULTILINE)
"""The line of the README that says whether the package was run."""

Schema = Mapping[str, Any]
"""Of a value: its type, and what of shape, dtype, columns, index and items there is to say."""


Description = Mapping[str, Any]
"""Of a value: its structure and digests, as tests/recorded.py makes them."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The variables before and behind a cell, those that it changed, and the files that it used."""

    before: Mapping[str, Schema]
    after: Mapping[str, Schema]
    changed: frozenset[str]
    read: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdicts, as they are written down. steps: symbol to verdict, and what there is to note."""

    date: str
    python: str
    verdict: str
    counted: str
    steps: Mapping[str, tuple[str, tuple[str, ...]]]
    stopped: str = ""

    def line(self, notebook: str) -> str:
        """The one line of the README."""
        if self.verdict == "different":
            return f"Not verified: on {self.date} the package and {notebook} differed ({self.counted})."
        if self.verdict == "static only" and self.counted.endswith("static only"):
            return f"Not verified by running: {self.stopped or 'the notebook did not run'}."
        stopped = f" {self.stopped}." if self.stopped else ""
        return f"Verified on {self.date} against {notebook}, Python {self.python}: {self.counted}.{stopped}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A value that a person asked to be stored: its text, and of which kind the file is.

    is_whole: can it be read again as it was?
    """

    text: str
    entry: Mapping[str, Any]
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a step gave when the stages of the package were run as its tests run them.

    values: those that its stage made; figures: those that it drew. Where the notebook had another
    value, or the value is not the same in each run, structure is all that is described.
    apart: values of which it is not known whether the notebook had the same.
    changed: of what it is given; None where that could not be found out. is_heavy: what it is given
    takes long to copy.
    """

    values: Mapping[str, Description] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    printed: Description | None = None
    figures: tuple[Description, ...] | None = None
    changed: tuple[str, ...] | None = None
    is_repeatable: bool = False
    seconds: float = 0.0
    is_heavy: bool = False
    stored: Mapping[str, Stored] = field(default_factory=dict)

    @property
    def is_stored(self) -> bool:
        """Are there files with all that it made, as it was?"""
        kept = {name for name, stored in self.stored.items() if stored.is_whole}
        return bool(kept) and kept == set(self.values)

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
class Recording:
    """What the tests of a package can expect: by names of steps, and by the text of calls.

    A step that could not be run, or that stands behind one, is not among them: stopped says why,
    last is the step that ended it.
    """

    steps: Mapping[str, Recorded] = field(default_factory=dict)
    calls: Mapping[str, Call] = field(default_factory=dict)
    stopped: str = ""
    last: str = ""

    def unknown(self, step: str) -> str:
        """Why nothing is known of a step; empty if something is."""
        return "" if step in self.steps else self.stopped or "it was not run"


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a run showed: by cell id, and of the environment; then the verdicts, and what the
    tests can expect.
    """

    cells: Mapping[str, Moment] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    verified: Verified | None = None
    recording: Recording | None = None

    def changes(self, cells: tuple[str, ...]) -> frozenset[str]:
        """Variables that these cells made or changed."""
        found = (self.cells[cell].changed for cell in cells if cell in self.cells)
        return frozenset().union(*found)


def verdict_line(observed: Observed | None, notebook: str) -> str:
    """What the README says of the verification; VERDICT_LINE finds it there."""
    if observed is None or observed.verified is None:
        return "Not verified yet: `nb2pkg verify` runs the notebook and this package, and compares."
    return observed.verified.line(notebook)
