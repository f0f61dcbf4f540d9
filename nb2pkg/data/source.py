"""What is compared: a file or a folder on disk, its recorded version, or the one of a revision of git."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.data import dvcfile, git, record, repository
from nb2pkg.data.dvcfile import Out
from nb2pkg.data.store import Store
from nb2pkg.errors import MissingFileError, Nb2pkgError


@dataclass(frozen=True, slots=True)
class Content:
    """A file by its digest. path: where its content can be read, if that is known."""

    md5: str
    size: int
    path: Path | None


@dataclass(frozen=True, slots=True)
class Source:
    """One side. label: as a person would write it. name: of the file or the folder.

    files: those of a folder by their paths, or the one file by ``""``; None for a folder of which
    nobody knows what was in it.
    """

    label: str
    name: str
    out: Out
    files: Mapping[str, Content] | None


@contextmanager
def two(one: str, other: str) -> Iterator[tuple[Source, Source]]:
    """Both sides of a comparison; without the other, the recorded version and what is on disk.

    Raises:
        Nb2pkgError: There is no such file or version.
    """
    with tempfile.TemporaryDirectory(prefix="nb2pkg-data-") as scratch:
        if other:
            yield _named(one, Path(scratch, "a")), _named(other, Path(scratch, "b"))
            return
        path, revision = _split(one)
        recorded = (
            _named(one, Path(scratch, "a")) if revision else _recorded(path, Path(scratch, "a"))
        )
        yield recorded, on_disk(record.located(path))


def on_disk(path: Path) -> Source:
    """A file or a folder as it is now."""
    if not path.exists():
        raise MissingFileError(path, "file or folder")
    out, tree = record.measured(path)
    if tree is None:
        return Source(path.name, path.name, out, {"": Content(out.md5, out.size, path)})
    files = {file.path: Content(file.md5, file.size, path / file.path) for file in tree.files}
    return Source(path.name, path.name, out, files)


def of_version(label: str, path: Path, out: Out) -> Source:
    """A recorded version of a file or a folder, from the cache as far as that has it."""
    store = Store(repository.find(path).cache)
    if not out.is_folder:
        return Source(label, path.name, out, {"": _kept(store, out.md5, out.size)})
    if not store.path(out.md5).is_file():
        return Source(label, path.name, out, None)
    listed = store.tree(out.md5).files
    files = {file.path: _kept(store, file.md5, file.size) for file in listed}
    return Source(label, path.name, out, files)


def _kept(store: Store, md5: str, size: int) -> Content:
    path = store.path(md5)
    return Content(md5, size, path if path.is_file() else None)


def _named(text: str, scratch: Path) -> Source:
    path, revision = _split(text)
    found = record.located(path)
    return _at(found, revision, scratch) if revision else on_disk(found)


def _split(text: str) -> tuple[Path, str]:
    """FILE, or FILE@REVISION: a file may have an @ in its name."""
    path, at, revision = text.rpartition("@")
    if not at or not path or Path(text).exists():
        return Path(text), ""
    return Path(path), revision


def _recorded(path: Path, scratch: Path) -> Source:
    """What is recorded of a file or a folder: by a .dvc file, else by git itself."""
    found = record.located(path)
    is_of_git = record.recorded_version(found) is None and found.is_file() and git.is_tracked(found)
    if is_of_git:
        return _at(found, "HEAD", scratch)
    return of_version(f"{found.name} as recorded", found, record.required(found))


def _at(path: Path, revision: str, scratch: Path) -> Source:
    """As it was in a revision of git."""
    label = f"{path.name}@{revision}"
    file = dvcfile.beside(path)
    text = git.content(file, revision)
    if text is not None:
        return of_version(label, path, dvcfile.parse(text, file))
    data = git.content(path, revision)
    if data is None:
        raise Nb2pkgError(
            f"{label}: that revision has neither {file.name} nor {path.name}",
            "nb2pkg data log lists the versions of a file.",
        )
    scratch.write_bytes(data)
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    out = Out(path.name, md5, len(data))
    return Source(label, path.name, out, {"": Content(md5, len(data), scratch)})
