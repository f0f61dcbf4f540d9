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

    The refs change all at once, unless somebody recorded meanwhile: then none does.
    """
    there = store.branches(place)
    graph = git.graph(place.repository, there.tips.values())
    renamed = _rewritten(place, graph, {attempt.id for attempt in gone})
    said = store.comments(place.repository)
    _move_comments(place, {old: new for old, new in renamed.items() if old in said}, said)
    lines = []
    for branch, tip in there.tips.items():
        if (new := renamed[tip]) != tip:
            lines.append(f"{'update' if new else 'delete'} {place.ref(branch)} {new} {tip}\n")
    lines.append(f"delete {_ASIDE}\n" if any(git.refs(place.repository, _ASIDE)) else "")
    given = "".join(lines).replace("  ", " ").encode("utf-8", "surrogateescape")
    git.run(place.repository, "update-ref", "--stdin", given=given)


def _rewritten(place: Store, graph: _Graph, gone: set[str]) -> Mapping[str, str]:
    """Each commit, with the one that takes its place; nothing if none does."""
    known = _facts(place, [commit for commit, _, _ in graph])
    commits: list[Commit] = []
    marks: dict[str, str] = {}
    for commit, seconds, parents in graph:
        now = tuple(dict.fromkeys(marks[parent] for parent in parents if marks[parent]))
        if commit in gone or (len(parents) > 1 and len(now) < 2):
            marks[commit] = now[0] if now else ""
        elif now == parents:
            marks[commit] = commit
        else:
            commits.append(_again(place, known[commit], seconds, now))
            marks[commit] = f":{len(commits)}"
    written = stream.write(place.repository, commits) if commits else []
    ids = {f":{number}": id_ for number, id_ in enumerate(written, start=1)}
    return {commit: ids.get(mark, mark) for commit, mark in marks.items()}


def _facts(place: Store, commits: list[str]) -> dict[str, tuple[AttemptDetails, str]]:
    """What is known of each attempt, with its id among those that it had, and the id of its tree."""
    read = git.read(place.repository, (f"{commit}:{content.FACTS}" for commit in commits))
    trees = git.ids(place.repository, (f"{commit}^{{tree}}" for commit in commits))
    found = {}
    for commit, data, tree in zip(commits, read, trees):
        facts = text.facts_of(data or b"")
        found[commit] = replace(facts, formerly=(*facts.formerly, commit)), tree
    return found


def _again(
    place: Store, known: tuple[AttemptDetails, str], seconds: int, parents: tuple[str, ...]
) -> Commit:
    """The same attempt after another one."""
    facts, tree = known
    files = {content.FACTS: text.of_facts(facts)}
    author = git.identity(place.repository)
    message = facts.why or place.notebook
    return Commit(_ASIDE, message, author, seconds, parents, files, tree=tree)


def _move_comments(
    place: Store, renamed: Mapping[str, str], said: Mapping[str, tuple[AttemptComment, ...]]
) -> None:
    """What was said of an attempt is said of the one that takes its place."""
    new = {now: said[old] for old, now in renamed.items() if now and now != old}
    if new:
        store.insisting(lambda: store.add_comments(place.repository, new))
