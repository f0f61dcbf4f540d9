"""Makes nb2pkg/requirements/modules.tsv: which of the most downloaded distributions brings a top-level module.

The names of modules come from the database that pigar (BSD) carries in its wheel: it was collected
from the metadata of all that the index has. Which distributions are much used comes from a list of
names, the most downloaded first, such as public statistics of downloads give. It is run by hand,
once in a while; the list of this benchmark has no part in it.
"""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from benchmarks.distributions.pairs import normal

# Tops of many distributions that nobody means to be imported, and namespaces.
_NAMES = """
    api app assets benchmark benchmarks bin build client cmd common conf config conftest contrib
    core data demo demos dist doc docs example examples helpers lib libs main migrations models
    model notebooks package packages plugins products project resources sample samples script
    scripts server setup src static tasks templates test testing tests tool tools types util utils
    version versions airflow aws_cdk azure backports collective dbt google jaraco odoo opentelemetry
    plone sphinxcontrib zope FAKE_NAME
"""
_LEFT_OUT = frozenset(_NAMES.split())
_MOST_TOPS = 30  # a distribution with more is a bundle of stubs or bindings
_MOST_OWNERS = 12  # a module with more is one that is put there by mistake
_NEARLY = 3  # a namesake counts if it is not much less used than the best
_COMMON = 10  # a module that more of all distributions bring has a name that anybody may use,
_FAMOUS = 2000  # and its best owner is a guess, unless it is among so many most downloaded ones


@click.command()
@click.option("--names", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--ranks", type=click.Path(exists=True, path_type=Path), required=True)
@click.argument("target", type=click.Path(path_type=Path))
def main(names: Path, ranks: Path, target: Path) -> None:
    """Write TARGET: lines of a module, its distribution if it is called otherwise, and ? for a guess."""
    listed = ranks.read_text(encoding="utf-8").split()
    with sqlite3.connect(names) as database:
        owners = _owners(database, {normal(name): place for place, name in enumerate(listed)})
        counts = dict(database.execute(_COUNTS))
    lines = sorted(_lines(owners, counts), key=str.lower)
    target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


_PAIRS = (
    "SELECT top.name, one.name FROM top_level_module_names top "
    "JOIN distributions one ON one.id = top.distribution_id"
)
_COUNTS = "SELECT name, COUNT(*) FROM top_level_module_names GROUP BY name"


def _owners(database: sqlite3.Connection, ranks: Mapping[str, int]) -> Mapping[str, dict[str, int]]:
    """Module to the distributions that bring it, with their ranks."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for module, name in database.execute(_PAIRS):
        key = normal(name)
        if key in ranks and _may_be_imported(module):
            found[module][key] = ranks[key]
    tops = Counter(name for names_ in found.values() for name in names_)
    return {
        module: kept
        for module, all_ in found.items()
        if (kept := {name: rank for name, rank in all_.items() if tops[name] <= _MOST_TOPS})
    }


def _may_be_imported(module: str) -> bool:
    is_hidden = module.startswith("_") or module in _LEFT_OUT
    return module.isidentifier() and not is_hidden and module not in sys.stdlib_module_names


def _lines(owners: Mapping[str, Mapping[str, int]], counts: Mapping[str, int]) -> Iterator[str]:
    for module, ranks in owners.items():
        namesake, best = normal(module), min(ranks, key=ranks.__getitem__)
        if len(ranks) > _MOST_OWNERS and namesake not in ranks:
            continue
        is_same = namesake in ranks and ranks[namesake] < _NEARLY * (ranks[best] + 1)
        is_guess = counts[module] > _COMMON and ranks[best] >= _FAMOUS
        yield module if is_same else f"{module}\t{best}" + "\t?" * is_guess


if __name__ == "__main__":
    main()
