"""What a log of executions tells: the true order of a session, and what became of its cells.

A cell is found by the id that the front end sent, else by the digest of its text: nbclient and some
editors send no id that is in the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nb2pkg.graph import fingerprint
from nb2pkg.notebook.execution_log import Execution
from nb2pkg.order.counts import format_cells
from nb2pkg.order.model import History, Kind, Order, Summary

_SHOWN = 8
# Cells that do nothing but switch the recording: they may have run before it was on.
_OURS = re.compile(r"(?:\s*%(?:(?:re)?load_ext[ \t]+nb2pkg|nb2pkg\b[^\n]*)\s*)+")


@dataclass(frozen=True, slots=True)
class _Session:
    """Executions of one kernel, in order, each with the cell whose present text it ran, or -1."""

    executions: tuple[Execution, ...]
    cells: tuple[int, ...]

    @property
    def good(self) -> list[tuple[int, Execution]]:
        pairs = zip(self.cells, self.executions)
        return [(cell, execution) for cell, execution in pairs if cell >= 0 and execution.ok]

    def order(self, last: bool) -> Order:
        """Cells by their last, or their first, successful execution."""
        cells = [cell for cell, _ in self.good]
        seen = dict.fromkeys(reversed(cells) if last else cells)
        return tuple(reversed(seen)) if last else tuple(seen)


def history(found: Sequence[Summary], executions: Sequence[Execution]) -> History | None:
    """What the last session tells that ran all cells; else the last one. None: nothing of use."""
    sessions = [_session(found, group) for group in _grouped(executions)]
    sessions = [session for session in sessions if session.good]
    if not sessions:
        return None
    wanted = {s.index for s in found if not _OURS.fullmatch(s.cell.source)}
    whole = [s for s in sessions if {cell for cell, _ in s.good} >= wanted]
    session = (whole or sessions)[-1]
    order = session.order(last=True)
    left = sorted(wanted - set(order))
    return History(
        source="log",
        orders=((Kind.RECORDED, order), (Kind.FIRST_RUNS, session.order(last=False))),
        complete=not left,
        known=_known(session, len(sessions)),
        doubts=_doubts(left, session, found),
        lost=_lost(session, found),
        deleted=_deleted(session, found),
    )


def _grouped(executions: Iterable[Execution]) -> list[tuple[Execution, ...]]:
    groups: dict[str, list[Execution]] = {}
    for execution in executions:
        groups.setdefault(execution.session, []).append(execution)
    return [tuple(sorted(group, key=lambda e: e.number)) for group in groups.values()]


def _session(found: Sequence[Summary], executions: tuple[Execution, ...]) -> _Session:
    digests = {s.index: fingerprint.of_source(s.cell.source) for s in found}
    by_id = {s.cell.id: s.index for s in found}
    by_digest: dict[str, list[int]] = {}
    for index, text in digests.items():
        by_digest.setdefault(text, []).append(index)
    taken: Counter[str] = Counter()
    cells = []
    for execution in executions:
        index = by_id.get(execution.cell, -1)
        if index >= 0:
            cells.append(index if digests[index] == execution.digest else -1)
            continue
        same = by_digest.get(execution.digest, [])
        # Of several cells with the same text, which was it? Assume one after the other.
        cells.append(same[taken[execution.digest] % len(same)] if same else -1)
        taken[execution.digest] += 1
    return _Session(executions, tuple(cells))


def _known(session: _Session, sessions: int) -> tuple[str, ...]:
    first = session.executions[0].start[:10]
    runs = len(session.executions)
    known = [f"a log of the session of {first} is there: {runs} executions"]
    if sessions > 1:
        known[0] += f", and {sessions - 1} other session{'s' if sessions > 2 else ''}"
    again = [c for c, n in Counter(cell for cell, _ in session.good).items() if n > 1]
    if again:
        known.append(
            f"{format_cells(again)} {'was' if len(again) == 1 else 'were'} run more than once"
        )
    return tuple(known)


def _doubts(left: Sequence[int], session: _Session, found: Sequence[Summary]) -> tuple[str, ...]:
    edited = _edited(session, found)
    changed = [index for index in left if index in edited]
    failed = {c for c, e in zip(session.cells, session.executions) if c >= 0 and not e.ok}
    bad = [index for index in left if index in failed and index not in edited]
    rest = [index for index in left if index not in edited and index not in failed]
    words = (
        (changed, "edited since the last recorded run"),
        (bad, "failed whenever it was recorded" if len(bad) == 1 else "failed whenever recorded"),
        (rest, "not recorded"),
    )
    return tuple(f"{format_cells(cells)}: {what}" for cells, what in words if cells)


def _edited(session: _Session, found: Sequence[Summary]) -> set[int]:
    """Cells whose id ran with another text, and whose present text did not run."""
    by_id = {s.cell.id: s.index for s in found}
    ran = {by_id[e.cell] for e in session.executions if e.cell in by_id}
    return ran - {cell for cell in session.cells if cell >= 0}


def _gone(session: _Session) -> list[Execution]:
    """Executions of cells, or of texts of cells, that are in the notebook no more."""
    return [e for cell, e in zip(session.cells, session.executions) if cell < 0]


def _lost(session: _Session, found: Sequence[Summary]) -> tuple[str, ...]:
    ids = {s.cell.id for s in found}
    lost = []
    for execution in _gone(session):
        what = "an earlier text of a cell" if execution.cell in ids else "a cell that is gone"
        names = ", ".join(execution.names[:_SHOWN])
        lost.append(f"run {execution.number}: {what}" + (f"; it made {names}" if names else ""))
    return tuple(lost)


def _deleted(session: _Session, found: Sequence[Summary]) -> Mapping[str, str]:
    ids = {s.cell.id for s in found}
    made: dict[str, str] = {}
    for execution in _gone(session):
        what = "an earlier text of a cell" if execution.cell in ids else "a cell that is gone"
        for name in execution.names:
            made[name] = f"{what} made it, in run {execution.number} of the recorded session"
    return made
