"""How two versions of one file differ, in words: rows of tables, as far as their contents are still there."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from nb2pkg.data import git, repository, words
from nb2pkg.data.difference import difference
from nb2pkg.data.dvcfile import Out
from nb2pkg.data.source import Content, Source
from nb2pkg.data.store import Store
from nb2pkg.data.tables.compare import Wish
from nb2pkg.data.version import FileVersion, digest
from nb2pkg.errors import Nb2pkgError

_LARGE = 50_000_000  # bytes of a table that nobody should wait for here
_COMMITS = 10  # in which a version is looked for

_seen: dict[tuple[str, int, int], str] = {}
"""Digests of files by path, size and time: a page asks again and again."""


def rows(path: Path, old: FileVersion, new: FileVersion) -> str:
    """What changed in the tables of a file; empty where that is not known.

    A version is looked for on disk, in the cache of data, and in git's history. Large files are not read.
    """
    if max(old.size, new.size) > _LARGE or not (old.md5 and new.md5):
        return ""
    with tempfile.TemporaryDirectory(prefix="nb2pkg-data-") as scratch:
        before, after = (_kept(path, v.md5, Path(scratch, v.md5)) for v in (old, new))
        if before is None or after is None:
            return ""
        try:
            found = difference(_source(path, old, before), _source(path, new, after), Wish())
        except Nb2pkgError:
            return ""
    tables = found.files[0].tables if found.files else ()
    named = (f"{table.name}: " if table.name else "" for table in tables)
    return "; ".join(f"{name}{words.rows(table)}" for name, table in zip(named, tables))


def digest_of(path: Path) -> str:
    """The digest of a file on disk, read again only if it was touched. OSError if it cannot be read."""
    found = path.stat()
    key = (str(path), found.st_size, found.st_mtime_ns)
    if key not in _seen:
        _seen[key] = digest(path)[0]
    return _seen[key]


def _source(path: Path, version: FileVersion, kept: Path) -> Source:
    out = Out(path.name, version.md5, version.size)
    return Source(out.path, out.path, out, {"": Content(out.md5, out.size, kept)})


def _kept(path: Path, md5: str, scratch: Path) -> Path | None:
    """The content: the file itself, or as the cache of data or git's history has it."""
    try:
        if path.is_file() and digest_of(path) == md5:
            return path
    except OSError:  # nobody can say
        return None
    kept = Store(repository.find(path).cache).path(md5)
    if kept.is_file():
        return kept
    for revision in git.history(path)[:_COMMITS]:
        data = git.content(path, revision.commit)
        if data is not None and hashlib.md5(data, usedforsecurity=False).hexdigest() == md5:
            scratch.write_bytes(data)
            return scratch
    return None
