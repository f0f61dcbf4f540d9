"""What comparing two runs says.

Comparison = Difference* Instability*    of three runs: the original, the original again, the narrative
Verdict    = StepVerdict*                in the words of the README
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from nb2pkg.execution.model import Instability, Stop
from nb2pkg.flow.engines import DASK, HAMILTON

PIPELINE = "pipeline"  # the name of the run of the pipeline
FLOW = "flow"  # the name of the run of its tasks by an engine
TESTS = "tests"  # the name of the run of the steps, as the tests run them
MADE_UP = "made-up inputs"  # the name of the trial of functions on these
FAULTS = "faults"  # the name of the runs of the tests against functions with a fault


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
            texts = [f"{name} ({why})" for name, why in self.unknown.items()]
            parts.append(f"not compared: {', '.join(texts)}")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class FlowVerdict:
    """What running the tasks of the flow by an engine said of the values that they hand on.

    unknown: what flow.py calls a value, to why it could not be compared. error: what ended it, in this task. stuck:
    values that cannot leave their process. left_out: results that the flow does not give for such a reason. not_run: why it was not run.
    """

    same: tuple[str, ...] = ()
    different: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    task: str = ""
    stuck: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_run: str = ""
    engine: str = DASK.name

    @property
    def is_sound(self) -> bool:
        """Was it run, and nothing found that is not as in the notebook?"""
        return not (self.different or self.error or self.stuck or self.not_run)

    def __str__(self) -> str:
        if self.not_run:
            return f"not run: {self.not_run}"
        if self.stuck:
            return f"{', '.join(self.stuck)} cannot leave its process"
        if self.error:
            return f"raises {self.error}"
        values = PipelineVerdict(self.same, self.different, self.unknown)
        lost = ", ".join(self.left_out)
        way, why = _WORDS[self.engine]
        more = f"; not given, since {why}: {lost}" if lost else ""
        return f"{way} {values}{more}"


_WORDS = {
    DASK.name: ("with 2 worker processes", "other processes cannot have it as it is"),
    HAMILTON.name: ("with Hamilton", "no node gives it as it is"),
}


def _counted(number: int) -> str:
    return "1 value" if number == 1 else f"{number} values"
