"""Where the attempts at a notebook are kept, and adding one to them, so that none is ever lost."""

from __future__ import annotations

import datetime
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from nb2pkg.attempts import content, git, refs, stream, text
from nb2pkg.attempts.git import GitLockedError, GitMovedError, Repository
from nb2pkg.attempts.model import MAIN, AttemptComment, AttemptDetails, Files
from nb2pkg.attempts.stream import Commit
from nb2pkg.errors import Nb2pkgError

_TRIES = 100  # each time somebody else was faster
_PAUSE = 0.05  # seconds, at most
_PATIENCE = 0.5  # seconds until a lock is taken for one that nobody holds any more
_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Store:
    """The attempts at one notebook. notebook: its path as seen from the top of the repository."""

    repository: Repository
    notebook: str

    @property
    def path(self) -> Path:
        """Where the notebook is."""
        return self.repository.top / self.notebook

    def ref(self, branch: str) -> str:
        """The ref of a branch."""
        part = refs.encoded_branch(branch)
        return f"{refs.ATTEMPTS}/{refs.encoded_notebook(self.notebook)}/{part}"

    @property
    def current(self) -> str:
        """The ref that says which branch goes on."""
        return f"{refs.CURRENT}/{refs.encoded_notebook(self.notebook)}"


@dataclass(frozen=True, slots=True)
class AttemptBranches:
    """The last attempt of each branch, and the branch that goes on."""

    tips: Mapping[str, str]
    current: str = MAIN


@dataclass(frozen=True, slots=True)
class LastAttempt:
    """The last attempt of a branch: what is known of it, and the ids of its files."""

    id: str
    facts: AttemptDetails
    ids: Mapping[str, str]


def find(notebook: Path) -> Store | None:
    """The attempts at a notebook; None where there is neither a repository nor one of ours."""
    place = notebook.parent.resolve() / notebook.name  # a link is known by its own name
    repository = git.find(place.parent)
    return None if repository is None else _seen_from(repository, place)


def required(notebook: Path) -> Store:
    """The attempts at a notebook; where no repository is, one of ours is made."""
    found = find(notebook)
    if found is not None:
        return found
    place = notebook.parent.resolve() / notebook.name
    if not place.parent.is_dir():
        raise Nb2pkgError(f"{notebook.parent}: there is no such folder", "Check the path.")
    return _seen_from(git.create(place.parent), place)


def _seen_from(repository: Repository, place: Path) -> Store:
    return Store(repository, place.relative_to(repository.top).as_posix())


def branches(store: Store) -> AttemptBranches:
    """The branches of a notebook."""
    prefix = store.ref(MAIN).rpartition("/")[0]
    tips: dict[str, str] = {}
    current = MAIN
    for name, commit, target in git.refs(store.repository, prefix, store.current):
        if name == store.current:
            current = refs.branch_of(target)
        else:
            tips[refs.branch_of(name)] = commit
    return AttemptBranches(tips, current if current in tips else MAIN)


def tip(store: Store, commit: str) -> LastAttempt:
    """What is kept of an attempt, without reading its notebook."""
    names = (f"{commit}:{content.FACTS}", f"{commit}^{{tree}}", f"{commit}:{content.OUTPUTS}")
    facts, top, outputs = git.read(store.repository, names)
    ids = git.tree(top, len(commit))
    ids.pop(content.OUTPUTS, None)
    inner = git.tree(outputs, len(commit))
    ids |= {f"{content.OUTPUTS}/{name}": id_ for name, id_ in inner.items()}
    return LastAttempt(commit, text.facts_of(facts or b""), ids)


def files(repository: Repository, commit: str) -> Files:
    """The files of an attempt."""
    ids = git.listed(repository, commit)
    read = git.read(repository, ids.values())
    return {path: data for path, data in zip(ids, read) if data is not None}


def add(
    store: Store, branch: str, facts: AttemptDetails, new: Files, before: LastAttempt | None
) -> str:
    """The id of a new attempt; GitMovedError if the branch has moved since `before` was its last one."""
    kept: dict[str, str] = {}
    if before is not None:
        there = frozenset(before.ids.values())
        ids = {path: git.id_of(data, len(before.id)) for path, data in new.items()}
        kept = {path: id_ for path, id_ in ids.items() if id_ in there}
    commit = Commit(
        ref=store.ref(branch),
        message=facts.why or f"{facts.trigger}: {store.notebook}",
        author=git.identity(store.repository),
        seconds=int(time.time()),
        parents=() if before is None else (before.id,),
        files={
            **{path: data for path, data in new.items() if path not in kept},
            content.FACTS: text.of_facts(facts),
        },
        kept=kept,
    )
    (found,) = stream.write(store.repository, [commit])
    return found


def begin(store: Store, branch: str, attempt: str) -> None:
    """Let a branch start at an attempt; Nb2pkgError if there is one of that name."""
    if branch in branches(store).tips:
        raise Nb2pkgError(f"there is a branch {branch} already", "Name another one.")
    git.run(store.repository, "update-ref", store.ref(branch), attempt, "0" * len(attempt))


def now() -> str:
    """The time to the millisecond, in UTC: attempts are in the order of time, and some are made by a program."""
    moment = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds") + "Z"


def go_on_with(store: Store, branch: str) -> None:
    """Let the next attempt belong to this branch."""
    git.run(store.repository, "symbolic-ref", store.current, store.ref(branch))


def insisting(attempt: Callable[[], _Done]) -> _Done:
    """What it gives when it is not refused: somebody else may have been faster, or write there just now."""
    patience = time.monotonic() + _PATIENCE
    for _ in range(_TRIES - 1):
        try:
            return attempt()
        except GitMovedError:
            time.sleep(random.uniform(0, _PAUSE))
        except GitLockedError:
            if time.monotonic() > patience:
                raise
    return attempt()


# ---------------------------------------------------------------------------------------- comments


def comments(
    repository: Repository, ref: str = refs.NOTES
) -> dict[str, tuple[AttemptComment, ...]]:
    """What was said of attempts, by their ids."""
    ids = git.listed(repository, ref)
    read = git.read(repository, ids.values())
    return {
        path.replace("/", ""): text.comments_of(data or b"")
        for path, data in zip(ids, read)
        if data is not None
    }


def comment(repository: Repository, attempt: str, said: AttemptComment) -> None:
    """Add a comment to an attempt."""
    insisting(lambda: add_comments(repository, {attempt: (said,)}))


def add_comments(
    repository: Repository,
    new: Mapping[str, tuple[AttemptComment, ...]],
    others: tuple[str, ...] = (),
) -> None:
    """Add comments to those that are there; GitMovedError if somebody else did meanwhile.

    others: commits of comments that these were taken from, and that go into the history of ours.
    """
    (last,) = git.ids(repository, [refs.NOTES])
    there = comments(repository, last) if last else {}
    notes = {
        about: text.of_comments((*there.get(about, ()), *said))
        for about, said in new.items()
        if not {*said} <= {*there.get(about, ())}
    }
    if notes or others:
        parents = (last, *others) if last else others
        author, seconds = git.identity(repository), int(time.time())
        note = Commit(refs.NOTES, "comments on attempts", author, seconds, parents, notes=notes)
        stream.write(repository, [note])
