"""Is it known which distribution brings an imported module?

    python -m benchmarks.distributions.run [--not-installed] [--installed PYTHON] [--others] [--json FILE]

Every import of pairs.csv is asked about where none of the distributions is installed, and where all
are, without what they depend on. Where several bring one module, each of them is right in the first
part, and only the one that is there in the second: they are installed apart.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks import environments
from benchmarks.distributions import asked, installed, others
from benchmarks.distributions.answers import (
    NONE,
    RIGHT,
    VERDICTS,
    Answer,
    Question,
    judged,
    of_pair,
)
from benchmarks.distributions.collect import CACHE
from benchmarks.distributions.index import stand_in
from benchmarks.distributions.installed import Installed
from benchmarks.distributions.pairs import Pair, read
from nb2pkg import __version__

OURS = "nb2pkg"
ABSENT, PRESENT = "not installed", "installed"


@dataclass(frozen=True, slots=True)
class Part:
    """The questions to ask in one environment. looked_at is None where nothing is installed."""

    name: str
    python: Path
    questions: Sequence[Question]

    @property
    def looked_at(self) -> Path | None:
        return self.python if self.name == PRESENT else None


@click.command()
@click.option("--not-installed", "only", is_flag=True, help="Only where nothing is installed.")
@click.option(
    "--installed",
    "python",
    type=click.Path(exists=True, path_type=Path),
    help="Interpreter of an environment that has them; else some are made in the cache.",
)
@click.option("--others", "rivals", is_flag=True, help="Ask the other tools too.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Every answer.")
@click.option("--cache", type=click.Path(path_type=Path), default=CACHE, help="Environments.")
def main(only: bool, python: Path | None, rivals: bool, out: Path | None, cache: Path) -> None:
    """Ask, and print who knew how many."""
    pairs = read()
    parts = [Part(ABSENT, environments.make(cache / "empty"), [of_pair(pair) for pair in pairs])]
    if not only:
        parts += [
            Part(PRESENT, there.python, there.questions) for there in _there(pairs, python, cache)
        ]
    answers: list[Answer] = []
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    versions = {OURS: __version__}
    for part in parts:
        started = time.monotonic()
        given = asked.answers([question.module for question in part.questions], part.python)
        seconds[OURS, part.name] += time.monotonic() - started
        answers += judged(OURS, part.name, part.questions, given)
    if rivals:
        for tool in others.TOOLS:
            home = others.environment(tool, cache)
            versions[tool] = others.version(tool, home)
            for part in parts:
                said = _said(tool, home, part, pairs)
                seconds[tool, part.name] += said.seconds
                answers += judged(tool, part.name, part.questions, said.answers)
    _show(answers, versions, seconds)
    if out is not None:
        out.write_text(json.dumps(list(map(_as_json, answers)), indent=1), encoding="utf-8")


def _there(pairs: list[Pair], python: Path | None, cache: Path) -> list[Installed]:
    if python is not None:
        return [installed.given(pairs, python)]
    made = installed.make(pairs, cache)
    for name, reason in (one for there in made for one in there.left_out):
        click.echo(f"not asked where installed: {name}: {reason}")
    return made


def _said(tool: str, home: Path, part: Part, pairs: Iterable[Pair]) -> others.Said:
    modules = [question.module for question in part.questions]
    declared = sorted({name for pair in pairs for name in pair.distributions})
    with stand_in() as index:
        return others.ask(tool, home, modules, declared, index, part.looked_at)


def _show(
    answers: list[Answer], versions: dict[str, str], seconds: dict[tuple[str, str], float]
) -> None:
    for part in dict.fromkeys(answer.part for answer in answers):
        click.echo(f"\n{part:24}" + "".join(f"{verdict:>14}" for verdict in VERDICTS) + "  seconds")
        for tool, version in versions.items():
            mine = [answer for answer in answers if (answer.tool, answer.part) == (tool, part)]
            counts = Counter(answer.verdict for answer in mine)
            row = "".join(f"{counts[verdict]:14}" for verdict in VERDICTS)
            asks = "  asks an index" if tool in others.ASKING else ""
            click.echo(f"{tool + ' ' + version:24}{row}{seconds[tool, part]:9.1f}{asks}")
    for answer in answers:
        if answer.tool == OURS and answer.verdict != RIGHT:
            names = ", ".join(sorted(answer.names)) or NONE
            wanted = " or ".join(sorted(answer.question.acceptable))
            click.echo(f"{answer.part}: {answer.question.module}: {names}, not {wanted}")


def _as_json(answer: Answer) -> dict[str, object]:
    return {
        "tool": answer.tool,
        "part": answer.part,
        "import": answer.question.module,
        "acceptable": sorted(answer.question.acceptable),
        "answer": sorted(answer.names),
        "verdict": answer.verdict,
    }


if __name__ == "__main__":
    main()
