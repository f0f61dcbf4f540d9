"""Two attempts, or one and the notebook as it is now, compared as they are kept, with the texts of outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nb2pkg.attempts import content, difference, record, store
from nb2pkg.attempts.difference import AttemptChange, AttemptDifference, CellDifference
from nb2pkg.attempts.model import Attempt, AttemptDetails, Files
from nb2pkg.attempts.store import Store
from nb2pkg.data.between import rows as between_versions
from nb2pkg.errors import NotebookError

_LONGEST = 5_000  # characters of an output that are compared line by line
_Cells = Sequence[Mapping[str, Any]]


def between(place: Store, old: Attempt, new: Attempt | None) -> AttemptDifference:
    """What differs between two attempts; None for the notebook as it is on disk."""
    before = old.facts, store.files(place.repository, old.id)
    if new is not None:
        after = new.facts, store.files(place.repository, new.id)
    else:
        after = record.as_it_is(place)
    found = of_files(before, after, len(old.id))
    sides = before[0], after[0]
    return replace(found, data=tuple(_with_rows(place, change, *sides) for change in found.data))


def _with_rows(
    place: Store, change: AttemptChange, old: AttemptDetails, new: AttemptDetails
) -> AttemptChange:
    """The change of a data file with the rows that changed, where both versions are still there."""
    sides = (
        next((f.version for f in facts.data if f.version.path == change.name), None)
        for facts in (old, new)
    )
    before, after = sides
    if before is None or after is None:
        return change
    return replace(change, how=between_versions(place.repository.top / change.name, before, after))


def of_files(
    old: tuple[AttemptDetails, Files], new: tuple[AttemptDetails, Files], length: int
) -> AttemptDifference:
    """What differs between the files of two attempts. length: that of the ids in the repository."""
    (before, left), (after, right) = old, new
    sides = difference.side(left, length), difference.side(right, length)
    found = difference.compare((before, sides[0]), (after, sides[1]))
    both = _cells(left), _cells(right)
    return replace(found, cells=tuple(_with_outputs(cell, *both) for cell in found.cells))


def _cells(files: Files) -> _Cells:
    try:
        found: _Cells = content.document(files)["cells"]
        return found
    except NotebookError:  # the difference says so
        return ()


def _with_outputs(cell: CellDifference, old: _Cells, new: _Cells) -> CellDifference:
    """The difference with the lines of what the cell shows, where that is another."""
    if not cell.has_other_outputs:
        return cell
    texts = ("\n".join(_shown(cells[at - 1])) for cells, at in ((old, cell.old), (new, cell.new)))
    return replace(cell, output_lines=difference.lines(*texts))


def _shown(cell: Mapping[str, Any]) -> Iterator[str]:
    """What a cell shows, as text; of anything else, what it is."""
    for output in cell.get("outputs", ()):
        data = output.get("data") if isinstance(output, dict) else None
        if isinstance(data, dict):
            others = ", ".join(sorted(key for key in data if key != "text/plain"))
            text = _joined(data.get("text/plain"))
            yield f"{text} [{others}]" if others else text
        elif isinstance(output, dict):
            said = f"{output.get('ename', '')}: {output.get('evalue', '')}"
            yield _joined(output["text"]) if "text" in output else said


def _joined(value: Any) -> str:
    text = "".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return text[:_LONGEST].rstrip("\n")
