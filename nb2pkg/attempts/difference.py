"""What differs between two attempts: cells, what they showed, numbers, data and environment."""

from __future__ import annotations

import bisect
import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

from nb2pkg.attempts import content, git
from nb2pkg.attempts.git import Repository
from nb2pkg.attempts.model import AttemptDetails, Files, InstalledVersions
from nb2pkg.data.version import FileVersion
from nb2pkg.errors import NotebookError
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader, repair
from nb2pkg.project import cell_match
from nb2pkg.project.cell_match import Traits

Kind = Literal["added", "removed", "changed", "same"]
_CONTEXT = 2  # lines around those that changed
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class AttemptCell:
    """A cell of an attempt. metadata: as JSON; outputs: the ids of what it showed."""

    traits: Traits
    source: str
    metadata: str
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """The cells of one attempt; note says why there are none."""

    cells: tuple[AttemptCell, ...]
    has_outputs: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class CellDifference:
    """What became of a cell. old and new: its numbers, from 1; 0 where it is not there.

    lines: those of a unified diff, each with its sign: a blank, plus, minus, or @ for a gap; output_lines:
    likewise, of what it shows, where somebody asked for it.
    """

    kind: Kind
    old: int
    new: int
    lines: tuple[tuple[str, str], ...] = ()
    is_moved: bool = False
    has_other_outputs: bool = False
    has_other_metadata: bool = False
    output_lines: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """What became of the cell."""
        if self.kind in ("added", "removed"):
            return f"cell {self.new or self.old} {self.kind}"
        said = [
            *(["changed"] if self.kind == "changed" else []),
            *(["moved"] if self.is_moved else []),
            *(["other outputs"] if self.has_other_outputs else []),
            *(["other tags or metadata"] if self.has_other_metadata else []),
        ]
        was = f" (was cell {self.old})" if self.old != self.new else ""
        return f"cell {self.new}{was}: {', '.join(said)}"


@dataclass(frozen=True, slots=True)
class AttemptChange:
    """A named thing, before and after; None where it is not there. how: what changed in it, if that is known."""

    name: str
    old: str | None
    new: str | None
    how: str = ""


@dataclass(frozen=True, slots=True)
class AttemptDifference:
    """All that differs; each part is empty where nothing does."""

    cells: tuple[CellDifference, ...] = ()
    metrics: tuple[AttemptChange, ...] = ()
    data: tuple[AttemptChange, ...] = ()
    installed: tuple[AttemptChange, ...] = ()
    result: AttemptChange | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Is there no difference?"""
        return not (self.cells or self.metrics or self.data or self.installed or self.result)


# ------------------------------------------------------------------------------------------ sides


def side(files: Files, length: int) -> Side:
    """The cells in these files. length: that of the ids in the repository."""
    outputs: dict[int, dict[int, str]] = {}
    for (cell, place), data in content.outputs_of(files):
        outputs.setdefault(cell, {})[place] = git.id_of(data, length)
    return _side(files.get(content.NOTEBOOK), outputs, content.COUNTS in files)


def sides(repository: Repository, commits: Sequence[str]) -> Iterator[Side]:
    """The cells of many attempts. A notebook that several of them have is read once."""
    names = (f"{commit}{part}" for commit in commits for part in ("^{tree}", f":{content.OUTPUTS}"))
    trees = list(git.read(repository, names))
    length = len(commits[0]) if commits else 0
    tops = [git.tree(tree, length) for tree in trees[::2]]
    ids = dict.fromkeys(top[content.NOTEBOOK] for top in tops if content.NOTEBOOK in top)
    texts = dict(zip(ids, git.read(repository, ids)))
    for top, inner in zip(tops, trees[1::2]):
        outputs: dict[int, dict[int, str]] = {}
        for name, id_ in git.tree(inner, length).items():
            if at := content.position(name):
                outputs.setdefault(at[0], {})[at[1]] = id_
        yield _side(texts.get(top.get(content.NOTEBOOK, "")), outputs, content.COUNTS in top)


def _side(data: bytes | None, outputs: Mapping[int, Mapping[int, str]], has_outputs: bool) -> Side:
    if data is None:
        return Side((), note="the notebook could not be read when it was recorded")
    try:
        notebook = _parsed(data)
    except NotebookError as error:
        return Side((), note=error.message)
    raw = notebook.document["cells"]
    cells = (
        AttemptCell(
            _traits(cell.id, own, cell.kind, cell.source),
            cell.source,
            json.dumps(found.get("metadata", {}), sort_keys=True),
            tuple(id_ for _, id_ in sorted(outputs.get(cell.index, {}).items())),
        )
        for cell, own, found in zip(notebook.cells, repair.own_ids(raw), raw)
    )
    return Side(tuple(cells), has_outputs)


@lru_cache(maxsize=8)
def _parsed(data: bytes) -> Notebook:
    return reader.parse(data, content.NOTEBOOK, without_code=True)


@lru_cache(maxsize=20_000)
def _traits(id_: str, own: str, kind: str, source: str) -> Traits:
    return cell_match.traits(id_, own, kind, source)


# ------------------------------------------------------------------------------------ differences


def compare(
    old: tuple[AttemptDetails, Side], new: tuple[AttemptDetails, Side]
) -> AttemptDifference:
    """What differs between two attempts."""
    (before, left), (after, right) = old, new
    both_readable = not (left.note or right.note)
    with_outputs = left.has_outputs and right.has_outputs
    notes = tuple(note for note in (left.note, right.note) if note)
    if not with_outputs:
        notes = (*notes, "outputs were left out of one of the attempts: they are not compared")
    result = AttemptChange("result", before.result.text or None, after.result.text or None)
    return AttemptDifference(
        tuple(cells(left.cells, right.cells, with_outputs)) if both_readable else (),
        tuple(_metrics(before, after)),
        tuple(data(before, after)),
        _changes(_versions(before.installed), _versions(after.installed)),
        result if result.old != result.new else None,
        notes,
    )


def cells(
    old: Sequence[AttemptCell], new: Sequence[AttemptCell], with_outputs: bool = True
) -> Iterator[CellDifference]:
    """The cells that differ, in the order of the new notebook; what was removed stands where it was."""
    matched = cell_match.match([c.traits for c in old], [c.traits for c in new])
    moved = _moved([matched[index] for index in range(len(new)) if index in matched])
    gone = [index for index in range(len(old)) if index not in {*matched.values()}]
    for index, cell in enumerate(new):
        before = matched.get(index)
        if before is None:
            yield CellDifference("added", 0, index + 1, _all("+", cell.source))
            continue
        while gone and gone[0] < before:
            yield _removed(old, gone.pop(0))
        found = _changed(old[before], cell, with_outputs, (before + 1, index + 1), before in moved)
        if found is not None:
            yield found
    for index in gone:
        yield _removed(old, index)


def _removed(old: Sequence[AttemptCell], index: int) -> CellDifference:
    return CellDifference("removed", index + 1, 0, _all("-", old[index].source))


def _changed(
    old: AttemptCell, new: AttemptCell, with_outputs: bool, numbers: tuple[int, int], is_moved: bool
) -> CellDifference | None:
    """What became of a cell that is in both; None if nothing did."""
    found = lines(old.source, new.source) if old.source != new.source else ()
    other_outputs = with_outputs and old.outputs != new.outputs
    other_metadata = old.metadata != new.metadata or old.traits.kind != new.traits.kind
    if not (found or other_outputs or other_metadata or is_moved):
        return None
    kind: Kind = "changed" if found else "same"
    return CellDifference(kind, *numbers, found, is_moved, other_outputs, other_metadata)


def _moved(order: Sequence[int]) -> set[int]:
    """Of cells in their new order, by their old places, the fewest that have to move to get there."""
    ends: list[int] = []  # the last place of the best row of each length
    rows: list[tuple[int, ...]] = []
    for place in order:
        at = bisect.bisect_left(ends, place)
        row = (*(rows[at - 1] if at else ()), place)
        ends[at : at + 1] = [place]
        rows[at : at + 1] = [row]
    return {*order} - {*(rows[-1] if rows else ())}


def _all(sign: str, source: str) -> tuple[tuple[str, str], ...]:
    return tuple((sign, line) for line in source.split("\n"))


def lines(old: str, new: str) -> tuple[tuple[str, str], ...]:
    """The lines of a unified diff; ends of lines at the end of a cell are shown as such."""
    found = difflib.unified_diff(old.split("\n"), new.split("\n"), n=_CONTEXT, lineterm="")
    signed = [(line[0], line[1:]) for line in list(found)[2:]]
    return tuple(("@", "") if sign == "@" else (sign, text) for sign, text in signed)[1:]


def number(value: float) -> str:
    """A number as it is shown where no other one has to be told from it."""
    return f"{value:.6g}"


def _metrics(before: AttemptDetails, after: AttemptDetails) -> Iterator[AttemptChange]:
    """The metrics that differ. Two that look the same are shown to the last digit."""
    old, new = ({m.name: m.value for m in facts.metrics} for facts in (before, after))
    for name in _names(old, new):
        left, right = old.get(name), new.get(name)
        if repr(left) != repr(right):  # of which some may be no numbers, which are never the same
            pair = (left, right)
            texts = [None if value is None else number(value) for value in pair]
            if texts[0] == texts[1]:
                texts = [repr(value) for value in pair]
            yield AttemptChange(name, texts[0], texts[1])


def _versions(installed: InstalledVersions) -> dict[str, str]:
    python = {"python": installed.python} if installed.python else {}
    return {**python, **installed.distributions}


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[AttemptChange, ...]:
    names = dict.fromkeys((*old, *new))
    found = (AttemptChange(name, old.get(name), new.get(name)) for name in names)
    return tuple(change for change in found if change.old != change.new)


def data(before: AttemptDetails, after: AttemptDetails) -> Iterator[AttemptChange]:
    """The files that differ. Of one that was too big to be read, the size alone is compared."""
    old, new = (_files(facts) for facts in (before, after))
    for path in _names(old, new):
        left, right = old.get(path), new.get(path)
        if left and right and not (left.md5 and right.md5):
            if left.size == right.size:
                continue
        elif left == right:
            continue
        yield AttemptChange(path, _version(left), _version(right))


def _files(facts: AttemptDetails) -> dict[str, FileVersion]:
    return {file.version.path: file.version for file in facts.data}


def _names(*several: Iterable[_Key]) -> list[_Key]:
    return list(dict.fromkeys(key for one in several for key in one))


def _version(version: FileVersion | None) -> str | None:
    if version is None:
        return None
    return f"{version.size:,} bytes" + (f", md5 {version.md5[:8]}" if version.md5 else "")
