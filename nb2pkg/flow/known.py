"""What is known of the functions that a pipeline calls: of the package's own, and of libraries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.flow.functions import FunctionNode, Functions


@dataclass(frozen=True, slots=True)
class Summary:
    """What calling a function does to its parameters, by number: changes them, returns what may share with them,
    makes one hold another. is_held: what it returns cannot leave the process. mixes: the values that it returns may share
    memory with each other.
    """

    changes: frozenset[int] = frozenset()
    same: frozenset[int] = frozenset()
    holds: frozenset[int] = frozenset()
    links: frozenset[tuple[int, int]] = frozenset()
    is_held: bool = False
    mixes: bool = True


@dataclass(slots=True)
class Known:
    """What is known of the package's functions, and of what the imports mean."""

    functions: Functions
    aliases: Aliases
    summarize: Callable[[Known, FunctionNode], Summary]
    summaries: dict[str, Summary | None] = field(default_factory=dict)

    def summary(self, name: str) -> Summary | None:
        """None: it calls itself, or cannot be told: it may do anything to what it is given."""
        if name not in self.summaries:
            self.summaries[name] = None
            self.summaries[name] = self.summarize(self, self.functions.functions[name])
        return self.summaries[name]

    def is_new(self, name: str) -> bool:
        listed = known("gives_new")
        tops = (f for f in listed if f.endswith((".", "_")))
        return name in listed or name.startswith(tuple(tops))

    def is_held(self, name: str) -> bool:
        if name.startswith(tuple(known("travels", "held"))):
            return True
        makes = known("stateful") | known("alive")
        return name in makes and name not in known("travels")
