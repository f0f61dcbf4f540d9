"""Which cell of a notebook is which cell of the same notebook as it was: the one matcher of cells.

    then   a: import pandas     b: df = read("x.csv")    c: df.head()
    now    # Orders             import pandas            df = read("y.csv")     df.head()
                                a                        b, changed             c

Ids decide where both sides have ids of their own. Then the same text is the same cell, and of several
with that text the one with the same neighbours. What is left was changed: it is the cell that stood
between the same neighbours and has words in common, or one elsewhere that has most of its words in common.
Position alone says nothing.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nb2pkg.graph import fingerprint

_WORD = re.compile(r"\w+")
_WORDS = 24  # of a cell that are remembered: all of most cells, a sample of the others
_DIGITS = 4
_SOME = 0.25  # of the words in common, for a changed cell between its neighbours
_MOST = 0.6  # for one that was moved and changed
_BESIDE = 0.25  # so much more says the same neighbour


@dataclass(frozen=True, slots=True)
class Traits:
    """What a cell is recognized by. own: the id in its file; empty if it has none, or not alone.

    words: digests of words; None if they are not known.
    """

    id: str
    own: str
    kind: str
    digest: str
    words: frozenset[str] | None

    @property
    def content(self) -> tuple[str, str]:
        """Cells of the same content are the same but for their place."""
        return self.kind, self.digest


def traits(id_: str, own: str, kind: str, source: str) -> Traits:
    """Those of a cell with this source."""
    return Traits(id_, own, kind, fingerprint.of_source(source), parsed_words(words(source)))


def words(source: str) -> str:
    """Digests of the words in a cell, in one text; the smallest ones if it has many.

    The smallest of two texts' digests are a fair sample of their words, and of those in common.
    """
    found = {_short(word) for word in _WORD.findall(source)}
    return "".join(sorted(found)[:_WORDS])


def _short(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def parsed_words(text: str) -> frozenset[str]:
    """The digests in such a text."""
    return frozenset(text[start : start + _DIGITS] for start in range(0, len(text), _DIGITS))


def settled_ids(then: Sequence[Traits], now: Sequence[Traits]) -> tuple[str, ...]:
    """For each cell of now the id of the cell that it was; a new one for a cell that is new."""
    matched = match(then, now)
    used = {cell.id for cell in then}
    found = []
    for index, cell in enumerate(now):
        name = then[matched[index]].id if index in matched else (cell.own or _made_up(cell))
        while index not in matched and name in used:
            name += "-"
        used.add(name)
        found.append(name)
    return tuple(found)


def _made_up(cell: Traits) -> str:
    """Of the content: two branches with a new cell each do not give both the same id."""
    return f"cell-{cell.digest[:8]}"


def match(then: Sequence[Traits], now: Sequence[Traits]) -> Mapping[int, int]:
    """Indexes of cells now to those of the cells that they were; new ones are left out."""
    run = _Matching(then, now)
    run.by_own_ids()
    run.by_order()
    run.by_content()
    run.by_words()
    return run.found


class _Matching:
    """Finds one cell after the other; what was found first stays."""

    def __init__(self, then: Sequence[Traits], now: Sequence[Traits]) -> None:
        self.then = then
        self.now = now
        self.found: dict[int, int] = {}
        self._back: dict[int, int] = {}
        self._keeps_ids = False  # from one time to the other, for some cells at least

    def by_own_ids(self) -> None:
        known = {cell.own: index for index, cell in enumerate(self.then) if cell.own}
        for index, cell in enumerate(self.now):
            if cell.own in known:
                self._take(known[cell.own], index)
        self._keeps_ids = bool(self.found)

    def by_order(self) -> None:
        """Runs of cells that stand in the same order on both sides, the longest first."""
        keys = (
            [i if i in self._back else cell.content for i, cell in enumerate(self.then)],
            [self.found.get(i, cell.content) for i, cell in enumerate(self.now)],
        )
        matcher = difflib.SequenceMatcher(None, *keys, autojunk=False)
        for first, start, size in matcher.get_matching_blocks():
            for offset in range(size):
                if start + offset not in self.found:
                    self._take(first + offset, start + offset)

    def by_content(self) -> None:
        """The same content at another place: those first that have the same neighbours."""
        there: dict[tuple[str, str], list[int]] = defaultdict(list)
        for index in self._left(self.then, self._back):
            there[self.then[index].content].append(index)
        here = self._left(self.now, self.found)
        pairs = [(old, new) for new in here for old in there[self.now[new].content]]
        self._take_best({pair: float(self._neighbours(*pair)) for pair in pairs})

    def by_words(self) -> None:
        """Changed cells, those first that have most in common."""
        here = list(self._left(self.now, self.found))
        pairs = [(old, new) for old in self._left(self.then, self._back) for new in here]
        self._take_best({pair: grade for pair in pairs if (grade := self._grade(*pair))})

    def _grade(self, old: int, new: int) -> float:
        """How much speaks for it that one became the other; 0 if too little does."""
        before, after = self.then[old], self.now[new]
        if before.kind != after.kind or (self._keeps_ids and before.own and after.own):
            return 0.0
        shared = _in_common(before.words, after.words)
        if shared >= _SOME and self._neighbours(old, new):
            return shared + _BESIDE
        return shared if shared >= _MOST else 0.0

    def _neighbours(self, old: int, new: int) -> int:
        """On how many sides the nearest cell that is known is the same."""
        return sum(
            self._nearest(old, step, self._back, len(self.then))
            == self._found_at(self._nearest(new, step, self.found, len(self.now)))
            for step in (-1, 1)
        )

    def _nearest(self, index: int, step: int, known: Mapping[int, int], count: int) -> int:
        """The next cell that is known, that way; -1 or -2 at the ends."""
        index += step
        while 0 <= index < count and index not in known:
            index += step
        return index if 0 <= index < count else (-1 if step < 0 else -2)

    def _found_at(self, new: int) -> int:
        return self.found[new] if new >= 0 else new

    def _take_best(self, grades: Mapping[tuple[int, int], float]) -> None:
        for old, new in sorted(grades, key=lambda pair: (-grades[pair], pair)):
            if old not in self._back and new not in self.found:
                self._take(old, new)

    def _take(self, old: int, new: int) -> None:
        self.found[new] = old
        self._back[old] = new

    def _left(self, cells: Sequence[Traits], known: Mapping[int, int]) -> Iterator[int]:
        return (index for index in range(len(cells)) if index not in known)


def _in_common(one: frozenset[str] | None, other: frozenset[str] | None) -> float:
    """The part of the words of two cells that both have; just enough where that is not known."""
    if one is None or other is None:
        return _SOME
    shared = one & other
    size = min(_WORDS, len(one) + len(other) - len(shared))
    if len(shared) < _SOME * size or not shared:
        return 0.0  # whatever the sample is
    return len(shared.intersection(sorted(one | other)[:_WORDS])) / size
