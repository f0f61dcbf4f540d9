"""The answers: frozen dataclasses, which are JSON as they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Badge(Enum):
    """What a cell has to show of itself in one word; of several that hold, the first."""

    CONFLICT = "conflict"  # both sides changed, or both stand in the file
    TESTS_FAIL = "tests fail"  # of a cell with %%nbtest, when it last ran
    CHANGED = "changed"  # the cell or its code is not as it was promoted
    STALE = "stale"  # it was validated, and has changed since, or what feeds it has
    STAYS = "stays"  # it is tagged, and cannot be moved
    PROPOSED = "proposed"  # nobody has decided on its tag
    WAITING = "waiting"  # it is tagged, and not promoted yet
    VALIDATED = "validated"  # and in step with its code
    IN_STEP = "in step"
    TESTS_PASS = "tests pass"
    NONE = ""


@dataclass(frozen=True, slots=True)
class CellState:
    """A cell. index: its place among all cells, from 0; symbols: what was made from it."""

    index: int
    id: str
    kind: str
    tag: str
    badge: str
    why: tuple[str, ...]
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageState:
    """The package that was made from a notebook."""

    folder: str
    name: str
    story: str
    is_story: bool  # the notebook is its narrative
    is_verified: bool  # a run was compared: promoting without one would lose what it showed
    out_of_step: int


@dataclass(frozen=True, slots=True)
class NotebookState:
    """A notebook as it stands in an editor. modules: the names that tags can complete to."""

    cells: tuple[CellState, ...]
    package: PackageState | None
    modules: dict[str, tuple[str, ...]]
    error: str = ""  # why nothing can be said of its cells: what does not parse


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a cell as it is on disk."""

    index: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The cells of a notebook, for a page that has no editor of it."""

    cells: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function or constant as it would be in the package, and the cells that it is made from."""

    symbol: str
    code: str
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """A problem of a cell. index is that of the cell, -1 for one of the whole notebook."""

    code: str
    message: str
    hint: str
    index: int
    line: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of some cells."""

    functions: tuple[Function, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A cell that feeds another, or is fed by it, with the names of what flows."""

    index: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a cell gets from where, and who gets something from it."""

    before: tuple[Neighbour, ...]
    behind: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class CellTags:
    """The tags that a cell should have now, and its metadata of nb2pkg. An editor sets them."""

    index: int
    tags: tuple[str, ...]
    own: dict[str, str]


@dataclass(frozen=True, slots=True)
class TagsChanged:
    """The cells that a call changes the tags of."""

    cells: tuple[CellTags, ...]


@dataclass(frozen=True, slots=True)
class TagCheck:
    """Whether a tag is understood; if not, why."""

    tag: str
    problem: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided on, and who that was."""

    subjects: tuple[str, ...]
    who: str


@dataclass(frozen=True, slots=True)
class Drift:
    """A cell or symbol that is not in step, and why. index is -1 where its cell is gone."""

    index: int
    symbol: str
    state: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConflictState:
    """A place that the notebook and the package have both changed, with the text of each.

    name: what --settle calls it.
    """

    name: str
    path: str
    symbol: str
    reason: str
    notebook: str
    package: str


@dataclass(frozen=True, slots=True)
class Conflicts:
    """What would stop a promotion, as far as that is known without a run."""

    conflicts: tuple[ConflictState, ...]


@dataclass(frozen=True, slots=True)
class ProjectState:
    """A package in a folder. lacking: how many of its symbols are not validated, approved, verified."""

    folder: str
    package: str
    notebook: str
    symbols: int
    lacking: dict[str, int]
    drift: tuple[Drift, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A function or constant of a package, for who reviews it.

    diff: lines from what the notebook gives to the package's code, where somebody edited it.
    """

    symbol: str
    state: str
    validated: str
    approved: str
    verified: str
    is_approved: bool
    is_rejected: bool
    reasons: tuple[str, ...]
    cells: tuple[int, ...]
    code: str
    diff: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Symbols:
    """All symbols of a package, and where its notebook is."""

    notebook: str
    symbols: tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class FolderState:
    """What is in a folder: paths are relative to the one that is served."""

    notebooks: tuple[str, ...]
    projects: tuple[ProjectState, ...]


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt at a notebook. trigger: the command that recorded it by itself. when: in UTC."""

    id: str
    number: int
    branch: str
    when: str
    who: str
    why: str
    trigger: str
    result: str
    metrics: dict[str, float]
    comments: tuple[str, ...]
    symbols: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempts:
    """What was tried, the last attempt first. current: the branch that goes on."""

    current: str
    rows: tuple[AttemptRow, ...]


@dataclass(frozen=True, slots=True)
class AttemptPart:
    """One thing that differs: in words, and the lines of a cell or of what it shows."""

    words: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AttemptDiff:
    """All that differs between two attempts."""

    parts: tuple[AttemptPart, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """Whether the notebook on disk changed, and the attempt that has what was there; empty if none."""

    is_changed: bool
    before: str


@dataclass(frozen=True, slots=True)
class Job:
    """A command that takes long. lines: what it said since the line that was asked for; next: after these."""

    id: str
    command: tuple[str, ...]
    state: str  # running, done, failed or cancelled
    exit: int | None
    lines: tuple[str, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call was not answered, and what to do about it."""

    error: str
    hint: str
