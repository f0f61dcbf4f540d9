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
class Observed:
    """All that a run showed: by cell id, and of the environment; and the verdicts, once there are any."""

    cells: Mapping[str, Moment] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    verified: Verified | None = None

    def changes(self, cells: tuple[str, ...]) -> frozenset[str]:
        """Variables that these cells made or changed."""
        found = (self.cells[cell].changed for cell in cells if cell in self.cells)
        return frozenset().union(*found)


def verdict_line(observed: Observed | None, notebook: str) -> str:
    """What the README says of the verification; VERDICT_LINE finds it there."""
    if observed is None or observed.verified is None:
        return "Not verified yet: `nb2pkg verify` runs the notebook and this package, and compares."
    return observed.verified.line(notebook)
