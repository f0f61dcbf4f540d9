"""Whether the files that a run worked with are still what they were, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.data import between, words
from nb2pkg.data.version import FileVersion
from nb2pkg.observed import InputFile


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that is not as it was. how: rows of a table if that is known, else sizes and digests."""

    path: str
    how: str
    cells: tuple[str, ...]


def changed(folder: Path, files: tuple[InputFile, ...]) -> tuple[ChangedFile, ...]:
    """The files that changed. folder: of the notebook. One that is not there has not changed: it is elsewhere."""
    return tuple(_changed(folder, files))


def _changed(folder: Path, files: tuple[InputFile, ...]) -> Iterator[ChangedFile]:
    for file in files:
        path, old = folder / file.version.path, file.version
        try:
            if not path.is_file() or (md5 := between.digest_of(path)) == old.md5:
                continue
            now = FileVersion(old.path, md5, path.stat().st_size)
        except OSError:  # nobody can say
            continue
        plain = f"{words.version(old.size, old.md5)} -> {words.version(now.size, now.md5)}"
        yield ChangedFile(old.path, between.rows(path, old, now) or plain, file.cells)
