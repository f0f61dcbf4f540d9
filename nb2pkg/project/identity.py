"""The ids by which a package knows the cells of its notebook, whether the file has ids or not.

All that is remembered of a cell hangs on its id: what was made from it, who validated it, its place in the
narrative. So the cells get these ids as the notebook is read, and nobody else has to look for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nb2pkg.model import Notebook
from nb2pkg.notebook import repair
from nb2pkg.project import cell_match
from nb2pkg.project.approvals import Decision
from nb2pkg.project.cell_match import Traits
from nb2pkg.project.manifest import Manifest


def identified(
    notebook: Notebook, known: Manifest, story: str, decided: Iterable[Decision] = ()
) -> Notebook:
    """The notebook with the ids by which its package knows the cells.

    story: the narrative as it was generated; it has the cells that are not code. decided: on cells that
    may be gone since, and come back.
    """
    then = _known(known, story)
    ids = {cell.id for cell in then}
    gone = {d.subject: d for d in decided if d.what == "validated" and d.subject not in ids}
    back = (Traits(d.subject, "", "code", d.digest, frozenset()) for d in gone.values())
    return with_ids(notebook, cell_match.settled_ids((*then, *back), _traits_of(notebook)))


def with_ids(notebook: Notebook, ids: Sequence[str]) -> Notebook:
    """The notebook with other ids of its cells; what is in the file stays."""
    cells = (replace(cell, id=id_) for cell, id_ in zip(notebook.cells, ids, strict=True))
    return replace(notebook, cells=tuple(cells))


def recognized(text: str, generated: str) -> str:
    """The text of a narrative in which cells have the ids that they were generated with."""
    cells = _cells(text)
    ids = story_ids(cells, generated)
    if ids == repair.own_ids(cells):
        return text
    document = json.loads(text)
    document["cells"] = [{**cell, "id": id_} for cell, id_ in zip(cells, ids, strict=True)]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def story_ids(cells: Sequence[Mapping[str, Any]], generated: str) -> list[str]:
    """The ids with which the cells of a narrative were generated; its own, if it has kept them."""
    own, ids = repair.own_ids(cells), repair.ids(cells)
    then = [replace(cell, own=cell.id) for cell in _of_narrative(generated)]
    if not then or (all(own) and {cell.id for cell in then} & {*own}):
        return ids
    now = [
        cell_match.traits(id_, mine, _kind(cell), _source(cell))
        for id_, mine, cell in zip(ids, own, cells, strict=True)
    ]
    return [*cell_match.settled_ids(then, now)]


def _traits_of(notebook: Notebook) -> list[Traits]:
    own = repair.own_ids(notebook.document["cells"])
    return [
        cell_match.traits(cell.id, mine, cell.kind, cell.source)
        for cell, mine in zip(notebook.cells, own, strict=True)
    ]


def _known(known: Manifest, story: str) -> tuple[Traits, ...]:
    """The cells of the notebook as it was promoted, in their order.

    The code is what the manifest says of it: in the narrative it has been replaced.
    """
    code = {id_: _recorded(id_, record) for id_, record in known.cells.items()}
    found = [
        code.get(cell.id, cell)
        for cell in _of_narrative(story)
        if cell.kind != "code" or cell.id in code
    ]
    order = [cell.id for cell in found]
    at = 0
    for id_, cell in code.items():
        if id_ in order:
            at = order.index(id_) + 1
        else:
            order.insert(at, id_)
            found.insert(at, cell)
            at += 1
    return tuple(found)


def _recorded(id_: str, record: Mapping[str, Any]) -> Traits:
    text = record.get("words")  # earlier manifests do not say it
    found = None if text is None else cell_match.parsed_words(text)
    return Traits(id_, _own(id_, record), "code", record["digest"], found)


def _own(id_: str, record: Mapping[str, Any]) -> str:
    """The id in the file, which is not told where it is the usual."""
    found: str = record.get("own", "" if repair.is_made_up(id_) else id_)
    return found


def _of_narrative(text: str) -> Iterator[Traits]:
    for cell in _cells(text):
        id_ = cell.get("id")
        if isinstance(id_, str):
            own = "" if repair.is_made_up(id_) else id_
            yield cell_match.traits(id_, own, _kind(cell), _source(cell))


def _cells(text: str) -> list[dict[str, Any]]:
    """The cells in the text of a notebook; none if it is none, which others complain about."""
    try:
        found: list[dict[str, Any]] = json.loads(text)["cells"]
        return found if all(isinstance(cell.get("cell_type"), str) for cell in found) else []
    except (ValueError, KeyError, TypeError, AttributeError):
        return []


def _kind(cell: Mapping[str, Any]) -> str:
    return str(cell["cell_type"])


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(map(str, cell.get("source") or ()))
