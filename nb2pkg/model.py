"""The intermediate representation: what each pass takes and gives.

The grammar of a notebook, as the passes see it:

    Notebook   = Cell*                       in document order: the order that is promoted
    Cell       = markdown | raw | code
    code       = Magic* Statement*           magics are masked, so that the rest is plain Python
    Statement  = import | definition | step material | display | what must stay

and of what is made of it:

    Plan       = Module* Problem*
    Module     = import* Definition* Step*

All of it is frozen, slotted and made of tuples: a pass is a function from one value to the next and
can be called, tested and cached alone. An example, four cells through all passes:

    [0] import pandas as pd              read    Cell(0), Cell(1), ...
    [1] df = pd.read_csv("orders.csv")   facts   [1] binds df; reads pd.  [2] binds g; late reads LIMIT.
    [2] LIMIT = 3                                [3] binds top; reads df, g (and so, late, LIMIT)
        def g(s): return s[:LIMIT]       graph   df@1 -> [3];  g@2 -> [3];  LIMIT@2 -> g@2
    [3] top = g(df)                      plan    definitions LIMIT, g; step load_orders() -> df
        top                              narrative  [1] df = orders.load_orders()
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

CellKind = Literal["code", "markdown", "raw"]


@dataclass(frozen=True, slots=True)
class Output:
    """What the analysis needs of a stored output; the rest of it stays in the document.

    text holds at most the first 4,096 characters: the analysis must not get slower with the
    weight of the outputs.
    """

    kind: Literal["stream", "result", "display", "error"]
    name: str  # stdout or stderr; the exception of an error; else empty
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, with line ends as \\n and an id that is the same at every reading."""

    index: int
    id: str
    kind: CellKind
    source: str
    tags: tuple[str, ...] = ()
    execution_count: int | None = None
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file was written, so that it can be written back the same way."""

    indent: int | str | None = 1
    trailing_newline: bool = True
    ascii_only: bool = False
    compact: bool = False  # no space after commas and colons
    newline: str = "\n"
    bom: bool = False


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook of Python code. document is the parsed JSON, upgraded to format 4.

    repairs: what of its form was not as the format asks, and what was made of it.
    """

    path: str
    stem: str
    cells: tuple[Cell, ...]
    document: Mapping[str, Any] = field(repr=False, hash=False, compare=False, default_factory=dict)
    layout: Layout = Layout()
    repairs: tuple[str, ...] = ()

    @property
    def code(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind == "code")


# ---------------------------------------------------------------------------------------- magics


class MagicKind(Enum):
    LINE = "line magic"  # %name argument
    CELL = "cell magic"  # %%name argument, then the body
    SHELL = "shell"  # !command
    HELP = "help"  # name? name??


@dataclass(frozen=True, slots=True)
class Magic:
    """IPython syntax that was masked. line is 1-based; text is what stood there, exactly.

    python is the argument (of a line magic) that IPython runs as Python code, as in
    ``%time y = f(x)``; empty when there is none. names are the identifiers in braces or after a
    dollar sign, which IPython fills in from the notebook.
    """

    kind: MagicKind
    name: str
    line: int
    text: str
    argument: str = ""
    python: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Masked:
    """A cell as plain Python: each magic is a call ``__magic__(n)`` of the n-th of magics.

    Line numbers are those of the source. body_is_python is False for a cell such as ``%%bash``,
    whose text is all in its one magic.
    """

    python: str
    magics: tuple[Magic, ...] = ()
    body_is_python: bool = True


# ----------------------------------------------------------------------------------------- tags


@dataclass(frozen=True, slots=True)
class Tag:
    """A person's mark on a cell. module and function are empty where nb2pkg may choose."""

    action: Literal["promote", "test", "skip", "parameters"]
    module: str = ""
    function: str = ""


# ------------------------------------------------------------------------------------- problems


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where in the notebook: cell is the index in the document, line is 1-based, column 0-based.

    width 0 means the cell as a whole.
    """

    cell: int
    line: int = 1
    column: int = 0
    width: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A thing that a person should know or fix. Its code is in the catalogue (problems.py)."""

    place: Place | None
    code: str
    message: str
    hint: str = ""


# ---------------------------------------------------------------------------------------- facts


class StatementKind(Enum):
    IMPORT = "import"
    GUARDED_IMPORT = "guarded import"  # try: import x / except ImportError: x = None
    FUNCTION = "function"
    CLASS = "class"
    LITERAL = "literal"  # NAME = a literal
    MAGIC = "magic"
    PLAIN = "statement"


@dataclass(frozen=True, slots=True)
class ImportedName:
    """``from module import attribute as name``; attribute is empty for a plain import.

    For ``import a.b`` the bound name is ``a`` and module ``a.b``. A star import has the name ``*``.
    level is the number of leading dots.
    """

    name: str
    module: str
    attribute: str = ""
    level: int = 0

    @property
    def text(self) -> str:
        """The statement that makes this name, in canonical form."""
        source = "." * self.level + self.module
        if self.attribute:
            alias = "" if self.name == self.attribute else f" as {self.name}"
            return f"from {source} import {self.attribute}{alias}"
        bare = source.split(".")[0]
        return f"import {source}" + ("" if self.name == bare else f" as {self.name}")


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """A place in a cell that speaks for or against moving a statement: code and what was seen."""

    code: str
    what: str
    line: int
    column: int = 0
    width: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What the analysis knows of one top-level statement.

    The names are those of the notebook's namespace: locals of functions and comprehensions are not
    among them. reads are read before the statement binds them itself; uses is every name that it
    mentions. late names are read when a function, lambda or generator made here is called.
    """

    cell: int
    position: int
    line: int
    end_line: int
    kind: StatementKind
    source: str  # the statement as it stands, with a comment behind it on its last line
    leading: str  # the comment lines above it, up to the statement before
    node: ast.stmt = field(repr=False, compare=False, hash=False)
    name: str = ""  # of a definition or a literal
    binds: tuple[str, ...] = ()
    maybe_binds: tuple[str, ...] = ()
    loop_targets: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    sure_reads: tuple[str, ...] = ()  # those of reads that no path and no except can skip
    late_reads: tuple[str, ...] = ()
    late_writes: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    mutates: tuple[tuple[str, str], ...] = ()  # (name, reason)
    imports: tuple[ImportedName, ...] = ()
    effects: tuple[str, ...] = ()
    opaque: tuple[Use, ...] = ()
    stores: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (container, names put into it)
    only_called: tuple[str, ...] = ()  # mentioned only to be called
    text_names: tuple[str, ...] = ()  # identifiers in texts that are looked up
    has_unknown_text: bool = False  # a text is looked up that is not written here
    reads_everything: bool = False
    shows: bool = False  # IPython displays its value
    looks: bool = False  # displays or prints, and does nothing else
    own: tuple[str, ...] = ()  # names that it binds in a namespace of its cell's own (%%nbtest)
    quiet: bool = False  # ends its cell with a semicolon, so that IPython shows nothing
    magic: Magic | None = None

    @property
    def bound(self) -> tuple[str, ...]:
        """Every name that the statement binds, surely or maybe."""
        return tuple(dict.fromkeys(self.binds + self.maybe_binds))


@dataclass(frozen=True, slots=True)
class CellFacts:
    """The statements of a code cell, in order. A cell of another language has one, its magic."""

    cell: Cell
    masked: Masked
    statements: tuple[Facts, ...] = ()
    trailing: str = ""  # comment lines behind the last statement
