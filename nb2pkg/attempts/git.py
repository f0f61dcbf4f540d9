"""Git, asked by its command line: where the repository is, what it holds, and writing to it in one step."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from nb2pkg.errors import Nb2pkgError
from nb2pkg.paths import FOLDER

OWN = "attempts.git"  # in .nb2pkg, where there is no repository

# Git sets these for hooks, and for what runs in a rebase: they say where another repository is.
_LEADING_ASTRAY = {
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"),
    *("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"),
    *("GIT_NAMESPACE", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_NOTES_REF"),
    *("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE", "GIT_INTERNAL_SUPER_PREFIX"),
}
_CHUNK = 200  # objects asked for at once: what waits to be read takes memory


_MOVED = re.compile(r"^warning: not updating", re.IGNORECASE | re.MULTILINE)
_LOCKED = re.compile(r"\.lock\b|cannot lock ref", re.IGNORECASE)


class GitRefusedError(Nb2pkgError):
    """Git did not do it. said: all of what it said."""

    def __init__(self, message: str, hint: str, said: str) -> None:
        super().__init__(message, hint)
        self.said = said


class GitMovedError(GitRefusedError):
    """Somebody else was faster: it may be done again from where things are now."""


class GitLockedError(GitRefusedError):
    """Somebody else writes there, or a process that died left a lock behind."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository. top: the folder from which the paths of notebooks are seen.

    own: that of nb2pkg itself, where a person has none; the branches of the code are elsewhere then.
    """

    top: Path
    own: Path | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """How git is told where it is."""
        place = () if self.own is None else (f"--git-dir={self.own}",)
        return ("-C", str(self.top), *place)


@cache
def program() -> str:
    """Where git is; empty if it is not installed."""
    return shutil.which("git") or ""


def find(folder: Path) -> Repository | None:
    """The repository around a folder; None if there is none.

    One of ours goes on, when a person makes one later: what is in it would be lost from sight.
    """
    for place in (folder, *folder.parents):
        own = place / FOLDER / OWN
        if (own / "HEAD").is_file():
            return Repository(place, own)
        if (place / ".git").exists():
            return Repository(place)
    return None


def create(folder: Path) -> Repository:
    """A repository of ours in a folder that is in none; git is told to leave it out of any other."""
    repository = Repository(folder, folder / FOLDER / OWN)
    assert repository.own is not None
    repository.own.parent.mkdir(exist_ok=True)
    made = Path(mkdtemp(prefix=f"{OWN}-", dir=repository.own.parent))
    try:
        run(Repository(folder), "init", "--quiet", "--bare", "--template=", str(made))
        (made / ".gitignore").write_text("*\n", encoding="utf-8")
        if not repository.own.exists():  # all of it, or nothing
            os.rename(made, repository.own)
    except OSError:
        if not repository.own.exists():  # else somebody else was faster
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return repository


def run(repository: Repository, *words: str, given: bytes = b"") -> bytes:
    """What git answers; GitRefusedError if it refuses."""
    if not program():
        raise Nb2pkgError("git is not installed", "Attempts are kept in git: install it.")
    command = [program(), *repository.words, *words]
    done = subprocess.run(
        command, input=given, capture_output=True, env=_environment(), check=False
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise _refused(repository, said or f"exit code {done.returncode}")
    return done.stdout


def _refused(repository: Repository, said: str) -> GitRefusedError:
    message = f"git refused: {_meant(said)}"
    if _MOVED.search(said):
        return GitMovedError(message, "Try again.", said)
    if _LOCKED.search(said):
        hint = "Another process writes there. If none does, remove the lock: one that died left it."
        return GitLockedError(message, hint, said)
    return GitRefusedError(message, f"The repository is the one of {repository.top}.", said)


def _environment() -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in _LEADING_ASTRAY}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "LANGUAGE": ""}


def _meant(said: str) -> str:
    """The line of a message that says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for sign in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(sign):
                return line.removeprefix(sign)
    return lines[-1] if lines else ""


def refs(repository: Repository, *prefixes: str) -> Iterator[tuple[str, str, str]]:
    """Each ref below these names: its name, the commit, and the ref that it stands for, if it does."""
    form = "--format=%(refname)%00%(objectname)%00%(symref)"
    for line in _text(run(repository, "for-each-ref", form, *prefixes)).splitlines():
        name, commit, target = line.split("\0")
        yield name, commit, target


def read(repository: Repository, names: Iterable[str]) -> Iterator[bytes | None]:
    """The content of each object, by name or as commit:path; None for one that does not exist."""
    wanted = list(names)
    for start in range(0, len(wanted), _CHUNK):
        part = wanted[start : start + _CHUNK]
        yield from _parsed(run(repository, "cat-file", "--batch", given=_lines(part)), len(part))


def ids(repository: Repository, names: Iterable[str]) -> list[str]:
    """The id of each object; empty for one that does not exist."""
    given = _lines(names)
    answer = _text(run(repository, "cat-file", "--batch-check", given=given)) if given else ""
    return ["" if " missing" in line else line.split(" ")[0] for line in answer.splitlines()]


def listed(repository: Repository, tree: str) -> dict[str, str]:
    """The files in a tree, by their path; none if it does not exist."""
    try:
        answer = run(repository, "ls-tree", "-r", "-z", "--full-tree", tree)
    except GitRefusedError:
        return {}
    entries = (entry.partition("\t") for entry in _text(answer).split("\0") if entry)
    return {path: head.split(" ")[2] for head, _, path in entries}


def tree(data: bytes | None, length: int) -> dict[str, str]:
    """The entries of a tree as git stores it: name to id. length: that of an id in hexadecimal digits."""
    found: dict[str, str] = {}
    at = 0
    while data and at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        at = end + 1 + length // 2
        found[_text(data[space + 1 : end])] = data[end + 1 : at].hex()
    return found


def id_of(content: bytes, length: int) -> str:
    """The id that git gives a file with this content."""
    digest = hashlib.sha1 if length == 40 else hashlib.sha256
    return digest(b"blob %d\0" % len(content) + content).hexdigest()


def graph(repository: Repository, tips: Iterable[str]) -> list[tuple[str, int, tuple[str, ...]]]:
    """Each commit, the second it was made, and its parents: the oldest first, and none before a parent."""
    given = "".join(f"{tip}\n" for tip in sorted({*tips}))
    if not given:
        return []
    words = ("rev-list", "--timestamp", "--parents", "--date-order", "--reverse", "--stdin")
    lines = _text(run(repository, *words, given=given.encode())).splitlines()
    return [(line[1], int(line[0]), tuple(line[2:])) for line in map(str.split, lines)]


def identity(repository: Repository) -> tuple[str, str]:
    """Name and address of who works here; empty where git was never told."""
    try:
        answer = _text(run(repository, "config", "--null", "--get-regexp", r"^user\.(name|email)$"))
    except GitRefusedError:
        answer = ""
    pairs = (entry.partition("\n") for entry in answer.split("\0"))
    known = {key: value for key, _, value in pairs}
    name = os.environ.get("GIT_AUTHOR_NAME") or known.get("user.name", "")
    return name.strip(), (os.environ.get("GIT_AUTHOR_EMAIL") or known.get("user.email", "")).strip()


def _parsed(answer: bytes, count: int) -> Iterator[bytes | None]:
    """What `cat-file --batch` says of so many objects."""
    at = 0
    for _ in range(count):
        end = answer.index(b"\n", at)
        head = answer[at:end]
        if head.endswith((b" missing", b" ambiguous")):
            at = end + 1
            yield None
            continue
        size = int(head.rpartition(b" ")[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _lines(names: Iterable[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
