"""nb2pkg's answers. The only place that knows how it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmarks.distributions.answers import Answers
from benchmarks.distributions.pairs import normal
from nb2pkg.environment import ask
from nb2pkg.requirements.resolve import brought_by


def answers(modules: Iterable[str], python: Path) -> Answers:
    """Asked in the environment of an interpreter."""
    environment = ask(str(python))
    named = {module: brought_by(module, environment).distribution for module in modules}
    return {module: frozenset({normal(name)}) for module, name in named.items()}
