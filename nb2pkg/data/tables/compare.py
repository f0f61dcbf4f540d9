"""From two tables to their difference: the same for either engine, which only counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from nb2pkg.data.tables import connection, duck, key
from nb2pkg.data.tables.kinds import ABSENT, NUMBERS, Kind, are_numbers, kind, label
from nb2pkg.data.tables.matched import Matched
from nb2pkg.data.tables.model import Examples, Retyped, Row, Table, TableDifference
from nb2pkg.data.tables.plain import Plain
from nb2pkg.data.tables.side import (
    AFTER,
    BEFORE,
    Code,
    Engine,
    Key,
    Pattern,
    Rows,
    Sides,
    decoded,
    of_absent,
    sides,
)
from nb2pkg.errors import Nb2pkgError

_SMALL = 5_000_000  # bytes of both files, up to which starting duckdb does not pay
_SHOWN = 20  # rows or cells of each kind
_SAMPLED = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """How tables are compared. engine: "plain" or "duck"; by default whichever fits."""

    key: tuple[str, ...] = ()
    tolerance: float = 0.0
    shows_values: bool = False
    engine: str = ""


def difference(before: Table, after: Table, wish: Wish) -> TableDifference:
    """What differs between two tables.

    Raises:
        Nb2pkgError: One of them cannot be read, or the key does not name one row at most.
    """
    pair = sides(before, after)
    if not pair.columns:
        return _without_shared(before, after)
    if wish.engine == "plain" or (not wish.engine and not _is_for_duckdb(pair)):
        return Comparison(pair, Plain(pair), wish).difference()
    try:
        with duck.engine(pair) as engine:
            return Comparison(pair, engine, wish).difference()
    except connection.errors() as error:
        memory, copies = connection.again(error)
    try:
        with duck.engine(pair, copies, memory) as engine:
            return Comparison(pair, engine, wish).difference()
    except connection.errors() as error:
        reason = str(error).splitlines()[0]
        raise Nb2pkgError(
            f"duckdb cannot compare {before.path} and {after.path}: {reason}"
        ) from None


def _is_for_duckdb(pair: Sides) -> bool:
    sizes = sum(table.path.stat().st_size for table in (pair.before, pair.after))
    return connection.is_there() and sizes > _SMALL


def _without_shared(before: Table, after: Table) -> TableDifference:
    added, removed = (sum(1 for _ in table.rows(None)) for table in (after, before))
    return TableDifference(
        after.name,
        added,
        removed,
        0,
        columns_added=after.names(),
        columns_removed=before.names(),
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tables, the engine that reads them, and what is asked. known: kinds of whole columns."""

    sides: Sides
    engine: Engine
    wish: Wish
    known: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)

    def difference(self) -> TableDifference:
        paired = self._paired()
        if paired is not None:
            key_, rows = paired
            numbers = self._numbers(rows, lambda code: code.is_close)
            return self._summed(0, rows, numbers, key_)
        unchanged, rows, numbers = self._counted()
        return self._summed(unchanged, rows, numbers, None)

    # ------------------------------------------------------------------------------- counting

    def _paired(self) -> tuple[Key, Rows] | None:
        """Rows by the key that is given, or by the first that is found."""
        if self.wish.key:
            given = key.named(self.sides, self.wish.key)
            rows = self.engine.paired(given, self.wish.tolerance)
            if rows is None:
                raise Nb2pkgError(
                    f"the key {', '.join(self.wish.key)} does not name one row each",
                    "A value of it is missing, or occurs twice. Name more columns, or no key: rows are "
                    "counted without one.",
                )
            return given, rows
        for found in key.candidates(self.sides):
            rows = self.engine.paired(found, self.wish.tolerance)
            if rows is not None and key.is_useful(rows):
                return found, rows
        return None

    def _counted(self) -> tuple[int, Rows, frozenset[int]]:
        """Rows as often as they occur; numbers are compared as such where that makes a difference."""
        unchanged, rows = self.engine.counted(frozenset())
        asked = (
            self._asked(rows, self._may_be_equal) if rows.added and rows.removed else frozenset()
        )
        if not asked:
            return unchanged, rows, frozenset()
        if not self.wish.tolerance and self.engine.counted(asked)[0] == unchanged:
            return unchanged, rows, frozenset()  # so whole columns need not be looked at
        numbers = self._numbers(rows, self._may_be_equal)
        count = self._near if self.wish.tolerance else self.engine.counted
        return (*count(numbers), numbers) if numbers else (unchanged, rows, numbers)

    def _may_be_equal(self, code: Code) -> bool:
        """Whether such a cell can be the same number as another that is written otherwise."""
        kinds = {code.before, code.after} - {ABSENT}
        return kinds <= NUMBERS if self.wish.tolerance else kinds <= {Kind.FLOAT, Kind.NAN}

    def _numbers(self, rows: Rows, matters: Callable[[Code], bool]) -> frozenset[int]:
        """Columns that are numbers in both tables; only those are looked at in which it matters."""
        return frozenset(
            index
            for index in self._asked(rows, matters)
            if all(are_numbers(self._kinds(side, index)) for side in (BEFORE, AFTER))
        )

    def _asked(self, rows: Rows, matters: Callable[[Code], bool]) -> frozenset[int]:
        """Columns in which a cell that differs may matter."""
        return frozenset(
            index
            for pattern in chain(rows.pairs, rows.added, rows.removed)
            for index, number in enumerate(pattern)
            if (code := decoded(number)) and matters(code)
        )

    def _kinds(self, side: int, index: int) -> frozenset[int]:
        declared = self.sides.column(side, index).declared
        if declared is not None:
            return frozenset({declared})
        if (side, index) not in self.known:
            self.known[side, index] = self.engine.kinds(side, index)
        return self.known[side, index]

    def _near(self, numbers: frozenset[int]) -> tuple[int, Rows]:
        unchanged, removed, added = self.engine.left(numbers)
        matched = Matched(numbers, self.wish.tolerance)
        rows = Rows(Counter(), Counter(), Counter())
        for side, row in matched.alone(removed, added):
            target = rows.added if side == AFTER else rows.removed
            target[self._alone(row, side)] += 1
        return unchanged + matched.count, rows

    def _alone(self, row: Row, side: int) -> Pattern:
        cells = enumerate(row)
        kinds = [kind(text, self.sides.column(side, index).declared) for index, text in cells]
        return of_absent(kinds, side)

    # -------------------------------------------------------------------------------- summing

    def _summed(
        self, unchanged: int, rows: Rows, numbers: frozenset[int], key_: Key | None
    ) -> TableDifference:
        names = self.sides.names
        cells = Counter[int]()
        changed = 0
        for pattern, number in rows.pairs.items():
            differing = list(_differing(pattern, numbers))
            cells.update(dict.fromkeys(differing, number))
            changed += number if differing else 0
        has_nan = self._numbers(rows, lambda code: Kind.NAN in (code.before, code.after))
        missing = _missing(rows, numbers, has_nan)
        before, after = self.sides.before.names(), self.sides.after.names()
        return TableDifference(
            name=self.sides.after.name,
            added=sum(rows.added.values()),
            removed=sum(rows.removed.values()),
            unchanged=unchanged + sum(rows.pairs.values()) - changed,
            changed=changed,
            key=tuple(names[index] for index in key_.columns) if key_ else (),
            columns_added=tuple(name for name in after if name not in before),
            columns_removed=tuple(name for name in before if name not in after),
            retyped=tuple(self._retyped(rows, numbers)),
            cells={names[index]: cells[index] for index in sorted(cells)},
            missing={names[index]: missing[index] for index in sorted(missing) if missing[index]},
            examples=self._examples(numbers, key_) if self.wish.shows_values else None,
        )

    def _retyped(self, rows: Rows, numbers: frozenset[int]) -> Iterator[Retyped]:
        for index, name in enumerate(self.sides.names):
            if index in numbers or not self._have_same_kinds(rows, index):
                labels = [label(self._kinds(side, index)) for side in (BEFORE, AFTER)]
                if all(labels) and labels[0] != labels[1]:
                    yield Retyped(name, *labels)

    def _have_same_kinds(self, rows: Rows, index: int) -> bool:
        """Whether cells that differ are of kinds that the other table has as well.

        Cells that are the same are of the same kind, so the whole columns need not be read then.
        """
        if any(self.sides.column(side, index).declared is not None for side in (BEFORE, AFTER)):
            return False
        before, after = set[int](), set[int]()
        for pattern in chain(rows.pairs, rows.added, rows.removed):
            if code := decoded(pattern[index]):
                before.add(code.before)
                after.add(code.after)
        ignored = {ABSENT, int(Kind.MISSING)}
        before, after = before - ignored, after - ignored
        if before == after:
            return True
        return before <= after | self._sampled(AFTER, index) and after <= before | self._sampled(
            BEFORE, index
        )

    def _sampled(self, side: int, index: int) -> set[int]:
        """Kinds of the first cells."""
        return {kind(row[index]) for row in self.sides.rows(side, _SAMPLED)}

    def _examples(self, numbers: frozenset[int], key_: Key | None) -> Examples:
        names = self.sides.names
        if key_:
            added, removed = (self.engine.alone(key_, side, _SHOWN) for side in (AFTER, BEFORE))
            cells = self.engine.cells(key_, self.wish.tolerance, numbers, _SHOWN)
            return Examples(names, added, removed, cells)
        _, left, new = self.engine.left(numbers)
        found: tuple[list[Row], list[Row]] = ([], [])
        matched = Matched(numbers, self.wish.tolerance)
        for side, row in matched.alone(left, new):
            if len(found[side]) < _SHOWN:
                found[side].append(row)
            if min(map(len, found)) == _SHOWN:
                break
        return Examples(names, tuple(found[AFTER]), tuple(found[BEFORE]))


def _differing(pattern: Pattern, numbers: frozenset[int]) -> Iterator[int]:
    for index, number in enumerate(pattern):
        code = decoded(number)
        if code is not None and not (code.is_close and index in numbers):
            yield index


def _missing(rows: Rows, numbers: frozenset[int], has_nan: frozenset[int]) -> Counter[int]:
    """By column, how many more cells are missing than before; in columns of numbers NaN is missing."""
    found = Counter[int]()
    for part in (rows.pairs, rows.added, rows.removed):
        for pattern, number in part.items():
            for index in _differing(pattern, numbers):
                code = decoded(pattern[index])
                assert code is not None
                empty = {Kind.MISSING, Kind.NAN} if index in has_nan else {Kind.MISSING}
                found[index] += number * ((code.after in empty) - (code.before in empty))
    return found
