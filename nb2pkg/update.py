"""What a promotion does to a folder: three texts of every file become one, and nobody's work is lost."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg import decisions, digests, manifest, project, tags
from nb2pkg.decisions import Decision
from nb2pkg.errors import ConflictError
from nb2pkg.manifest import Manifest
from nb2pkg.merge import Conflict, Merged, Resolve, merge
from nb2pkg.model import Cell
from nb2pkg.promote import Promotion, Wanted
from nb2pkg.write import Change, apply, check_free, compare

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
    decided = _validated_by_tags(promotion, known)
    if known is None:
        check_free(promotion.project)
        files = {**promotion.files, **decided}
        return Update(promotion, files, Change(created=tuple(sorted(files))), Merged({}))
    _check_run(promotion, known)
    ours = {p: t for p, t in promotion.files.items() if not p.startswith(manifest.FOLDER)}
    base = project.generated(promotion.project)
    theirs = project.current(promotion.project, lambda path: path in base or path in ours)
    merged = merge(base, theirs, ours, promotion.plan.package, resolve, known.renamed)
    if merged.conflicts and resolve is Resolve.STOP:
        raise _conflict(promotion, merged.conflicts)
    listed = manifest.following(promotion.listed, merged.renamed, known)
    files = {**promotion.files, **merged.files, manifest.PATH: manifest.as_text(listed), **decided}
    files = {p: t for p, t in files.items() if p in merged.files or p.startswith(manifest.FOLDER)}
    gone = tuple(f"{manifest.BASE}/{path}" for path in base if path not in ours)
    change = compare(promotion.project, files, (*merged.removed, *gone))
    return Update(promotion, files, change, merged)


def write(found: Update) -> None:
    """Write what is new, all of it or nothing."""
    if not found.change.is_empty:
        apply(found.promotion.project, found.files, found.change)


def _validated_by_tags(promotion: Promotion, known: Manifest | None) -> dict[str, str]:
    """A tag says that its cell is validated: once. When the cell changes, a person has to look."""
    decided = decisions.latest(decisions.read(promotion.project), "validated")
    fed = digests.of_feeding(promotion.plan.facts)
    before = known.cells if known else {}
    who, when = decisions.author(promotion.project), decisions.now()
    found = [
        Decision("validated", cell.id, digests.of_cell(cell), fed[cell.id], who, when, "tagged")
        for cell in promotion.plan.notebook.code
        if _is_wanted(cell)
        and (cell.id not in decided or before.get(cell.id, {}).get("tag") != tags.told(cell))
    ]
    return decisions.with_new(promotion.project, found) if found else {}


def _is_wanted(cell: Cell) -> bool:
    tag, _ = tags.of(cell)
    return tag is not None and tag.action == "promote"


def remembered(project: Path, wanted: Wanted) -> Wanted:
    """What a person wants of a project that is there already: its name, and all of it if that is
    how it was promoted before.
    """
    known = manifest.read(project)
    if known is None:
        return wanted
    if wanted.name and wanted.name != known.package:
        raise ConflictError(
            f"{project}: the package in it is called {known.package}",
            "Leave --name out, or name another folder with --output.",
        )
    return replace(wanted, name=known.package, everything=wanted.everything or known.everything)


def _check_run(promotion: Promotion, known: Manifest) -> None:
    """What running showed must not be taken back by a promotion that ran nothing."""
    if known.is_run and not promotion.is_run:
        raise ConflictError(
            f"{promotion.project}: was verified by running the notebook, and this promotion is not",
            "Add --verify: its annotations and what its tests know would be lost otherwise.",
        )


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
