"""What code needs that is not its own: from imports to requirements.

Imported    = a module, and how it is asked for
Need        = Imported | a requirement in words, with what asks for it
Requirement = a distribution, as it ran, with all that need it
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class Use(Enum):
    """Who needs it. What the package needs, its tests and the notebook have too."""

    PACKAGE = "package"
    TESTS = "tests"
    NOTEBOOK = "notebook"


class Evidence(Enum):
    """Why it is this distribution, the surest first."""

    SET = "set"  # by a person, in pyproject.toml
    INSTALLED = "installed"  # the metadata of the kernel's environment say so
    CELL = "cell"  # a cell installs it
    DECLARED = "declared"  # by a file of the project
    KNOWN = "known"  # by nb2pkg's table
    GUESS = "unverified"  # it is called like the module


class Kind(Enum):
    """In what a requirement is declared."""

    MAIN = "main"  # what the metadata of the project require
    OPTIONAL = "optional"  # an extra or a group
    LIST = "list"  # a requirements file
    CONDA = "conda"  # an environment of conda, which may have more than Python in it
    FROZEN = "frozen"  # all that was installed, with what others bring


@dataclass(frozen=True, slots=True)
class Stated:
    """A requirement as a file declares it. words: all of it; where: the file, or the list in it.

    name: as PyPI compares them. use: for whom.
    """

    name: str
    words: str
    where: str
    use: Use = Use.PACKAGE
    kind: Kind = Kind.MAIN


@dataclass(frozen=True, slots=True)
class Imported:
    """A dotted module that code asks for; what is imported from it counts as a part of the name.

    is_optional: the code goes on without it. marker: on which platforms or versions it asks (PEP 508).
    """

    module: str
    line: int = 0
    is_optional: bool = False
    marker: str = ""

    @property
    def top(self) -> str:
        """The outermost package."""
        return self.module.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Need:
    """A module that something needs; or a requirement such as ``pandas[excel]``, if words is given.

    places: where, as people are told: ``cell 3``, ``src/lab/load.py:4``.
    """

    use: Use
    module: str = ""
    words: str = ""
    places: tuple[str, ...] = ()
    is_optional: bool = False
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a client allows: a version specifier, and the file and line that say so."""

    specifier: str
    source: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """A distribution that is needed. version: the one that it ran with, empty if nobody knows.

    label: the local part of that version, such as cpu. url: where version control has it, with the
    commit. folder: it is installed from a folder, so that nobody else can have it by its name.
    """

    distribution: str
    version: str = ""
    evidence: Evidence = Evidence.GUESS
    use: Use = Use.PACKAGE
    extras: tuple[str, ...] = ()
    marker: str = ""
    label: str = ""
    url: str = ""
    is_in_folder: bool = False
    modules: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    demand: Demand | None = None
    python: str = ""

    @property
    def name(self) -> str:
        """The distribution with its extras."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.distribution}{extras}"


@dataclass(frozen=True, slots=True)
class Requirements:
    """All that a project needs. python: its Requires-Python. ranges: how pyproject.toml bounds versions.

    seen: needs that no code names, and that a run showed.
    """

    found: tuple[Requirement, ...] = ()
    python: str = ">=3.10"
    ranges: str = "compatible"
    seen: tuple[Need, ...] = ()

    def of(self, use: Use) -> tuple[Requirement, ...]:
        """Those of one use, by name."""
        return in_order(one for one in self.found if one.use is use)


def in_order(requirements: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """By name, whatever the case."""
    return tuple(sorted(requirements, key=lambda one: (one.distribution.lower(), one.marker)))
