"""The attempts at a notebook as one HTML page: over time, with branches, comments, numbers and differences.

Like the page of a review it holds everything, loads nothing and runs nothing. Of an attempt it shows what
changed since the one before, folded; outputs only of the two that stand beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from nb2pkg import __version__
from nb2pkg.attempts import compared, content, difference, history, promoted, store
from nb2pkg.attempts.difference import AttemptDifference, CellDifference
from nb2pkg.attempts.history import AttemptHistory
from nb2pkg.attempts.model import Attempt, Files
from nb2pkg.attempts.store import Store
from nb2pkg.errors import NotebookError
from nb2pkg.review import chart, outputs
from nb2pkg.review.outputs import Shown
from nb2pkg.review.page import visible_value
from nb2pkg.templates import environment, folder

_LINES = 60  # of the differences of one attempt
_WIDTH = 400  # characters of a line
_COLUMNS = 6  # of branches that are drawn beside each other
_CELLS = 80  # that stand beside each other


@dataclass(frozen=True, slots=True)
class ListedAttempt:
    """An attempt as the page lists it. column: where its branch is drawn; left_out: lines not shown."""

    attempt: Attempt
    column: int
    went_on_from: str
    metrics: tuple[tuple[str, str], ...]
    symbols: tuple[str, ...]
    changes: AttemptDifference
    left_out: int


@dataclass(frozen=True, slots=True)
class HalfPair:
    """A cell of one of two attempts; number 0: it is not there."""

    number: int
    source: str = ""
    outputs: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class CellPair:
    """A cell that differs, in both attempts."""

    words: str
    old: HalfPair
    new: HalfPair


@dataclass(frozen=True, slots=True)
class Beside:
    """Two attempts beside each other. left_out: cells that are not shown."""

    old: Attempt
    new: Attempt
    pairs: tuple[CellPair, ...]
    changes: AttemptDifference
    left_out: int


def render(place: Store, two: tuple[Attempt, Attempt] | None = None) -> str:
    """The text of the page. two: the attempts that stand beside each other; else the last two."""
    known = history.read(place)
    if two is None and len(known.attempts) > 1:
        last = known.attempts[-1]
        two = known.by_id.get(last.parent, known.attempts[-2]), last
    templates = environment(
        "attempts", autoescape=True, keep_trailing_newline=False, finalize=visible_value
    )
    return templates.get_template("page.html.jinja").render(
        known=known,
        entries=tuple(reversed([*_entries(place, known)])),
        charts=chart.of(known.attempts),
        width=chart.WIDTH,
        height=chart.HEIGHT,
        beside=_beside(place, *two) if two else None,
        style=(folder() / "review" / "style.css").read_text(encoding="utf-8"),
        own_style=(folder() / "attempts" / "style.css").read_text(encoding="utf-8"),
        version=__version__,
    )


def _entries(place: Store, known: AttemptHistory) -> Iterator[ListedAttempt]:
    """The attempts, the oldest first, each compared with the one that it went on from."""
    sides = dict(
        zip(
            (attempt.id for attempt in known.attempts),
            difference.sides(place.repository, [attempt.id for attempt in known.attempts]),
        )
    )
    symbols = promoted.symbols(place)
    columns: dict[str, int] = {}
    for attempt in known.attempts:
        column = columns.setdefault(attempt.facts.branch, len(columns))
        before = known.by_id.get(attempt.parent)
        found, left_out = AttemptDifference(), 0
        if before is not None:
            old, new = ((each.facts, sides[each.id]) for each in (before, attempt))
            found, left_out = _cut(difference.compare(old, new))
        ids = (attempt.id, *attempt.facts.formerly)
        yield ListedAttempt(
            attempt,
            min(column, _COLUMNS),
            before.short if before and before.facts.branch != attempt.facts.branch else "",
            tuple((m.name, difference.number(m.value)) for m in attempt.facts.metrics),
            tuple(dict.fromkeys(name for id_ in ids for name in symbols.get(id_, ()))),
            found,
            left_out,
        )


def _cut(found: AttemptDifference) -> tuple[AttemptDifference, int]:
    """The difference with no more lines than are shown, and how many are left out."""
    cells: list[CellDifference] = []
    room, left_out = _LINES, 0
    for cell in found.cells:
        shown = tuple((sign, text[:_WIDTH]) for sign, text in cell.lines[:room])
        room -= len(shown)
        left_out += len(cell.lines) - len(shown)
        if shown or not cell.lines:
            cells.append(replace(cell, lines=shown))
    return replace(found, cells=tuple(cells)), left_out


# ----------------------------------------------------------------------------- beside each other


def _beside(place: Store, old: Attempt, new: Attempt) -> Beside:
    left, right = (store.files(place.repository, attempt.id) for attempt in (old, new))
    changes = compared.of_files((old.facts, left), (new.facts, right), len(new.id))
    cells = _documents(left), _documents(right)
    pairs = [
        CellPair(cell.words, _half(cells[0], cell.old), _half(cells[1], cell.new))
        for cell in changes.cells[:_CELLS]
    ]
    left_out = max(0, len(changes.cells) - _CELLS)
    return Beside(old, new, tuple(pairs), replace(changes, cells=()), left_out)


def _documents(files: Files) -> Sequence[Mapping[str, object]]:
    try:
        found: Sequence[Mapping[str, object]] = content.document(files)["cells"]
        return found
    except NotebookError:  # the difference says so
        return ()


def _half(cells: Sequence[Mapping[str, object]], number: int) -> HalfPair:
    """The cell of that number, with what may be shown of its outputs; no HTML, which takes long to open."""
    if not number:
        return HalfPair(0)
    cell = cells[number - 1]
    shown = outputs.shown(cell.get("outputs"))
    kept = tuple(
        Shown("note", each.label, "HTML is not shown") if each.kind == "frame" else each
        for each in shown
    )
    return HalfPair(number, outputs.joined(cell.get("source")), kept)
