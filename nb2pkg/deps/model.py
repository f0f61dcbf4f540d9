"""What is asked of dependencies, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import reduce

from nb2pkg.requirements.combine import joined
from nb2pkg.requirements.model import Requirement
from nb2pkg.requirements.stated import Stated


class What(Enum):
    """What can be wrong with a dependency; the words are those of the report and of JSON."""

    UNDECLARED = "undeclared"
    UNUSED = "unused"
    UNVERIFIED = "unverified"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Row:
    """A distribution: what needs it, as it is installed (empty if it is not), and as it is stated.

    needs: by use, the strongest first; none where nothing needs it.
    """

    name: str
    installed: str
    needs: tuple[Requirement, ...] = ()
    stated: tuple[Stated, ...] = ()

    @property
    def need(self) -> Requirement | None:
        """All needs as one, for the strongest use; None where nothing needs it."""
        return reduce(joined, self.needs) if self.needs else None

    @property
    def declared(self) -> Stated | None:
        """The first place that declares it."""
        return next((one for one in self.stated if not one.is_pin), None)


@dataclass(frozen=True, slots=True)
class DependencyFinding:
    """Something about one distribution that somebody should look at."""

    what: What
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What was asked: a notebook, or a project. declares: do files say there what is needed?"""

    subject: str
    python: str
    rows: tuple[Row, ...] = ()
    findings: tuple[DependencyFinding, ...] = field(default=())
    why: str = ""
