"""An original whose place its narrative took, brought back byte for byte."""

from __future__ import annotations

import os
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import alone, apply, compare, on_disk
from nb2pkg.paths import Folder, bare
from nb2pkg.project import locate, manifest
from nb2pkg.project.manifest import Manifest


def restore(folder: Folder) -> Path:
    """Put the original back, and the narrative, with all that was changed in it, into the project.

    Returns the path of the original. Nb2pkgError if no narrative took its place.
    """
    with alone(bare(folder)):
        return _restored(folder, manifest.required(folder))


def _restored(folder: Folder, known: Manifest) -> Path:
    original = on_disk(folder / manifest.ORIGINAL)
    if not known.is_in_place or original is None:
        raise Nb2pkgError(
            f"{folder}: the original was not changed: there is nothing to restore",
            "This is for packages that were promoted with --in-place.",
        )
    files = {
        known.story: original,
        manifest.PATH: manifest.as_text({**known.content, "story": known.narrative}),
    }
    story = locate.story(folder, known)
    if story is not None:
        files[known.narrative] = story
    gone = [manifest.ORIGINAL]
    if on_disk(folder / manifest.KEPT) == original:
        gone.append(manifest.KEPT)  # nothing came from the narrative: the original counts again
    apply(folder, files, compare(folder, files, gone))
    return Path(os.path.normpath(bare(folder) / known.notebook))
