"""Several files get another content at once: all of them or none, wherever the process ends.

What is new and what was there is put aside first, then a journal says what will be done, then each
file is replaced in one step. Whoever comes next finishes what a journal speaks of, or takes it back.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import journal as journals
from nb2pkg.files.failures import changed, explained
from nb2pkg.files.journal import (
    BACK,
    ELSEWHERE,
    FOLDER,
    FORWARD,
    OTHERS,
    PREPARED,
    Journal,
    JournalEntry,
    digest,
)
from nb2pkg.files.locks import locked, standing
from nb2pkg.files.single import beside, move, remove_empty, sync, write


class _Process:
    """What this process has done to files that somebody sees."""

    is_untouched = True


_process = _Process()
Say = Callable[[str], None]
Contents = Mapping[Path, bytes | None]


def exchange(root: Path, wanted: Contents, before: Contents) -> None:
    """Give files another content, None for no file, if they still have the one that they had.

    root has the folder of the exchange. Nb2pkgError if that cannot be done; all is as before then.
    """
    try:
        with alone(root, *(path.parent for path in wanted)):
            for path in wanted:
                _check(path, before.get(path))
            _exchange(standing(root), wanted, before)
    except OSError as error:
        raise explained(error, _named(error, root)) from error


def _exchange(root: Path, wanted: Contents, before: Contents) -> None:
    was_untouched = _process.is_untouched
    try:
        journal = _stage(root, wanted, before)
        _commit(root, journal)
        _process.is_untouched = False
        _go_forward(root, journal)
    except BaseException as error:
        _undo(root, error)
        _process.is_untouched = was_untouched
        raise
    with suppress(OSError):  # all is written: the next command tidies up
        _discard(root)


def is_untouched() -> bool:
    """Is everything as it was before this process?"""
    return _process.is_untouched


@contextmanager
def alone(*folders: Path) -> Iterator[None]:
    """Nobody else writes to these folders meanwhile, and nothing that was cut off is left there."""
    with locked(*folders):
        for folder in folders:
            settle(folder)
        yield


# ------------------------------------------------------------------------------------- beforehand


def _check(path: Path, before: bytes | None) -> None:
    """What can be said before anything is done."""
    if path.is_dir():
        raise Nb2pkgError(f"{path}: is a folder, and a file belongs there", "Move it away.")
    if digest(path) != journals.digest_of(before):
        raise changed(path)
    if before is not None and not os.access(path, os.W_OK):
        raise explained(PermissionError(errno.EACCES, "it is write-protected", str(path)))


def _stage(root: Path, wanted: Contents, before: Contents) -> Journal:
    """Put all contents aside, and say what is to be done with them."""
    folder = root / FOLDER
    for made in (folder, folder / "new", folder / "old"):
        os.mkdir(made)
    _point_here(root, _others(root, wanted))
    entries = []
    for index, (path, data) in enumerate(wanted.items()):
        old = before.get(path)
        entries.append(
            JournalEntry(_seen(root, path), journals.digest_of(old), journals.digest_of(data))
        )
        if old is not None:
            write(folder / "old" / str(index), old)
            shutil.copystat(path, folder / "old" / str(index))
        if data is not None:
            write(folder / "new" / str(index), data)
            if old is not None:
                shutil.copymode(path, folder / "new" / str(index))
    return Journal(
        tuple(entries),
        tuple(_seen(root, path) for path in _missing(wanted)),
        tuple(_seen(root, folder) for folder in _losing(root, wanted)),
        journals.owner(root),
    )


def _losing(root: Path, wanted: Contents) -> list[Path]:
    """Folders that lose files, and those around them: the innermost first, as they may be empty then."""
    gone = [path for path, data in wanted.items() if data is None]
    around = {p for path in gone for p in path.parents if root in p.parents} | {
        path.parent for path in gone if path.parent != root
    }
    return sorted(around, key=lambda folder: (-len(folder.parts), folder))


def _point_here(root: Path, others: list[Path]) -> None:
    """Say in folders that lie elsewhere where the exchange is, and here which these are."""
    if others:
        listed = "\0".join(_seen(root, other) for other in others)
        write(root / FOLDER / OTHERS, os.fsencode(listed))
    for other in others:
        os.mkdir(other / FOLDER)
        write(other / FOLDER / PREPARED, os.fsencode(_seen(other, root)))
        os.replace(other / FOLDER / PREPARED, other / FOLDER / ELSEWHERE)


def _commit(root: Path, journal: Journal) -> None:
    """Write the journal, in one step: from here on the exchange is finished, or taken back."""
    prepared = root / FOLDER / PREPARED
    write(prepared, journals.text(journal).encode("utf-8"))
    for name in ("new", "old"):  # all at once: the system has to wait for the disk but once then
        for path in sorted((root / FOLDER / name).iterdir()):
            sync(path)
    sync(prepared)
    os.replace(prepared, root / FOLDER / FORWARD)
    sync(root / FOLDER)


def _missing(wanted: Contents) -> list[Path]:
    """Folders that have to be made, the outermost first."""
    found = {
        folder
        for path, data in wanted.items()
        if data is not None
        for folder in path.parents
        if not os.path.isdir(folder)
    }
    return sorted(found, key=lambda folder: len(folder.parts))


def _others(root: Path, wanted: Contents) -> list[Path]:
    """Folders with files of the exchange from which nobody would find it by looking further up."""
    folders = {standing(path.parent) for path in wanted}
    return sorted(folder for folder in folders if root not in (folder, *folder.parents))


def _seen(root: Path, path: Path) -> str:
    try:
        return os.path.relpath(path, root)
    except ValueError:  # another drive
        return str(path)


# --------------------------------------------------------------------------------- back and forth


def _go_forward(root: Path, journal: Journal) -> None:
    """Give each file its new content, as far as it has not got it yet."""
    for made in journal.made:
        with suppress(FileExistsError):
            os.mkdir(root / made)
    for index, entry in enumerate(journal.entries):
        path, new = root / entry.path, root / FOLDER / "new" / str(index)
        if entry.after:
            if os.path.lexists(new):
                move(new, path)
        elif digest(path) == entry.before:
            os.unlink(path)
    for emptied in journal.emptied:
        remove_empty(root / emptied)
    for folder in {(root / entry.path).parent for entry in journal.entries}:
        if os.path.isdir(folder):  # if it still has files
            sync(folder)


def _go_back(root: Path, journal: Journal) -> None:
    """Give each file its old content, but for those that somebody has written to since."""
    for index, entry in enumerate(journal.entries):
        path, old = root / entry.path, root / FOLDER / "old" / str(index)
        beside(root / FOLDER / "new" / str(index), path).unlink(missing_ok=True)
        now = digest(path)
        if now == entry.before or now != entry.after:
            continue
        if entry.before:
            os.makedirs(path.parent, exist_ok=True)
            move(old, path)
        else:
            os.unlink(path)
    for made in reversed(journal.made):
        remove_empty(root / made)


def _was_touched(root: Path, journal: Journal) -> bool:
    """Did somebody change a file that has yet to get its new content?"""
    return any(
        digest(root / entry.path) not in (entry.before, entry.after)
        for index, entry in enumerate(journal.entries)
        if not entry.after or os.path.lexists(root / FOLDER / "new" / str(index))
    )


def _undo(root: Path, error: BaseException) -> None:
    """Take back what was done until something failed."""
    folder = root / FOLDER
    try:
        if (folder / FORWARD).is_file():
            os.replace(folder / FORWARD, folder / BACK)
        if folder.is_dir():
            _settle(root)
    except OSError as second:
        found = explained(error if isinstance(error, OSError) else second, _named(second, root))
        found.hint = f"{found.hint} What was begun is taken back by the next command."
        raise found from second


def _discard(root: Path) -> None:
    """Remove the folder of the exchange, the journal first: what is left speaks of nothing then."""
    folder = root / FOLDER
    for name in (FORWARD, BACK):
        (folder / name).unlink(missing_ok=True)
    if (folder / OTHERS).is_file():
        listed = os.fsdecode((folder / OTHERS).read_bytes()).split("\0")
        for other in listed:
            _remove_pointer(root, Path(os.path.normpath(root / other)))
    shutil.rmtree(folder)


def _remove_pointer(root: Path, other: Path) -> None:
    """Remove the folder that says that the exchange is here, if that is what it says."""
    folder = other / FOLDER
    pointer = folder / ELSEWHERE
    if pointer.is_file() and _pointed(pointer) == root:
        shutil.rmtree(folder)
    elif not pointer.is_file() and folder.is_dir():  # it did not get that far
        (folder / PREPARED).unlink(missing_ok=True)
        remove_empty(folder)


def _pointed(pointer: Path) -> Path:
    """The folder with the exchange of which another folder says where it is."""
    above = pointer.parent.parent
    return Path(os.path.normpath(above / os.fsdecode(pointer.read_bytes())))


# ------------------------------------------------------------------------------------- afterwards


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr)


def settle(path: Path, say: Say = _to_stderr) -> None:
    """Finish or take back what a command that was cut off had begun there, and say so."""
    start = Path(os.path.abspath(path))
    places = dict.fromkeys((start, *start.parents, *start.resolve().parents))
    for place in places:
        if os.path.isdir(place / FOLDER):
            _settle_for_others(place, say)


def _settle_for_others(place: Path, say: Say) -> None:
    try:
        with locked(place):
            if os.path.isdir(place / FOLDER):  # as another command may have settled it meanwhile
                say(f"nb2pkg: {_settle(place)}")
    except OSError as error:
        raise explained(error, _named(error, place), "put in order") from error


def _settle(place: Path) -> str:
    """Bring an exchange to its end; what was done, in words."""
    pointer = place / FOLDER / ELSEWHERE
    if pointer.is_file():
        return _settle_elsewhere(place, pointer)
    found = journals.read(place)
    if found is None:
        _discard(place)
        return f"removed what a command that was cut off had prepared in {place}"
    journal, is_back = found
    if is_back or _was_touched(place, journal):
        _go_back(place, journal)
        words = "took back"
    else:
        _go_forward(place, journal)
        words = "finished"
    _discard(place)
    return f"{words} what a command that was cut off had begun in {place}"


def _settle_elsewhere(place: Path, pointer: Path) -> str:
    """Settle the exchange of another folder that writes here too."""
    root = _pointed(pointer)
    words = f"removed what a command that was cut off had prepared in {place}"
    with locked(root):
        # Two folders that point to each other come from no command of ours.
        if os.path.isdir(root / FOLDER) and not (root / FOLDER / ELSEWHERE).is_file():
            words = _settle(root)
    if os.path.isdir(place / FOLDER):
        shutil.rmtree(place / FOLDER)
    return words


def _named(error: OSError, place: Path) -> str:
    """The file that an error is about, unless it is one of the exchange's own."""
    name = str(error.filename2 or error.filename or place)
    return str(place) if FOLDER in name else name
