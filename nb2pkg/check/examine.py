"""From the bytes of a file to what the rules look at, and what they find."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nb2pkg import facts
from nb2pkg.check.model import Broken, Examined, Finding, Limits, ProjectFacts
from nb2pkg.check.rules.every import RULES
from nb2pkg.errors import NotebookError
from nb2pkg.facts.analyze import meanings
from nb2pkg.facts.parts import parts_of
from nb2pkg.graph import timeline
from nb2pkg.model import Cell, CellFacts, Notebook
from nb2pkg.notebook import magics, reader


def examine(data: bytes, name: str, project: ProjectFacts, limits: Limits) -> Examined:
    """NotebookError says why the file is no notebook of Python 3."""
    source = reader.parse(data, name, without_code=True)
    cells, broken = _analyzed(source)
    lines = timeline.build(cells)
    parts = tuple(parts_of(statement.node) for statement in lines.statements)
    aliases = meanings(parts)
    return Examined(
        notebook=source,
        cells=cells,
        lines=lines,
        parts=parts,
        calls=tuple(tuple(of.calls(aliases)) for of in parts),
        aliases=aliases,
        broken=broken,
        is_old=b'"worksheets"' in data and source.document["metadata"].get("orig_nbformat") == 3,
        project=project,
        limits=limits,
    )


def findings(examined: Examined, wanted: frozenset[str]) -> tuple[Finding, ...]:
    """What the rules find of the codes that are wanted, in the order of the notebook."""
    found = [
        finding
        for rule in RULES
        if not wanted.isdisjoint(rule.codes)
        for finding in rule.look(examined)
        if finding.code in wanted
    ]
    return tuple(sorted(dict.fromkeys(found), key=_by_place))


def _by_place(finding: Finding) -> tuple[int, int, int, str, str]:
    place = finding.place
    where = (place.cell, place.line, place.column) if place else (-1, 0, 0)
    return (*where, finding.code, finding.message)


def _analyzed(source: Notebook) -> tuple[tuple[CellFacts, ...], tuple[Broken, ...]]:
    """Facts of the cells that are Python, and what is wrong with the others."""
    try:
        return facts.analyze(source), ()
    except NotebookError:
        broken = tuple(bad for cell in source.code for bad in _wrong(cell))
    bad_cells = {bad.cell for bad in broken}
    readable = tuple(cell for cell in source.cells if cell.index not in bad_cells)
    return facts.analyze(replace(source, cells=readable)), broken


def _wrong(cell: Cell) -> Iterator[Broken]:
    try:
        magics.mask(cell.source)
    except SyntaxError as error:
        yield Broken(cell.index, error.lineno or 1, error.msg)
