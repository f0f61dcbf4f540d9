"""All attempts at a notebook, in the order of time, and the one that a person means."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from nb2pkg.attempts import content, git, refs, store, text
from nb2pkg.attempts.git import Repository
from nb2pkg.attempts.model import Attempt, AttemptDetails
from nb2pkg.attempts.store import Store
from nb2pkg.errors import Nb2pkgError, did_you_mean

_FEWEST = 4  # characters that name an attempt


@dataclass(frozen=True, slots=True)
class AttemptHistory:
    """The attempts at a notebook, the oldest first. branches: each with the id of its last attempt."""

    notebook: str
    attempts: tuple[Attempt, ...]
    branches: Mapping[str, str]
    current: str

    @property
    def by_id(self) -> dict[str, Attempt]:
        """Each attempt by its id, and by those that it had before others were pruned."""
        former = {old: each for each in self.attempts for old in each.facts.formerly}
        return {**former, **{attempt.id: attempt for attempt in self.attempts}}

    def of_branch(self, branch: str) -> tuple[Attempt, ...]:
        """The attempts that were recorded in a branch."""
        return tuple(each for each in self.attempts if each.facts.branch == branch)


def read(place: Store) -> AttemptHistory:
    """The history of a notebook; it is empty if nothing was recorded."""
    there = store.branches(place)
    graph = git.graph(place.repository, there.tips.values())
    parents = {commit: of for commit, _, of in graph}
    commits = list(parents)
    read_facts = git.read(place.repository, (f"{commit}:{content.FACTS}" for commit in commits))
    facts = {c: _facts(place, data) for c, data in zip(commits, read_facts)}
    said = store.comments(place.repository) if graph else {}

    def real(commit: str = "") -> str:
        """The attempt, for a commit that only joins two histories."""
        while commit in facts and facts[commit].trigger == "join":
            commit = parents[commit][0]
        return commit

    ordered = _by_time(parents, {commit: known.when for commit, known in facts.items()})
    shown = [commit for commit in ordered if facts[commit].trigger != "join"]
    attempts = tuple(
        Attempt(commit, number, facts[commit], real(*parents[commit][:1]), said.get(commit, ()))
        for number, commit in enumerate(shown, start=1)
    )
    tips = {name: real(tip) for name, tip in there.tips.items()}
    return AttemptHistory(place.notebook, attempts, tips, there.current)


def _by_time(parents: Mapping[str, tuple[str, ...]], when: Mapping[str, str]) -> Iterator[str]:
    """The commits in the order of time, and none before a parent, whatever the clocks of people say."""
    missing = {commit: len(of) for commit, of in parents.items()}
    children: dict[str, list[str]] = {}
    for commit, of in parents.items():
        for parent in of:
            children.setdefault(parent, []).append(commit)
    ready = [(when[commit], commit) for commit, count in missing.items() if not count]
    heapq.heapify(ready)
    while ready:
        _, commit = heapq.heappop(ready)
        yield commit
        for child in children.get(commit, ()):
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, (when[child], child))


def _facts(place: Store, data: bytes | None) -> AttemptDetails:
    """What is known of an attempt. One that cannot be read hides no other."""
    try:
        return text.facts_of(data or b"")
    except Nb2pkgError as error:
        return AttemptDetails(place.notebook, "", "", why=error.message)


def find(history: AttemptHistory, name: str) -> Attempt:
    """The attempt that a person means: by number, by id or the first characters of it, or as the last one
    of a branch. Nb2pkgError if there is not just one.
    """
    found = {attempt.id: attempt for attempt in _meant(history, name.strip().lstrip("#"))}
    if len(found) == 1:
        return found.popitem()[1]
    if found:
        listed = ", ".join(f"{each.short} (#{each.number})" for each in found.values())
        raise Nb2pkgError(f"{name} can be several attempts", f"Name one of {listed}.")
    if not history.attempts:
        raise Nb2pkgError(
            f"{history.notebook}: no attempt was recorded", "Record one with nb2pkg attempt."
        )
    known = [*history.branches, *(attempt.short for attempt in history.attempts)]
    last = history.attempts[-1].number
    otherwise = f"Name a number from 1 to {last}, an id or a branch: nb2pkg attempts lists them."
    raise Nb2pkgError(f"there is no attempt {name}", did_you_mean(name, known, otherwise))


def _meant(history: AttemptHistory, name: str) -> Iterator[Attempt]:
    by_id = history.by_id
    if name in history.branches:
        yield by_id[history.branches[name]]
    if name.isascii() and name.isdecimal() and 0 < int(name) <= len(history.attempts):
        yield history.attempts[int(name) - 1]
    if len(name) >= _FEWEST:
        yield from (each for id_, each in by_id.items() if id_.startswith(name.lower()))


def notebooks(repository: Repository) -> tuple[str, ...]:
    """The notebooks that have attempts. Others may have written what was fetched: a path must be that of its
    ref, and lead nowhere else than into the repository.
    """
    tips = {name: commit for name, commit, _ in git.refs(repository, refs.ATTEMPTS)}
    found: dict[str, None] = {}
    read = git.read(repository, (f"{tip}:{content.FACTS}" for tip in tips.values()))
    for name, data in zip(tips, read):
        try:
            path = text.facts_of(data or b"").notebook
        except Nb2pkgError:
            continue
        own = f"{refs.ATTEMPTS}/{refs.encoded_notebook(path)}/"
        if name.startswith(own) and _is_inside(path):
            found[path] = None
    return tuple(sorted(found))


def _is_inside(path: str) -> bool:
    """Does a path with slashes lead to a place below the folder that it is seen from?"""
    parts = PurePath(path)  # on Windows, also one with backslashes or a drive
    return ".." not in parts.parts and not (parts.is_absolute() or parts.anchor or parts.drive)


def repository(folder: Path) -> Repository:
    """The repository around a folder; Nb2pkgError if there is none."""
    found = git.find(folder.resolve())
    if found is None:
        raise Nb2pkgError("no attempt was recorded here", "Record one with nb2pkg attempt.")
    return found


def chosen(notebook: Path | None, folder: Path) -> Store:
    """The attempts that a person means: those at a notebook, else at the only one that has some here.

    Nb2pkgError if there is none, or more than one.
    """
    place = store.find(notebook) if notebook is not None else None
    if place is not None:
        return place
    repository = git.find(folder.resolve()) if notebook is None else None
    found = notebooks(repository) if repository is not None else ()
    if repository is not None and len(found) == 1:
        return Store(repository, found[0])
    if len(found) > 1:
        raise Nb2pkgError(
            f"several notebooks have attempts here: {', '.join(found)}",
            "Name one with --notebook.",
        )
    where = f"{notebook}: " if notebook is not None else ""
    raise Nb2pkgError(f"{where}no attempt was recorded here", "Record one with nb2pkg attempt.")
