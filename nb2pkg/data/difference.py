"""What differs between two versions: tables by rows, other files by size and digest, folders by file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from nb2pkg.data.source import Content, Source
from nb2pkg.data.tables import compare
from nb2pkg.data.tables.compare import Wish
from nb2pkg.data.tables.model import Table, TableDifference
from nb2pkg.data.tables.opening import tables
from nb2pkg.errors import Nb2pkgError


class Change(Enum):
    """What became of a file; the words are those of JSON."""

    SAME = "unchanged"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FileDifference:
    """A file of both sides, or of one. path: in a folder; empty for a file by itself.

    tables: what differs in its tables, if it holds some and both sides can be read. unread: why not,
    where it should.
    """

    path: str
    change: Change
    before: Content | None
    after: Content | None
    tables: tuple[TableDifference, ...] = ()
    tables_added: tuple[str, ...] = ()
    tables_removed: tuple[str, ...] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class DataDifference:
    """Two sides, and their files, sorted by path. files: None for a folder that is not in the cache."""

    before: Source
    after: Source
    files: tuple[FileDifference, ...] | None

    @property
    def is_same(self) -> bool:
        return self.before.out.md5 == self.after.out.md5

    @property
    def is_folder(self) -> bool:
        return self.after.out.is_folder


def difference(before: Source, after: Source, wish: Wish) -> DataDifference:
    """What differs between two versions.

    Raises:
        Nb2pkgError: One of them cannot be read, or only one is a folder.
    """
    if before.out.is_folder != after.out.is_folder:
        raise Nb2pkgError(
            f"{before.label} and {after.label}: one is a folder, and the other is a file",
            "Name two files, or two folders.",
        )
    if before.files is None or after.files is None:
        return DataDifference(before, after, None)
    if not after.out.is_folder:
        return DataDifference(before, after, (_of_file(before, after, "", wish),))
    paths = sorted({*before.files, *after.files})
    return DataDifference(before, after, tuple(_of_files(before, after, paths, wish)))


def _of_files(
    before: Source, after: Source, paths: list[str], wish: Wish
) -> Iterator[FileDifference]:
    """Of a folder; a table that cannot be read is no reason to be silent about the others."""
    for path in paths:
        try:
            yield _of_file(before, after, path, wish)
        except Nb2pkgError as error:
            old, new = _contents(before, after, path)
            yield FileDifference(path, Change.CHANGED, old, new, unread=error.message)


def _of_file(before: Source, after: Source, path: str, wish: Wish) -> FileDifference:
    old, new = _contents(before, after, path)
    if old is None or new is None:
        return FileDifference(path, Change.ADDED if new else Change.REMOVED, old, new)
    if old.md5 == new.md5:
        return FileDifference(path, Change.SAME, old, new)
    plain = FileDifference(path, Change.CHANGED, old, new)
    if old.path is None or new.path is None:
        side = before if old.path is None else after
        return FileDifference(
            path, Change.CHANGED, old, new, unread=f"{side.label} is not in the cache"
        )
    lists = [
        tables(content.path, path or side.name)
        for content, side in ((old, before), (new, after))
        if content.path is not None
    ]
    if None in lists:
        return plain
    return _of_tables(plain, lists[0] or (), lists[1] or (), wish)


def _of_tables(
    found: FileDifference,
    before: tuple[Table, ...],
    after: tuple[Table, ...],
    wish: Wish,
) -> FileDifference:
    """Tables of the same name are compared; so are two where each file has but one."""
    if len(before) == len(after) == 1:
        pairs = [(before[0], after[0])]
    else:
        named = {table.name: table for table in before}
        pairs = [(named[table.name], table) for table in after if table.name in named]
    compared = {table.name for pair in pairs for table in pair}
    return FileDifference(
        found.path,
        found.change,
        found.before,
        found.after,
        tuple(compare.difference(*pair, wish) for pair in pairs),
        tuple(table.name for table in after if table.name not in compared),
        tuple(table.name for table in before if table.name not in compared),
    )


def _contents(before: Source, after: Source, path: str) -> tuple[Content | None, Content | None]:
    return (before.files or {}).get(path), (after.files or {}).get(path)
