"""Copies of the notebook's folder to run in, so that no file of the user's is changed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.files import walk
from nb2pkg.model import Notebook
from nb2pkg.project import manifest

_LINKED_BYTES = 64_000_000  # a file that is larger is linked, and may not be written
_LINKED_ENTRIES = 5_000  # so is a folder that holds more
_UPWARD = re.compile(r"""(?:\.\.[/\\]{1,2})+(?:\.\.(?![\w.]))?|["']\.\.["']""")
_ALONE = re.compile(r"""["'](?:/|~|[A-Za-z]:[/\\])|localhost|127\.0\.0\.1|\bsocket\b|\bport\b""")


@dataclass(frozen=True, slots=True)
class Workspace:
    """A copy: its top, and the folder in it that is the notebook's; original is what was copied."""

    top: Path
    folder: Path
    original: Path


def levels_above(notebook: Notebook) -> int:
    """How many folders above its own the notebook speaks of (``../data/a.csv`` is one)."""
    sources = (cell.source for cell in notebook.code)
    found = (match.group() for source in sources for match in _UPWARD.finditer(source))
    return max((text.count("..") for text in found), default=0)


def may_run_beside(notebook: Notebook) -> bool:
    """Can two runs take place at once? Not if they may meet at a fixed path or port."""
    return not any(_ALONE.search(cell.source) for cell in notebook.code)


def copy(folder: Path, levels: int, target: Path) -> Workspace:
    """Copy the notebook's folder, with so many folders above it, to target."""
    folder = folder.resolve()
    top = folder
    for _ in range(levels):
        if top.parent == top or top.parent == Path.home():
            break
        top = top.parent
    _copy(top, target, folder)
    return Workspace(target, target / folder.relative_to(top), top)


def _copy(source: Path, target: Path, own: Path) -> None:
    """own: the notebook's folder, which may lie in a package of ours."""
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(os.scandir(source), key=lambda entry: entry.name):
        place = target / entry.name
        if entry.is_symlink():  # it may lead back to where it stands
            _link(Path(entry.path), place)
        elif entry.is_dir():
            _copy_folder(Path(entry.path), place, own)
        elif entry.is_file() and entry.stat().st_size > _LINKED_BYTES:
            _link(Path(entry.path), place)
        elif entry.is_file():
            shutil.copy2(entry.path, place)


def _copy_folder(source: Path, place: Path, own: Path) -> None:
    leads_to_own = own.is_relative_to(source)
    if walk.is_left_out(source) and not leads_to_own:
        return
    if place.resolve().is_relative_to(source.resolve()):
        return  # the scratch folder lies beside the notebook: copies of copies would have no end
    if (source / manifest.PATH).is_file() and not leads_to_own:
        return  # a package of ours: the notebook is older than it
    with os.scandir(source) as entries:
        many = sum(1 for _ in entries) > _LINKED_ENTRIES
    if many and not leads_to_own:
        _link(source, place)
    else:
        _copy(source, place, own)


def _link(source: Path, place: Path) -> None:
    if not source.exists():
        return  # a link that leads nowhere
    try:
        place.symlink_to(source.resolve(), target_is_directory=source.is_dir())
    except OSError:  # Windows lets not everybody make links
        if source.is_dir():
            for file in walk.files(source):
                copied = place / file.relative_to(source)
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, copied)
        else:
            shutil.copy2(source, place)


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
