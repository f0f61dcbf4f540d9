"""The list: which import is brought by which distributions."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PAIRS = HERE / "pairs.csv"
FIELDS = ("import", "distribution", "version", "note")


@dataclass(frozen=True, slots=True)
class Pair:
    """An import as one writes it, and the distributions of the list that bring it. Each is a right
    answer where none is installed. versions are those of the wheels that were read."""

    module: str
    distributions: tuple[str, ...]
    versions: tuple[str, ...]
    note: str

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def normal(name: str) -> str:
    """A distribution's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path: Path = PAIRS) -> list[Pair]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Pair(
            row["import"],
            tuple(row["distribution"].split("|")),
            tuple(row["version"].split("|")),
            row["note"],
        )
        for row in rows
    ]


def write(pairs: Iterable[Pair], path: Path = PAIRS) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        for pair in pairs:
            of = ("|".join(pair.distributions), "|".join(pair.versions))
            writer.writerow((pair.module, *of, pair.note))
