"""All files of a project: which of the merges is the one for a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from nb2pkg.merge import (
    dangling,
    follow,
    lines,
    python,
    renames,
    requirements,
    story,
    symbols,
    toml,
)
from nb2pkg.merge.model import (
    BOTH,
    BOTH_MADE,
    BOTH_WRITTEN,
    DELETED_HERE,
    GONE_THERE,
    STOP,
    Choices,
    Conflict,
    Merged,
    MergedFile,
    Resolve,
    Sides,
)

RECORDED = ("tests/recorded", "tests/values/")  # generated data, and what reads it


def merge(
    base: Mapping[str, str],
    theirs: Mapping[str, str],
    ours: Mapping[str, str],
    package: str,
    choices: Choices = STOP,
    known: Mapping[str, str] | None = None,
) -> Merged:
    """What becomes of each path.

    base is what was generated last time, theirs what is on disk, ours what would be generated now.
    known: "module.symbol" to what the engineer called it when that was last found out.
    Conflicts are always listed, also those that choices settle.
    """
    found = renames.find(base, theirs, package, known or {})
    old = follow.apply(base, found, package)
    new = follow.apply(ours, found, package)
    files: dict[str, str] = {}
    conflicts: list[Conflict] = []
    kept: list[str] = []
    dropped: list[str] = []
    for path in sorted({*old, *theirs, *new}):
        sides = Sides(old.get(path), theirs.get(path), new.get(path))
        outcome = _file(path, sides, base.get(path), package, choices)
        if outcome.text is not None:
            files[path] = outcome.text
        conflicts += outcome.conflicts
        kept += outcome.kept
        dropped += outcome.dropped
    conflicts += dangling.find(old, theirs, new, files, package)
    return Merged(
        files,
        tuple(path for path in sorted(theirs) if path not in files),
        tuple(conflicts),
        found.by_symbol(package),
        tuple(dict.fromkeys(kept)),
        tuple(dropped),
    )


def unmerged(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Paths of texts in which markers stand, ours or git's."""
    return tuple(
        path
        for path, text in sorted(texts.items())
        if (story if path.endswith(".ipynb") else lines).is_unmerged(text)
    )


def settle_written(
    texts: Mapping[str, str], resolve: Resolve
) -> tuple[dict[str, str], tuple[Conflict, ...]]:
    """The texts with one side of each conflict of which both were written; and these conflicts."""
    found = {path: story if path.endswith(".ipynb") else lines for path in unmerged(texts)}
    conflicts = [
        sides.conflict(path, "", BOTH_WRITTEN)
        for path, kind in found.items()
        for sides in kind.written(texts[path])
    ]
    settled = {path: kind.without_markers(texts[path], resolve) for path, kind in found.items()}
    return {**texts, **settled}, tuple(conflicts)


def _file(
    path: str, sides: Sides, generated: str | None, package: str, choices: Choices
) -> MergedFile:
    """One path; generated is the text of last time with the names of last time."""
    plain_base = sides.base is not None and "\r\n" not in sides.base
    if sides.theirs is not None and "\r\n" in sides.theirs and plain_base:
        return _with_line_ends(path, sides, generated, package, choices)
    b, t, o = sides.base, sides.theirs, sides.ours
    if t == o:
        return MergedFile(t)
    if t in (b, generated) and generated is not None:
        return MergedFile(o, dropped=_dropped(path, sides))
    if o == b or _is_layout(path, b, o):
        edited = b is not None and t not in (b, generated)
        return MergedFile(t, kept=_edits(path, b, t) if edited else ())
    if b is None and None in (t, o):
        return MergedFile(o if t is None else t)  # new on one side, or of the engineer alone
    if t is not None and b is not None and o is not None:
        if path.endswith(".py") and not path.startswith(RECORDED):
            return python.merge(path, sides, package, choices)
        return _texts(path)(path, sides, choices.of(path))
    return _whole(path, sides, choices.of(path))


def _with_line_ends(
    path: str, sides: Sides, generated: str | None, package: str, choices: Choices
) -> MergedFile:
    """A checkout on Windows: line ends are no edit, and stay as they are."""
    plain = Sides(sides.base, (sides.theirs or "").replace("\r\n", "\n"), sides.ours)
    found = _file(path, plain, generated, package, choices)
    text = None if found.text is None else found.text.replace("\n", "\r\n")
    return MergedFile(text, found.conflicts, found.kept, found.dropped)


def _is_layout(path: str, one: str | None, other: str | None) -> bool:
    """Are two texts the same but for layout?"""
    if one is None or other is None:
        return False
    if path.endswith(".py"):
        return symbols.is_same(one, other)
    return path.endswith(".ipynb") and story.is_same(one, other)


def _dropped(path: str, sides: Sides) -> tuple[str, ...]:
    """Requirements that go with the file as it was generated: that is told as well."""
    merged = _texts(path)
    if merged not in (toml.merge, requirements.merge) or sides.ours is None:
        return ()
    return merged(path, sides, Resolve.STOP).dropped


def _edits(path: str, base: str | None, theirs: str | None) -> tuple[str, ...]:
    if path.endswith(".py") and base is not None and theirs is not None:
        return python.edits(path, base, theirs)
    return (path,)


def _whole(path: str, sides: Sides, resolve: Resolve) -> MergedFile:
    """A file that is missing on one side, or that is not merged by its parts."""
    b, t, o = sides.base, sides.theirs, sides.ours
    if b is not None and t is not None and o is None and _is_layout(path, b, t):
        return MergedFile(None)
    reason = BOTH if None not in (b, t, o) else BOTH_MADE if b is None else GONE_THERE
    reason = DELETED_HERE if t is None else reason
    conflict = sides.conflict(path, "", reason)
    text = o if resolve is Resolve.OURS else t
    if resolve is Resolve.MARKERS:
        # Markers would not be a notebook any more: what there is stands there.
        text = (t or o) if path.endswith(".ipynb") else lines.marked(sides)
    return MergedFile(text, (conflict,))


def _texts(path: str) -> Callable[[str, Sides, Resolve], MergedFile]:
    """How three texts of a path are merged."""
    if path.startswith(RECORDED):
        return _whole
    if path.startswith("requirements") and path.endswith(".txt"):
        return requirements.merge
    by_suffix = {".toml": toml.merge, ".ipynb": story.merge}
    return by_suffix.get(PurePosixPath(path).suffix, lines.merge)
