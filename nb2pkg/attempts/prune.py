"""Take attempts out of the history of a notebook. What went on from them goes on from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nb2pkg.attempts import content, git, store, stream, text
from nb2pkg.attempts.history import AttemptHistory
from nb2pkg.attempts.model import Attempt, AttemptComment, AttemptDetails
from nb2pkg.attempts.store import Store
from nb2pkg.attempts.stream import Commit

_ASIDE = "refs/nb2pkg/pruned"
_Graph = list[tuple[str, int, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class PruneRequest:
    """Which attempts are to go: those of which all of it is true.

    automatic: nobody asked for them, and nobody said anything of them. before: the first day that stays;
    branch: that in which they were recorded.
    """

    automatic: bool = False
    before: str = ""
    branch: str = ""


def chosen(
    known: AttemptHistory, wanted: PruneRequest, kept: Iterable[str] = ()
) -> tuple[Attempt, ...]:
    """The attempts that are to go, but for those that are kept, by their ids."""
    spared = {*kept}
    return tuple(
        attempt
        for attempt in known.attempts
        if not spared & {attempt.id, *attempt.facts.formerly}
        and (not wanted.automatic or (attempt.facts.is_automatic and not attempt.said))
        and (not wanted.before or attempt.facts.when[: len(wanted.before)] < wanted.before)
        and (not wanted.branch or attempt.facts.branch == wanted.branch)
    )


def prune(place: Store, gone: Iterable[Attempt]) -> None:
    """Take these attempts out. Those that came after them get other ids, and are found by the old ones, too.

    A branch of which nothing is left goes, too. The refs change all at once, unless somebody recorded
    meanwhile: then none does.
    """
    _forget(place)  # what a pruning that was cut off had written
    there = store.branches(place)
    graph = git.graph(place.repository, there.tips.values())
    known = _known(place, [commit for commit, _, _ in graph])
    ids = {attempt.id for attempt in gone}
    renamed = _rewritten(place, graph, known, ids)
    said = store.comments(place.repository)
    _move_comments(place, {old: new for old, new in renamed.items() if old in said}, said)
    after = {new: known[old][0].branch for old, new in renamed.items() if old not in ids}
    lines = []
    for branch, tip in there.tips.items():
        new = renamed[tip]
        is_over = not new or (known[tip][0].branch == branch != after[new])
        if is_over:
            lines.append(f"delete {place.ref(branch)} {tip}\n")
        elif new != tip:
            lines.append(f"update {place.ref(branch)} {new} {tip}\n")
    given = "".join(lines).encode("utf-8", "surrogateescape")
    git.run(place.repository, "update-ref", "--stdin", given=given)
    _forget(place)


def _forget(place: Store) -> None:
    """Remove the ref that held what was rewritten until the branches did."""
    for ref, _, _ in git.refs(place.repository, _ASIDE):
        git.run(place.repository, "update-ref", "-d", ref)


def _rewritten(
    place: Store, graph: _Graph, known: Mapping[str, tuple[AttemptDetails, str]], gone: set[str]
) -> Mapping[str, str]:
    """Each commit, with the one that takes its place; nothing if none does."""
    commits: list[Commit] = []
    marks: dict[str, str] = {}
    author = git.identity(place.repository)
    for commit, seconds, parents in graph:
        now = tuple(dict.fromkeys(marks[parent] for parent in parents if marks[parent]))
        if commit in gone or (len(parents) > 1 and len(now) < 2):
            marks[commit] = now[0] if now else ""
        elif now == parents:
            marks[commit] = commit
        else:
            facts, tree = known[commit]
            facts = replace(facts, formerly=(*facts.formerly, commit))
            files = {content.FACTS: text.of_facts(facts)}
            message = facts.why or place.notebook
            commits.append(Commit(_ASIDE, message, author, seconds, now, files, tree=tree))
            marks[commit] = f":{len(commits)}"
    written = stream.write(place.repository, commits) if commits else []
    ids = {f":{number}": id_ for number, id_ in enumerate(written, start=1)}
    return {commit: ids.get(mark, mark) for commit, mark in marks.items()}


def _known(place: Store, commits: list[str]) -> dict[str, tuple[AttemptDetails, str]]:
    """What is known of each attempt, and the id of its tree."""
    read = git.read(place.repository, (f"{commit}:{content.FACTS}" for commit in commits))
    trees = git.ids(place.repository, (f"{commit}^{{tree}}" for commit in commits))
    return {c: (text.facts_of(data or b""), tree) for c, data, tree in zip(commits, read, trees)}


def _move_comments(
    place: Store, renamed: Mapping[str, str], said: Mapping[str, tuple[AttemptComment, ...]]
) -> None:
    """What was said of an attempt is said of the one that takes its place."""
    new = {now: said[old] for old, now in renamed.items() if now and now != old}
    if new:
        store.insisting(lambda: store.add_comments(place.repository, new))
