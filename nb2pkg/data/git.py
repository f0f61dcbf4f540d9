"""What git knows of data files: it keeps their .dvc files, and must not keep the data."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.errors import Nb2pkgError

_FIELDS = "%H%x1f%ad%x1f%an%x1f%s"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit. when: its author's date, as 2026-11-30."""

    commit: str
    when: str
    who: str
    message: str


def top_of(folder: Path) -> Path | None:
    """The working tree around a folder; None if there is none, or no git."""
    found = _git(folder, "rev-parse", "--show-toplevel")
    return Path(found.decode("utf-8", "surrogateescape").rstrip("\n")) if found else None


def is_tracked(path: Path) -> bool:
    """Whether git keeps a file, or something in a folder."""
    return bool(_git(path.parent, "ls-files", "-z", "--", _literal(path)))


def is_ignored(path: Path) -> bool:
    return _git(path.parent, "check-ignore", "-q", "--", path.name) is not None


def history(path: Path) -> tuple[Revision, ...]:
    """The commits that changed a file, the latest first."""
    words = ("log", "--follow", "--date=short", f"--format={_FIELDS}", "--", path.name)
    listed = (_git(path.parent, *words) or b"").decode("utf-8", "replace")
    return tuple(Revision(*line.split("\x1f", 3)) for line in listed.splitlines() if line)


def content(path: Path, revision: str) -> bytes | None:
    """A file as it was in a revision; None if it was not there.

    Raises:
        Nb2pkgError: There is no such revision.
    """
    known = _git(
        path.parent,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{revision}^{{commit}}",
    )
    if not known:
        raise Nb2pkgError(
            f"{revision}: git knows no such revision", "Name a commit, a branch or a tag."
        )
    return _git(path.parent, "show", f"{known.decode().strip()}:./{path.name}")


def _literal(path: Path) -> str:
    return f":(literal){path.name}"


def _git(folder: Path, *words: str) -> bytes | None:
    """What a command of git prints; None where it fails."""
    git = shutil.which("git")
    if git is None or not folder.is_dir():
        return None
    done = subprocess.run([git, *words], cwd=folder, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None
