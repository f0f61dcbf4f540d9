"""What was tried in a notebook: its attempts, what differs between them, and going back to one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nb2pkg.attempts import compared, git, history, promoted, record, store
from nb2pkg.attempts.difference import AttemptChange, AttemptDifference
from nb2pkg.attempts.model import Attempt, AttemptComment
from nb2pkg.attempts.record import AttemptRequest
from nb2pkg.attempts.restore import restore
from nb2pkg.service.model import AttemptDiff, AttemptPart, AttemptRow, Attempts, Restored


def attempts_of(path: Path) -> Attempts:
    """The attempts at a notebook, the last one first; none where nothing was recorded."""
    place = store.find(path)
    if place is None:
        return Attempts("", ())
    known, symbols = history.read(place), promoted.symbols(place)
    rows = (_row(attempt, symbols.get(attempt.id, ())) for attempt in reversed(known.attempts))
    return Attempts(known.current, tuple(rows))


def _row(attempt: Attempt, symbols: tuple[str, ...]) -> AttemptRow:
    facts = attempt.facts
    return AttemptRow(
        id=attempt.id,
        number=attempt.number,
        branch=facts.branch,
        when=facts.when,
        who=facts.who,
        why=facts.why,
        trigger=facts.trigger if facts.is_automatic else "",
        result=attempt.result.text,
        metrics={metric.name: metric.value for metric in facts.metrics},
        comments=tuple(f"{comment.who}: {comment.text}" for comment in attempt.said),
        symbols=symbols,
    )


def recorded(path: Path, why: str) -> Attempts:
    """Record the notebook as it is on disk."""
    record.record(path, AttemptRequest(why=why))
    return attempts_of(path)


def commented(path: Path, attempt: str, text: str) -> Attempts:
    """Say something of an attempt."""
    place = store.required(path)
    found = history.find(history.read(place), attempt)
    who = git.identity(place.repository)[0]
    store.comment(place.repository, found.id, AttemptComment(store.now(), who, text))
    return attempts_of(path)


def difference_of(path: Path, old: str, new: str) -> AttemptDiff:
    """What differs between two attempts; without the second one, between one and the notebook on disk."""
    place = store.required(path)
    known = history.read(place)
    later = history.find(known, new) if new else None
    return AttemptDiff(tuple(_parts(compared.between(place, history.find(known, old), later))))


def _parts(found: AttemptDifference) -> Iterator[AttemptPart]:
    for cell in found.cells:
        yield AttemptPart(cell.words, tuple(sign + text for sign, text in cell.lines))
        if cell.output_lines:
            shown = tuple(sign + text for sign, text in cell.output_lines)
            yield AttemptPart(f"cell {cell.new or cell.old} shows", shown)
    result = (found.result,) if found.result else ()
    for kind, changes in (
        ("metric", found.metrics),
        ("data", found.data),
        ("installed", found.installed),
        ("result", result),
    ):
        yield from (AttemptPart(f"{kind} {_words(change)}", ()) for change in changes)
    yield from (AttemptPart(note, ()) for note in found.notes)


def _words(change: AttemptChange) -> str:
    if change.how:
        return f"{change.name}: {change.how}"
    old, new = ("nothing" if side is None else side for side in (change.old, change.new))
    return f"{change.name}: {old}, then {new}"


def restored(path: Path, attempt: str, cell: str) -> Restored:
    """Write the notebook as an attempt has it; what was there becomes an attempt first."""
    place = store.required(path)
    done = restore(place, history.find(history.read(place), attempt), cell)
    return Restored(done.is_changed, done.before.id if done.before else "")
