"""Copies of the notebook's folder to run in, so that no file of the user's is changed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import walk
from nb2pkg.model import Notebook
from nb2pkg.project import manifest

_LINKED_BYTES = 64_000_000  # a file that is larger is linked, and may not be written
_LINKED_ENTRIES = 5_000  # so is a folder that holds more
_MOST_BYTES, _MOST_FILES = 1_000_000_000, 20_000  # that are copied; what is left is linked
_UPWARD = re.compile(r"""(?:\.\.[/\\]{1,2})+(?:\.\.(?![\w.]))?|["']\.\.["']""")
_ALONE = re.compile(r"""["'](?:/|~|[A-Za-z]:[/\\])|localhost|127\.0\.0\.1|\bsocket\b|\bport\b""")


@dataclass(frozen=True, slots=True)
class Workspace:
    """A copy: its top, and the folder in it that is the notebook's; original is what was copied."""

    top: Path
    folder: Path
    original: Path


@dataclass(slots=True)
class Left:
    """How much may still be copied; it is counted down."""

    bytes: int = _MOST_BYTES
    files: int = _MOST_FILES

    def takes(self, size: int) -> bool:
        """Is there room for one more file of that size? It is counted then."""
        if size > min(self.bytes, _LINKED_BYTES) or not self.files:
            return False
        self.bytes -= size
        self.files -= 1
        return True


def levels_above(notebook: Notebook) -> int:
    """How many folders above its own the notebook speaks of (``../data/a.csv`` is one)."""
    sources = (cell.source for cell in notebook.code)
    found = (match.group() for source in sources for match in _UPWARD.finditer(source))
    return max((text.count("..") for text in found), default=0)


def may_run_beside(notebook: Notebook) -> bool:
    """Can two runs take place at once? Not if they may meet at a fixed path or port."""
    return not any(_ALONE.search(cell.source) for cell in notebook.code)


def has_core_beside(notebook: Notebook) -> bool:
    """Is there a second core, for a run that cannot meet the other one?"""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return cores > 1 and may_run_beside(notebook)


def copy(
    folder: Path,
    levels: int,
    target: Path,
    is_named: Callable[[str], bool] = lambda _: True,
    left: Left | None = None,
) -> Workspace:
    """Copy the notebook's folder to target, with what it names of so many folders above it.

    What else lies in those is linked. So is all for which nothing is left: the nearest comes first.
    """
    folder = folder.resolve()
    chain = [folder, *folder.parents][: levels + 1]
    top = chain[-1]
    left = left or Left()
    _copy(folder, target / folder.relative_to(top), left)
    for below, level in pairwise(chain):
        _bring_beside(below, target / level.relative_to(top), left, is_named)
    return Workspace(target, target / folder.relative_to(top), top)


def mentions(notebook: Notebook) -> Callable[[str], bool]:
    """Does the notebook say the name of that file, or folder, or module?"""
    text = "\n".join(cell.source for cell in notebook.code)
    return lambda name: name.split(".")[0] in text if name[0] != "." else name in text


def _bring_beside(below: Path, target: Path, left: Left, is_named: Callable[[str], bool]) -> None:
    """What lies beside a folder that was copied: what is named first; nothing else out of the home."""
    level = below.parent
    others = [entry for entry in _sorted(level) if entry.name != below.name]
    named = [entry for entry in others if is_named(entry.name)]
    for entry in named:
        _bring(entry, target / entry.name, left)
    if Path.home().is_relative_to(level):
        return
    for entry in others:
        source, place = Path(entry.path), target / entry.name
        if entry not in named and not _is_no_part(source, place):
            _is_linked(source, place)


def _sorted(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def _copy(source: Path, target: Path, left: Left) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in _sorted(source):
        _bring(entry, target / entry.name, left)


def _bring(entry: os.DirEntry[str], place: Path, left: Left) -> None:
    """Copy a file or a folder, or link what is too large; a link may lead back to where it stands."""
    source = Path(entry.path)
    if entry.is_dir(follow_symlinks=False):
        if _is_no_part(source, place):
            return
        if left.files and len(_sorted(source)) <= _LINKED_ENTRIES:
            _copy(source, place, left)
        else:
            _link(source, place)
    elif entry.is_file(follow_symlinks=False) and left.takes(entry.stat().st_size):
        shutil.copy2(source, place)
    elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
        _link(source, place)


def _is_no_part(source: Path, place: Path) -> bool:
    """Version control and environments; a package of ours, which is younger than the notebook; a scratch
    folder beside the notebook, since copies of copies would have no end."""
    return source.is_dir() and (
        walk.is_left_out(source)
        or (source / manifest.PATH).is_file()
        or place.resolve().is_relative_to(source.resolve())
    )


def _link(source: Path, place: Path) -> None:
    """Link it; where links cannot be made, copy it, if that has an end."""
    if _is_linked(source, place) or not source.exists():
        return
    files = [*walk.files(source)] if source.is_dir() else [source]
    if len(files) > _MOST_FILES or sum(file.stat().st_size for file in files) > _MOST_BYTES:
        raise Nb2pkgError(
            f"{source}: too large to be copied for a run, and links cannot be made here",
            "On Windows, developer mode allows links. Or put the notebook and its data elsewhere.",
        )
    for file in files:
        copied = place / file.relative_to(source)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, copied)


def _is_linked(source: Path, place: Path) -> bool:
    """Link what is there; Windows lets not everybody."""
    try:
        if source.exists():
            place.symlink_to(source.resolve(), target_is_directory=source.is_dir())
    except OSError:
        return False
    return source.exists()


def keep_only(folder: Path, names: Collection[str]) -> None:
    """Remove all files from a copy but those of these names, and those in folders of these names."""
    kept = {folder / name for name in names}
    for path in walk.files(folder):
        if kept.isdisjoint((path, *path.parents)):
            path.unlink()


def contents(workspace: Workspace) -> Mapping[str, str]:
    """Each file of the copy, with a digest of what is in it; links are the user's and stay out."""
    return {
        path.relative_to(workspace.top).as_posix(): _digest(path)
        for path in walk.files(workspace.top)
        if not path.is_symlink()
    }


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=12)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def written(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """What a run changed: path to digest, empty for a file that is gone."""
    changed = {path: digest for path, digest in after.items() if before.get(path) != digest}
    return changed | {path: "" for path in before if path not in after}


def guarded(workspace: Workspace) -> tuple[str, ...]:
    """Places that a run must not write to: what was copied, what is linked, the user's home."""
    entries = (Path(p, name) for p, d, f in os.walk(workspace.top) for name in (*d, *f))
    linked = {str(entry.resolve()) for entry in entries if entry.is_symlink()}
    return tuple(sorted({str(workspace.original), str(Path.home()), *linked}))


def writable(scratch: Path) -> tuple[str, ...]:
    """Folders that a run may write to, though they may lie in a guarded one.

    Libraries keep settings and caches in hidden folders of the user's home.
    """
    home = Path.home()
    hidden = [str(entry) for entry in home.glob(".*")] if home.is_dir() else []
    return tuple(sorted({str(scratch), tempfile.gettempdir(), *hidden}))
