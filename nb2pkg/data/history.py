"""The versions of a file or a folder that were recorded: in git's history, or only the last one."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.data import dvcfile, git, record, repository
from nb2pkg.data.dvcfile import Out
from nb2pkg.data.git import Revision
from nb2pkg.data.store import Store


@dataclass(frozen=True, slots=True)
class Version:
    """A recorded version. revision: the commit that recorded it; None for one that is not committed.

    when: the day; is_kept: it is in the cache.
    """

    out: Out
    revision: Revision | None
    when: str
    is_kept: bool


def versions(path: Path) -> Iterator[Version]:
    """The recorded versions of a file or a folder, the latest first.

    Raises:
        Nb2pkgError: None is recorded, or one cannot be read.
    """
    now = record.required(path)
    store = Store(repository.find(path).cache)
    file = dvcfile.beside(path)
    listed = list(_committed(file))
    if not listed or listed[0][1] != now:
        day = datetime.date.fromtimestamp(file.stat().st_mtime).isoformat()
        yield Version(now, None, day, store.has(now.md5))
    for revision, out in listed:
        yield Version(out, revision, revision.when, store.has(out.md5))


def _committed(file: Path) -> Iterator[tuple[Revision, Out]]:
    for revision in git.history(file):
        text = git.content(file, revision.commit)
        if text is not None:  # it was taken out, or renamed, in that commit
            yield revision, dvcfile.parse(text, file)
