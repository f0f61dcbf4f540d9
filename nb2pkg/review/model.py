"""What a review shows, gathered but not yet laid out.

Review   = Question* Row* Flow Symbol* Stay* Changed*   what the page shows, in this order
Symbol   = Story* code Test* Issue*                     a step or a definition of the package
Story    = source Shown*                                a cell of the notebook with its outputs

All texts are as they were found: hostile, until ``page`` or ``markdown`` escapes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nb2pkg.review.outputs import Shown
from nb2pkg.review.picture import Drawing, Node
from nb2pkg.status.model import Row


@dataclass(frozen=True, slots=True)
class Issue:
    """A problem of the manifest. line is 0 where the problem is of the cell or the notebook."""

    code: str
    title: str
    message: str
    hint: str
    cell: str  # its id; empty: the notebook as a whole
    number: int  # of the cell, counted from 1; 0 if it is not in the notebook
    line: int
    is_quiet: bool  # it tells of something normal
    anchor: str = ""  # of the section that shows the cell


@dataclass(frozen=True, slots=True)
class Story:
    """A code cell as it stands in the notebook. marked are the lines that problems speak of."""

    id: str
    number: int
    source: str
    tag: str = ""
    outputs: tuple[Shown, ...] = ()
    marked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a step takes or gives, and what a run showed of it.

    as_in: the symbol that says the same of it already; then nothing else is said. columns: names of
    columns and their types, where the docstring does not say these.
    """

    name: str
    type: str = ""
    shape: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    detail: str = ""
    role: str = ""  # takes, returns, changes
    as_in: str = ""


@dataclass(frozen=True, slots=True)
class Test:
    """A test function of the package."""

    name: str
    place: str  # file:line
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A symbol in a file. text is empty where it was not found; note says why."""

    place: str = ""  # file:line
    text: str = ""
    line: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A step or a definition of the package."""

    symbol: str
    kind: Literal["step", "definition"]
    verdict: str  # in the words of the verification; empty for a definition
    notes: tuple[str, ...] = ()
    cells: tuple[Story, ...] = ()
    missing: tuple[str, ...] = ()  # ids of cells that are no longer in the notebook
    code: Code = Code()
    is_edited: bool = False
    rows: tuple[Row, ...] = ()  # of the status, one for each cell; none if there is no notebook
    is_rewritten: bool = False
    values: tuple[Value, ...] = ()
    files: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    issues: tuple[Issue, ...] = ()
    attempt: str = ""  # the short id of the attempt that it was promoted from

    @property
    def name(self) -> str:
        return self.symbol.rpartition(".")[2]

    @property
    def module(self) -> str:
        return self.symbol.rpartition(".")[0]

    @property
    def anchor(self) -> str:
        return f"symbol-{self.symbol}"


@dataclass(frozen=True, slots=True)
class Stay:
    """A code cell from which nothing was moved, and why."""

    cell: Story
    why: str
    issues: tuple[Issue, ...] = ()

    @property
    def anchor(self) -> str:
        return f"cell-{self.cell.number}"


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that is not as it was generated. lines are those of a unified diff."""

    path: str
    how: Literal["edited", "deleted", "added"]
    lines: tuple[str, ...] = ()
    note: str = ""
    added: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the data scientist can answer, by an edit."""

    kind: str
    text: str
    answer: str  # how: what to write where
    cell: str = ""  # its id
    number: int = 0
    symbol: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Defined:
    """A function or class that other cells mention."""

    name: str
    node: Node
    users: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The picture of a section of the notebook."""

    title: str
    drawing: Drawing


@dataclass(frozen=True, slots=True)
class Flow:
    """How data flows. parts and overview: by section, where there are too many cells for one picture."""

    whole: Drawing
    overview: Drawing
    parts: tuple[Part, ...] = ()
    defined: tuple[Defined, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """All of it. notes are what a reader should know first, such as a notebook that is missing."""

    package: str
    notebook: str
    verdict: str
    is_verified: bool
    symbols: tuple[Symbol, ...]
    stays: tuple[Stay, ...]
    issues: tuple[Issue, ...]
    changes: tuple[Changed, ...]
    questions: tuple[Question, ...]
    flow: Flow
    near: Mapping[tuple[str, ...], Drawing]  # ids of cells to the neighbours of their functions
    rows: tuple[Row, ...] = ()  # of the status
    notes: tuple[str, ...] = ()
    tests: int = 0

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """What the head says, word and number."""
        kinds = [symbol.kind for symbol in self.symbols]
        found = (
            ("step", "steps", kinds.count("step")),
            ("definition", "definitions", kinds.count("definition")),
            ("cell that stayed", "cells that stayed", len(self.stays)),
            ("problem", "problems", sum(not issue.is_quiet for issue in self.issues)),
            ("test", "tests", self.tests),
            ("question", "questions", len(self.questions)),
        )
        return tuple((one if count == 1 else many, count) for one, many, count in found)
