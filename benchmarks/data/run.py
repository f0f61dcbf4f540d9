"""Two tables of a million rows and six columns: nb2pkg data diff beside duckdb's own query.

python -m benchmarks.data.run [--rows 1000000] [--rounds 3]

The query of duckdb gives the counts of rows alone: by a key that it is told, or of whole rows. nb2pkg
also finds the key, and counts cells, types and missing values by column. Each runs in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
CHANGED, REMOVED, ADDED = 14, 30, 2

_OWN = """
import sys, duckdb
query = sys.argv[1]
print(duckdb.connect().execute(query).fetchall())
"""
_OURS = """
import sys
from pathlib import Path
from nb2pkg.data.tables.compare import Wish, difference
from nb2pkg.data.tables.opening import tables
pair = [tables(Path(name), name)[0] for name in sys.argv[1:3]]
print(difference(*pair, Wish(engine="duck")))
"""
_REPORT = """
import resource, sys
exec(sys.argv.pop(1))
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process: seconds of CPU, megabytes at most, and what it found."""

    seconds: float
    megabytes: float
    found: str


@click.command(help="Compare nb2pkg data diff with duckdb's own query.")
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--rounds", default=3, show_default=True, help="Best of so many.")
def main(rows: int, rounds: int) -> None:
    """Print a line for each kind of table."""
    with tempfile.TemporaryDirectory(prefix="data-") as scratch:
        # In another process: a child of one that has used much memory would count that as its own.
        code = f"from pathlib import Path; from benchmarks.data.run import generate; generate(Path({scratch!r}), {rows})"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        for name, suffix, query in (
            ("csv, with a key", "csv", _joined("read_csv")),
            ("parquet, with a key", "parquet", _joined("read_parquet")),
            ("csv, rows that repeat", "csv", _excepted("read_csv")),
        ):
            stem = "plain" if "repeat" in name else "keyed"
            pair = [str(Path(scratch, f"{stem}-{side}.{suffix}")) for side in ("a", "b")]
            own = _best(rounds, _OWN, query.format(*pair))
            ours = _best(rounds, _OURS, *pair)
            print(
                f"{name}: {ours.seconds:.2f} s CPU, {ours.megabytes:.0f} MB; duckdb's query "
                f"{own.seconds:.2f} s, {own.megabytes:.0f} MB; ratio {ours.seconds / own.seconds:.2f}"
            )
            print(f"  {ours.found}\n  {own.found}")


def generate(folder: Path, rows: int) -> None:
    """Tables with and without a key, before and after."""
    import duckdb

    cells = (
        "'name' || (hash(i, 1) % 5000) as name, round(hash(i, 2) % 1000000 / 7.0, 4) as mass, "
        "if(hash(i, 3) % 4 = 0, null, 'kind' || (hash(i, 3) % 4)) as kind, "
        "date '2024-01-01' + (hash(i, 4) % 365)::int as day, hash(i, 5) / 1e19 as score"
    )
    changed = f"i % ({rows} // {CHANGED}) = 999 and i < {rows} // {CHANGED} * {CHANGED}"
    with duckdb.connect() as database:
        database.execute(
            f"create table a as select i as id, {cells} from range({rows}) t(i);"
            f"create table b as select i as id, {cells} from range({rows + ADDED}) t(i) "
            f"where i not between 500 and {499 + REMOVED};"
            f"update b set mass = mass + 1 where {changed.replace('i ', 'id ')};"
            # Each row of these occurs several times.
            f"create table pa as select id // 4 as id, name[:5] as name, 1.5 as mass, kind[:4] as kind, "
            "day - (id % 4)::int + (id % 4)::int as day, id % 2 as score from a;"
            f"create table pb as select * from pa where id >= {REMOVED} "
            f"union all select * from pa where id = {REMOVED};"
        )
        for table, name in (
            ("a", "keyed-a"),
            ("b", "keyed-b"),
            ("pa", "plain-a"),
            ("pb", "plain-b"),
        ):
            for suffix, form in (("csv", "format csv, header"), ("parquet", "format parquet")):
                database.execute(f"copy {table} to '{folder / name}.{suffix}' ({form})")


def _joined(read: str) -> str:
    columns = ("name", "mass", "kind", "day", "score")
    differs = " or ".join(f"a.{name} is distinct from b.{name}" for name in columns)
    return (
        "select count(*) filter (a.id is null), count(*) filter (b.id is null), "
        f"count(*) filter (a.id is not null and b.id is not null and ({differs})) "
        f"from {read}('{{}}') a full outer join {read}('{{}}') b on a.id = b.id"
    )


def _excepted(read: str) -> str:
    one, other = f"select * from {read}('{{0}}')", f"select * from {read}('{{1}}')"
    return (
        f"select (select count(*) from ({other} except all {one})), "
        f"(select count(*) from ({one} except all {other}))"
    )


def _best(rounds: int, code: str, *arguments: str) -> Cost:
    """The cheapest of several runs; the most memory of any."""
    found = [_run(code, *arguments) for _ in range(rounds)]
    best = min(found, key=lambda cost: cost.seconds)
    return Cost(best.seconds, max(cost.megabytes for cost in found), best.found)


def _run(code: str, *arguments: str) -> Cost:
    done = subprocess.run(
        [sys.executable, "-c", _REPORT, code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    *found, costs = done.stdout.strip().splitlines()
    seconds, megabytes = map(float, costs.split())
    return Cost(seconds, megabytes, json.dumps(found))


if __name__ == "__main__":
    main()
