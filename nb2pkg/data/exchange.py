"""Push and pull: objects to and from a remote, and recorded versions to their places on disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.data import dvc, record, repository
from nb2pkg.data.dvcfile import NEEDS_DVC, Out
from nb2pkg.data.record import State
from nb2pkg.data.repository import Repository
from nb2pkg.data.store import Store, placed
from nb2pkg.data.version import TREE, digest
from nb2pkg.errors import ConflictError, Nb2pkgError
from nb2pkg.files import alone, explained


@dataclass(frozen=True, slots=True)
class Pulled:
    """fetched: objects that came from the remote; restored: files and folders that were written."""

    fetched: int
    restored: tuple[Path, ...]


def push(root: Path, paths: Sequence[Path], remote: str = "") -> int:
    """Send recorded versions to a remote; how many objects it did not have.

    Raises:
        Nb2pkgError: They are not in the cache, or the remote cannot be used.
    """
    found = repository.find(root)
    wanted = paths or record.recorded(found.root)
    if python := _python(found):
        return len(dvc.ask(python, found.root, "push", wanted, remote=remote))
    source, target = Store(found.cache), _remote(found, remote)
    sent = 0
    for path in wanted:
        out = record.required(path)
        if not source.has(out.md5):
            raise Nb2pkgError(
                f"{path}: its recorded version is not in the cache",
                "Pull it first, or record what is on disk: nb2pkg data add.",
            )
        sent += _transferred(out, source, target)
    return sent


def pull(root: Path, paths: Sequence[Path], remote: str = "", force: bool = False) -> Pulled:
    """Bring recorded versions from the cache or a remote to their places on disk.

    force: also over files whose content is in no version.

    Raises:
        Nb2pkgError: They are nowhere, or something on disk would be lost; nothing is written then.
    """
    found = repository.find(root)
    wanted = paths or record.recorded(found.root)
    with alone(found.root):
        if python := _python(found):
            restored = dvc.ask(python, found.root, "pull", wanted, remote=remote, force=force)
            return Pulled(0, tuple(found.root / path for path in restored))
        fetched = _fetch(found, wanted, remote)
        due = [
            (each, each.out)
            for each in record.status(found.root, wanted)
            if each.out and each.state is not State.SAME
        ]
        for each, _ in due if not force else ():
            _check_kept(each, Store(found.cache))
        for each, out in due:
            _restore(each.path, out, Store(found.cache))
    return Pulled(fetched, tuple(each.path for each, _ in due))


def _python(found: Repository) -> str:
    return dvc.interpreter() if found.exists else ""


def _remote(found: Repository, name: str) -> Store:
    """The remote of that name, or the default one, if it is a folder."""
    name = name or found.default
    if not name:
        raise Nb2pkgError(
            f"{found.root}: has no remote to push to and pull from",
            f"Name a folder in {repository.CONFIG}, as dvc remote add -d does: [core] remote = "
            "NAME, ['remote \"NAME\"'] url = FOLDER; or name a remote with --remote.",
        )
    if name not in found.remotes:
        known = ", ".join(sorted(found.remotes)) or "none"
        raise Nb2pkgError(
            f"{name}: there is no such remote in {repository.CONFIG}", f"There is: {known}."
        )
    address = found.remotes[name]
    if "://" in address:
        raise Nb2pkgError(f"{name}: {address} can only be reached by DVC", NEEDS_DVC)
    return Store(Path(address))


def _fetch(found: Repository, paths: Sequence[Path], remote: str) -> int:
    """Bring what the cache lacks; the remote is not asked for if it lacks nothing."""
    target = Store(found.cache)
    missing = [out for path in paths if not target.has((out := record.required(path)).md5)]
    if not missing:
        return 0
    source = _remote(found, remote)
    lacking = next((out for out in missing if not _is_available(out, source, target)), None)
    if lacking is not None:
        raise Nb2pkgError(
            f"{lacking.path}: its recorded version is neither in the cache nor in {source.folder}",
            "Ask whoever recorded it to run nb2pkg data push.",
        )
    return sum(_transferred(out, source, target) for out in missing)


def _is_available(out: Out, source: Store, target: Store) -> bool:
    holder = next((store for store in (target, source) if store.path(out.md5).is_file()), None)
    if holder is None or not out.is_folder:
        return holder is not None
    files = holder.tree(out.md5).files
    return all(any(s.path(file.md5).is_file() for s in (target, source)) for file in files)


def _transferred(out: Out, source: Store, target: Store) -> int:
    """Copy what is not there, a folder's list last: where that is, its files are."""
    listing = source if source.path(out.md5).is_file() else target
    files = [file.md5 for file in listing.tree(out.md5).files] if out.is_folder else []
    wanted = (*dict.fromkeys(files), out.md5)
    return sum(
        target.add(source.path(md5), md5) for md5 in wanted if not target.path(md5).is_file()
    )


def _check_kept(each: record.Recorded, store: Store) -> None:
    """What is on disk must not be lost by the version that takes its place."""
    for md5, path in _objects(each):
        if not store.path(md5).is_file():
            raise ConflictError(
                f"{path}: has changes that no version holds",
                "Record them with nb2pkg data add, or give them up with --force.",
            )


def _objects(each: record.Recorded) -> Iterator[tuple[str, Path]]:
    """Digests of the files on disk, and where they are."""
    if each.now is None:
        return
    out, tree = record.measured(each.path)
    if tree is None:
        yield out.md5, each.path
        return
    for file in tree.files:
        yield file.md5, each.path / file.path


def _restore(path: Path, out: Out, store: Store) -> None:
    """Write a version to its place; files of a folder that it does not have are removed."""
    try:
        if not out.is_folder:
            if path.is_dir():
                shutil.rmtree(path)
            _copy(store, out.md5, path)
            return
        if path.is_file():
            path.unlink()
        wanted = {file.path: file.md5 for file in store.tree(out.md5).files}
        now = {file.path: file.md5 for file in record.files_of(path)}
        for name in now.keys() - wanted.keys():
            (path / name).unlink()
        path.mkdir(parents=True, exist_ok=True)
        for name, md5 in wanted.items():
            if now.get(name) != md5:
                _copy(store, md5, path / name)
    except OSError as error:
        raise explained(error) from error


def _copy(store: Store, md5: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with placed(target) as file:
        now, _ = digest(store.path(md5), file.write)
        if now != md5.removesuffix(TREE):
            raise Nb2pkgError(
                f"{store.path(md5)}: is damaged", "Delete it, and run nb2pkg data pull again."
            )
