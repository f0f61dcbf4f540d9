"""The words of a merge: base was generated last time, theirs is on disk, ours is generated now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

BOTH = "changed in the notebook and in the package"
BOTH_MADE = "made in the notebook and in the package, and not the same"
BOTH_WRITTEN = "both sides stood in the file"
DELETED_HERE = "deleted in the package, changed in the notebook"
GONE_THERE = "changed in the package, its cells are gone from the notebook"


class Resolve(Enum):
    """What becomes of conflicts."""

    STOP = "stop"  # they are listed; the text stays that of the package
    MARKERS = "markers"  # both sides stand in the text, as git writes it
    OURS = "ours"  # what the notebook gives
    THEIRS = "theirs"  # what the package has


@dataclass(frozen=True, slots=True)
class Conflict:
    """One place that both sides changed; symbol is empty for a whole file or a region of text."""

    path: str
    symbol: str
    base: str
    theirs: str
    ours: str
    reason: str

    @property
    def name(self) -> str:
        """As people see it, and as it is named in Choices."""
        return f"{self.path}: {self.symbol}" if self.symbol else self.path


@dataclass(frozen=True, slots=True)
class Choices:
    """What becomes of conflicts: of those that are named, and of all others."""

    others: Resolve = Resolve.STOP
    named: Mapping[str, Resolve] = field(default_factory=dict)

    def of(self, path: str, symbol: str = "") -> Resolve:
        """The choice for one place."""
        return self.named.get(f"{path}: {symbol}" if symbol else path, self.others)


STOP = Choices()


@dataclass(frozen=True, slots=True)
class Merged:
    """A project after the merge.

    files: the text of each path, also of those that only the engineer has.
    removed: paths on disk that go.
    renamed: "module.symbol" as generated last time -> "module.symbol" as the engineer calls it.
    kept: "path: symbol" where an edit of the engineer was kept.
    dropped: requirements that the notebook no longer has, and that nobody had touched.
    """

    files: Mapping[str, str]
    removed: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sides:
    """The three texts of one path, or of one part of it; None where it does not exist."""

    base: str | None
    theirs: str | None
    ours: str | None

    def conflict(self, path: str, symbol: str, reason: str) -> Conflict:
        return Conflict(path, symbol, self.base or "", self.theirs or "", self.ours or "", reason)


@dataclass(frozen=True, slots=True)
class MergedFile:
    """One path after the merge; text is None if the file goes."""

    text: str | None
    conflicts: tuple[Conflict, ...] = ()
    kept: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
