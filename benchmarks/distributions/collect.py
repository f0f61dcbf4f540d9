"""Make pairs.csv from the wheels of the distributions that distributions.txt names.

    python -m benchmarks.distributions.collect [--cache DIR]

Each wheel is downloaded (or built) with pip, without what it depends on; one that this machine cannot
have is read as it is for Windows. A line of distributions.txt is a requirement, then the imports to
take behind a colon, then what a reader should know behind a #. Without imports, all public ones.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from packaging.requirements import Requirement

from benchmarks.distributions import wheel
from benchmarks.distributions.pairs import HERE, Pair, normal, write

LIST = HERE / "distributions.txt"
CACHE = Path(click.get_app_dir("nb2pkg-benchmarks")) / "distributions"
WINDOWS = ("--only-binary=:all:", "--platform", "win_amd64")
SECONDS = 600


@dataclass(frozen=True, slots=True)
class Line:
    """What a line of the list asks for."""

    requirement: str
    modules: tuple[str, ...]
    note: str

    @property
    def name(self) -> str:
        return Requirement(self.requirement).name


@dataclass(frozen=True, slots=True)
class Brought:
    """One module that the wheel of one distribution brings."""

    module: str
    distribution: str
    version: str
    note: str


@click.command()
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Wheels.")
def main(cache: Path) -> None:
    """Read the wheels, and write pairs.csv."""
    brought: list[Brought] = []
    for line in lines(LIST.read_text(encoding="utf-8")):
        found = wheel_of(line, cache / "wheels" / normal(line.name))
        if found is None:
            click.echo(f"no wheel: {line.requirement}", err=True)
        else:
            brought += brought_by(line, found)
    made = pairs(brought)
    write(made)
    click.echo(f"{len(made)} imports of {len({one.distribution for one in brought})} distributions")


def lines(text: str) -> Iterator[Line]:
    for line in text.splitlines():
        asked, _, note = line.partition("#")
        requirement, _, modules = asked.partition(":")
        if requirement.strip():
            names = tuple(name.strip() for name in modules.split(",") if name.strip())
            yield Line(requirement.strip(), names, note.strip())


def wheel_of(line: Line, folder: Path) -> Path | None:
    """The wheel in the folder; fetched if it is not there yet. None if there is none to be had."""
    if not any(folder.glob("*.whl")):
        pip = [sys.executable, "-m", "pip"]
        to = ["--quiet", "--no-deps", line.requirement]
        done = _call([*pip, "wheel", "-w", str(folder), *to])
        if not done:
            _call([*pip, "download", "-d", str(folder), *WINDOWS, *to])
    return next(folder.glob("*.whl"), None)


def brought_by(line: Line, path: Path) -> list[Brought]:
    """The modules of the wheel that the line asks for; an error if one is not there."""
    what = wheel.read(path)
    missing = set(line.modules) - what.modules
    if missing:
        raise click.ClickException(f"{path.name} does not bring {', '.join(sorted(missing))}.")
    _, version, *_ = path.name.split("-")
    modules = line.modules or wheel.public(what)
    return [Brought(module, line.name, version, line.note) for module in modules]


def pairs(brought: Iterable[Brought]) -> list[Pair]:
    """One pair for each import, with all the distributions that bring it."""
    by_module: dict[str, list[Brought]] = {}
    for one in brought:
        by_module.setdefault(one.module, []).append(one)
    return [_pair(module, found) for module, found in sorted(by_module.items())]


def _pair(module: str, found: list[Brought]) -> Pair:
    names = tuple(one.distribution for one in found)
    notes = [_kind(module, names), *dict.fromkeys(one.note for one in found if one.note)]
    return Pair(module, names, tuple(one.version for one in found), "; ".join(notes))


def _kind(module: str, names: tuple[str, ...]) -> str:
    if len(names) > 1:
        return "several"
    own = normal(names[0])
    if own == normal(module.partition(".")[0]):
        return "same name"
    return "namespace" if own == normal(module) else "other name"


def _call(command: list[str]) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, timeout=SECONDS).returncode
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    main()
