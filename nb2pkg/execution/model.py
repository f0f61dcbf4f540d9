"""What a run leaves behind.

Run        = Boundary* [Stop]            one boundary behind each code cell
Boundary   = outputs, Value of each name, sharing, state, files
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nb2pkg.observed import InputFile

Shown = Mapping[str, Any]
"""One output of a cell, normalised: kind and data, as ``outputs.normalise`` makes it."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a notebook is run. Seconds are wall time; 0 means no limit.

    python is an interpreter with ipykernel; empty: the kernel that the notebook names, else the
    interpreter of nb2pkg. seed starts the global random generators of every run alike, so that a
    notebook that seeds nothing can be compared too. environment replaces the one of this process.
    hash_seed: that of Python, if it is not that of the name of the run; held: the entropy of the system,
    or its clock, as `probe.held` does it.
    """

    python: str = ""
    cell_timeout: float = 600
    total_timeout: float = 3600
    seed: int = 7
    environment: Mapping[str, str] | None = None
    writable: tuple[str, ...] = ()
    hash_seed: int | None = None
    held: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A variable at a boundary. opaque says why it cannot be compared, if it cannot."""

    kind: str
    digest: str
    opaque: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Boundary:
    """The notebook as it was when a code cell had run. index is that of the cell in its document.

    names are all live variables, changed those that are new or not as they were before. modules:
    the top-level ones that are new; loaded: those that the code loaded by calling something.
    """

    cell: str
    index: int
    outputs: tuple[Shown, ...]
    names: Mapping[str, Value]
    changed: frozenset[str]
    shared: frozenset[tuple[str, ...]]
    state: Mapping[str, Mapping[str, str]]
    figures: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    modules: frozenset[str] = frozenset()
    loaded: tuple[str, ...] = ()
    cell_cpu: float = 0.0
    probe_cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended before its last cell: the cell, and the error or what else it was."""

    cell: str
    index: int
    reason: str
    is_error: bool = True  # of the notebook's code, not a limit of time or a kernel that died


@dataclass(frozen=True, slots=True)
class Run:
    """A notebook that was run in a fresh kernel. files: path to digest of what it wrote.

    data: the files that it worked with; only of the first run of an original.
    """

    boundaries: tuple[Boundary, ...] = ()
    stop: Stop | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    data: tuple[InputFile, ...] = ()

    @property
    def cpu_seconds(self) -> tuple[float, float]:
        """What the cells took, and what observing them added to it."""
        cells = sum(boundary.cell_cpu for boundary in self.boundaries)
        return cells, sum(boundary.probe_cpu for boundary in self.boundaries)


@dataclass(frozen=True, slots=True)
class Instability:
    """What differs between two runs of the original, or cannot be compared, and why."""

    cell: str
    index: int
    name: str  # of the variable; empty: the outputs of the cell
    reason: str
