"""The engines for which a pipeline can be made into tasks, and how their packages differ."""

from __future__ import annotations

from dataclasses import dataclass

MODULE = "flow"  # the module of the tasks, whatever runs them


@dataclass(frozen=True, slots=True)
class Target:
    """An engine.

    support: the module beside flow.py that runs its tasks; more: those that it needs. options: of ``python -m PACKAGE``, so that no parameter
    can have their names. requires: the requirement of its extra. own: names that mean something in flow.py.
    has_nodes: each value is given by a function that is called after it; else flow() binds names, and may bind them again.
    """

    name: str
    support: str
    options: tuple[str, ...]
    requires: str
    own: frozenset[str]
    has_nodes: bool = False
    more: tuple[str, ...] = ()

    @property
    def supports(self) -> tuple[str, ...]:
        """All modules that flow.py needs."""
        return (self.support, *self.more)


DASK = Target(
    "dask",
    "_dask",
    ("engine", "scheduler", "workers", "retries", "cache", "over", "table"),
    "dask[distributed]>=2024.8",
    frozenset({MODULE, "run", "set_up", "step", "compute", "deepcopy", "Flow", "Any"}),
    more=("_cache", "_cluster", "_digest", "_map", "_progress", "_runs"),
)
HAMILTON = Target(
    "hamilton",
    "_hamilton",
    ("engine", "picture"),
    "sf-hamilton[visualization]>=1.90",  # the first that does not report its use
    frozenset({"run", "compute", "deepcopy", "partial", "unpack_fields", "Any"}),
    has_nodes=True,
)
TARGETS = {target.name: target for target in (DASK, HAMILTON)}
