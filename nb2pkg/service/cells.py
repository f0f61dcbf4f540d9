"""The badge of each cell: how it stands to its code, and what a person should know of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from nb2pkg import facts
from nb2pkg.errors import Nb2pkgError
from nb2pkg.model import Cell
from nb2pkg.notebook import reader, tags, test_outcome
from nb2pkg.notebook.test_outcome import Tests
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan
from nb2pkg.problems import QUIET
from nb2pkg.promote import remembered
from nb2pkg.service.model import Badge, CellState, NotebookState, PackageState
from nb2pkg.service.opened import Opened
from nb2pkg.status import reasons
from nb2pkg.status.look import look
from nb2pkg.status.model import Mark, Row, State, Status

_OF_STATE = {
    State.UNMERGED: Badge.CONFLICT,
    State.BOTH: Badge.CONFLICT,
    State.NOTEBOOK: Badge.CHANGED,
    State.PACKAGE: Badge.CHANGED,
    State.LENT: Badge.CHANGED,
    State.CODE_GONE: Badge.CHANGED,
    State.WAITING: Badge.WAITING,
    State.IN_STEP: Badge.IN_STEP,
    State.VERIFIED: Badge.IN_STEP,
}
_KEPT_PLANS = 8


def state_of(found: Opened) -> NotebookState:
    """The state of a notebook. Nothing is run, and nothing is written."""
    try:
        status = _status(found)
        plan = None if found.is_story else plan_of(found)
    except Nb2pkgError as error:  # a cell does not parse: somebody is typing
        return NotebookState((), _package(found, None), {}, str(error))
    by_cell: dict[str, list[Row]] = {}
    for row in status.rows if status else ():
        by_cell.setdefault(row.cell, []).append(row)
    cells = tuple(
        _cell(found, plan, cell, by_cell.get(cell.id, [])) for cell in found.notebook.cells
    )
    return NotebookState(cells, _package(found, status), _modules(found, plan))


def plan_of(found: Opened, chosen: Iterable[int] = ()) -> Plan:
    """What would be promoted now: what is tagged, and the chosen cells too."""
    document = found.notebook.document
    untagged = [n for n in chosen if not tags.format_tag(found.notebook.cells[n])]
    for index in untagged:
        document = tags.apply(document, (index,), "nb2pkg")
    return _planned(found, reader.serialize(document, found.notebook.layout))


def _planned(found: Opened, text: str) -> Plan:
    """The plan of a text; the last few are kept, since an editor asks again and again.

    What the package remembers of its last run counts as well.
    """
    remembers = found.package[1].content if found.package else {}
    content = f"{text}\n{json.dumps(remembers, sort_keys=True)}"
    key = hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
    return _kept_plan(_Asked(found, text, key))


class _Asked:
    """A text of a notebook, equal to another of the same path and text."""

    def __init__(self, found: Opened, text: str, key: str) -> None:
        self.found, self.text, self._key = found, text, (str(found.path), key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


@lru_cache(maxsize=_KEPT_PLANS)
def _kept_plan(asked: _Asked) -> Plan:
    found = asked.found
    notebook = reader.parse(asked.text.encode("utf-8"), str(found.path))
    return make(notebook, facts.analyze(notebook), remembered.options_again(found.path, notebook))


def _status(found: Opened) -> Status | None:
    if found.package is None:
        return None
    place, _ = found.package
    return look(place, None if found.is_story else found.notebook)


def _package(found: Opened, status: Status | None) -> PackageState | None:
    if found.package is None:
        return None
    place, known = found.package
    story = str((place / known.story).resolve())
    count = len(status.out_of_step) if status else 0
    return PackageState(
        str(place.folder), known.package, story, found.is_story, known.is_run, count
    )


def _modules(found: Opened, plan: Plan | None) -> dict[str, tuple[str, ...]]:
    """The modules that there are or would be, with their functions."""
    symbols = [made.symbol for made in found.package[1].made] if found.package else []
    for module in plan.modules if plan else ():
        symbols += [f"{module.name}.{definition.name}" for definition in module.definitions]
        symbols += [f"{module.name}.{step.name}" for step in module.functions]
    names: dict[str, dict[str, None]] = {}
    for symbol in symbols:
        module_name, _, name = symbol.rpartition(".")
        names.setdefault(module_name, {})[name] = None
    return {module_name: tuple(inner) for module_name, inner in names.items()}


# ---------------------------------------------------------------------------------------- badges


def _cell(found: Opened, plan: Plan | None, cell: Cell, rows: Sequence[Row]) -> CellState:
    tag = tags.format_tag(cell)
    stays = tuple(_why_it_stays(plan, cell)) if plan and _is_ours(tag) else ()
    tests = test_outcome.last_outcome(found.notebook, cell)
    badge = _badge(found, cell, tag, rows, bool(stays), tests)
    whys: Mapping[Badge, Iterable[str]] = {
        Badge.TESTS_FAIL: (tests.counts,) if tests else (),
        Badge.TESTS_PASS: (tests.counts,) if tests else (),
        Badge.STAYS: stays,
        Badge.PROPOSED: ("Nobody has decided on this tag.",),
        Badge.WAITING: ("It moves with the next promotion.",),
    }
    why = whys.get(badge, dict.fromkeys(text for row in rows for text in reasons.of(row)))
    symbols = dict.fromkeys(row.symbol for row in rows if row.symbol)
    return CellState(cell.index, cell.id, cell.kind, tag, badge.value, tuple(why), tuple(symbols))


def _badge(
    found: Opened, cell: Cell, tag: str, rows: Sequence[Row], stays: bool, tests: Tests | None
) -> Badge:
    """The first in the order of the words that holds."""
    holding = {_OF_STATE.get(row.state, Badge.CHANGED) for row in rows if row.symbol or tag}
    if any(row.validated.mark is Mark.STALE for row in rows):
        holding.add(Badge.STALE)
    if any(row.validated.holds and row.symbol for row in rows):
        holding.add(Badge.VALIDATED)
    if tags.proposed(found.notebook, cell):
        holding.add(Badge.PROPOSED)
    if stays:
        holding.add(Badge.STAYS)
    if not rows and _is_ours(tag):
        holding.add(Badge.WAITING)
    if tests is not None:
        holding.add(Badge.TESTS_FAIL if tests.is_bad else Badge.TESTS_PASS)
    return next((badge for badge in Badge if badge in holding), Badge.NONE)


def _is_ours(tag: str) -> bool:
    """Does it ask for a promotion?"""
    return tag.partition(":")[0] == "nb2pkg"


def _why_it_stays(plan: Plan, cell: Cell) -> Iterator[str]:
    """The problems of a cell from which nothing would be moved."""
    moved = {d.cell for m in plan.modules for d in m.definitions} | {s.cell for s in plan.steps}
    if cell.index in moved:
        return
    for problem in plan.problems:
        if problem.place is not None and problem.place.cell == cell.index:
            if problem.code not in QUIET:
                yield f"{problem.message} ({problem.code})"
