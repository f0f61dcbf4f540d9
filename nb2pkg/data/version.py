"""A version of a file or a folder is its content: MD5 and size, as DVC records them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.errors import Nb2pkgError

BLOCK = 1 << 20  # bytes read at once: a file of any size needs no more memory
TREE = ".dir"  # ends the digest of a folder
_NEVER = {".git", ".hg", ".dvc"}  # what DVC never looks at in a folder
_IGNORE = ".dvcignore"


@dataclass(frozen=True, slots=True)
class FileVersion:
    """A file by its content. The path is relative to the project, with forward slashes."""

    path: str
    md5: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class TreeVersion:
    """A folder: its files, by paths relative to it, in the order of those."""

    files: tuple[FileVersion, ...]

    @property
    def text(self) -> str:
        """The object that DVC keeps for a folder, byte for byte."""
        listed = [{"md5": file.md5, "relpath": file.path} for file in self.files]
        return json.dumps(listed, sort_keys=True)

    @property
    def md5(self) -> str:
        return hashlib.md5(self.text.encode(), usedforsecurity=False).hexdigest() + TREE

    @property
    def size(self) -> int:
        """Bytes in all files."""
        return sum(file.size for file in self.files)


def version_of(path: Path, root: Path) -> FileVersion:
    """The version of a file below a folder.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not below the folder.
    """
    return FileVersion(path.relative_to(root).as_posix(), *digest(path))


def digest(path: Path, each: Callable[[bytes], object] = len) -> tuple[str, int]:
    """MD5 and size of a file. each: called with every block, for whoever copies it."""
    found = hashlib.md5(usedforsecurity=False)
    size = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
            size += len(block)
            each(block)
    return found.hexdigest(), size


def tree_of(folder: Path) -> TreeVersion:
    """The version of a folder.

    Raises:
        OSError: Something in it cannot be read.
        Nb2pkgError: It holds a .dvcignore, which DVC refuses as well.
    """
    found = (version_of(path, folder) for path in _files(folder))
    return TreeVersion(tuple(sorted(found, key=lambda version: version.path)))


def parse_tree(text: str, sizes: Callable[[str], int]) -> TreeVersion:
    """A folder from its object; sizes: from digests of files to bytes.

    Raises:
        ValueError: It is not such an object, or leads out of the folder.
    """
    listed = json.loads(text)
    if not isinstance(listed, list):
        raise ValueError("not a list of files")
    files = []
    for entry in listed:
        path, md5 = entry["relpath"], entry["md5"]
        if not is_digest(md5) or not _is_below(path):
            raise ValueError("an entry is not a file of the folder")
        files.append(FileVersion(path, md5, sizes(md5)))
    return TreeVersion(tuple(files))


def is_digest(text: object) -> bool:
    """Whether it is an MD5 as DVC writes it, of a file or of a folder."""
    if not isinstance(text, str):
        return False
    plain = text.removesuffix(TREE)
    return len(plain) == 32 and set(plain) <= set("0123456789abcdef")


def _is_below(path: object) -> bool:
    if not isinstance(path, str) or not path or "\\" in path or ":" in path[:2]:
        return False
    return not path.startswith("/") and not {"", ".", ".."} & {*path.split("/")}


def _files(folder: Path) -> Iterator[Path]:
    """All that DVC counts, caches and hidden files too: another walk would give another digest.

    Links to files are followed, and links to folders are passed over, as DVC does.
    """
    for place, inner, names in os.walk(folder, onerror=_raised):
        inner[:] = [name for name in inner if name not in _NEVER]
        if _IGNORE in names:
            raise Nb2pkgError(
                f"{Path(place, _IGNORE)}: stands in a folder that is recorded as a whole",
                "Move it above that folder.",
            )
        yield from (Path(place, name) for name in names if name not in _NEVER)


def _raised(error: OSError) -> None:
    raise error
