"""What a run leaves behind, and what comparing two of them says.

Run        = Boundary* [Stop]            one boundary behind each code cell
Boundary   = outputs, Value of each name, sharing, state, files
Comparison = Difference* Instability*    of three runs: the original, the original again, the narrative
Verdict    = StepVerdict*                in the words of the README
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Shown = Mapping[str, Any]
"""One output of a cell, normalised: kind and data, as ``outputs.normalise`` makes it."""

PIPELINE = "pipeline"  # the name of the run of the pipeline
TESTS = "tests"  # the name of the run of the steps, as the tests run them


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a notebook is run. Seconds are wall time; 0 means no limit.

    python is an interpreter with ipykernel; empty: the kernel that the notebook names, else the
    interpreter of nb2pkg. seed starts the global random generators of every run alike, so that a
    notebook that seeds nothing can be compared too. environment replaces the one of this process.
    """

    python: str = ""
    cell_timeout: float = 600
    total_timeout: float = 3600
    seed: int = 7
    environment: Mapping[str, str] | None = None
    writable: tuple[str, ...] = ()


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
    """A notebook that was run in a fresh kernel. files: path to digest of what it wrote."""

    boundaries: tuple[Boundary, ...] = ()
    stop: Stop | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def cpu_seconds(self) -> tuple[float, float]:
        """What the cells took, and what observing them added to it."""
        cells = sum(boundary.cell_cpu for boundary in self.boundaries)
        return cells, sum(boundary.probe_cpu for boundary in self.boundaries)


class What(Enum):
    """In what two runs can differ."""

    VALUE = "value"
    MISSING = "missing"
    ADDED = "added"
    SHARING = "sharing"
    OUTPUT = "output"
    FIGURE = "figure"
    STATE = "state"
    FILE = "file"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same behind a cell. name is the variable, the setting or the file."""

    cell: str
    index: int
    what: What
    name: str = ""
    detail: str = ""

    @property
    def subject(self) -> str:
        """What differs, without any value."""
        return f"{self.what.value} {self.name}".strip()

    def __str__(self) -> str:
        return f"{self.subject}: {self.detail}" if self.detail else self.subject


@dataclass(frozen=True, slots=True)
class Instability:
    """What differs between two runs of the original, or cannot be compared, and why."""

    cell: str
    index: int
    name: str  # of the variable; empty: the outputs of the cell
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcome for all boundaries that both runs reached."""

    differences: tuple[Difference, ...] = ()
    unstable: tuple[Instability, ...] = ()
    reached: tuple[str, ...] = ()  # cells behind which the runs were compared
    stop: Stop | None = None  # of the original
    cut: tuple[int, ...] = ()  # cells whose outputs are so long that only their beginning was kept

    @property
    def first(self) -> tuple[Difference, ...]:
        """The differences behind the first cell that has any: the others may follow from them."""
        if not self.differences:
            return ()
        index = min(difference.index for difference in self.differences)
        return tuple(d for d in self.differences if d.index == index)


# ---- the pipeline


@dataclass(frozen=True, slots=True)
class Where:
    """Where the pipeline is: its package, what it asks for, and where in the notebook it ends.

    inputs: values that somebody has to hand in; then it cannot be run. ends_before: index of the
    cell in which the first statement stands that it does not run; None if it runs to the end.
    partly: names that this cell binds or changes, of which the notebook may have another value yet.
    """

    package: str
    inputs: tuple[str, ...] = ()
    ends_before: int | None = None
    partly: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PipelineVerdict:
    """What running the pipeline said: which of the values that it gives are the notebook's.

    unknown: name to why it could not be compared. error: what ended it, in this line of pipeline.py.
    not_run: why it was not run, if it was not.
    """

    same: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    line: int = 0
    not_run: str = ""

    @property
    def is_sound(self) -> bool:
        """Was nothing found that is not as in the notebook?"""
        return not (self.different or self.error)

    def __str__(self) -> str:
        if self.not_run:
            return f"not run: {self.not_run}"
        if self.error:
            return f"raises {self.error} outside of Jupyter"
        parts = [f"{_counted(len(self.same))} as in the notebook"]
        if self.different:
            parts.append(f"different: {', '.join(self.different)}")
        if self.unknown:
            told = [f"{name} ({why})" for name, why in self.unknown.items()]
            parts.append(f"not compared: {', '.join(told)}")
        return "; ".join(parts)


def _counted(number: int) -> str:
    return "1 value" if number == 1 else f"{number} values"
