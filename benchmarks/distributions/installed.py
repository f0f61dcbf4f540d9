"""Environments in which the distributions of the list are installed, without what they depend on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import environments
from benchmarks.distributions.answers import Question
from benchmarks.distributions.pairs import Pair, normal


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment, what can be asked there, and what could not be installed, with the reason."""

    python: Path
    questions: tuple[Question, ...]
    left_out: tuple[tuple[str, str], ...]


Bring = dict[str, list[str]]  # requirement to the modules that it brings


def make(pairs: Iterable[Pair], cache: Path) -> list[Installed]:
    """As few environments as it takes so that no module is brought twice in one of them."""
    made = []
    for number, bring in enumerate(apart(pairs)):
        python = environments.make(cache / f"installed-{number}")
        left_out = dict(_install(python, list(bring)))
        kept = {asked: modules for asked, modules in bring.items() if asked not in left_out}
        questions = tuple(
            Question(module, frozenset([normal(asked.partition("==")[0])]))
            for asked, modules in kept.items()
            for module in modules
        )
        made.append(Installed(python, questions, tuple(left_out.items())))
    return made


def given(pairs: Iterable[Pair], python: Path) -> Installed:
    """An environment that somebody made; what is installed in it is not looked at."""
    asked = [Question(p.module, frozenset(map(normal, p.distributions))) for p in pairs]
    return Installed(python, tuple(asked), ())


def apart(pairs: Iterable[Pair]) -> list[Bring]:
    """The distributions, so that two that bring the same module are in different environments."""
    brings: Bring = {}
    for pair in pairs:
        for name, version in zip(pair.distributions, pair.versions, strict=True):
            brings.setdefault(f"{name}=={version}", []).append(pair.module)
    groups: list[Bring] = []
    for asked, modules in brings.items():
        free = (group for group in groups if not _overlap(group, modules))
        group = next(free, None)
        if group is None:
            groups.append(group := {})
        group[asked] = modules
    return groups


def _overlap(group: Bring, modules: Sequence[str]) -> bool:
    return any(set(there) & set(modules) for there in group.values())


def _install(python: Path, asked: list[str]) -> Iterable[tuple[str, str]]:
    """All in one go; if that fails, one by one, with the reason of each that fails."""
    if environments.install(python, ["--no-deps", *asked]):
        for one in asked:
            if said := environments.install(python, ["--no-deps", one]):
                yield one, _reason(said)


def _reason(said: str) -> str:
    """The last line that is no advice."""
    lines = [line.strip() for line in said.splitlines()]
    return next((line for line in reversed(lines) if line and "hint:" not in line), said)
