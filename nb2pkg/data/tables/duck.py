"""Counting with duckdb: for tables of any size, each file read once for each question."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb2pkg.data.tables import relations, sql
from nb2pkg.data.tables.connection import FETCHED, MEMORY, opened, out_of_memory
from nb2pkg.data.tables.kinds import ABSENT, Kind
from nb2pkg.data.tables.model import Cell, Row
from nb2pkg.data.tables.side import AFTER, BEFORE, Key, Pattern, Rows, Sides, decoded

if TYPE_CHECKING:
    import duckdb


@contextmanager
def engine(sides: Sides, copies: bool = False, memory: str = MEMORY) -> Iterator[Duck]:
    """The engine for two tables. copies: of text that duckdb does not read by itself."""
    with tempfile.TemporaryDirectory(prefix="nb2pkg-data-") as folder, opened(memory) as database:
        places = list(zip(*sides.columns))
        sources = [
            relations.source(sides.table(side), places[side], Path(folder), copies)
            for side in (BEFORE, AFTER)
        ]
        one, other = sources
        typed = relations.typed(sides) if relations.have_same_types(sides) else (one, other)
        yield Duck(sides, database, (one, other), typed)


@dataclass(frozen=True, slots=True)
class Duck:
    """An engine that has duckdb read both files.

    sources: each as SQL, as source() makes it; typed: the same, where duckdb need not make texts of the
    cells to compare them. counts: what was counted already.
    """

    sides: Sides
    database: duckdb.DuckDBPyConnection
    sources: tuple[str, str]
    typed: tuple[str, str]
    counts: list[int] = field(default_factory=list)

    def kinds(self, side: int, index: int) -> frozenset[int]:
        kind = sql.kind(f"c{index}", self.sides.column(side, index).declared)
        found = self._one(f"select bit_or(1 << {kind}) from {self.sources[side]}")[0] or 0
        return frozenset(kind for kind in Kind if found >> kind & 1)

    def paired(self, key: Key, tolerance: float) -> Rows | None:
        rows = Rows(Counter(), Counter(), Counter())
        sizes = [0, 0]
        for number, before, after, pattern in self._paired(key, tolerance):
            sizes = [max(sizes[0], before or 0), max(sizes[1], after or 0)]
            rows.part(pattern)[pattern] += number
        paired, removed, added = (
            sum(part.values()) for part in (rows.pairs, rows.removed, rows.added)
        )
        is_unique = [paired + removed, paired + added] == sizes
        return rows if is_unique and not _lacks_key(rows, key) else None

    def _paired(self, key: Key, tolerance: float) -> Iterator[tuple[int, int, int, Pattern]]:
        """How many pairs have a pattern, the highest numbers of their rows, and the pattern.

        Most pairs are the same, so those that differ are listed first: a group for each pair takes longer. Where they are
        many, the list takes too much memory.
        """
        codes = f"[{', '.join(self._codes(tolerance))}]::smallint[]"
        joined = self._joined(key, self.typed)
        try:
            yield from self._listed(codes, joined)
        except out_of_memory():
            query = f"select count(*), max(a.n), max(b.n), {codes} as p from {joined} group by p"
            yield from ((n, a, b, tuple(pattern)) for n, a, b, pattern in self._each(query))

    def _listed(self, codes: str, joined: str) -> list[tuple[int, int, int, Pattern]]:
        same = " and ".join(f"a.c{n} is not distinct from b.c{n}" for n in self._indices)
        differs = f"(a.n is null or b.n is null or not ({same}))"
        self.database.execute(
            "create or replace table found as select count(*) as pairs, max(a.n) as before, "
            f"max(b.n) as after, list(case when {differs} then {codes} end) filter ({differs}) "
            f"as patterns from {joined}"
        )
        pairs, before, after = self._one("select pairs, before, after from found")
        query = "select count(*), p from (select unnest(patterns) as p from found) group by p"
        differing = list(self._each(query))
        same_rows = pairs - sum(number for number, _ in differing)
        unchanged = (same_rows, before, after, (0,) * len(self._indices))
        return [unchanged, *((number, 0, 0, tuple(pattern)) for number, pattern in differing)]

    def counted(self, numbers: frozenset[int]) -> tuple[int, Rows]:
        unchanged, left = self._left(numbers)
        found = [
            Counter({tuple(pattern): number for number, *pattern in self._each(query)})
            for query in (self._patterns(side, left[side]) for side in (AFTER, BEFORE))
        ]
        return unchanged, Rows(Counter(), *found)

    def left(self, numbers: frozenset[int]) -> tuple[int, Iterator[Row], Iterator[Row]]:
        unchanged, left = self._left(numbers)
        texts = [f"c{n}" for n in self._indices if n not in numbers]
        for index in sorted(numbers):
            texts += [f"{sql.number(f'c{index}')}", f"if({sql.is_long(f'c{index}')}, c{index}, '')"]
        ordered = ", ".join(f"{text} nulls first" for text in texts)
        cells = ", ".join(f"c{n}" for n in self._indices)
        queries = (f"select {cells} from {table} order by {ordered}" for table in left)
        removed, added = (self._each(query) for query in queries)
        return unchanged, removed, added

    def cells(
        self, key: Key, tolerance: float, numbers: frozenset[int], most: int
    ) -> tuple[Cell, ...]:
        codes = [f"{code} as d{n}" for n, code in enumerate(self._codes(tolerance))]
        texts = [f"a.c{n} as a{n}, b.c{n} as b{n}" for n in self._indices]
        keys = [f"a.c{n} as k{n}" for n in key.columns]
        tests = [f"d{n} between 1 and {256 if n in numbers else 999}" for n in self._indices]
        query = (
            f"select * from (select {', '.join([*keys, *codes, *texts])} from {self._joined(key, self.sources)} "
            f"where a.n is not null and b.n is not null) where {' or '.join(tests)} "
            f"order by {', '.join(f'k{n}' for n in key.columns)} limit {most}"
        )
        found: list[Cell] = []
        for row in self._each(query):
            named = row[: len(keys)]
            pattern, pairs = row[len(keys) :][: len(codes)], row[len(keys) + len(codes) :]
            for index, code in enumerate(pattern):
                if code and not (code > 256 and index in numbers):
                    cell = (self.sides.names[index], pairs[2 * index], pairs[2 * index + 1])
                    found.append(Cell(named, *cell))
        return tuple(found[:most])

    def alone(self, key: Key, side: int, most: int) -> tuple[Row, ...]:
        own, other = ("a", "b") if side == BEFORE else ("b", "a")
        cells = ", ".join(f"{own}.c{n}" for n in self._indices)
        ordered = ", ".join(f"{own}.c{n} nulls first" for n in self._indices)
        query = (
            f"select {cells} from {self._joined(key, self.sources)} where {other}.n is null "
            f"order by {ordered} limit {most}"
        )
        return tuple(self._each(query))

    # ------------------------------------------------------------------------------- by a key

    @property
    def _indices(self) -> range:
        return range(len(self.sides.columns))

    def _joined(self, key: Key, sources: tuple[str, str]) -> str:
        """All rows of both, with their numbers from 1 in n: pairs, and rows of one side."""
        one, other = (f"(select *, row_number() over () as n from {s})" for s in sources)
        named = sql.key if key.is_rewritten else str
        equal = " and ".join(f"{named(f'a.c{n}')} = {named(f'b.c{n}')}" for n in key.columns)
        return f"{one} a full outer join {other} b on {equal}"

    def _codes(self, tolerance: float) -> Iterator[str]:
        for index in self._indices:
            declared = [self.sides.column(side, index).declared for side in (BEFORE, AFTER)]
            yield sql.code(f"a.c{index}", f"b.c{index}", declared, tolerance)

    # --------------------------------------------------------------------------- without a key

    def _left(self, numbers: frozenset[int]) -> tuple[int, tuple[str, str]]:
        """How many rows are on both sides, and the tables with those that are not.

        Rows that are the same as texts are the same as numbers: only the others are looked at again.
        """
        if not self.counts:
            self.counts.append(self._reduced(self.sources, ("left0", "left1"), frozenset()))
        if not numbers:
            return self.counts[0], ("left0", "left1")
        more = self._reduced(("left0", "left1"), ("near0", "near1"), numbers)
        return self.counts[0] + more, ("near0", "near1")

    def _reduced(
        self, sources: tuple[str, str], targets: tuple[str, str], numbers: frozenset[int]
    ) -> int:
        """Count rows by digests of 128 bits. Those that one side has more often go to its table."""
        parts = [sql.canonical(f"c{n}") if n in numbers else f"c{n}" for n in self._indices]
        digests = f"hash({', '.join(parts)}) as g, hash('nb2pkg', {', '.join(parts)}) as h"
        both = (f"select {digests}, {side} as side from {s}" for side, s in enumerate(sources))
        self.database.execute(
            "create or replace table counts as select g, h, count(*) filter (side = 0) as a, "
            f"count(*) filter (side = 1) as b from ({' union all '.join(both)}) group by g, h"
        )
        found = self._one("select coalesce(sum(least(a, b)), 0)::bigint from counts")
        self.database.execute(
            "create or replace table rest as select g, h, a, b from counts where a <> b"
        )
        self.database.execute("drop table counts")
        cells = ", ".join(f"c{n}" for n in self._indices)
        for source, target, (own, other) in zip(sources, targets, (("a", "b"), ("b", "a"))):
            hashed = f"(select *, {digests} from {source})"
            some = f"(select g, h, {own} - {other} as n from rest where {other} > 0 and {own} > {other})"
            self.database.execute(
                f"create or replace table {target} as select {cells} from {hashed} semi join "
                f"(select g, h from rest where {other} = 0) using (g, h) union all select {cells} from "
                f"(select *, row_number() over (partition by g, h) as k from {hashed} join {some} "
                "using (g, h)) where k <= n"
            )
        return int(found[0])

    def _patterns(self, side: int, table: str) -> str:
        codes = []
        for index in self._indices:
            kind = sql.kind(f"c{index}", self.sides.column(side, index).declared)
            pair = (kind, str(ABSENT)) if side == BEFORE else (str(ABSENT), kind)
            codes.append(f"1 + {pair[0]} + 16 * {pair[1]}")
        return f"select count(*), {', '.join(codes)} from {table} group by all"

    # -------------------------------------------------------------------------------- queries

    def _one(self, query: str) -> tuple[Any, ...]:
        found: tuple[Any, ...] | None = self.database.execute(query).fetchone()
        assert found is not None
        return found

    def _each(self, query: str) -> Iterator[tuple[Any, ...]]:
        cursor = self.database.cursor()
        cursor.execute(query)
        while rows := cursor.fetchmany(FETCHED):
            yield from rows


def _lacks_key(rows: Rows, key: Key) -> bool:
    """Whether a row has no value in a column of the key: such rows are never paired."""
    for pattern in (*rows.added, *rows.removed):
        codes = (decoded(pattern[index]) for index in key.columns)
        if any(code and Kind.MISSING in (code.before, code.after) for code in codes):
            return True
    return False
