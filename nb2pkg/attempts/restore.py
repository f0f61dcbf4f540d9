"""Bring back a notebook, or one of its cells, as an attempt has it. What is there becomes an attempt first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pkg.attempts import content, record, store
from nb2pkg.attempts.model import Attempt, Files
from nb2pkg.attempts.record import AttemptRequest, RecordedAttempt
from nb2pkg.attempts.store import Store
from nb2pkg.errors import Nb2pkgError, did_you_mean
from nb2pkg.files import alone, put
from nb2pkg.notebook import reader, repair
from nb2pkg.project import cell_match
from nb2pkg.project.cell_match import Traits

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back. before: the attempt that has what was there, if there was anything.

    cell: the number that the cell has now; 0 if all cells were restored.
    """

    path: Path
    before: RecordedAttempt | None
    cell: int = 0
    is_changed: bool = True


def restore(place: Store, attempt: Attempt, cell: str = "") -> Restored:
    """Write the notebook as the attempt has it; cell: only this one, by its number or id there.

    Outputs that the attempt was recorded without are not brought back. Nothing is written unless what is
    there was recorded.
    """
    path = place.path
    files = store.files(place.repository, attempt.id)
    with alone(path.parent):
        now = path.read_bytes() if path.is_file() else None
        number, data = _one(path, now, files, cell) if cell else (0, content.joined(files))
        if data == now:
            return Restored(path, None, number, is_changed=False)
        before = _kept(path, attempt) if now is not None else None
        put(path, data, now)
    return Restored(path, before, number)


def _kept(path: Path, attempt: Attempt) -> RecordedAttempt:
    """The attempt with what is there now: with its outputs, whatever the project wants of others."""
    why = f"before #{attempt.number} ({attempt.short}) was restored"
    return record.record(path, AttemptRequest(why=why, outputs="keep", trigger="restore"))


def _one(path: Path, now: bytes | None, files: Files, name: str) -> tuple[int, bytes]:
    """The notebook with one cell as the attempt has it: its number, and the bytes."""
    if now is None:
        raise Nb2pkgError(
            f"{path}: is not there, so a cell cannot be restored in it", "Restore all cells."
        )
    here = reader.parse(now, str(path), without_code=True)
    there = content.document(files)
    wanted = _index(there["cells"], name)
    cells = list(here.document["cells"])
    matched = cell_match.match(_traits(there), _traits(here.document))
    places = {old: new for new, old in matched.items()}
    if wanted in places:
        index = places[wanted]
        cells[index] = _with_own_id(there["cells"][wanted], cells[index])
    else:
        above = [places[old] for old in range(wanted) if old in places]
        index = max(above, default=-1) + 1
        cells.insert(index, _without_taken_id(there["cells"][wanted], cells))
    document = {**here.document, "cells": cells}
    return index + 1, reader.serialize(document, here.layout).encode("utf-8")


def _index(cells: Sequence[Document], name: str) -> int:
    """The cell of that number or id."""
    ids = repair.ids(cells)
    is_number = name.isascii() and name.isdecimal() and 0 < int(name) <= len(cells)
    meant = {*([ids.index(name)] if name in ids else []), *([int(name) - 1] if is_number else [])}
    if len(meant) == 1:
        return meant.pop()
    if meant:
        raise Nb2pkgError(f"{name} is the number of a cell and the id of another", "Restore all.")
    otherwise = f"The attempt has {len(cells)} cells: name one by its number or id."
    raise Nb2pkgError(f"the attempt has no cell {name}", did_you_mean(name, ids, otherwise))


def _traits(document: Document) -> list[Traits]:
    cells = document["cells"]
    return [
        cell_match.traits(id_, own, str(cell["cell_type"]), _source(cell))
        for id_, own, cell in zip(repair.ids(cells), repair.own_ids(cells), cells)
    ]


def _source(cell: Document) -> str:
    return "".join(cell.get("source") or ())


def _with_own_id(cell: Document, now: Document) -> dict[str, Any]:
    """The cell as it was, under the id that it has now, if it has one: the file may have no ids."""
    rest = {key: value for key, value in cell.items() if key != "id"}
    if "id" not in now:
        return rest
    return {key: now["id"] if key == "id" else cell[key] for key in dict.fromkeys((*cell, "id"))}


def _without_taken_id(cell: Document, others: Sequence[Document]) -> dict[str, Any]:
    """The cell for a notebook in which it is not: with its id, where cells have ids and none has this."""
    taken = {other.get("id") for other in others}
    if all("id" in other for other in others) and "id" in cell and cell["id"] not in taken:
        return dict(cell)
    rest = {key: value for key, value in cell.items() if key != "id"}
    if not all("id" in other for other in others):
        return rest
    number = 1
    while f"restored-{number}" in taken:
        number += 1
    return {**rest, "id": f"restored-{number}"}
