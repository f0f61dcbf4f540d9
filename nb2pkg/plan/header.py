"""What the narrative imports at its top, and where that stands.

    [0] import pandas as pd                    [0] import pandas as pd

                                                   from penguins import clean
    [5] birds = notes.drop_duplicates()   ->   [5] birds = clean.keep_first_visits(notes)

A module has its own name there, unless the notebook calls something else so; then its functions are
imported, and if they cannot be either, it gets another name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from nb2pkg.model import Facts, Problem, StatementKind
from nb2pkg.plan.header_names import Names, imported_here, mentioned, taken_by
from nb2pkg.plan.import_order import Conflict, conflicts, may_precede_folder
from nb2pkg.plan.layout import Arranged
from nb2pkg.plan.model import CellPlan, Header, Parameter, Piece
from nb2pkg.plan.plan_state import PlanState, starts
from nb2pkg.problems import at

_NUMBERED = re.compile(r"_i?\d+|Out|In|_[oid]h")
_ENTER = "enter_data_dir"  # the function of config.py that changes to the folder of the files
_SETTINGS = re.compile(r"(?:\./)?(?:[^/.]+rc|[^/]+\.(?:cfg|conf|ini|toml|ya?ml|mplstyle))\Z")


@dataclass(frozen=True, slots=True)
class Headed:
    """The header, the cells as they are below it, and what could not go into it."""

    header: Header
    cells: tuple[CellPlan, ...]
    problems: tuple[Problem, ...] = ()


def arrange(
    state: PlanState,
    laid_out: Arranged,
    parameters: tuple[Parameter, ...],
    enters: bool,
    lists_names: bool,
) -> Headed:
    """Import what the cells need of the package at the top, wherever that changes nothing.

    enters: the notebook looks for files; lists_names: it would see what is imported there.
    """
    if lists_names:
        header = Header(
            state.options.source,
            enter=_ENTER if enters else "",
            is_hidden=True,
            is_numbered=_is_numbered(state),
        )
        taken = taken_by(state.timeline.statements)
        return Headed(header, _each(laid_out, lambda p: imported_here(p, laid_out.package, taken)))
    top = _place(state, laid_out.cells)
    held = conflicts(state, laid_out.modules, parameters, top)
    if max(top, 0) in state.options.refused:
        held = {module.name: Conflict(module.name, max(top, 0)) for module in laid_out.modules}
    names = Names(state, laid_out, held, top)
    settled = _each(laid_out, names.settled)
    is_apart = enters and not _may_follow(state, top)
    enter = names.function("config", _ENTER) if enters and not is_apart else ""
    header = Header(
        source=state.options.source,
        below=top if top >= 0 else None,
        modules=tuple(sorted(names.modules.values())),
        names=tuple((module, tuple(sorted(own))) for module, own in sorted(names.names.items())),
        enter=_ENTER if is_apart else enter,
        enters_apart=is_apart,
        is_numbered=_is_numbered(state),
        finder="_sys" if _has_other_sys(state, top) else "sys",
    )
    here = state.timeline.statements[top].cell if header.below is not None else None
    cells = (replace(cell, untouched=cell.untouched and cell.cell != here) for cell in settled)
    return Headed(header, tuple(cells), tuple(_messages(state, names.missed)))


def _is_numbered(state: PlanState) -> bool:
    """Does the notebook ask for what it has run by the number of the cell?"""
    statements = state.timeline.statements
    return any(_NUMBERED.fullmatch(n) for facts in statements for n in mentioned(facts))


def _has_other_sys(state: PlanState, top: int) -> bool:
    """Does the notebook call something else ``sys``, such as a system of equations, up to there?"""
    binders = [facts for facts in state.timeline.statements[: top + 1] if "sys" in facts.bound]
    imported = (one.module for facts in binders for one in facts.imports if one.name == "sys")
    return bool(binders) and {*imported} != {"sys"}


def _each(laid_out: Arranged, settled: Callable[[Piece], Piece]) -> tuple[CellPlan, ...]:
    return tuple(replace(c, pieces=tuple(map(settled, c.pieces))) for c in laid_out.cells)


def _messages(state: PlanState, missed: Mapping[str, Conflict]) -> Iterator[Problem]:
    """Why modules are imported further down."""
    for position in sorted({conflict.position for conflict in missed.values()}):
        facts = state.timeline.statements[position]
        modules = ", ".join(sorted(m for m, c in missed.items() if c.position == position))
        yield at(facts, "NB515", _first_line(facts), modules=modules)


def _first_line(facts: Facts) -> str:
    text = facts.magic.text if facts.magic is not None else facts.source
    return text.split("\n", 1)[0].strip()


# ---- where


def _place(state: PlanState, cells: tuple[CellPlan, ...]) -> int:
    """The position of the statement below which the imports stand; -1 for a cell of their own.

    That is the last import of the first cell that has any, if nothing needs the package before it.
    """
    first = min((p.position for c in cells for p in c.pieces if _needs_package(p)), default=None)
    for cell, start in starts(state.cells):
        end = start + len(cell.statements)
        if first is not None and start > first:
            break
        inside = range(start, end if first is None else min(first, end))
        found = [p for p in inside if _is_import(state.timeline.statements[p])]
        is_plain = cell.masked.body_is_python and cell.cell.index not in state.request.parameters
        if found and is_plain and not _has_cell_magic(cell.statements):
            return found[-1]
    return -1


def _needs_package(piece: Piece) -> bool:
    return piece.step is not None or piece.definition is not None


def _is_import(facts: Facts) -> bool:
    return facts.kind in (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT)


def _has_cell_magic(statements: Iterable[Facts]) -> bool:
    return any(
        facts.magic is not None and facts.magic.text.startswith("%%") for facts in statements
    )


def _may_follow(state: PlanState, top: int) -> bool:
    """Is nothing up to there looked for in the folder of the files?"""
    if any(_SETTINGS.match(name) for name in state.options.files_beside):
        return False  # libraries look for their settings when they are imported
    local = state.options.local_modules
    return all(may_precede_folder(f, local) for f in state.timeline.statements[: top + 1])
