"""A version of a file is its content: MD5 and size, as DVC records them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1 << 20  # bytes read at once: a file of any size needs no more memory


@dataclass(frozen=True, slots=True)
class FileVersion:
    """A file by its content. The path is relative to the project, with forward slashes."""

    path: str
    md5: str
    size: int  # bytes


def version_of(path: Path, root: Path) -> FileVersion:
    """The version of a file below a folder.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not below the folder.
    """
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
    return FileVersion(path.relative_to(root).as_posix(), digest.hexdigest(), size)
