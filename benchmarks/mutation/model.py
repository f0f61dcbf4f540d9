"""The words that the parts of this benchmark share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Made from templates, whatever the notebook says: no step or definition stands there.
NOT_PROMOTED = ("__init__.py", "__main__.py", "config.py", "pipeline.py")
MODULE_LEVEL = "<module>"
SUITE, UNIT, SMOKE = "suite", "unit", "smoke"
SURVIVED, KILLED, TIMEOUT = "survived", "killed", "timeout"


@dataclass(frozen=True)
class Mutant:
    """One changed file of a project."""

    name: str  # as mutmut calls it
    file: str
    line: int
    function: str  # of the top level, or Class.method, or MODULE_LEVEL
    kind: str
    diff: tuple[str, ...]  # lines that went and came, with their sign
    statement: tuple[int, ...]  # lines of the original: without those of statements inside it
    text: str


@dataclass(frozen=True)
class Outcome:
    """What the tests said of one mutant."""

    name: str
    file: str
    line: int
    function: str
    kind: str
    diff: tuple[str, ...]
    suite: str
    unit: str  # what its unit tests alone said
    smoke: str
    reached: bool  # by the generated suite
    aside: str = ""  # why no test could tell it from the original

    @property
    def survives(self) -> bool:
        """Whether the generated suite does not see it, and could."""
        return self.suite == SURVIVED and not self.aside


@dataclass(frozen=True)
class Score:
    """The outcome for one package."""

    name: str
    title: str = ""
    why_not: str = ""  # it has no score: why
    fails: bool = False  # its suite fails as it was generated
    mutants: int = 0  # that there are; a sample of them was run
    outcomes: tuple[Outcome, ...] = ()
    suspicious: tuple[str, ...] = ()  # kept as equivalent by hand, and killed
    preloaded: bool = True
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Count:
    """Sums over outcomes."""

    mutants: int
    aside: int
    suite: int  # killed by it, timeouts among them
    unit: int
    smoke: int
    timeouts: int
    unreached: int  # survivors in code that no test of the suite runs

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Count:
        """Count them."""
        found = list(outcomes)
        return cls(
            len(found),
            sum(bool(o.aside) for o in found),
            sum(o.suite != SURVIVED for o in found),
            sum(o.unit != SURVIVED for o in found),
            sum(o.smoke != SURVIVED for o in found),
            sum(o.suite == TIMEOUT for o in found),
            sum(o.survives and not o.reached for o in found),
        )


def by_kind(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, Count]]:
    """The sums for each kind of mutant, the most frequent first."""
    kinds: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        kinds.setdefault(outcome.kind, []).append(outcome)
    for kind, found in sorted(kinds.items(), key=lambda pair: -len(pair[1])):
        yield kind, Count.of(found)
