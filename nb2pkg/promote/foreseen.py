"""What can be said of a promotion before anything is run: kernels take minutes, a conflict none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from nb2pkg.errors import PromotionError
from nb2pkg.graph import fingerprint
from nb2pkg.merge import STOP, Choices, Conflict, Merged, Resolve
from nb2pkg.model import Notebook
from nb2pkg.paths import Project, path_of
from nb2pkg.project import locate, manifest
from nb2pkg.project.manifest import Manifest
from nb2pkg.promote import conflicts as messages
from nb2pkg.promote import remembered
from nb2pkg.promote.build import Promotion, project_of
from nb2pkg.promote.source import Origin
from nb2pkg.promote.update import merged_with, their_texts


def check(origin: Origin, choices: Choices) -> None:
    """Raise ConflictError for what both sides changed, as far as that is known without a run."""
    if choices.others is Resolve.STOP:
        known = replace(choices, named={})
        found = [c for c in conflicts(origin) if choices.of(c.path, c.symbol) is Resolve.STOP]
        messages.check(project_of(origin.path, origin.wanted), tuple(found), known)


def conflicts(origin: Origin) -> tuple[Conflict, ...]:
    """What both sides changed, as far as that is known without a run.

    What the last run showed counts as shown. What a run may still change is left to it.
    """
    place = Project(project_of(origin.path, origin.wanted), origin.wanted.paths)
    known = manifest.read(place)
    if known is None or origin.source is None:
        return ()
    try:
        promotion = remembered.generated(place, known, origin.source, origin.wanted)
    except PromotionError:
        return ()
    merged = merged_with(promotion, their_texts(promotion, known), STOP, origin)
    return tuple(_certain(known, origin.source, promotion, merged))


def _certain(
    known: Manifest, notebook: Notebook, promotion: Promotion, merged: Merged
) -> Iterator[Conflict]:
    """Conflicts in the narrative, and about functions whose cells have changed."""
    story = promotion.paths.on_disk(known.narrative)
    modules = {
        promotion.paths.on_disk(path_of(known.package, module.name)): module.name
        for module in promotion.plan.modules
    }
    unchanged = _unchanged(locate.named_now(promotion.place), notebook)
    for conflict in merged.conflicts:
        symbol = f"{modules.get(conflict.path, '')}.{conflict.symbol}"
        if conflict.path == story or (conflict.path in modules and symbol not in unchanged):
            yield conflict


def _unchanged(known: Manifest, notebook: Notebook) -> set[str]:
    """Symbols whose cells are as they were promoted: a run may have added to what is known of them."""
    now = {cell.id: fingerprint.of_cell(cell) for cell in notebook.code}
    return {
        made.symbol
        for made in known.made
        if all(now.get(cell) == known.cells[cell]["digest"] for cell in made.cells)
    }
