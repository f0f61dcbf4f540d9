"""A person's marks on cells: what they say, which cells are meant, and how to set them.

A mark is a cell tag, or a comment in the first line of the cell:

    nb2pkg                    # nb2pkg                     promote; nb2pkg chooses the place
    nb2pkg:module             # nb2pkg: module             promote, into this module
    nb2pkg:module.function    # nb2pkg: module.function    promote, as this function
    nb2pkg-test               # nb2pkg: test  or %%nbtest  a test
    nb2pkg-skip               # nb2pkg: skip               leave it in the notebook
    parameters, injected-parameters                        (papermill) parameters of the analysis

What quiets ``nb2pkg check`` (nb2pkg-ignore, ``# nb2pkg: ignore[NB803]``) is no mark of these, and neither is
what says that the last value of a cell is a metric (nb2pkg-metric, nb2pkg-metric:NAME): both stand beside them.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from nb2pkg.errors import Nb2pkgError
from nb2pkg.model import Cell, Notebook, Place, Problem, Tag
from nb2pkg.notebook import repair, test_cells
from nb2pkg.notebook.headings import headings
from nb2pkg.notebook.selection import choose
from nb2pkg.problems import problem

__all__ = ["apply", "check", "choose", "headings", "propose", "proposed", "remove", "tag_of"]

_OURS = re.compile(r"nb2pkg(?![^\W_])", re.IGNORECASE)
_FORM = re.compile(r"nb2pkg(?:-(?P<action>\w+)|\s*:\s*(?P<place>.*))?\Z")
_COMMENT = re.compile(r"#+\s*(?P<text>nb2pkg(?:\s*:.*|-\w+)?)\s*\Z", re.IGNORECASE)
_QUIETS = re.compile(r"nb2pkg(?:-|\s*:\s*)ignore\s*(?:\[.*\]|:.*)?(?:\s.*)?\Z", re.IGNORECASE)
_METRIC = re.compile(r"nb2pkg-metric(?:\s*:\s*(?P<name>\S.*?))?\s*\Z", re.IGNORECASE)
_FIRST_LINE = re.compile(r"(?:[ \t\f]*\n|%%[^\n]*\n)*(?P<line>[^\n]*)")
_FORMS = "nb2pkg, nb2pkg:module, nb2pkg:module.function, nb2pkg-test or nb2pkg-skip"
_PAPERMILL = ("parameters", "injected-parameters")
_PROPOSED = "proposed"  # in the metadata of a cell, under nb2pkg
_WITH_IDS = 5  # the first minor version of format 4 in which cells have ids
_MAGIC = f"%%{test_cells.MAGIC}"


class _Mark(NamedTuple):
    text: str
    place: Place


def tag_of(cell: Cell) -> tuple[Tag | None, tuple[Problem, ...]]:
    """What the marks on a cell say, and what is wrong with them.

    No tag where they cannot be understood or contradict each other: nb2pkg does not guess.
    """
    marks = list(_marks(cell))
    if any(_understood(mark.text) == Tag("skip") for mark in marks):
        marks = [mark for mark in marks if mark.text != _MAGIC]
    if cell.kind != "code":
        ours = [mark for mark in marks if mark.text not in _PAPERMILL]
        return None, tuple(problem("NB103", mark.place, mark.text) for mark in ours)
    read = [(mark, _understood(mark.text)) for mark in marks]
    unclear = [
        problem("NB101", mark.place, f"{mark.text} ({said})")
        for mark, said in read
        if isinstance(said, str)
    ]
    if unclear:
        return None, tuple(unclear)
    tags = list(dict.fromkeys(said for _, said in read if isinstance(said, Tag)))
    if not tags:
        return None, ()
    merged = _merged(tags)
    if merged is None:
        what = " and ".join(mark.text for mark in marks)
        return None, (problem("NB102", marks[-1].place, what),)
    return merged, ()


def check(text: str) -> Tag:
    """The tag of this text; Nb2pkgError says why there is none."""
    said = _understood(text) if text in _PAPERMILL or _is_ours(text) else "unknown"
    if isinstance(said, str):
        raise Nb2pkgError(f"the tag {text} is not understood ({said})", f"Write {_FORMS}.")
    return said


def _marks(cell: Cell) -> Iterator[_Mark]:
    for text in dict.fromkeys(tag.strip() for tag in cell.tags):
        if text in _PAPERMILL or _is_ours(text):
            yield _Mark(text, Place(cell.index))
    if cell.kind != "code":  # in markdown, "# nb2pkg" is a heading
        return
    magic = test_cells.begins(cell.source)
    if magic is not None:
        yield _Mark(_MAGIC, Place(cell.index, *magic, len(_MAGIC)))
    match = _FIRST_LINE.match(cell.source)
    comment = _COMMENT.match(match["line"]) if match else None
    if match and comment and not _stands_beside(comment["text"]):
        line = cell.source.count("\n", 0, match.start("line")) + 1
        width = len(comment["text"])
        yield _Mark(comment["text"], Place(cell.index, line, comment.start("text"), width))


def _understood(text: str) -> Tag | str:
    """The tag, or what is wrong with it."""
    if text in _PAPERMILL:
        return Tag("parameters")
    if text == _MAGIC:
        return Tag("test")
    match = _FORM.match(text)
    if not match:
        return f"not one of {_FORMS}"
    action, place = match["action"], match["place"]
    if action is None and place is None:
        return Tag("promote")
    word = action if place is None else place.strip()
    if word == "test":
        return Tag("test")
    if word == "skip":
        return Tag("skip")
    if word == "parameters":
        return Tag("parameters")
    return _promoted(word) if place is not None else f"there is no nb2pkg-{word}"


def _promoted(place: str) -> Tag | str:
    names = [unicodedata.normalize("NFKC", name) for name in place.split(".")]
    if len(names) > 2:
        return "a place is module or module.function"
    for name in names:
        if not name.isidentifier():
            return f"{name!r} is not a name of Python" if name else "a name is missing"
        if keyword.iskeyword(name):
            return f"{name} is a word of Python itself"
        if name.startswith("__") and name.endswith("__"):
            return f"{name} has a meaning of its own in Python"
    return Tag("promote", *names)


def _merged(tags: list[Tag]) -> Tag | None:
    """One tag for several that agree; None if they do not.

    A place makes a plain nb2pkg more precise. papermill's ``parameters`` is there for papermill
    too, so it gives way to skip, and goes together with a plain nb2pkg.
    """
    if len(tags) > 1:
        tags = [tag for tag in tags if tag != Tag("promote")]
    if Tag("skip") in tags:
        tags = [tag for tag in tags if tag.action != "parameters"]
    longest = max(tags, key=lambda tag: bool(tag.module) + bool(tag.function))
    refined = {longest, Tag(longest.action, longest.module)}
    return longest if refined.issuperset(tags) else None


def metric_of(cell: Cell) -> str | None:
    """The name of the metric that the cell shows; empty if it is tagged without one, None if it is not."""
    line = _FIRST_LINE.match(cell.source)
    comment = line["line"].lstrip("# \t") if line and line["line"].startswith("#") else ""
    for text in (*cell.tags, comment):
        if match := _METRIC.match(text.strip()):
            return match["name"] or ""
    return None


# ----------------------------------------------------------------------------------- documents


def format_tag(cell: Cell) -> str:
    """The tag of a cell as a person would write it; empty if there is none."""
    tag, _ = tag_of(cell)
    if tag is None:
        return ""
    if tag.action != "promote":
        return "parameters" if tag.action == "parameters" else f"nb2pkg-{tag.action}"
    place = ".".join(part for part in (tag.module, tag.function) if part)
    return f"nb2pkg:{place}" if place else "nb2pkg"


def apply(document: Mapping[str, Any], cells: Iterable[int], tag_text: str) -> dict[str, Any]:
    """The document with this tag on the cells, in place of other nb2pkg tags there.

    Only what changes is copied, so the rest of the file is written back byte by byte.
    """
    return _edited(document, cells, tag_text)


def propose(document: Mapping[str, Any], cell: int, tag_text: str) -> dict[str, Any]:
    """The document with this tag on a cell, and the mark that no person has set it.

    The mark says which tag: a person who writes another one into the cell has decided.
    """
    tagged = apply(document, (cell,), tag_text)
    raw = tagged["cells"][cell]
    tagged["cells"][cell] = {
        **raw,
        "metadata": {**raw.get("metadata", {}), "nb2pkg": {_PROPOSED: tag_text}},
    }
    return tagged


def proposed(notebook: Notebook, cell: Cell) -> str:
    """The tag of a cell that was proposed, and that no person has decided on; else nothing."""
    metadata = notebook.document["cells"][cell.index].get("metadata") or {}
    ours = metadata.get("nb2pkg")
    text = ours.get(_PROPOSED) if isinstance(ours, dict) else None
    return text if isinstance(text, str) and text in cell.tags else ""


def remove(document: Mapping[str, Any], cells: Iterable[int]) -> dict[str, Any]:
    """The document without nb2pkg tags on the cells. Other tags, and ``parameters``, stay."""
    return _edited(document, cells, None)


def with_ids(source: Notebook, document: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The document with ids of all cells, and how many had none; those by which they are known."""
    own = repair.own_ids(document["cells"])
    cells = [
        raw if mine else dict(sorted({**raw, "id": cell.id}.items()))
        for raw, mine, cell in zip(document["cells"], own, source.cells, strict=True)
    ]
    count = own.count("")
    minor = max(_WITH_IDS, document["nbformat_minor"]) if count else document["nbformat_minor"]
    return {**document, "cells": cells, "nbformat_minor": minor}, count


def _edited(document: Mapping[str, Any], cells: Iterable[int], text: str | None) -> dict[str, Any]:
    changed = list(document["cells"])
    for index in set(cells):
        changed[index] = _tagged(changed[index], text)
    return {**document, "cells": changed}


def _tagged(cell: dict[str, Any], text: str | None) -> dict[str, Any]:
    metadata = cell.get("metadata") or {}
    before = list(metadata.get("tags") or [])
    at = next((i for i, tag in enumerate(before) if _is_ours(tag) or tag == text), len(before))
    tags = [tag for tag in before if not _is_ours(tag) and tag != text]
    if text is not None:
        tags.insert(at, text)
    decided = _without_proposal(metadata)
    if tags == before and decided == metadata:
        return cell
    metadata = decided
    rest = {key: value for key, value in metadata.items() if key != "tags"}
    return {**cell, "metadata": _with_key(rest, metadata, tags) if tags else rest}


def _without_proposal(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    ours = metadata.get("nb2pkg")
    if not isinstance(ours, dict) or _PROPOSED not in ours:
        return metadata
    left = {key: value for key, value in ours.items() if key != _PROPOSED}
    rest = {key: value for key, value in metadata.items() if key != "nb2pkg"}
    return {**rest, "nb2pkg": left} if left else rest


def _is_ours(tag: object) -> bool:
    if not isinstance(tag, str) or _stands_beside(tag.strip()):
        return False
    return _OURS.match(tag.strip()) is not None


def _stands_beside(text: str) -> bool:
    """Does it say something that has nothing to do with promoting?"""
    return bool(_QUIETS.match(text) or _METRIC.match(text))


def _with_key(rest: dict[str, Any], metadata: Mapping[str, Any], tags: list[Any]) -> dict[str, Any]:
    """The metadata with these tags: where they stood, or where Jupyter, which sorts, puts them."""
    if "tags" in metadata:
        return {**metadata, "tags": tags}
    keys = list(rest)
    result = {**rest, "tags": tags}
    return dict(sorted(result.items())) if keys == sorted(keys) else result
