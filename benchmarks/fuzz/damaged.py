"""Run every command on damaged notebooks: none may end in a traceback, as a bug of ours, or late.

python -m benchmarks.fuzz.damaged [--count 5000] [--seed 0] [--keep FOLDER]
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchmarks.fuzz import commands
from benchmarks.fuzz.damage import Document, damaged

ROOT = Path(__file__).resolve().parents[2]
SOUND = (ROOT / "sample_project" / "penguins.ipynb", ROOT / "tests" / "hazards" / "notebooks")


def sound() -> list[Document]:
    """The notebooks that are damaged: the sample, and the hazards."""
    paths = [SOUND[0], *sorted(SOUND[1].glob("*.ipynb"))]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def failures(
    documents: Sequence[Document], seeds: Sequence[int]
) -> Iterator[tuple[int, bytes, commands.Failure]]:
    """What went wrong, with the seed and the notebook by which it did."""
    for seed in seeds:
        data = damaged(documents[seed % len(documents)], seed)
        with tempfile.TemporaryDirectory(prefix="nb2pkg-fuzz-") as folder:
            for failure in commands.run(Path(folder), data):
                yield seed, data, failure


@click.command(help="Run every command on damaged notebooks.")
@click.option("--count", default=5000, show_default=True, help="Notebooks.")
@click.option("--seed", default=0, show_default=True, help="The first seed.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep what failed in this folder.")
def main(count: int, seed: int, keep: Path | None) -> None:
    """Say what failed, and how often."""
    found: Counter[tuple[str, str, str]] = Counter()
    broken: set[int] = set()
    for at, data, failure in failures(sound(), range(seed, seed + count)):
        found[(failure.command, failure.kind, failure.text[:120])] += 1
        broken.add(at)
        click.echo(f"seed {at}: {failure.command}: {failure.kind}: {failure.text[:160]}", err=True)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{at}.ipynb").write_bytes(data)
    for (command, kind, text), number in found.most_common(30):
        click.echo(f"{number:>5}  {command:<8} {kind:<12} {text}")
    click.echo(f"{count - len(broken)} of {count} notebooks without a failure")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
