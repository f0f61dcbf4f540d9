"""The narrative merged cell by cell: cells are the same if their ids are.

nbdime puts the cells into one order and merges what is known of them. What stands in a cell is
merged here, line by line: nbdime merges inside of lines, and makes ``x = 87`` of ``x = 8`` and
``x = 7`` without a word.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import re
from collections.abc import Mapping
from typing import Any

from nb2pkg.merge import lines
from nb2pkg.merge.model import (
    BOTH,
    BOTH_MADE,
    DELETED_HERE,
    GONE_THERE,
    Conflict,
    MergedFile,
    Resolve,
    Sides,
)
from nb2pkg.notebook import standard

MISSING = 'both changed it, and nbdime is not installed: pip install "nb2pkg[merge]"'
NO_IDS = "changed in the notebook and in the package, and it has cells without an id of their own"

Cells = Mapping[str, dict[str, Any]]


def merge(path: str, sides: Sides, resolve: Resolve) -> MergedFile:
    """A notebook. Outputs are no conflict: they are those of the cell that is left."""
    documents = [_document(text) for text in (sides.base, sides.theirs, sides.ours)]
    base, theirs, ours = documents
    if base is None or theirs is None or ours is None:
        return _as_a_whole(path, sides, resolve, NO_IDS)
    if _bare(base) == _bare(theirs):
        return MergedFile(_text(_rerun(base, theirs, ours), sides.theirs or ""))
    if importlib.util.find_spec("nbdime") is None:
        return _as_a_whole(path, sides, resolve, MISSING)
    cells = (_by_id(base), _by_id(theirs), _by_id(ours))
    left, conflicts, kept = _cells(path, cells, resolve)
    merged = _ordered(base, theirs, ours, left)
    if sorted(cell["id"] for cell in merged["cells"]) != sorted(left):
        return _as_a_whole(path, sides, resolve, BOTH)
    merged["cells"] = [_filled(cell, left[cell["id"]]) for cell in merged["cells"]]
    text = _text(merged, sides.theirs or "")
    return MergedFile(text, tuple(conflicts), tuple(kept))


def _as_a_whole(path: str, sides: Sides, resolve: Resolve, reason: str) -> MergedFile:
    """Markers between cells would be no notebook: the package's stays."""
    text = sides.ours if resolve is Resolve.OURS else sides.theirs
    return MergedFile(text, (sides.conflict(path, "", reason),))


def _rerun(base: Any, theirs: Any, ours: Any) -> dict[str, Any]:
    """The engineer only ran it: the notebook of now, with the outputs of the cells that stay."""
    before, there = _by_id(base), _by_id(theirs)
    stays = {
        cell["id"]
        for cell in ours["cells"]
        if cell["id"] in there
        and _source(cell) == _source(before[cell["id"]])
        and cell["metadata"] == before[cell["id"]]["metadata"]
    }
    cells = [there[cell["id"]] if cell["id"] in stays else cell for cell in ours["cells"]]
    metadata = theirs["metadata"] if ours["metadata"] == base["metadata"] else ours["metadata"]
    return {**ours, "cells": cells, "metadata": metadata}


def is_same(one: str, other: str) -> bool:
    """Do two notebooks differ in nothing but outputs, counts of runs, and layout?"""
    left, right = _document(one), _document(other)
    return left is not None and right is not None and _bare(left) == _bare(right)


def is_unmerged(text: str) -> bool:
    """Do markers stand in a cell?"""
    document = _document(text)
    return document is not None and any(lines.is_unmerged(_joined(c)) for c in document["cells"])


def written(text: str) -> tuple[Sides, ...]:
    """The versions of each place in a cell that has our markers."""
    cells = (_document(text) or {"cells": ()})["cells"]
    return tuple(sides for cell in cells for sides in lines.written(_joined(cell)))


def without_markers(text: str, resolve: Resolve) -> str:
    """The notebook with one side in each cell in which our markers stand."""
    document = _document(text)
    if document is None or not is_unmerged(text):
        return text
    cells = [_with_one_side(cell, resolve) for cell in document["cells"]]
    return _text({**document, "cells": cells}, text)


def _with_one_side(cell: dict[str, Any], resolve: Resolve) -> dict[str, Any]:
    source = _joined(cell)
    if not lines.is_unmerged(source):
        return cell
    settled = lines.without_markers(source, resolve).removesuffix("\n")
    return {**cell, "source": lines.with_ends(settled)}


def _joined(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _bare(document: dict[str, Any]) -> list[Any]:
    return [
        (cell["id"], cell["cell_type"], _source(cell), cell["metadata"].get("tags"))
        for cell in document["cells"]
    ]


def _document(text: str | None) -> dict[str, Any] | None:
    """The notebook in a text; None if it is none, or its cells cannot be told apart."""
    try:
        document = json.loads(text or "")
        ids = [cell["id"] for cell in document["cells"]]
        whole = all(
            "source" in c and "cell_type" in c and "metadata" in c for c in document["cells"]
        )
    except (ValueError, KeyError, TypeError):
        return None
    return document if whole and len(set(ids)) == len(ids) else None


def _by_id(document: dict[str, Any]) -> Cells:
    return {cell["id"]: cell for cell in document["cells"]}


def _source(cell: Mapping[str, Any] | None) -> str | None:
    return None if cell is None else _joined(cell)


def _cells(
    path: str, cells: tuple[Cells, Cells, Cells], resolve: Resolve
) -> tuple[dict[str, dict[str, Any]], list[Conflict], list[str]]:
    """Each cell that is left, with its source and outputs; conflicts; cells with edits."""
    base, theirs, ours = cells
    left: dict[str, dict[str, Any]] = {}
    conflicts: list[Conflict] = []
    kept: list[str] = []
    for name in {**theirs, **ours, **base}:
        three = Sides(*(_source(found.get(name)) for found in cells))
        text, reason = _settled(three, resolve)
        if reason:
            conflicts.append(three.conflict(path, name, reason))
        elif three.theirs != three.base and three.theirs != three.ours:
            kept.append(f"{path}: {name}")
        if text is not None:
            has_theirs = name in theirs and text == three.theirs
            cell = (theirs if has_theirs or name not in ours else ours)[name]
            left[name] = {**cell, "source": text}
    return left, conflicts, kept


def _settled(three: Sides, resolve: Resolve) -> tuple[str | None, str]:
    """The source of one cell, None if it goes; and why that is a conflict, if it is one."""
    b, t, o = three.base, three.theirs, three.ours
    if t == o or o == b:
        return t, ""
    if t == b:
        return o, ""
    if b is None:
        return lines.settled(three, resolve), BOTH_MADE
    if t is None or o is None:
        wanted = o if resolve is Resolve.OURS else t
        marked = lines.marked(three) if resolve is Resolve.MARKERS else wanted
        return marked, DELETED_HERE if t is None else GONE_THERE
    found = lines.regions(Sides(*(text and text + "\n" for text in (b, t, o))))
    text = lines.settle(found, resolve).removesuffix("\n")
    return text, BOTH if any(region.sides for region in found) else ""


def _ordered(base: Any, theirs: Any, ours: Any, left: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with its cells in one order, and its metadata, by nbdime; sources are open."""
    nbformat = standard.nbformat()  # before nbdime does it
    from nbdime.diffing.notebooks import diff_notebooks
    from nbdime.merging.decisions import apply_decisions
    from nbdime.merging.generic import decide_merge_with_diff
    from nbdime.utils import Strategies

    shared = {*_by_id(theirs)} & {*_by_id(ours)}
    # A cell that one side deleted, and that is left all the same, is new to nbdime.
    known = [c for c in base["cells"] if c["id"] in shared or c["id"] not in left]
    outlines = map(_outline, ({**base, "cells": known}, theirs, ours))
    b, t, o = (nbformat.from_dict(outline) for outline in outlines)
    rules = {"/": "use-local", "/cells": "union", "/nbformat_minor": "take-max"}
    decisions = decide_merge_with_diff(
        b, t, o, diff_notebooks(b, t), diff_notebooks(b, o), Strategies(rules)
    )
    merged: dict[str, Any] = json.loads(json.dumps(apply_decisions(b, decisions)))
    merged["cells"] = [cell for cell in merged["cells"] if cell["id"] in left]
    return merged


def _outline(document: dict[str, Any]) -> dict[str, Any]:
    """A notebook with nothing in its cells but what they are."""
    found = copy.deepcopy(document)
    for cell in found["cells"]:
        cell["source"] = f"cell {cell['id']}"
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return found


def _filled(cell: dict[str, Any], left: Mapping[str, Any]) -> dict[str, Any]:
    """A cell with the source and the outputs that were settled, in the layout of a notebook."""
    contents = {key: left[key] for key in ("outputs", "execution_count") if key in left}
    return {**cell, **contents, "source": lines.with_ends(left["source"])}


def _text(document: dict[str, Any], theirs: str) -> str:
    """Laid out as it is on disk."""
    indent = re.match(r'\s*\{\r?\n([ \t]*)"', theirs)
    end = "\n" if theirs.endswith("\n") else ""
    layout = indent[1] if indent else None
    return json.dumps(document, indent=layout, ensure_ascii=False) + end
