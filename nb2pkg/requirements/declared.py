"""Which names the files of a project declare."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nb2pkg.requirements import roots, stated

Names = frozenset[str]


def around(folder: Path) -> Names:
    """Plain names of what the files of the project around a folder declare, as far as is known."""
    try:
        above = roots.nearest(folder)
        if above is None:
            return frozenset()
        found = stated.of(above, roots.between(folder, above))
        return frozenset(one.name for one in found.stated)
    except OSError:  # a folder above that may not be listed tells nothing
        return frozenset()


def of(root: Path, folders: Iterable[Path]) -> Names | None:
    """Every distribution that a file of the project names, and itself; None if some cannot be known."""
    found = stated.of(root, folders)
    if found.unread or not found.files:
        return None
    own = stated.called(root)
    return frozenset(one.name for one in found.stated) | ({own} if own else frozenset())
