"""Attempts to and from another repository. Where two people recorded, both histories are joined: none is lost."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nb2pkg.attempts import content, git, refs, store, stream, text
from nb2pkg.attempts.git import GitRefusedError, Repository
from nb2pkg.attempts.stream import Commit
from nb2pkg.errors import Nb2pkgError

_NOTES = f"{refs.NOTES.rpartition('/')[0]}/*"
_PUSHED = (f"{refs.ATTEMPTS}/*:{refs.ATTEMPTS}/*", f"{_NOTES}:{_NOTES}")


@dataclass(frozen=True, slots=True)
class Fetched:
    """How many attempts are new here, and how many branches were joined with ours."""

    attempts: int
    joined: int


def push(repository: Repository, remote: str) -> None:
    """Send all attempts of the repository, and what was said of them. Nothing there is overwritten."""
    if not any(git.refs(repository, refs.ATTEMPTS)):
        raise Nb2pkgError("no attempt was recorded here", "Record one with nb2pkg attempt.")
    try:
        git.run(repository, "push", "--quiet", "--", _address(repository, remote), *_PUSHED)
    except GitRefusedError as error:
        if "rejected" not in error.said:
            raise
        raise Nb2pkgError(
            f"{remote} has attempts that are not here, so nothing of it was overwritten",
            f"Run nb2pkg attempts fetch {remote}, then push again.",
        ) from error


def unpushed(repository: Repository, remote: str) -> Iterator[tuple[str, bytes]]:
    """What pushing would send: the files of attempts, by their paths, each content once."""
    there = git.run(repository, "ls-remote", "--quiet", "--", _address(repository, remote))
    known = {line.split(b"\t")[0].decode("ascii") for line in there.splitlines()}
    tips = {commit for _, commit, _ in git.refs(repository, refs.ATTEMPTS, refs.NOTES)}
    has = set(filter(None, git.ids(repository, sorted(known))))
    given = "".join([*(f"{tip}\n" for tip in sorted(tips)), *(f"^{id_}\n" for id_ in sorted(has))])
    listed = git.run(repository, "rev-list", "--objects", "--stdin", given=given.encode())
    named = (line.partition(b" ") for line in listed.splitlines())
    paths = {id_.decode(): path.decode("utf-8", "replace") for id_, _, path in named if path}
    paths = {id_: path for id_, path in paths.items() if path != content.OUTPUTS}
    for path, data in zip(paths.values(), git.read(repository, paths)):
        yield path, data or b""


def fetch(repository: Repository, remote: str) -> Fetched:
    """Bring the attempts of another repository. A branch that went on at both places is joined."""
    address = _address(repository, remote)
    aside = f"{refs.FETCHED}/{hashlib.sha256(address.encode('utf-8', 'replace')).hexdigest()[:12]}"
    specs = (f"+{refs.ATTEMPTS}/*:{aside}/attempts/*", f"+{_NOTES}:{aside}/notes/*")
    words = ("--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
    git.run(repository, "fetch", *words, "--refmap=", "--", address, *specs)
    before = _count(repository)
    joined = 0
    brought = list(git.refs(repository, aside))
    for name, commit, _ in brought:
        kind, _, rest = name.removeprefix(f"{aside}/").partition("/")
        if kind == "attempts":
            joined += _bring(repository, f"{refs.ATTEMPTS}/{rest}", commit)
        elif f"{refs.NOTES.rpartition('/')[0]}/{rest}" == refs.NOTES:
            _bring_comments(repository, commit)
    _forget(repository, [name for name, _, _ in brought])
    return Fetched(_count(repository) - before, joined)


def _count(repository: Repository) -> int:
    """How many attempts there are; what joins two histories is none."""
    tips = [commit for _, commit, _ in git.refs(repository, refs.ATTEMPTS)]
    return sum(len(parents) < 2 for _, _, parents in git.graph(repository, tips))


def _bring(repository: Repository, ref: str, theirs: str) -> bool:
    """Let a branch of ours have their attempts; was it joined with them?"""
    return store.insisting(lambda: _brought(repository, ref, theirs))


def _brought(repository: Repository, ref: str, theirs: str) -> bool:
    (ours,) = git.ids(repository, [ref])
    if _forwarded(repository, ref, ours, theirs):
        return False
    (data,) = git.read(repository, [f"{ours}:{content.FACTS}"])
    facts = text.facts_of(data or b"")
    joined = replace(facts, trigger="join", why="", formerly=())
    (tree,) = git.ids(repository, [f"{ours}^{{tree}}"])
    files = {content.FACTS: text.of_facts(joined)}
    author, now = git.identity(repository), int(time.time())
    commit = Commit(ref, "two histories joined", author, now, (ours, theirs), files, tree=tree)
    stream.write(repository, [commit])
    return True


def _bring_comments(repository: Repository, theirs: str) -> None:
    def brought() -> None:
        (ours,) = git.ids(repository, [refs.NOTES])
        if not _forwarded(repository, refs.NOTES, ours, theirs):
            store.add_comments(repository, store.comments(repository, theirs), (theirs,))

    store.insisting(brought)


def _forwarded(repository: Repository, ref: str, ours: str, theirs: str) -> bool:
    """Let a ref have their commit, if that has all of ours; False if there is something to join."""
    if ours:
        words = ("rev-list", "--count", "--left-right", f"{ours}...{theirs}")
        only_ours, only_theirs = map(int, git.run(repository, *words).split())
        if not only_theirs:
            return True
        if only_ours:
            return False
    git.run(repository, "update-ref", ref, theirs, ours or "0" * len(theirs))
    return True


def _forget(repository: Repository, names: list[str]) -> None:
    """Remove the refs that stood for what was fetched: all of it is in ours now."""
    given = "".join(f"delete {name}\n" for name in names).encode()
    git.run(repository, "update-ref", "--stdin", given=given)


def _address(repository: Repository, remote: str) -> str:
    """A remote by its name, or where it is. A path is as seen from where the person is."""
    names = git.run(repository, "remote").decode("utf-8", "replace").splitlines()
    if remote not in names and Path(remote).exists():
        return os.path.abspath(remote)
    return remote
