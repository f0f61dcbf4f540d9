"""The notebooks and packages of a folder, and what of them is not in step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import walk
from nb2pkg.paths import Project
from nb2pkg.project import locate, manifest
from nb2pkg.promote import foreseen, source
from nb2pkg.promote.build import Request
from nb2pkg.service.model import (
    Conflicts,
    ConflictState,
    Drift,
    FolderState,
    ProjectState,
    Symbol,
    Symbols,
)
from nb2pkg.service.opened import Opened
from nb2pkg.status import reasons
from nb2pkg.status.difference import differences
from nb2pkg.status.look import look
from nb2pkg.status.model import REQUIREMENTS, Row, Status, lacking


def in_folder(root: Path) -> FolderState:
    """All notebooks and packages below a folder. Packages that cannot be read say why."""
    files = [*walk.files(root)]
    notebooks = [path.relative_to(root).as_posix() for path in files if path.suffix == ".ipynb"]
    places = sorted({path for path in _places(root, files) if locate.is_project(path)})
    return FolderState(
        tuple(sorted(notebooks)), tuple(each for path in places for each in _states(root, path))
    )


def _places(root: Path, files: list[Path]) -> Iterator[Path]:
    """The folder itself, and those that hold a pyproject.toml."""
    yield root
    yield from (path.parent for path in files if path.name == "pyproject.toml")


def _states(root: Path, folder: Path) -> Iterator[ProjectState]:
    name = folder.relative_to(root).as_posix()
    try:
        for place in locate.all_in(folder):
            yield state_of(place, name)
    except Nb2pkgError as error:
        yield ProjectState(name, "", "", 0, {}, (), str(error))


def state_of(place: Project, name: str) -> ProjectState:
    """How a package stands to its notebook."""
    found = look(place)
    symbols = {row.symbol for row in found.rows if row.symbol}
    lacks = {what: len({row.symbol for row, _ in lacking(found, (what,))}) for what in REQUIREMENTS}
    notebook = Path(found.notebook).name
    return ProjectState(name, found.package, notebook, len(symbols), lacks, drift_of(found))


def drift_of(status: Status) -> tuple[Drift, ...]:
    """What is not in step, or no longer holds."""
    rows = ((row, reasons.of(row)) for row in status.rows)
    return tuple(
        Drift(row.number - 1, row.symbol, row.state.value, why) for row, why in rows if why
    )


def conflicts_of(found: Opened) -> Conflicts:
    """What the notebook, as it is on disk, and its package have both changed."""
    if found.package is None:
        return Conflicts(())
    origin = source.requested(found.path, Request())
    return Conflicts(
        tuple(
            ConflictState(each.name, each.path, each.symbol, each.reason, each.ours, each.theirs)
            for each in foreseen.conflicts(origin)
        )
    )


def symbols_of(place: Project, root: Path) -> Symbols:
    """The symbols of a package with their code, in the order of the notebook."""
    found = look(place)
    rows: dict[str, list[Row]] = {}
    for row in found.rows:
        if row.symbol:
            rows.setdefault(row.symbol, []).append(row)
    codes = locate.codes(place)
    diffs = {each.symbol: each.lines for each in differences(place)}
    notebook = locate.original(place, manifest.required(place))
    path = notebook.relative_to(root).as_posix() if root in notebook.parents else ""
    return Symbols(
        path,
        tuple(_symbol(own, codes.get(name, ""), diffs.get(name, ())) for name, own in rows.items()),
    )


def _symbol(rows: list[Row], code: str, diff: tuple[str, ...]) -> Symbol:
    first = rows[0]
    why = dict.fromkeys(reason for row in rows for reason in reasons.of(row))
    cells = tuple(row.number - 1 for row in rows if row.number)
    validated, approved, verified = (
        o.text or o.short for o in (first.validated, first.approved, first.verified)
    )
    return Symbol(
        first.symbol,
        first.state.value,
        validated,
        approved,
        verified,
        first.approved.holds,
        first.is_rejected,
        tuple(why),
        cells,
        code,
        diff,
    )
