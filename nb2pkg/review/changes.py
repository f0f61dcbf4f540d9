"""What people have changed in a project since it was generated."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nb2pkg.errors import NotebookError
from nb2pkg.files import walk
from nb2pkg.notebook import reader
from nb2pkg.paths import Folder, bare, project_at
from nb2pkg.project import locate, manifest
from nb2pkg.project.locate import SHARED
from nb2pkg.review.model import Changed

_LARGEST = 400_000  # characters: comparing takes quadratic time
_MOST_LINES = 1_500
_LONGEST_LINE = 400
_MOST_FILES = 300


def collect(project: Folder) -> tuple[Changed, ...]:
    """Files that differ from what was generated, are gone, or are new; sorted by path."""
    generated = dict(sorted(locate.generated(project).items()))
    place = project_at(project).paths
    own = {p: text for p, text in generated.items() if place.is_own or p not in SHARED}
    known = manifest.required(project)
    now = {known.narrative: locate.story(project, known)}  # wherever it stands, by ids that it had
    pairs = ((p, text, now[p] if p in now else text_of(project, p)) for p, text in own.items())
    changes = [change for pair in pairs if (change := _compared(*pair))]
    changes += [_added(project, path) for path in _new(project, generated)]
    named = (replace(change, path=place.on_disk(change.path)) for change in changes)
    return tuple(sorted(named, key=lambda change: change.path))


def text_of(project: Folder, path: str) -> str | None:
    """The text of a file of the project; None if it is not there, or a link to somewhere else."""
    file = project / path
    if not file.is_file() or not file.resolve().is_relative_to(bare(project).resolve()):
        return None
    return file.read_text(encoding="utf-8", errors="replace")


def _compared(path: str, before: str, now: str | None) -> Changed | None:
    if now is None:
        return Changed(path, "deleted", note="The file is gone.")
    if now == before:
        return None
    return _diff(path, before, now)


def _diff(path: str, before: str, now: str) -> Changed:
    if len(before) + len(now) > _LARGEST:
        before, now = _readable(path, before), _readable(path, now)
    if len(before) + len(now) > _LARGEST:
        return Changed(path, "edited", note="The file is too large to be compared here.")
    old, new = _lines(path, before), _lines(path, now)
    lines = list(difflib.unified_diff(old, new, lineterm=""))[2:]  # without the names of files
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    note = "" if lines else "Only outputs, metadata or the layout of the file differ."
    if len(lines) > _MOST_LINES:
        note = f"Only the first {_MOST_LINES:,} lines of the comparison are shown."
    return Changed(path, "edited", _cut(lines), note, added, removed)


def _cut(lines: Iterable[str]) -> tuple[str, ...]:
    kept = list(lines)[:_MOST_LINES]
    return tuple(
        line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]}…" for line in kept
    )


def _lines(path: str, text: str) -> list[str]:
    return _readable(path, text).removesuffix("\n").split("\n")


def _readable(path: str, text: str) -> str:
    """Of a notebook the sources of its cells: nobody reads its JSON."""
    if not path.endswith(".ipynb"):
        return text
    try:
        cells = reader.parse(text.encode("utf-8", "replace"), path).cells
    except NotebookError:
        return text
    return "\n".join(f"# %% [{cell.kind}] {json.dumps(cell.id)}\n{cell.source}\n" for cell in cells)


def _added(project: Folder, path: str) -> Changed:
    now = text_of(project, path) or ""
    if len(now) > _LARGEST or "\0" in now:
        return Changed(path, "added", note="The file is too large or no text: it is not shown.")
    lines = _lines(path, now)
    note = "" if len(lines) <= _MOST_LINES else f"Only the first {_MOST_LINES:,} lines are shown."
    return Changed(path, "added", _cut(f"+{line}" for line in lines), note, len(lines))


def _new(project: Folder, generated: Iterable[str]) -> Iterator[str]:
    """Python code and notebooks that people have put beside what was generated."""
    known = set(generated)
    count = 0
    place_of = project_at(project).paths
    for top in ("notebooks", "src", "tests") if place_of.is_own else place_of.roots:
        for file in walk.files(project / top, walk.is_without_code):
            path = f"{top}/{file.relative_to(project / top).as_posix()}"
            if file.name.endswith((".py", ".ipynb")) and path not in known:
                count += 1
                if count <= _MOST_FILES:
                    yield path
