"""From what is on disk to a status. Nothing is run, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from nb2pkg import facts
from nb2pkg.graph import fingerprint
from nb2pkg.merge import standing, unmerged
from nb2pkg.merge.standing import Standing
from nb2pkg.model import Cell, Notebook
from nb2pkg.notebook import tags
from nb2pkg.observed import VERIFIED
from nb2pkg.paths import Folder, path_of, project_at
from nb2pkg.project import approvals, code_digest, locate, manifest
from nb2pkg.project.approvals import Decision
from nb2pkg.project.manifest import Made, Manifest
from nb2pkg.promote import sharing, source
from nb2pkg.status import data
from nb2pkg.status.data import ChangedFile
from nb2pkg.status.model import PROPOSED, Mark, Opinion, Row, State, Status


@dataclass(frozen=True, slots=True)
class Known:
    """What a status is made of: the cells as they are now, digests, standings, decisions."""

    manifest: Manifest
    cells: Mapping[str, Cell]
    upstream: Mapping[str, str]
    own: Mapping[str, str]
    closures: Mapping[str, str]
    standings: Mapping[str, Standing]
    validated: Mapping[str, Decision]
    reviewed: Mapping[str, Decision]
    shared: Mapping[str, str]  # symbols of other packages, and what they mean now
    proposed: frozenset[str]  # cells whose tags nobody has decided on
    feeding: Mapping[str, tuple[str, ...]]  # cell id to those of the cells above that it depends on
    data: tuple[
        ChangedFile, ...
    ]  # files that the last run worked with, and that have changed since
    unmerged: tuple[str, ...]  # paths of files in which both sides of a conflict stand

    @property
    def digests(self) -> dict[str, str]:
        return {cell.id: fingerprint.of_cell(cell) for cell in self.cells.values()}


def look(folder: Folder, notebook: Notebook | None = None) -> Status:
    """The status of the project in that folder; Nb2pkgError if there is none, or no notebook.

    notebook: the original as an editor has it, if that is not what is on disk.
    """
    known = gather(folder, notebook)
    rows = [*_of_cells(known), *_of_lost_cells(known)]
    rows += _of_unmerged(known, folder, rows)
    listed = known.manifest
    return Status(str(folder), listed.notebook, listed.package, tuple(rows), known.data)


def gather(folder: Folder, notebook: Notebook | None = None) -> Known:
    """Read all of it, each file once."""
    listed = manifest.required(folder)
    notebook = notebook or source.notebook(folder, listed)
    base = locate.generated(folder)
    theirs = locate.current(folder, lambda path: path in base)
    decided = approvals.read(folder)
    cells = facts.analyze(notebook)
    return Known(
        listed,
        {cell.id: cell for cell in notebook.code if cell.source.strip()},
        fingerprint.upstream_digests(cells),
        code_digest.of_symbols(theirs, listed.package),
        sharing.closures(folder, theirs, listed.package),
        standing.find(base, theirs, listed.package, listed.renamed),
        approvals.latest(decided, "validated"),
        approvals.latest(decided, "approved", "rejected"),
        sharing.meanings(folder) if any(made.shared_from for made in listed.made) else {},
        frozenset(cell.id for cell in notebook.code if tags.proposed(notebook, cell)),
        fingerprint.upstream_cells(cells),
        data.changed(locate.original(folder, listed).parent, listed.data),
        unmerged(theirs),
    )


# ------------------------------------------------------------------------------------------ rows


def _of_cells(known: Known) -> Iterator[Row]:
    made: dict[str, list[Made]] = {}
    for item in known.manifest.made:
        for id_ in item.cells:
            made.setdefault(id_, []).append(item)
    now = known.digests
    for cell in known.cells.values():
        for item in made.get(cell.id, ()):
            yield _of_symbol(known, cell, item, now)
        if cell.id not in made:
            validated = _validated(known, cell, now)
            yield Row(cell.index + 1, cell.id, "", _unmoved(known, cell, now), validated)


def _of_symbol(known: Known, cell: Cell, made: Made, now: Mapping[str, str]) -> Row:
    standing_ = known.standings.get(made.generated)
    symbol = standing_.symbol if standing_ else made.symbol
    verified = _verified(known, made, symbol)
    reviewed = known.reviewed.get(symbol)
    return Row(
        cell.index + 1,
        cell.id,
        symbol,
        _state(known, (cell, made), standing_, now, verified.holds),
        _validated(known, cell, now),
        _approved(known, reviewed, symbol),
        _on_data(known, made, verified),
        reviewed is not None
        and reviewed.what == "rejected"
        and reviewed.digest == known.own.get(symbol),
        change=_change(known, cell, now),
        attempt=made.attempt,
    )


def _change(known: Known, cell: Cell, now: Mapping[str, str]) -> str:
    """What of a cell is not as it was promoted."""
    before = known.manifest.cells.get(cell.id, {})
    is_other = {
        "text": before.get("digest") != now[cell.id],
        "tag": before.get("tag") != tags.format_tag(cell),
    }
    return " and the ".join(what for what, changed in is_other.items() if changed)


def _state(
    known: Known,
    link: tuple[Cell, Made],
    found: Standing | None,
    now: Mapping[str, str],
    is_verified: bool,
) -> State:
    cell, made = link
    module = (found.symbol if found else made.symbol).rpartition(".")[0]
    if path_of(known.manifest.package, module) in known.unmerged:
        return State.UNMERGED
    is_changed = bool(_change(known, cell, now))
    if made.shared_from:
        if known.shared.get(made.shared_from) != made.shared_code:
            return State.LENT
        return State.NOTEBOOK if is_changed else State.IN_STEP
    if found is None or found.current is None:
        return State.CODE_GONE
    if found.is_edited:
        if is_changed:
            return State.BOTH
        return State.VERIFIED if is_verified else State.PACKAGE
    return State.NOTEBOOK if is_changed else State.IN_STEP


def _unmoved(known: Known, cell: Cell, now: Mapping[str, str]) -> State:
    """A cell from which nothing was moved: because of no tag, or of a problem."""
    before = known.manifest.cells.get(cell.id)
    tag = tags.format_tag(cell)
    is_wanted = tag.startswith("nb2pkg") and tag not in ("nb2pkg-skip", "nb2pkg-test")
    if is_wanted and (before is None or before["tag"] != tag):
        return State.WAITING
    if before is None or before["digest"] != now[cell.id] or before["tag"] != tag:
        return State.NOTEBOOK
    return State.IN_STEP


def _of_lost_cells(known: Known) -> Iterator[Row]:
    """Symbols none of whose cells is in the notebook any more."""
    for made in known.manifest.made:
        if not any(cell in known.cells for cell in made.cells):
            found = known.standings.get(made.generated)
            if found is not None and found.current is not None:
                yield Row(0, made.cell, found.symbol, State.CELL_GONE)


def _of_unmerged(known: Known, folder: Folder, rows: list[Row]) -> Iterator[Row]:
    """Files that no row speaks of."""
    package = known.manifest.package
    told = {path_of(package, row.symbol.rpartition(".")[0]) for row in rows}
    place = project_at(folder).paths
    for path in known.unmerged:
        if path not in told:
            yield Row(0, "", place.on_disk(path), State.UNMERGED)


# -------------------------------------------------------------------------------------- opinions


def _validated(known: Known, cell: Cell, now: Mapping[str, str]) -> Opinion:
    found = known.validated.get(cell.id)
    if found is None:
        is_proposed = cell.id in known.proposed
        return Opinion(text=PROPOSED, short=PROPOSED) if is_proposed else Opinion()
    if found.digest != now[cell.id]:
        return _stale(found, "the cell", "validated")
    if found.upstream_digest != known.upstream.get(cell.id):
        return _stale(found, "what feeds it", "validated")
    return _holding(found)


def _holding(found: Decision) -> Opinion:
    return Opinion(Mark.HOLDS, found.text, found.why, found.day, who=found.who)


def _stale(found: Decision, what: str, done: str) -> Opinion:
    reason = f"{what} changed since {found.who or 'somebody'} {done} it on {found.day}"
    text = f"stale ({found.text}): {what} changed"
    return Opinion(Mark.STALE, text, found.why, "stale", reason, found.who)


def _approved(known: Known, found: Decision | None, symbol: str) -> Opinion:
    if found is None:
        return Opinion()
    holds = found.digest == known.own.get(symbol)
    if found.what == "rejected":
        text = f"rejected ({found.text})"
        if not holds:
            return replace(_stale(found, "the code", "rejected"), text=f"{text}, changed since")
        reason = f"{found.who or 'somebody'} rejected the code on {found.day}"
        reason += f" ({found.why})" if found.why else ""
        return Opinion(Mark.NONE, text, found.why, "rejected", reason, found.who)
    return _holding(found) if holds else _stale(found, "the code", "approved")


def _verified(known: Known, made: Made, symbol: str) -> Opinion:
    if not made.verified:
        return Opinion()
    verdict, day = made.verified["verdict"], made.verified["on"]
    if verdict not in VERIFIED:
        return Opinion(Mark.NONE, verdict, "", verdict)
    for what, key, now in (
        ("the code", "code", known.closures.get(symbol)),
        ("the notebook", "fed", known.upstream.get(made.cells[-1])),
    ):
        if made.verified[key] != now:
            reason = f"{what} changed since a run on {day} found it {verdict}"
            text = f"stale ({verdict}, {day}): {what} changed"
            return Opinion(Mark.STALE, text, short="stale", reason=reason)
    return Opinion(Mark.HOLDS, f"{verdict}, {day}", short=verdict)


def _on_data(known: Known, made: Made, found: Opinion) -> Opinion:
    """A verdict speaks of the files that were there. The state of the code does not depend on them."""
    cells = {*made.cells, *(above for cell in made.cells for above in known.feeding.get(cell, ()))}
    files = [file for file in known.data if not cells.isdisjoint(file.cells)]
    if not files or not found.holds:
        return found
    verdict, day = made.verified["verdict"], made.verified["on"]
    what = ", ".join(f"{file.path}: {file.how}" for file in files)
    text = f"stale ({verdict}, {day}): the data changed"
    reason = f"the data changed since a run on {day} found it {verdict}: {what}"
    return Opinion(Mark.STALE, text, short="stale", reason=reason)
