"""What a person asked for: which cells to promote, and under which names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nb2pkg.model import Notebook, Problem, Tag
from nb2pkg.notebook import tags, test_cells
from nb2pkg.problems import problem

Staying = Mapping[int, Problem | None]
"""Positions of statements that must stay, with the reason, where it is told at this one."""


@dataclass(frozen=True, slots=True)
class Piped:
    """What running the pipeline showed: after how many of its lines it has to end, and why; what
    it must not give, since it has another value there than the notebook.
    """

    lines: int | None = None
    reason: str = ""
    left_out: tuple[str, ...] = ()


RUN_TO_THE_END = Piped()
"""Nothing is known against the pipeline."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person calls a function, and what its docstring is to be; None where they leave it to us."""

    name: str = ""
    doc: str | None = None


Part = tuple[str, int]
"""The id of a cell, and which of its functions is meant, from 1 on; 0 for the only one."""


@dataclass(frozen=True, slots=True)
class Options:
    """everything: ``--all``. package: ``--name``. local_modules, files_beside: beside the notebook.

    refused: positions of statements that must stay, since running them showed a difference; and
    which difference, where it is to be told. piped: what running the pipeline showed.
    copies_warn: a version of pandas runs the notebook that warns of changes to parts of a table.
    names: names and docstrings that a person gave.
    looking: ids of cells that a run saw change nothing; moves_looks: they become steps all the same.
    apart: ids of cells that a run showed to be no part of a function that is also that of other cells.
    ipython: the version that the kernel has; empty if nobody knows it.
    """

    everything: bool = False
    package: str = ""
    local_modules: frozenset[str] = frozenset()
    files_beside: frozenset[str] = frozenset()
    refused: Mapping[int, str] = field(default_factory=dict)
    piped: Piped = RUN_TO_THE_END
    copies_warn: bool = False
    names: Mapping[Part, Given] = field(default_factory=dict)
    source: str = "../src"
    looking: frozenset[str] = frozenset()
    moves_looks: bool = False
    apart: frozenset[str] = frozenset()
    ipython: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """cells that are to be promoted; the tag of each that has one; the cells of parameters.

    isolated: cells that run in a namespace of their own; apart: those that share no function with others; staying: what must stay for what the notebook as a whole does, or for what running it showed.
    """

    cells: frozenset[int]
    tags: Mapping[int, Tag] = field(default_factory=dict)
    parameters: frozenset[int] = frozenset()
    tests: frozenset[int] = frozenset()
    isolated: frozenset[int] = frozenset()
    apart: frozenset[int] = frozenset()
    problems: tuple[Problem, ...] = ()
    staying: Staying = field(default_factory=dict)


def of(notebook: Notebook, options: Options) -> Selection:
    """Read the tags. With everything, all code cells but those that are skipped."""
    found: dict[int, Tag] = {}
    problems = [problem("NB105", None, repair) for repair in notebook.repairs]
    for cell in notebook.cells:
        tag, wrong = tags.tag_of(cell)
        problems.extend(wrong)
        if tag is not None:
            found[cell.index] = tag
    code = {cell.index for cell in notebook.code}
    skipped = {index for index, tag in found.items() if tag.action == "skip"}
    tests = {index for index, tag in found.items() if tag.action == "test"}
    tagged = {index for index, tag in found.items() if tag.action == "promote"}
    parameters = {index for index, tag in found.items() if tag.action == "parameters"}
    isolated = {cell.index for cell in notebook.code if test_cells.begins(cell.source)}
    chosen = code - skipped - tests if options.everything else (tagged | parameters) & code
    return Selection(
        frozenset(chosen - isolated),
        found,
        frozenset(parameters),
        frozenset(tests),
        frozenset(isolated),
        frozenset(cell.index for cell in notebook.code if cell.id in options.apart),
        tuple(problems),
    )
