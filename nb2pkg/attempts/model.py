"""What an attempt is: a notebook at one time, what it ran on, what came out, and what people say of it.

refs/nb2pkg/attempts/<notebook>/<branch>   the last attempt of a branch, a commit
  attempt.json     all that is known of it but for the notebook: AttemptDetails
  notebook.ipynb   the notebook without outputs
  counts.json      the execution counts of its code cells
  outputs/3-0.json the first output of its fourth cell
  original.ipynb   the bytes of the file, where they do not follow from the others
refs/notes/nb2pkg/attempts                 what was said of attempts later, a line for each: AttemptComment
refs/worktree/nb2pkg/<notebook>            the branch that goes on; each work tree has its own
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nb2pkg.data.version import FileVersion

MAIN = "main"
SHORT = 8  # characters of an id that people see

Trigger = Literal["command", "verify", "promote", "check", "record", "restore", "join"]
Status = Literal["", "ran", "failed"]
Outputs = Literal["keep", "strip"]
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Metric:
    """A number by which attempts are compared. cell: the id of the cell that showed it, if one did."""

    name: str
    value: float
    cell: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What running the notebook gave; no status if nobody ran it."""

    status: Status = ""
    reason: str = ""

    @property
    def text(self) -> str:
        """In words; empty if there is no result."""
        return f"{self.status}: {self.reason}" if self.reason else self.status


NOT_RUN = RunResult()


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that the notebook names. Its MD5 is empty if it was too big to be read in passing.

    modified: in nanoseconds; who records again need not read a file that was not touched.
    """

    version: FileVersion
    modified: int = 0


@dataclass(frozen=True, slots=True)
class InstalledVersions:
    """The Python of the kernel, and the distributions that the notebook imports, with their versions."""

    python: str = ""
    distributions: Mapping[str, str] = field(default_factory=dict)


UNKNOWN = InstalledVersions()


@dataclass(frozen=True, slots=True)
class AttemptDetails:
    """What is kept of an attempt beside its notebook. when: in UTC, to the millisecond.

    formerly: ids that it had before others were pruned.
    """

    notebook: str
    branch: str
    when: str
    who: str = ""
    why: str = ""
    trigger: Trigger = "command"
    outputs: Outputs = "keep"
    result: RunResult = NOT_RUN
    metrics: tuple[Metric, ...] = ()
    installed: InstalledVersions = UNKNOWN
    data: tuple[DataFile, ...] = ()
    formerly: tuple[str, ...] = ()

    @property
    def is_automatic(self) -> bool:
        """Did no person ask for it?"""
        return self.trigger != "command"


@dataclass(frozen=True, slots=True)
class AttemptComment:
    """What somebody said of an attempt later, or what a later run of it gave."""

    when: str
    who: str
    text: str
    status: Status = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt in the history of its notebook. number: counted from 1 in the order of time."""

    id: str
    number: int
    facts: AttemptDetails
    parent: str = ""  # the attempt that it went on from
    comments: tuple[AttemptComment, ...] = ()

    @property
    def short(self) -> str:
        """As much of the id as people see."""
        return self.id[:SHORT]

    @property
    def result(self) -> RunResult:
        """What the last run gave."""
        later = [comment for comment in self.comments if comment.status]
        return RunResult(later[-1].status, later[-1].text) if later else self.facts.result

    @property
    def said(self) -> tuple[AttemptComment, ...]:
        """The comments of people."""
        return tuple(comment for comment in self.comments if not comment.status)
