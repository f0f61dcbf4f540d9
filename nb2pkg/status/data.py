"""Whether the files that a run worked with are still what they were, and what changed in them."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.data import git, repository, words
from nb2pkg.data.difference import difference
from nb2pkg.data.dvcfile import Out
from nb2pkg.data.source import Content, Source
from nb2pkg.data.store import Store
from nb2pkg.data.tables.compare import Wish
from nb2pkg.data.version import digest
from nb2pkg.errors import Nb2pkgError
from nb2pkg.observed import InputFile

_LARGE = 50_000_000  # bytes of a table that nobody should wait for here
_COMMITS = 10  # in which the old version is looked for

_seen: dict[tuple[str, int, int], str] = {}
"""Digests of files by path, size and time: a page asks for the status again and again."""


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
            now = Out(path.name, _digest(path), path.stat().st_size) if path.is_file() else None
        except OSError:  # nobody can say
            continue
        if now is not None and now.md5 != old.md5:
            before = Out(path.name, old.md5, old.size)
            yield ChangedFile(old.path, _how(path, before, now), file.cells)


def _digest(path: Path) -> str:
    found = path.stat()
    key = (str(path), found.st_size, found.st_mtime_ns)
    if key not in _seen:
        _seen[key] = digest(path)[0]
    return _seen[key]


def _how(path: Path, before: Out, now: Out) -> str:
    plain = f"{words.version(before.size, before.md5)} -> {words.version(now.size, now.md5)}"
    if max(before.size, now.size) > _LARGE:
        return plain
    with tempfile.TemporaryDirectory(prefix="nb2pkg-data-") as scratch:
        kept = _kept(path, before.md5, Path(scratch, "before"))
        if kept is None:
            return plain
        try:
            found = difference(_source(before, kept), _source(now, path), Wish())
        except Nb2pkgError:
            return plain
    tables = found.files[0].tables if found.files else ()
    named = (f"{table.name}: " if table.name else "" for table in tables)
    return "; ".join(f"{name}{words.rows(table)}" for name, table in zip(named, tables)) or plain


def _source(out: Out, path: Path) -> Source:
    return Source(out.path, out.path, out, {"": Content(out.md5, out.size, path)})


def _kept(path: Path, md5: str, scratch: Path) -> Path | None:
    """The old content: in the cache of data, or in git's history."""
    kept = Store(repository.find(path).cache).path(md5)
    if kept.is_file():
        return kept
    for revision in git.history(path)[:_COMMITS]:
        data = git.content(path, revision.commit)
        if data is not None and hashlib.md5(data, usedforsecurity=False).hexdigest() == md5:
            scratch.write_bytes(data)
            return scratch
    return None
