"""Content-addressed objects in a folder, as DVC 3 lays them out: a cache, or a local remote.

``files/md5/ab/cdef...`` is the file with the digest abcdef...; that of a folder ends in ``.dir`` and
lists its files. Objects are written aside and moved to their place, so each one is whole.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from nb2pkg.data.version import TREE, TreeVersion, digest, parse_tree
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import explained

_READ_ONLY = 0o444  # a file that is changed in place would no longer be what its name says


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of objects."""

    folder: Path

    def path(self, md5: str) -> Path:
        """Where an object is, or would be."""
        return self.folder / "files" / "md5" / md5[:2] / md5[2:]

    def has(self, md5: str) -> bool:
        """Whether an object is there; of a folder, with all of its files."""
        if not self.path(md5).is_file():
            return False
        return not md5.endswith(TREE) or all(self.has(file.md5) for file in self.tree(md5).files)

    def tree(self, md5: str) -> TreeVersion:
        """The folder of that digest. Files that are not here have the size -1.

        Raises:
            Nb2pkgError: There is no such object, or it is damaged.
        """
        path = self.path(md5)
        try:
            return parse_tree(path.read_text(encoding="utf-8"), self._size)
        except (ValueError, KeyError, TypeError):
            raise _damaged(path) from None
        except OSError as error:
            raise explained(error, path, "read") from None

    def add(self, source: Path, md5: str) -> bool:
        """Keep the content of a file; False if it was here. md5: what the file was seen to hold.

        Raises:
            Nb2pkgError: It holds something else now, or cannot be written.
        """
        if self.path(md5).is_file():
            return False
        with self._written(md5) as file:
            now, _ = digest(source, file.write)
            if now != md5.removesuffix(TREE):
                raise Nb2pkgError(
                    f"{source}: was changed while it was copied, or is damaged",
                    "Run it again; a damaged object of a cache can be deleted and pulled again.",
                )
        return True

    def add_tree(self, tree: TreeVersion) -> None:
        """Keep what a folder lists; its files are kept before."""
        if not self.path(tree.md5).is_file():
            with self._written(tree.md5) as file:
                file.write(tree.text.encode())

    def _size(self, md5: str) -> int:
        try:
            return self.path(md5).stat().st_size
        except OSError:
            return -1

    @contextmanager
    def _written(self, md5: str) -> Iterator[IO[bytes]]:
        """A file that becomes an object if all goes well."""
        target = self.path(md5)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with placed(target, _READ_ONLY) as file:
                yield file
        except OSError as error:
            raise explained(error, target) from error


@contextmanager
def placed(target: Path, mode: int | None = None) -> Iterator[IO[bytes]]:
    """A file beside its place, which it takes at the end if nothing went wrong."""
    waiting = target.with_name(f".nb2pkg-{secrets.token_hex(8)}")
    try:
        with waiting.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            waiting.chmod(mode)
        os.replace(waiting, target)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise


def _damaged(path: Path) -> Nb2pkgError:
    return Nb2pkgError(
        f"{path}: is damaged: it does not list the files of a folder",
        "Delete it, and bring it back with nb2pkg data pull.",
    )
