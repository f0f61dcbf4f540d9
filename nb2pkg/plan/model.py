"""What will be made, decided but not yet written: the plan.

Plan     = Module* Parameter* CellPlan* Pipeline Check* Problem*
Module   = import* Definition* Step*        one file of the package
CellPlan = Piece*                           one cell of the narrative
Pipeline = Line*                            what can be run outside the notebook
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from nb2pkg.model import CellFacts, Notebook, Problem, StatementKind


@dataclass(frozen=True, slots=True)
class SharedFrom:
    """Another package of the project has the same: its module, and a digest of what that means."""

    module: str
    code: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, class or constant that moves to module level as it is.

    injected are the names of notebook data that it takes as keyword-only parameters from now on.
    shared_from: it is imported from another package of the project instead.
    """

    name: str
    module: str
    position: int
    cell: int
    line: int
    kind: StatementKind
    source: str
    leading: str = ""
    injected: tuple[str, ...] = ()
    shared_from: SharedFrom | None = None


@dataclass(frozen=True, slots=True)
class Keyword:
    """A parameter of the analysis as a step takes it: ``test_size=TEST_SIZE``."""

    name: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A constant in which copies of a step differ: the parameter for it, and what this one passes."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    """Statements of one cell, and the function that does the same.

    That may be the function of another step, of which this one is a copy. params and returns are the
    names of the notebook; inside the function they may be others.
    """

    name: str
    module: str
    cell: int
    line: int
    positions: tuple[int, ...]
    params: tuple[str, ...]
    keywords: tuple[Keyword, ...]
    returns: tuple[str, ...]
    body: str
    doc: str = ""
    shown: str = ""  # the name under which the value to be shown is returned beside others
    returns_shown: bool = False  # the value of the last expression is all that is returned
    shows: str = ""  # the data that the cell shows, since its last expression gives that back
    is_plain: bool = False  # no good name was found
    unheeded: str = ""  # the name that was asked for, if it could not be had
    part_of: str = ""  # the name in the tag, if that is of several functions
    mutates: tuple[str, ...] = ()
    is_async: bool = False  # it awaits, so it has to be awaited
    settings: tuple[Setting, ...] = ()
    inner: Mapping[str, str] = field(
        default_factory=dict
    )  # names that the function has for its own
    copy_of: str = ""  # the function of the step that it is a copy of
    remarks: tuple[str, ...] = ()  # comments that are true of this copy alone

    @property
    def function(self) -> str:
        """What is called."""
        return self.copy_of or self.name

    @property
    def returned(self) -> tuple[str, ...]:
        """Names for all that the function returns."""
        shown = self.shown or ("shown" if self.returns_shown else "")
        return (*self.returns, *([shown] if shown else []))

    def inside(self, names: Iterable[str]) -> tuple[str, ...]:
        """What the function calls the values that have these names in the notebook."""
        return tuple(self.inner.get(name, name) for name in names)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the analysis: its default in config.py, its cell in the narrative.

    parser: what makes a value from the text of an option, and type, where the notebook tells.
    """

    name: str
    source: str  # of its value
    cell: int
    option: str  # what the pipeline calls it: in lower case, if that hides nothing
    imports: tuple[str, ...] = ()  # that its value needs
    parser: str = ""
    type: str = ""


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package; imports are complete lines, in the order of isort."""

    name: str
    title: str
    doc: str
    imports: tuple[str, ...]
    guarded: tuple[str, ...]
    looked_up: tuple[str, ...]  # imported names that only texts mention, such as formulas
    definitions: tuple[Definition, ...]
    steps: tuple[Step, ...]

    @property
    def functions(self) -> tuple[Step, ...]:
        """The steps of which the module has the function."""
        return tuple(step for step in self.steps if not step.copy_of)

    @property
    def items(self) -> tuple[Definition | Step, ...]:
        """Everything in the module, in the notebook's order."""
        return in_order((*self.definitions, *self.steps))


def in_order(items: Iterable[Definition | Step]) -> tuple[Definition | Step, ...]:
    """By cell and line."""
    return tuple(sorted(items, key=lambda item: (item.cell, item.line)))


class PieceKind(Enum):
    KEPT = "kept"  # a statement as it stands in the notebook
    CALL = "call"  # of a step
    FETCH = "fetch"  # an import of a definition under the notebook's name
    ABOVE = "above"  # a definition that is imported at the top, or that nothing below mentions
    DROPPED = "dropped"  # an import that only the package needs


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a narrative cell, in order. position is that of its (last) statement.

    in_place: a definition whose name has several meanings. called: what the narrative calls a step;
    imports: the line above the call that imports it, if that is not done at the top.
    """

    kind: PieceKind
    position: int
    step: Step | None = None
    definition: Definition | None = None
    in_place: bool = False
    called: str = ""
    imports: str = ""


@dataclass(frozen=True, slots=True)
class CellPlan:
    """What becomes of a code cell. An untouched cell keeps its text to the letter."""

    cell: int
    pieces: tuple[Piece, ...] = ()
    untouched: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """What the narrative imports from the package at its top.

    below: the position of the statement below which that stands; None for a cell of its own.
    modules: "clean", or "clean as clean_module"; names: module, and what is imported out of it.
    enter: how the function is called that changes to the folder of the files; it is called behind
    the imports, or, if enters_apart, in a cell before them. is_hidden: it leaves no name behind.
    source: the folder of the package, as seen from that of the narrative. is_numbered: the notebook
    asks for cells by their numbers (Out[1]), so no cell may be added before them. finder: what sys is
    called there, where the notebook has something else of that name by then.
    """

    source: str = "../src"
    below: int | None = None
    modules: tuple[str, ...] = ()
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    enter: str = ""
    enters_apart: bool = False
    is_hidden: bool = False
    is_numbered: bool = False
    finder: str = "sys"

    @property
    def imports(self) -> bool:
        """Is anything but that function imported there?"""
        return bool({*self.modules} - {"config"} or self.names)

    @property
    def place(self) -> int:
        """The position that stands for the header, among statements that running it refused."""
        return 0 if self.below is None else self.below


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the pipeline: a call of a step, or a statement as it stands in the notebook."""

    source: str
    binds: tuple[str, ...]
    reads: tuple[str, ...]
    cell: int
    step: Step | None = None
    data: tuple[str, ...] = ()  # those of reads that are values of the notebook
    imports: tuple[str, ...] = ()  # that it needs
    called: str = ""  # what run() calls the step's function, if a value has the name of that
    is_look: bool = False  # a step that only shows something: run() leaves it to the narrative


@dataclass(frozen=True, slots=True)
class Pipeline:
    """All that can be run outside the notebook, in order, up to what cannot.

    ends_before: index of the cell in which the first statement stands that is not run; end: why not,
    told at the statement that is to blame.

    lines: run() ends after so many of them as runs says, where running it showed that it has to, and
    leaves out those that only look.
    """

    lines: tuple[Line, ...]
    inputs: tuple[str, ...]  # data that the notebook makes before the first line
    parameters: tuple[Parameter, ...]
    results: tuple[str, ...]
    ends_before: int | None = None
    end: Problem | None = None
    runs: int | None = None
    values: tuple[str, ...] = ()  # of the notebook, that the lines make
    wanted: frozenset[str] = frozenset()  # those that are given, whatever the lines lead to

    @property
    def run_lines(self) -> tuple[Line, ...]:
        """What run() does."""
        return tuple(line for line in self.lines[: self.runs] if not line.is_look)

    @property
    def stages(self) -> tuple[tuple[Line, ...], ...]:
        """What run() does, cut behind each step. None if somebody has to hand values in."""
        if self.inputs:
            return ()
        lines = self.run_lines
        ends = [i for i, line in enumerate(lines, start=1) if line.step is not None]
        return tuple(lines[start:end] for start, end in zip([0, *ends], ends))

    @property
    def calls(self) -> dict[str, Step]:
        """The steps that run() calls, as its tests call them: ``split``, then ``split 2``."""
        found: dict[str, Step] = {}
        counts = Counter[str]()
        for step in (stage[-1].step for stage in self.stages):
            assert step is not None
            counts[step.function] += 1
            count = counts[step.function]
            found[step.function if count == 1 else f"{step.function} {count}"] = step
        return found


class CheckKind(Enum):
    CODE = "code"  # statements that assert
    FUNCTION = "function"  # def test_...
    CLASS = "class"  # Test..., or of unittest
    FIXTURE = "fixture"  # that tests of its cell ask for
    SHARED = "shared"  # a helper of such tests that reads no data


@dataclass(frozen=True, slots=True)
class Check:
    """A test of the notebook, or what such tests share, for the tests of a module.

    data are values that it finds once the step after was called, changed those of them that it
    changes itself; before are statements of its cell that have to be run first.
    """

    kind: CheckKind
    name: str
    source: str
    cell: int
    module: str
    after: str = ""
    data: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How code is laid out: how long lines may be, which quotes are used, whether linters look at all of it.

    quotes: double, single, or preserve for those that were written. trailing_commas: one in brackets makes black
    give each item its line. wraps: comments and docstrings of nb2pkg's own are as narrow as code. is_linted: the project
    has rules for ruff, which may be any.
    """

    width: int = 88
    quotes: str = "double"
    trailing_commas: bool = True
    wraps: bool = False
    is_linted: bool = False


USUAL = Style()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that will be made, and all problems. Nothing below the plan decides anything."""

    notebook: Notebook
    package: str
    title: str
    summary: str  # the first sentences of the story
    facts: tuple[CellFacts, ...]
    modules: tuple[Module, ...]
    parameters: tuple[Parameter, ...]
    cells: tuple[CellPlan, ...]
    pipeline: Pipeline
    checks: tuple[Check, ...]
    problems: tuple[Problem, ...]
    touches_files: bool = False
    header: Header = Header()
    style: Style = USUAL

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for module in self.modules for step in module.steps)

    @property
    def functions(self) -> tuple[Step, ...]:
        """The steps without the copies."""
        return tuple(step for module in self.modules for step in module.functions)

    def calling(self, function: Step) -> tuple[Step, ...]:
        """The steps that call the function of one of them: itself, and its copies."""
        copies = (step for step in self.steps if step.copy_of == function.name)
        return (function, *copies)

    @property
    def definitions(self) -> tuple[Definition, ...]:
        return tuple(item for module in self.modules for item in module.definitions)
