"""What the checks take and give: an examined notebook, findings, reports."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal

from nb2pkg.model import CellFacts, Notebook, Place

if TYPE_CHECKING:  # where the cache answers, the analysis is not imported
    from nb2pkg.facts.libraries import Aliases
    from nb2pkg.facts.parts import Parts
    from nb2pkg.graph.timeline import Timeline

Level = Literal["error", "warning", "note"]
Outputs = Literal["allow", "forbid", "strip"]


@dataclass(frozen=True, slots=True)
class Edit:
    """A text in place of part of a line of a cell, or of whole lines: up to end_line, column 0."""

    cell: int
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The outputs of a cell are taken off."""

    cell: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. place is None for what concerns the notebook as a whole.

    missing: it holds only while there is no such file, as seen from the notebook's folder.
    """

    place: Place | None
    code: str
    message: str
    hint: str = ""
    fix: Edit | Strip | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What lies around a notebook. declared is None where nobody knows what is declared.

    local are modules that are files of the project; depth is the number of folders between the root
    of the project and the notebook, and -1 where there is no project.
    """

    declared: frozenset[str] | None = None
    local: frozenset[str] = frozenset()
    depth: int = -1


@dataclass(frozen=True, slots=True)
class Limits:
    """From which size on something is too long or too large, and what is to become of outputs."""

    max_cell_lines: int = 100
    max_output_kb: int = 1024
    outputs: Outputs = "allow"


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that is not Python."""

    cell: int
    line: int
    message: str


Calls = tuple[tuple[ast.Call, str], ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """All that rules may look at. parts and calls are by the position of a statement in lines.

    cells are those that are Python; while some are broken, nobody knows what is never made or used.
    """

    notebook: Notebook
    cells: tuple[CellFacts, ...]
    lines: Timeline
    parts: tuple[Parts, ...] = field(repr=False)
    calls: tuple[Calls, ...] = field(repr=False)
    aliases: Aliases
    broken: tuple[Broken, ...] = ()
    is_old: bool = False  # in a format before 4
    project: ProjectFacts = ProjectFacts()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with its line as text, secrets masked, and where that line stands in the file."""

    finding: Finding
    text: str = ""
    file_line: int = 1


class RunOutcome(Enum):
    """What became of a cell when the notebook was run."""

    RAN = "ran"  # and nothing is stored to compare it with
    SAME = "same output"
    DIFFERENT = "different output"
    ERROR = "error"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class CellRun:
    """A cell that was run, or was to be. detail may hold values of the run."""

    cell: int
    outcome: RunOutcome
    why: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one file; error says why it could not be read or run, with a hint.

    runs: what became of each cell, if the notebook was run, and how long that took.
    """

    path: str
    found: tuple[Located, ...] = ()
    error: tuple[str, str] | None = None
    runs: tuple[CellRun, ...] = ()
    seconds: float = 0.0
