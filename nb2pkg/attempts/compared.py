"""Two attempts, or one and the notebook as it is now, compared as they are kept."""

from __future__ import annotations

from nb2pkg.attempts import difference, record, store
from nb2pkg.attempts.difference import AttemptDifference
from nb2pkg.attempts.model import Attempt
from nb2pkg.attempts.store import Store


def between(place: Store, old: Attempt, new: Attempt | None) -> AttemptDifference:
    """What differs between two attempts; None for the notebook as it is on disk."""
    length = len(old.id)
    left = difference.side(store.files(place.repository, old.id), length)
    if new is not None:
        right = difference.side(store.files(place.repository, new.id), length)
        return difference.compare((old.facts, left), (new.facts, right))
    facts, files = record.as_it_is(place)
    return difference.compare((old.facts, left), (facts, difference.side(files, length)))
