"""What is written to git, as one stream: git takes all of it or nothing, in one process.

That is five processes fewer than to write blobs, trees, a commit and a ref one by one. Git moves a ref only to
what goes on from where it is, so that of two who write at once none is lost: the second one is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nb2pkg.attempts import git
from nb2pkg.attempts.git import Repository

# Objects as they come from any other command, and no pack of their own, which none would pack better.
_LOOSE = ("-c", "fastimport.unpackLimit=1000000")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit to write. parents: the first one is where the ref is now.

    files: paths with their content; kept: paths with the ids of objects that the repository has. tree: the id
    of a tree to begin with; else it has just these files. notes: commits with what is said of them.
    """

    ref: str
    message: str
    author: tuple[str, str]
    seconds: int
    parents: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    tree: str = ""
    notes: Mapping[str, bytes] = field(default_factory=dict)


def write(repository: Repository, commits: Iterable[Commit]) -> list[str]:
    """The ids of the commits, written; GitMovedError if a ref has moved meanwhile.

    What is called `:1` as a parent is the first of these commits.
    """
    wanted = list(commits)
    parts = [b"feature done\n", *(_commit(c, mark) for mark, c in enumerate(wanted, start=1))]
    parts += [b"get-mark :%d\n" % mark for mark in range(1, len(wanted) + 1)]
    words = (*_LOOSE, "fast-import", "--quiet", "--date-format=raw")
    answer = git.run(repository, *words, given=b"".join([*parts, b"done\n"]))
    return answer.decode("ascii").split()


def _commit(commit: Commit, mark: int) -> bytes:
    head = f"commit {commit.ref}\nmark :{mark}\ncommitter {_ident(commit)}\n".encode()
    words = ("from", *["merge"] * len(commit.parents))
    parents = "".join(f"{word} {parent}\n" for word, parent in zip(words, commit.parents))
    start = b"" if commit.parents else f"reset {commit.ref}\n".encode()
    parts = [start, head, _data(_encoded(commit.message)), parents.encode()]
    if commit.files:
        parts.append(b"deleteall\n")
    if commit.tree:
        parts.append(f'M 040000 {commit.tree} ""\n'.encode())
    parts += [f"M 100644 {id_} {path}\n".encode() for path, id_ in commit.kept.items()]
    for path, content in commit.files.items():
        parts += [f"M 100644 inline {path}\n".encode(), _data(content)]
    for about, content in commit.notes.items():
        parts += [f"N inline {about}\n".encode(), _data(content)]
    return b"".join(parts)


def _ident(commit: Commit) -> str:
    """Who and when. A name may hold what git takes for something else."""
    name, address = (_plain(text) for text in commit.author)
    return f"{name or 'somebody'} <{address}> {commit.seconds} +0000"


def _plain(text: str) -> str:
    kept = "".join(char for char in text if char.isprintable() and char not in "<>")
    return kept.encode("utf-8", "replace").decode("utf-8").strip()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace").replace(b"\0", b"")


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)
