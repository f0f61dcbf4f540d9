"""Recording versions of files and folders, and whether these are what is on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from nb2pkg.data import dvc, dvcfile, ignoring, repository
from nb2pkg.data.dvcfile import SUFFIX, Out
from nb2pkg.data.repository import Repository
from nb2pkg.data.store import Store
from nb2pkg.data.version import FileVersion, TreeVersion, digest, tree_of
from nb2pkg.errors import MissingFileError, Nb2pkgError
from nb2pkg.files import alone, apply, compare, explained, on_disk, walk


class State(Enum):
    """How a recorded version and what is on disk stand to each other; the words are those of JSON."""

    SAME = "unchanged"
    CHANGED = "changed"
    MISSING = "missing"
    FOREIGN = "not followed"  # by nb2pkg: what its .dvc file says is for DVC alone


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file or folder with a recorded version. now: what is on disk, if it is something else.

    is_kept: the recorded version is in the cache. why: of what is foreign, why nobody but DVC can say.
    """

    path: Path
    out: Out | None
    state: State
    now: Out | None = None
    is_kept: bool = True
    why: str = ""


@dataclass(frozen=True, slots=True)
class Added:
    """before: the version that was recorded until now; None if there was none."""

    path: Path
    out: Out
    before: Out | None


def add(paths: Sequence[Path]) -> tuple[Added, ...]:
    """Record what is in files and folders now, and keep it in the cache.

    Raises:
        Nb2pkgError: One of them cannot be recorded; nothing is recorded then.
    """
    wanted = [_data(path) for path in paths]
    found = repository.find(wanted[0])
    for path in wanted:
        _check_addable(path, found)
    python = dvc.interpreter()
    before = {path: _before(path, bool(python)) for path in wanted}
    with alone(found.root):
        if python:
            _write(found.root, repository.founding(found))
            dvc.ask(python, found.root, "add", wanted)
        else:
            _add(found, wanted)
    return tuple(Added(path, dvcfile.read(dvcfile.beside(path)), before[path]) for path in wanted)


def status(root: Path, paths: Sequence[Path] = ()) -> Iterator[Recorded]:
    """All that is recorded in a folder, or these files and folders.

    Raises:
        Nb2pkgError: One of these has no recorded version, or cannot be read.
    """
    store = Store(repository.find(root).cache)
    for path in paths or recorded(root):
        try:
            out = required(path)
        except Nb2pkgError as error:
            if paths:
                raise
            yield Recorded(path, None, State.FOREIGN, why=error.message)
            continue
        now = _on_disk(path, out)
        state = State.SAME if now == out else State.CHANGED if now else State.MISSING
        yield Recorded(path, out, state, None if now == out else now, store.has(out.md5))


def recorded(root: Path) -> tuple[Path, ...]:
    """The files and folders below a folder that have a .dvc file."""
    names = (
        path for path in walk.files(root) if path.name.endswith(SUFFIX) and path.name != SUFFIX
    )
    return tuple(path.with_name(path.name.removesuffix(SUFFIX)) for path in names)


def located(path: Path) -> Path:
    """The whole path of a file or folder; a person may have named its .dvc file."""
    found = path.parent.resolve() / path.name if path.name not in ("", "..") else path.resolve()
    if found.name.endswith(SUFFIX) and found.is_file():
        return found.with_name(found.name.removesuffix(SUFFIX))
    return found


def recorded_version(path: Path) -> Out | None:
    """What is recorded of a file or a folder; None if nothing is."""
    file = dvcfile.beside(path)
    return dvcfile.read(file) if file.is_file() else None


def required(path: Path) -> Out:
    """What is recorded of a file or a folder; Nb2pkgError if nothing is."""
    found = recorded_version(path)
    if found is None and not path.exists():
        raise MissingFileError(path, "file or folder")
    if found is None:
        raise Nb2pkgError(
            f"{path}: has no recorded version", f"Record it with nb2pkg data add {path.name}"
        )
    return found


def measured(path: Path) -> tuple[Out, TreeVersion | None]:
    """What is on disk, as a version; with the files of a folder.

    Raises:
        Nb2pkgError: It cannot be read.
    """
    try:
        if path.is_dir():
            tree = tree_of(path)
            return Out(path.name, tree.md5, tree.size, len(tree.files)), tree
        return Out(path.name, *digest(path)), None
    except OSError as error:
        raise explained(error, doing="read") from None


# -------------------------------------------------------------------------------------- adding


def _before(path: Path, has_dvc: bool) -> Out | None:
    """What is recorded until now; what only DVC can follow, DVC can record anew."""
    try:
        return recorded_version(path)
    except Nb2pkgError:
        if has_dvc:
            return None
        raise


def _add(found: Repository, paths: Sequence[Path]) -> None:
    """Objects first: a .dvc file never names what is nowhere."""
    files = repository.founding(found)
    store = Store(found.cache)
    for path in paths:
        if path.is_dir():
            repository.check_ignores(found, path)
        out, tree = measured(path)
        if tree is None:
            store.add(path, out.md5)
        else:
            for file in tree.files:
                store.add(path / file.path, file.md5)
            store.add_tree(tree)
        files |= _described(found, path, out, files)
    _write(found.root, files)


def _described(
    found: Repository, path: Path, out: Out, files: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The .dvc file of a version, and the .gitignore beside it."""
    file = dvcfile.beside(path)
    before = on_disk(file)
    text = dvcfile.text(out) if before is None else dvcfile.updated(before, out)
    yield file.relative_to(found.root).as_posix(), text
    if found.has_git:
        place = (path.parent / ignoring.NAME).relative_to(found.root).as_posix()
        ignored = ignoring.with_line(path, files.get(place))
        if ignored is not None:
            yield place, ignored


def _write(root: Path, files: Mapping[str, str]) -> None:
    apply(root, files, compare(root, files, ()))


def _data(path: Path) -> Path:
    """The file or folder that a person means; MissingFileError if there is none."""
    found = located(path)
    if not found.exists():
        raise MissingFileError(path, "file or folder")
    return found


def _check_addable(path: Path, found: Repository) -> None:
    if not path.is_relative_to(found.root):
        raise Nb2pkgError(
            f"{path}: does not lie in {found.root}, where versions are kept",
            "Copy it into the project, or record it there.",
        )
    if found.has_git:
        ignoring.check_untracked(path)
    if path == found.root or repository.FOLDER in path.relative_to(found.root).parts:
        raise Nb2pkgError(f"{path}: is where versions are kept", "Name the data in it.")
    above = next((p for p in path.parents if dvcfile.beside(p).is_file()), None)
    if above is not None:
        raise Nb2pkgError(
            f"{path}: is a part of {above}, which is recorded as a whole", f"Record {above}."
        )
    if path.is_dir() and (inner := recorded(path)):
        raise Nb2pkgError(
            f"{path}: has recorded files in it: {inner[0].relative_to(path).as_posix()}",
            "Record either the folder or the files in it.",
        )


def files_of(path: Path) -> tuple[FileVersion, ...]:
    """The files of a folder on disk; none if it is not a folder."""
    _, tree = measured(path) if path.is_dir() else (None, None)
    return tree.files if tree else ()


def _on_disk(path: Path, out: Out) -> Out | None:
    """What is on disk; None if nothing is. The path is that of the recorded version."""
    if not path.exists():
        return None
    now, _ = measured(path)
    return Out(out.path, now.md5, now.size, now.nfiles)
