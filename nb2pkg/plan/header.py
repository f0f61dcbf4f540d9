"""What the narrative imports at its top, and where that stands.

    [0] import pandas as pd                    [0] import pandas as pd

                                                   from penguins import clean
    [5] birds = notes.drop_duplicates()   ->   [5] birds = clean.keep_first_visits(notes)

A module has its own name there, unless the notebook calls something else so; then its functions are
imported, and if they cannot be either, it gets another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from nb2pkg.model import Facts, Problem, StatementKind
from nb2pkg.plan import unused
from nb2pkg.plan.choice import Choice, starts
from nb2pkg.plan.header_names import Names
from nb2pkg.plan.import_order import Conflict, conflicts, may_precede_folder
from nb2pkg.plan.model import CellPlan, Header, Module, Parameter, Piece
from nb2pkg.problems import at

_ENTER = "enter_data_dir"  # the function of config.py that changes to the folder of the files
_SETTINGS = re.compile(r"(?:\./)?(?:[^/.]+rc|[^/]+\.(?:cfg|conf|ini|toml|ya?ml|mplstyle))\Z")


@dataclass(frozen=True, slots=True)
class Arranged:
    """The header, the cells as they are below it, and what could not go into it."""

    header: Header
    cells: tuple[CellPlan, ...]
    problems: tuple[Problem, ...] = ()


def arrange(
    choice: Choice,
    cells: tuple[CellPlan, ...],
    modules: tuple[Module, ...],
    parameters: tuple[Parameter, ...],
    enters: bool,
    lists_names: bool,
) -> Arranged:
    """Import what the cells need of the package at the top, wherever that changes nothing."""
    if lists_names:
        return Arranged(Header(enter=_ENTER if enters else "", is_hidden=True), cells)
    top = _place(choice, cells)
    names = Names(choice, cells, conflicts(choice, modules, parameters, top), top)
    settled = tuple(replace(c, pieces=tuple(map(names.settled, c.pieces))) for c in cells)
    is_apart = enters and not _may_follow(choice, top)
    enter = names.function("config", _ENTER) if enters and not is_apart else ""
    header = Header(
        below=top if top >= 0 and names.is_used else None,
        modules=tuple(sorted(names.modules.values())),
        names=tuple((module, tuple(sorted(own))) for module, own in sorted(names.names.items())),
        enter=_ENTER if is_apart else enter,
        enters_apart=is_apart,
    )
    here = choice.timeline.statements[top].cell if header.below is not None else None
    opened = (replace(cell, untouched=cell.untouched and cell.cell != here) for cell in settled)
    dropped = unused.drop_imports(choice, tuple(opened), filled=here)
    return Arranged(header, dropped, tuple(_messages(choice, names.missed)))


def _messages(choice: Choice, missed: Mapping[str, Conflict]) -> Iterator[Problem]:
    """Why a module is imported further down."""
    for module, conflict in sorted(missed.items()):
        facts = choice.timeline.statements[conflict.position]
        yield at(facts, "NB515", _first_line(facts), module=module)


def _first_line(facts: Facts) -> str:
    text = facts.magic.text if facts.magic is not None else facts.source
    return text.split("\n", 1)[0].strip()


# ---- where


def _place(choice: Choice, cells: tuple[CellPlan, ...]) -> int:
    """The position of the statement below which the imports stand; -1 for a cell of their own.

    That is the last import of the first cell that has any, if nothing needs the package before it.
    """
    first = min((p.position for c in cells for p in c.pieces if _needs_package(p)), default=None)
    for cell, start in starts(choice.cells):
        end = start + len(cell.statements)
        if first is not None and start > first:
            break
        inside = range(start, end if first is None else min(first, end))
        found = [p for p in inside if _is_import(choice.timeline.statements[p])]
        is_plain = cell.masked.body_is_python and cell.cell.index not in choice.request.parameters
        if found and is_plain and not _has_cell_magic(cell.statements):
            return found[-1]
    return -1


def _needs_package(piece: Piece) -> bool:
    return piece.step is not None or piece.definition is not None


def _is_import(facts: Facts) -> bool:
    return facts.kind in (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT)


def _has_cell_magic(statements: Iterable[Facts]) -> bool:
    return any(facts.magic is not None and facts.magic.text.startswith("%%") for facts in statements)


def _may_follow(choice: Choice, top: int) -> bool:
    """Is nothing up to there looked for in the folder of the files?"""
    if any(_SETTINGS.match(name) for name in choice.options.files_beside):
        return False  # libraries look for their settings when they are imported
    local = choice.options.local_modules
    return all(may_precede_folder(f, local) for f in choice.timeline.statements[: top + 1])
