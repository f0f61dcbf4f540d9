"""What a promotion does to a folder: three texts of every file become one, and nobody's work is lost."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pkg import manifest
from nb2pkg.errors import ConflictError
from nb2pkg.merge import Conflict, Merged, Resolve, merge
from nb2pkg.promote import Promotion
from nb2pkg.write import Change, apply, check_free, compare, on_disk

_LEFT_OUT = {"venv", "__pycache__", "dist", "build"}
_SHOWN = 3  # conflicts that are shown whole


@dataclass(frozen=True, slots=True)
class Update:
    """What will be on disk, and how that came about. files: path to text, for all that is written."""

    promotion: Promotion
    files: Mapping[str, str]
    change: Change
    merged: Merged

    @property
    def has_edits(self) -> bool:
        """Is what will be on disk not all of it what nb2pkg generates?"""
        generated = self.promotion.files
        return any(self.files.get(path) != text for path, text in generated.items())


def update(promotion: Promotion, resolve: Resolve = Resolve.STOP) -> Update:
    """What promoting would do; nothing is written.

    Raises ConflictError where both sides changed the same, unless resolve says what becomes of it,
    and where the folder is somebody else's.
    """
    known = manifest.read(promotion.project)
    if known is None:
        check_free(promotion.project)
        created = Change(created=tuple(sorted(promotion.files)))
        return Update(promotion, promotion.files, created, Merged({}))
    _check_run(promotion, known)
    ours = {p: t for p, t in promotion.files.items() if not p.startswith(manifest.FOLDER)}
    base = dict(_texts(promotion.project / manifest.BASE, lambda _: True))
    theirs = dict(_texts(promotion.project, lambda path: path in base or path in ours))
    merged = merge(base, theirs, ours, promotion.plan.package, resolve, known.renamed)
    if merged.conflicts and resolve is Resolve.STOP:
        raise _conflict(promotion, merged.conflicts)
    listed = manifest.following(promotion.listed, merged.renamed, known)
    files = {**promotion.files, **merged.files, manifest.PATH: manifest.as_text(listed)}
    files = {p: t for p, t in files.items() if p in merged.files or p.startswith(manifest.FOLDER)}
    gone = tuple(f"{manifest.BASE}/{path}" for path in base if path not in ours)
    change = compare(promotion.project, files, (*merged.removed, *gone))
    return Update(promotion, files, change, merged)


def write(found: Update) -> None:
    """Write what is new, all of it or nothing."""
    if not found.change.is_empty:
        apply(found.promotion.project, found.files, found.change)


def _check_run(promotion: Promotion, known: manifest.Manifest) -> None:
    """What running showed must not be taken back by a promotion that ran nothing."""
    if known.is_run and not promotion.is_run:
        raise ConflictError(
            f"{promotion.project}: was verified by running the notebook, and this promotion is not",
            "Add --verify: its annotations and what its tests know would be lost otherwise.",
        )


def _texts(folder: Path, is_wanted: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """The wanted files below a folder, and all Python: what was moved may be anywhere."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if n not in _LEFT_OUT and not n.startswith("."))
        for name in sorted(names):
            path = Path(place, name).relative_to(folder).as_posix()
            text = on_disk(folder / path) if name.endswith(".py") or is_wanted(path) else None
            if text is not None:
                yield path, text


# ---- what is told of conflicts


def _conflict(promotion: Promotion, conflicts: tuple[Conflict, ...]) -> ConflictError:
    named = ", ".join(dict.fromkeys(_name(conflict) for conflict in conflicts))
    shown = [line for conflict in conflicts[:_SHOWN] for line in described(conflict)]
    more = [f"... and {len(conflicts) - _SHOWN} more"] if len(conflicts) > _SHOWN else []
    return ConflictError(
        "\n".join([f"{promotion.project}: both sides changed {named}", *shown, *more]),
        "Nothing was written. --conflicts ours takes the notebook's, theirs the package's, and "
        "markers writes both.",
    )


def _name(conflict: Conflict) -> str:
    return f"{conflict.path}: {conflict.symbol}" if conflict.symbol else conflict.path


def described(conflict: Conflict) -> Iterator[str]:
    """What each side made of it, as a diff from the package's text to the notebook's."""
    yield f"{_name(conflict)}: {conflict.reason}"
    lines = difflib.unified_diff(
        conflict.theirs.splitlines(), conflict.ours.splitlines(), "package", "notebook", lineterm=""
    )
    yield from (f"    {line}" for line in lines)
