"""An order that gives every cell its names, by what the cells read, make and change alone.

Cells are taken one by one: of those that find their names, the first of the document. A cell that
would overwrite a name waits while others still read the value that is there. Where the document breaks
many of its own dependencies, its order says little. Then what sets up (imports, settings) comes first,
definitions next, and what changes an object before what only reads it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nb2pkg.order.model import Order, Summary
from nb2pkg.order.summaries import originators

_TRUST = 0.7  # how well a document must keep its dependencies to be believed in the rest


@dataclass(frozen=True, slots=True)
class _Whole:
    """What holds of the notebook as a whole. wanted: (reader, name) to the cell that makes it."""

    wanted: Mapping[tuple[int, str], int]
    needs: Mapping[int, frozenset[int]]
    trusted: bool


class _State:
    """What is left, and what those that are left still ask for.

    bound are the names that are there. held counts for each name the cells that are to read the
    value that is there; makeable counts for each key the cells that can make it, changers are the
    cells that change a name.
    """

    def __init__(self, found: Sequence[Summary], whole: _Whole) -> None:
        self.whole = whole
        self.left = {summary.index: summary for summary in found}
        self.bound: set[str] = set()
        self.held: Counter[str] = Counter()
        self.makeable = Counter(key for summary in found for key in summary.makes_keys)
        self.changers: dict[str, set[int]] = {}
        self.readers: dict[int, list[tuple[int, str]]] = {}
        for summary in found:
            for name in summary.changes:
                self.changers.setdefault(name, set()).add(summary.index)
        for (reader, name), maker in whole.wanted.items():
            self.readers.setdefault(maker, []).append((reader, name))

    def take(self, summary: Summary) -> None:
        """The cell runs next."""
        del self.left[summary.index]
        for name in summary.reads:
            self.held[name] -= self.is_held_for(summary, name)
        for reader, name in self.readers.get(summary.index, ()):
            self.held[name] += reader in self.left
        for name in summary.changes:
            self.changers[name].discard(summary.index)
        self.makeable.subtract(summary.makes_keys)
        self.bound |= summary.binds
        self.bound -= summary.deletes

    def is_held_for(self, summary: Summary, name: str) -> bool:
        """Has the cell been taken whose value of the name this one is to read?"""
        maker = self.whole.wanted.get((summary.index, name))
        return maker is not None and maker not in self.left


def arranged(found: Sequence[Summary]) -> Order:
    """Indexes of the cells in an order in which each finds its names, if there is one."""
    whole = _Whole(wanted(found), _needs(found, originators(found)), is_trusted(found))
    state = _State(found, whole)
    order: list[int] = []
    while state.left:
        summary = min(state.left.values(), key=lambda summary: _rank(summary, state))
        state.take(summary)
        order.append(summary.index)
    return tuple(order)


def wanted(found: Sequence[Summary]) -> Mapping[tuple[int, str], int]:
    """For each reader and name the cell whose value it is to get, as far as one can tell."""
    return dict(_wanted(found, originators(found), is_trusted(found)))


def kept(order: Order, found: Sequence[Summary], wanted: Mapping[tuple[int, str], int]) -> int:
    """How many readers get what they are to get, in this order: the value of that cell, or the part.

    A part, as a column of a table, is there when a cell that makes it stands above.
    """
    by_index = {summary.index: summary for summary in found}
    made: dict[str, int] = {}
    keys: set[str] = set()
    count = 0
    for index in order:
        summary = by_index[index]
        count += sum(made.get(name) == wanted.get((index, name), -1) for name in summary.reads)
        count += len(summary.reads_keys & keys)
        keys |= summary.makes_keys
        made |= {name: index for name in summary.binds if summary.originates(name)}
    return count


def is_trusted(found: Sequence[Summary]) -> bool:
    """Is the order of the document believed where nothing else speaks?"""
    return trust(found) >= _TRUST


def trust(found: Sequence[Summary]) -> float:
    """How well document order keeps the dependencies on names with one maker.

    Of each maker the share of its readers that stand below it; the mean of all makers.
    """
    makers = originators(found)
    below: dict[int, dict[int, bool]] = {}
    for summary in found:
        for name in summary.reads:
            made = makers.get(name, ())
            if len(made) == 1 and made[0] != summary.index:
                below.setdefault(made[0], {})[summary.index] = made[0] < summary.index
    shares = [sum(readers.values()) / len(readers) for readers in below.values()]
    return sum(shares) / len(shares) if shares else 1.0


def _rank(summary: Summary, state: _State) -> tuple[int | bool, ...]:
    """The smallest is taken next."""
    trusted = state.whole.trusted
    return (
        sum(1 for _ in _lacking(summary, state)),
        any(state.makeable[key] > (key in summary.makes_keys) for key in summary.reads_keys),
        _overwrites(summary, state),
        0 if trusted else summary.role.value,
        not trusted and _waits_for_changes(summary, state),
        summary.index,
    )


def _lacking(summary: Summary, state: _State) -> Iterator[str]:
    """Names that the cell reads and that are not there, or have another cell's value."""
    for name, read in summary.reads.items():
        maker = state.whole.wanted.get((summary.index, name))
        if maker is None or (not read.sure and summary.originates(name)):
            continue
        if name not in state.bound or maker in state.left:
            yield name


def _overwrites(summary: Summary, state: _State) -> bool:
    """Would others lose the value that they are to read?"""
    lost = {name for name in summary.binds if summary.originates(name)} | summary.deletes
    return any(state.held[name] > state.is_held_for(summary, name) for name in lost)


def _waits_for_changes(summary: Summary, state: _State) -> bool:
    """Does another cell change something that this one only reads, without needing this one?"""
    return any(
        other != summary.index and summary.index not in state.whole.needs[other]
        for name in summary.reads.keys() - summary.changes
        for other in state.changers.get(name, ())
    )


def _wanted(
    found: Sequence[Summary], makers: Mapping[str, tuple[int, ...]], trusted: bool
) -> Iterator[tuple[tuple[int, str], int]]:
    """For a name that several cells make: whose value is each reader to get?"""
    by_index = {summary.index: summary for summary in found}
    for summary in found:
        for name in summary.reads:
            made = [index for index in makers.get(name, ()) if index != summary.index]
            if not made:
                continue
            choose = _nearest if trusted else _kindred
            yield (summary.index, name), choose(summary, made, by_index)


def _nearest(summary: Summary, made: Sequence[int], _: Mapping[int, Summary]) -> int:
    above = [index for index in made if index < summary.index]
    return above[-1] if above else made[0]


def _kindred(summary: Summary, made: Sequence[int], by_index: Mapping[int, Summary]) -> int:
    """The cell that makes most of what is read, and else has most words in common."""
    words = _words(summary.cell.source)

    def kinship(index: int) -> tuple[int, float, int]:
        other = by_index[index]
        said = _words(other.cell.source)
        return (
            len(other.binds & summary.reads.keys()),
            len(words & said) / max(len(words | said), 1),
            -index,
        )

    return max(made, key=kinship)


def _words(source: str) -> set[str]:
    return set(re.findall(r"\w{2,}", source))


def _needs(
    found: Sequence[Summary], makers: Mapping[str, tuple[int, ...]]
) -> Mapping[int, frozenset[int]]:
    """For each cell, those that it cannot do without: all that alone make what it reads, and so on."""
    direct = {
        summary.index: {
            makers[name][0]
            for name in summary.reads
            if len(makers.get(name, ())) == 1 and makers[name][0] != summary.index
        }
        for summary in found
    }
    return {index: frozenset(_reachable(index, direct)) for index in direct}


def _reachable(start: int, edges: Mapping[int, set[int]]) -> set[int]:
    seen: set[int] = set()
    waiting = list(edges[start])
    while waiting:
        at = waiting.pop()
        if at not in seen:
            seen.add(at)
            waiting.extend(edges.get(at, ()))
    return seen
