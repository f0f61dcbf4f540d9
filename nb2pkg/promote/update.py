"""What a promotion does to a folder: three texts of every file become one, and nobody's work is lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg import facts
from nb2pkg.errors import ConflictError
from nb2pkg.files import Change, alone, apply, changed, check_free, check_writable, compare
from nb2pkg.graph import fingerprint
from nb2pkg.merge import STOP, Choices, Conflict, Merged, Resolve, merge, settle_written, unmerged
from nb2pkg.model import Cell
from nb2pkg.notebook import tags
from nb2pkg.paths import Folder, PackagePaths, Project
from nb2pkg.project import approvals, base, locate, manifest
from nb2pkg.project.approvals import Decision
from nb2pkg.project.manifest import Manifest
from nb2pkg.promote import conflicts, sharing, source
from nb2pkg.promote.build import Promotion, project_of
from nb2pkg.promote.source import Origin


@dataclass(frozen=True, slots=True)
class Update:
    """What will be on disk, and how that came about. files: path to text, for all that is written.

    choices: what became of the conflicts of merged.
    """

    promotion: Promotion
    files: Mapping[str, str]
    change: Change
    merged: Merged
    again: tuple[str, ...]  # other notebooks that have to be promoted again, and why
    story: str  # where the narrative stands, as seen from the project
    choices: Choices = STOP

    @property
    def has_edits(self) -> bool:
        """Is what will be on disk not all of it what nb2pkg generates?"""
        generated = self.promotion.files.items()
        shared = () if self.promotion.paths.is_own else locate.SHARED
        others = (manifest.FOLDER, "notebooks/", *shared)
        own = {p: t for p, t in generated if not p.startswith(others)}
        return bool(self.merged.kept or self.merged.conflicts) or any(
            self.files.get(p) != text for p, text in own.items()
        )


def update(promotion: Promotion, choices: Choices = STOP, origin: Origin | None = None) -> Update:
    """What promoting would do; nothing is written.

    Raises ConflictError where both sides changed the same, unless choices say what becomes of it,
    and where the folder is somebody else's.
    """
    folder = promotion.place
    known = manifest.read(folder)
    attempt = origin.attempt if origin else ""
    extra = {
        **_validated_by_tags(promotion, known),
        **(source.kept(origin, folder) if origin else {}),
    }
    if known is None and promotion.paths.is_own:
        check_free(promotion.project)
        listed = manifest.following(promotion.listed, {}, None, attempt)
        files = {**promotion.files, manifest.PATH: manifest.as_text(listed), **extra}
        merged = Merged({})
    else:
        _check_run(promotion, known)
        theirs = their_texts(promotion, known)
        merged = merged_with(promotion, theirs, choices, origin)
        conflicts.check(promotion.project, merged.conflicts, choices)
        listed = manifest.following(promotion.listed, merged.renamed, known, attempt)
        remembered = {p: t for p, t in promotion.files.items() if p.startswith(manifest.FOLDER)}
        remembered[manifest.PATH] = manifest.as_text(listed)
        remembered[base.PATH] = base.following(promotion.files[base.PATH], folder)
        files = {**merged.files, **remembered, **extra}
        found = _placed(promotion, known, files, merged)
        if (
            their_texts(promotion, known) != theirs
        ):  # it was found out later what will be overwritten
            raise changed(promotion.project)
        return replace(found, choices=choices)
    return _placed(promotion, known, files, merged)


def merged_with(
    promotion: Promotion, theirs: Mapping[str, str], choices: Choices, origin: Origin | None
) -> Merged:
    """The three texts of every file put together. theirs: those that people have."""
    known = manifest.read(promotion.place)
    ours = _ours(promotion)
    shared = [] if promotion.paths.is_own else [path for path in locate.SHARED if path in ours]
    before = {**dict.fromkeys(shared, ""), **locate.generated(promotion.place)}
    if known is not None and origin is not None and origin.base is not None:
        before[known.narrative] = origin.base
    renamed = known.renamed if known else {}
    theirs, written_before = _settled(promotion, theirs, choices.others)
    choices = _as_generated(choices, promotion.paths, {*theirs, *ours})
    merged = merge(before, theirs, ours, promotion.plan.package, choices, renamed)
    merged = replace(merged, conflicts=(*written_before, *merged.conflicts))
    return _on_disk(merged, promotion.paths, shared)


def _as_generated(choices: Choices, paths: PackagePaths, files: Iterable[str]) -> Choices:
    """Conflicts are named by the paths that people see; the merge has those of a project of its own."""
    seen = {paths.on_disk(path): path for path in files}
    named = {}
    for name, way in choices.named.items():
        path, colon, symbol = name.partition(": ")
        named[f"{seen.get(path, path)}{colon}{symbol}"] = way
    return replace(choices, named=named)


def _settled(
    promotion: Promotion, theirs: Mapping[str, str], resolve: Resolve
) -> tuple[Mapping[str, str], tuple[Conflict, ...]]:
    """The texts without markers of earlier conflicts, and these; ConflictError if a person has to settle
    them.
    """
    found: tuple[Conflict, ...] = ()
    if resolve in (Resolve.OURS, Resolve.THEIRS):
        theirs, found = settle_written(theirs, resolve)
    if left := unmerged(theirs):
        named = map(promotion.paths.on_disk, left)
        raise conflicts.not_settled(promotion.project, named)
    return theirs, found


def _ours(promotion: Promotion) -> dict[str, str]:
    """The files as they are generated now."""
    return {p: t for p, t in promotion.files.items() if not p.startswith(manifest.FOLDER)}


def their_texts(promotion: Promotion, known: Manifest | None) -> dict[str, str]:
    """The files as people have them."""
    wanted = {*locate.generated(promotion.place), *_ours(promotion)}
    found = locate.current(promotion.place, lambda path: path in wanted)
    story = locate.story(promotion.place, known) if known is not None else None
    return found if known is None or story is None else {**found, known.narrative: story}


def _on_disk(merged: Merged, paths: PackagePaths, shared: Iterable[str]) -> Merged:
    """Files by the names that they have on disk. The project's own lines are no edits."""
    kept = [text for text in merged.kept if not text.startswith((*shared,))]
    return replace(
        merged,
        kept=tuple(map(paths.on_disk, kept)),
        conflicts=tuple(replace(c, path=paths.on_disk(c.path)) for c in merged.conflicts),
    )


def _placed(
    promotion: Promotion, known: Manifest | None, files: Mapping[str, str], merged: Merged
) -> Update:
    """Each file where it stands on disk, and what changes there."""
    folder = promotion.place
    listed = manifest.parsed(json.loads(files[manifest.PATH]))
    is_in_place = promotion.is_in_place or (known is not None and known.is_in_place)
    placed, removed = dict(files), list(merged.removed)
    if is_in_place:
        original = locate.original(folder, listed)
        story = locate.seen_from(promotion.place, original)
        listed = replace(listed, story=story)
        text = placed.pop(listed.narrative, "")
        placed[story] = locate.in_place(folder, listed, text)
        placed[manifest.PATH] = manifest.as_text({**listed.content, "story": story})
        if known is None or not known.is_in_place:
            placed |= _set_aside(folder, original)
            removed += [listed.narrative] if known is not None else []
    change = compare(folder, placed, (*removed, *base.old_paths(folder)))
    again = sharing.to_promote_again(folder, files)
    return Update(promotion, placed, change, merged, again, listed.story)


def _set_aside(folder: Folder, original: Path) -> dict[str, str]:
    """The original whose place the narrative takes: byte for byte, and as what counts from now on."""
    text = original.read_bytes().decode("utf-8")
    kept = {} if (folder / manifest.KEPT).is_file() else {manifest.KEPT: text}
    return {manifest.ORIGINAL: text, **kept}


def check_place(origin: Origin) -> None:
    """Raise an error where nothing can be written: before minutes go into what is to be written."""
    place = Project(project_of(origin.path, origin.wanted), origin.wanted.paths)
    if place.paths.is_own and manifest.read(place) is None:
        check_free(place.folder)
    check_writable(place.folder)
    if origin.wanted.in_place:
        check_writable(origin.path.parent)


def written(promotion: Promotion, choices: Choices, origin: Origin) -> Update:
    """What promoting does, done: no other command comes in between."""
    with alone(promotion.project, origin.path.parent):
        found = update(promotion, choices, origin)
        write(found)
    return found


def write(found: Update) -> None:
    """Write what is new, all of it or nothing."""
    apply(found.promotion.place, found.files, found.change)


def _validated_by_tags(promotion: Promotion, known: Manifest | None) -> dict[str, str]:
    """A tag says that its cell is validated: once. When the cell changes, a person has to look.

    A proposed tag says nothing of the kind.
    """
    notebook = promotion.plan.notebook
    wanted = [
        cell for cell in notebook.code if _is_wanted(cell) and not tags.proposed(notebook, cell)
    ]
    if not wanted:
        return {}
    decided = approvals.latest(approvals.read(promotion.place), "validated")
    upstream = fingerprint.upstream_digests(facts.analyze(notebook))
    before = known.cells if known else {}
    who, when = approvals.author(promotion.project), approvals.now()
    found = [
        Decision(
            "validated", cell.id, fingerprint.of_cell(cell), upstream[cell.id], who, when, "tagged"
        )
        for cell in wanted
        if cell.id not in decided or before.get(cell.id, {}).get("tag") != tags.format_tag(cell)
    ]
    return approvals.with_new(promotion.place, found) if found else {}


def _is_wanted(cell: Cell) -> bool:
    tag, _ = tags.tag_of(cell)
    return tag is not None and tag.action == "promote"


def _check_run(promotion: Promotion, known: Manifest | None) -> None:
    """What running showed must not be taken back by a promotion that ran nothing."""
    if known is not None and known.is_run and not promotion.is_run:
        raise ConflictError(
            f"{promotion.project}: was verified by running the notebook, and this promotion is not",
            "Add --verify: its annotations and what its tests know would be lost otherwise.",
        )
