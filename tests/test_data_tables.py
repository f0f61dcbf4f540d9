"""What differs between two tables: pairs whose truth is known by construction, for both engines."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import math
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nb2pkg.data.tables import compare
from nb2pkg.data.tables.compare import Wish
from nb2pkg.data.tables.model import Retyped, TableDifference
from nb2pkg.data.tables.opening import tables
from nb2pkg.errors import Nb2pkgError

ENGINES = ("plain", "duck")
ROOT = Path(__file__).resolve().parents[1]


def both(before: Path, after: Path, **wish: Any) -> TableDifference:
    """The difference, which is the same by either engine."""
    pair = [tables(path, path.name) for path in (before, after)]
    assert pair[0]
    assert pair[1]
    found = [
        compare.difference(pair[0][0], pair[1][0], Wish(engine=engine, **wish))
        for engine in ENGINES
    ]
    assert found[0] == found[1]
    return found[0]


def rows(found: TableDifference) -> tuple[int, int, int, int]:
    return found.added, found.removed, found.changed, found.unchanged


# ------------------------------------------------------------------------------ generated pairs

Value = Any
WORDS = (
    "a",
    "b",
    "é",
    "日本",
    "x,y",
    'say "hi"',
    "two\nlines",
    "cr\r\nlf",
    " pad ",
    "007",
    "1.0",
    "NaN",
)


@dataclass
class Pair:
    """Two tables as they are written, and what is true of them."""

    names: list[str]
    kinds: list[str]
    before: list[list[Value]] = field(default_factory=list)
    after: list[list[Value]] = field(default_factory=list)
    rows: tuple[int, int, int, int] = (0, 0, 0, 0)
    cells: Counter[str] = field(default_factory=Counter)
    retyped: tuple[Retyped, ...] = ()
    key: tuple[str, ...] = ()

    def missing(self) -> dict[str, int]:
        """By column, how many more are missing: of all, as that is the same for those that differ."""
        counts = [
            Counter(
                name for row in table for name, value in zip(self.names, row) if _is_missing(value)
            )
            for table in (self.before, self.after)
        ]
        return {
            name: counts[1][name] - counts[0][name]
            for name in self.names
            if counts[1][name] != counts[0][name]
        }


def _is_missing(value: Value) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


class Maker:
    """Makes the pair of a seed, for one format: what a format cannot hold is not in it."""

    def __init__(self, seed: int, suffix: str) -> None:
        self.random = random.Random(seed)
        self.suffix = suffix
        self.is_text = suffix in (".csv", ".tsv", ".csv.gz")

    def value(self, kind: str) -> Value:
        draw = self.random
        if draw.random() < 0.15 and kind != "id":
            return None
        if kind == "int":
            return draw.randrange(-5, 50)
        if kind == "big":
            top = 2**50 if self.suffix == ".xlsx" else 2**62
            return draw.choice((1, -1)) * draw.randrange(top - 3, top)
        if kind == "float":
            has_nan = self.suffix not in (".sqlite", ".xlsx")
            odd = (0.1 + 0.2, 1e-300, 2.0, -0.0, 1e20, math.nan if has_nan else 0.25)
            return draw.choice((*odd, round(draw.gauss(0, 10), 3)))
        if kind == "bool":
            return draw.random() < 0.5
        if kind == "date":
            return datetime.date(2024, 1, 1) + datetime.timedelta(draw.randrange(40))
        words = WORDS[:7] if self.suffix == ".xlsx" else WORDS
        return draw.choice(words if self.is_text or self.suffix == ".xlsx" else (*words, ""))

    def other(self, kind: str, value: Value) -> Value:
        """Another value than that one."""
        while True:
            found = self.value(kind)
            if not _equal(found, value):
                return found

    def pair(self) -> Pair:
        kinds = self.random.sample(["int", "float", "text", "bool", "date", "big"], 4)
        if self.random.random() < 0.5:
            return self._with_key(kinds)
        return self._with_duplicates(kinds)

    def _with_duplicates(self, kinds: list[str]) -> Pair:
        """Each distinct row some times before and some times after."""
        made = Pair([f"{kind} col" for kind in kinds], kinds)
        distinct: list[list[Value]] = []
        for _ in range(30):
            row = [self.value(kind) for kind in kinds]
            if not any(all(map(_equal, row, other)) for other in distinct):
                distinct.append(row)
        counts = [(self.random.randrange(4), self.random.randrange(4)) for _ in distinct]
        counts[:2] = [(2, 3), (3, 2)]  # no column is a key
        for row, (before, after) in zip(distinct, counts):
            made.before += [row] * before
            made.after += [row] * after
        made.rows = (
            sum(max(0, after - before) for before, after in counts),
            sum(max(0, before - after) for before, after in counts),
            0,
            sum(min(pair) for pair in counts),
        )
        return made

    def _with_key(self, kinds: list[str]) -> Pair:
        """Rows with a number: some are removed, some added, and cells of some changed."""
        place = self.random.randrange(len(kinds) + 1)
        kinds.insert(place, "id")
        made = Pair([f"{kind} col" for kind in kinds], kinds, key=("id col",))
        ids = self.random.sample(range(1000), 60)
        table = [[i if kind == "id" else self.value(kind) for kind in kinds] for i in ids]
        made.before, kept, new = table[:50], table[7:50], table[50:]
        changed = self.random.sample(range(len(kept)), 9)
        made.after = [list(row) for row in kept]
        columns = [n for n, kind in enumerate(kinds) if kind != "id"]
        for index in changed:
            for column in self.random.sample(columns, self.random.randrange(1, 3)):
                old = kept[index][column]
                made.after[index][column] = self.other(kinds[column], old)
                made.cells[made.names[column]] += 1
        self._retype(made, changed)
        made.after += new
        made.rows = (10, 7, 9, len(kept) - 9)
        return made

    def _retype(self, made: Pair, changed: Sequence[int]) -> None:
        """One whole number of a column gets a fraction."""
        if "int" not in made.kinds or self.random.random() < 0.4:
            return
        column = made.kinds.index("int")
        row = made.after[changed[0]]
        if _equal(row[column], made.before[7 + changed[0]][column]):
            made.cells[made.names[column]] += 1
        row[column] = 0.5
        made.kinds[column] = "float after"
        made.retyped = (Retyped(made.names[column], "int", "float"),)


def _equal(one: Value, other: Value) -> bool:
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and bool(one == other)


def write(
    path: Path, names: Sequence[str], table: Sequence[Sequence[Value]], kinds: list[str]
) -> None:
    """The table in the format that the name says."""
    suffix = path.suffix
    if suffix in (".csv", ".tsv", ".gz"):
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter="\t" if suffix == ".tsv" else ",")
        writer.writerows([names, *table])
        data = text.getvalue().encode()
        path.write_bytes(gzip.compress(data) if suffix == ".gz" else data)
    elif suffix == ".jsonl":
        lines = (json.dumps(dict(zip(names, map(_plain, row)))) for row in table)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    elif suffix == ".sqlite":
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"create table t ({', '.join(map(_quoted, names))})")
            marks = ", ".join("?" for _ in names)
            database.executemany(
                f"insert into t values ({marks})", [[*map(_plain, r)] for r in table]
            )
            database.commit()
    elif suffix == ".parquet":
        _write_parquet(path, names, table, kinds)
    else:
        openpyxl = pytest.importorskip("openpyxl")
        book = openpyxl.Workbook()
        for row in [names, *table]:
            book.active.append(list(row))
        book.save(path)


def _write_parquet(
    path: Path, names: Sequence[str], table: Sequence[Sequence[Value]], kinds: list[str]
) -> None:
    duckdb = pytest.importorskip("duckdb")
    types = {"int": "bigint", "big": "bigint", "id": "integer", "bool": "boolean", "date": "date"}
    types |= {"float": "double", "float after": "double", "text": "varchar"}
    with duckdb.connect() as database:
        columns = (f"{_quoted(name)} {types[kind]}" for name, kind in zip(names, kinds))
        database.execute(f"create table t ({', '.join(columns)})")
        marks = ", ".join("?" for _ in names)
        database.executemany(f"insert into t values ({marks})", [list(row) for row in table])
        database.execute(f"copy t to '{path}' (format parquet)")


def _plain(value: Value) -> Value:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


FORMATS = (".csv", ".csv", ".tsv", ".csv.gz", ".jsonl", ".sqlite", ".parquet", ".xlsx")


@pytest.mark.parametrize("seed", range(50))
def test_the_counts_of_generated_pairs_are_true(seed: int, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    suffix = FORMATS[seed % len(FORMATS)]
    maker = Maker(seed, suffix)
    made = maker.pair()
    before, after = tmp_path / f"before{suffix}", tmp_path / f"after{suffix}"
    old = ["int" if kind == "float after" else kind for kind in made.kinds]
    write(before, made.names, made.before, old)
    order = list(range(len(made.names)))  # columns and rows in another order
    maker.random.shuffle(order)
    shuffled = [[_rewritten(row[n], maker) for n in order] for row in made.after]
    maker.random.shuffle(shuffled)
    write(after, [made.names[n] for n in order], shuffled, [made.kinds[n] for n in order])
    found = both(before, after)
    assert rows(found) == made.rows
    assert found.cells == made.cells
    assert found.missing == made.missing()
    assert found.retyped == made.retyped
    assert found.key == made.key


def _rewritten(value: Value, maker: Maker) -> Value:
    """The same number in other words, where a file has only words."""
    if maker.is_text and isinstance(value, float) and maker.random.random() < 0.5:
        if math.isnan(value):
            return "NaN"
        return f"{value:.17g}" if abs(value) < 1e15 else f"{value:e}"
    return value


# ------------------------------------------------------------------------------------ by hand


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Writes two texts as csv."""

    def made(before: str | bytes, after: str | bytes) -> tuple[Path, Path]:
        paths = tmp_path / "before.csv", tmp_path / "after.csv"
        for path, text in zip(paths, (before, after)):
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return paths

    return made


Table = Callable[..., tuple[Path, Path]]
pytestmark = pytest.mark.skipif("not __import__('importlib').util.find_spec('duckdb')")


@pytest.mark.parametrize(
    ("before", "after", "counts"),
    [
        # (added, removed, changed, unchanged)
        ("a,b\n1,x\n1,x\n", "a,b\n1,x\n", (0, 1, 0, 1)),
        ("a,b\n1,x\n1,x\n2,y\n", "b,a\nx,1.0\nx,1\ny,2.0\n", (0, 0, 0, 3)),
        ("a,b\n01,x\n01,x\n", "a,b\n1,x\n1,x\n", (2, 2, 0, 0)),  # a zip code is no number
        ("a,b\n1.10,x\n1.10,x\nv,x\n", "a,b\n1.1,x\n1.1,x\nv,x\n", (2, 2, 0, 1)),  # nor a version
        (
            "a,b\n9007199254740993,x\n9007199254740993,x\n",
            "a,b\n9007199254740992,x\n9007199254740993,x\n",
            (1, 1, 0, 1),
        ),
        ("a,b\nnan,x\nnan,x\n1,x\n", "a,b\nNaN,x\nNaN,x\n1,x\n", (0, 0, 0, 3)),
        ("a,b\nnan,x\nnan,x\n1,x\n", "a,b\n,x\n,x\n1,x\n", (2, 2, 0, 1)),
        ('a,b\n,x\n"",x\n', "a,b\n,x\n,x\n", (0, 0, 0, 2)),
        ('a,b\n1,"x\ny"\n1,"x\ny"\n', 'a,b\n1,"x\r\ny"\n1,"x\ny"\n', (1, 1, 0, 1)),
        ("a,b\r\n1,x\r\n1,x\r\n", "a,b\n1,x\n1,x\n", (0, 0, 0, 2)),
        ("a,b\n1,x\n1,x\n", "\ufeffa;b\n1;x\n1;x\n", (0, 0, 0, 2)),
        ("a,b\n1,x\n\n1,x\n\n", "a,b\n1,x\n1,x\n", (0, 0, 0, 2)),  # blank lines
        ("a\n1\n\n1\n", "a\n1\n1\n", (0, 0, 0, 2)),
        ("1,x\n1,x\n2,y\n", "1,x\n2,y\n2,y\n", (1, 1, 0, 2)),  # no header
        ("c,2019,2020\nx,1,2\nx,1,2\n", "c,2019,2020\nx,1,2\nx,1,3\n", (1, 1, 0, 1)),  # years
        ("a,a,\n1,2,3\n1,2,3\n", "a,a,\n1,2,3\n1,2,4\n", (1, 1, 0, 1)),  # names twice, and none
        ("a,b\n1,é\n1,é\n".encode("latin-1"), "a,b\n1,é\n1,é\n", (0, 0, 0, 2)),
        ("a,b\n1,é\n1,x\n".encode("utf-16"), "a,b\n1,é\n1,y\n", (1, 1, 0, 1)),
        ('"a\r\n",b\n1,x\n1,x\n', '"a\n",b\r\n1,x\r\n1,x\r\n', (0, 0, 0, 2)),
        ('a,b\n1,"x\r\n"\n1,x\n', 'a,b\r\n1,"x\r\n"\r\n1,x\r\n', (0, 0, 0, 2)),
        ("a,b\n1,x\r\n1,x\n", "a,b\r\n1,x\n1,x\r1,x", (1, 0, 0, 2)),  # ends of all kinds
        ('a,b\n1,x"y\n1,x"y\n', 'a,b\n1,"x""y"\n1,"x""y"\n', (0, 0, 0, 2)),
        ("a,b\n", "a,b\n1,x\n1,x\n", (2, 0, 0, 0)),
        ("a,b\n1,2\n1,2\n", "c,d\n1,2\n1,2\n1,2\n", (3, 2, 0, 0)),
        ("", "a,b\n1,x\n", (1, 0, 0, 0)),
        ("a,b\n1e999,x\n1e999,x\n", "a,b\ninf,x\n-inf,x\n", (1, 1, 0, 1)),
        ("a,b\n-0.0,x\n-0.0,x\n", "a,b\n0,x\n0.0,x\n", (0, 0, 0, 2)),
        ("a,b\nTrue,x\nTrue,x\n", "a,b\nTrue,x\nFalse,x\n", (1, 1, 0, 1)),
    ],
)
def test_rows_without_a_key(
    table: Table, before: str | bytes, after: str | bytes, counts: tuple[int, int, int, int]
) -> None:
    assert rows(both(*table(before, after))) == counts


@pytest.mark.parametrize(
    ("before", "after", "key", "counts"),
    [
        ("id,m\n1,a\n2,a\n3,a\n", "id,m\n1,a\n2,b\n4,a\n", ("id",), (1, 1, 1, 1)),
        ("m,id\n1.5,a\n2.5,b\n", "m,id\n1.5,a\n2.6,b\n", ("id",), (0, 0, 1, 1)),  # no measurement
        (
            "c,y,m\na,1,1\na,2,1\nb,1,1\nb,2,1\n",
            "c,y,m\na,1,1\na,2,2\nb,1,1\nb,2,1\n",
            ("c", "y"),
            (0, 0, 1, 3),
        ),
        ("id,m\n1,a\n,a\n", "id,m\n1,a\n,b\n", (), (1, 1, 0, 1)),  # a key is never missing
        ("id,m\n1,a\n2,a\n3,a\n", "id,m\n7,a\n8,a\n9,a\n", (), (3, 3, 0, 0)),  # nothing to pair
        ("id,m\n1,a\n2,a\n2,b\n", "id,m\n1,a\n2,a\n2,c\n", (), (1, 1, 0, 2)),
    ],
)
def test_a_key_is_found_where_there_is_one(
    table: Table, before: str, after: str, key: tuple[str, ...], counts: tuple[int, int, int, int]
) -> None:
    found = both(*table(before, after))
    assert (found.key, rows(found)) == (key, counts)


def test_a_key_that_is_given(table: Table) -> None:
    pair = table("m,g,h\n1,a,x\n1,b,x\n2,c,x\n", "m,g,h\n1,a,x\n1.0,b,y\n2.5,c,x\n")
    found = both(*pair, key=("g",))
    assert (rows(found), found.cells) == ((0, 0, 2, 1), {"m": 1, "h": 1})
    assert found.retyped == (Retyped("m", "int", "float"),)
    pair = table("id,m\n1,a\n2,b\n", "id,m\n1.0,a\n2.0,c\n,d\n")
    with pytest.raises(Nb2pkgError, match="does not name one row each"):
        both(*pair, key=("id",))
    pair = table("id,m\n1,a\n2,b\n", "id,m\n1.0,a\n2.0,c\n2.5,d\n")
    assert rows(both(*pair, key=("id",))) == (1, 0, 1, 1)
    with pytest.raises(Nb2pkgError, match="mm: is not a column of both tables"):
        both(*pair, key=("mm",))


def test_numbers_within_a_tolerance(table: Table) -> None:
    pair = table(
        "id,m\na,1.0\nb,1000000\nc,nan\nd,inf\ne,0\n",
        "id,m\na,1.0000001\nb,1000000.1\nc,nan\nd,-inf\ne,1e-7\n",
    )
    assert rows(both(*pair)) == (0, 0, 4, 1)
    assert rows(both(*pair, tolerance=2e-7)) == (0, 0, 1, 4)
    assert rows(both(*pair, tolerance=1e-8)) == (0, 0, 4, 1)
    pair = table("g,m\nx,1.0\nx,1.0\nx,2\ny,2\n", "g,m\nx,2.0001\nx,0.9999\ny,1\nx,1.0\n")
    assert rows(both(*pair)) == (3, 3, 0, 1)
    assert rows(both(*pair, tolerance=0.001)) == (1, 1, 0, 3)


def test_values_are_shown_only_when_asked(table: Table) -> None:
    pair = table("id,m\n1,secret\n2,b\n3,c\n", "id,m\n1,hidden\n3,c\n4,\n")
    assert "secret" not in repr(both(*pair)) + repr(both(*pair).cells)
    shown = both(*pair, shows_values=True).examples
    assert shown is not None
    assert (shown.added, shown.removed) == ((("4", None),), (("2", "b"),))
    assert [(c.key, c.column, c.before, c.after) for c in shown.changed] == [
        (("1",), "m", "secret", "hidden")
    ]
    pair = table("a,b\n1,x\n1,x\n2,y\n", "a,b\n1,x\n2.0,y\n3,z\n")
    shown = both(*pair, shows_values=True).examples
    assert shown is not None
    assert (shown.added, shown.removed) == ((("3", "z"),), (("1", "x"),))


def test_what_is_no_table_is_one_message(table: Table) -> None:
    for text in ("a,b\n1\n", "a,b\n1,2,3\n", b"\x1f\x8bno"):
        pair = table("a,b\n1,2\n", text)
        with pytest.raises(Nb2pkgError):
            both(*pair)


def test_across_formats(tmp_path: Path) -> None:
    names, kinds = ["id", "m", "s", "d"], ["id", "float", "text", "date"]
    day = datetime.date(2024, 5, 1)
    content = [[1, 1.5, "x", day], [2, 2.0, None, day], [3, None, "z", day]]
    paths = [tmp_path / f"t{suffix}" for suffix in (".csv", ".parquet", ".jsonl", ".sqlite")]
    for path in paths:
        write(path, names, content, kinds)
    for path in paths[1:]:
        found = both(paths[0], path)
        assert (rows(found), found.missing) == ((0, 0, 0, 3), {})


def test_one_and_the_text_1_are_not_the_same_in_a_column_of_both(tmp_path: Path) -> None:
    before, after = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    before.write_text('{"a": 1}\n{"a": 1}\n{"a": "1"}\n{"a": "1"}\n', encoding="utf-8")
    after.write_text('{"a": 1}\n{"a": "1"}\n{"a": "1"}\n{"a": "1"}\n', encoding="utf-8")
    assert rows(both(before, after)) == (1, 1, 0, 3)


@pytest.mark.parametrize("name", ["t.parquet", "t.xlsx"])
def test_without_a_library_one_message_names_the_extra(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from nb2pkg.data.tables.opening import tables\n"
        "from nb2pkg.errors import Nb2pkgError\n"
        f"try:\n    tables(Path({name!r}), {name!r})\n"
        "except Nb2pkgError as error:\n    print(error.message, error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert "needs" in done.stdout, done.stderr
    assert "nb2pkg[data]" in done.stdout
