"""What is asked of dependencies, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import reduce

from nb2pkg.requirements.combine import joined
from nb2pkg.requirements.model import Requirement, Stated


class What(Enum):
    """What can be wrong with a dependency; the words are those of the report and of JSON."""

    UNDECLARED = "undeclared"
    TRANSITIVE = "transitive"
    UNUSED = "unused"
    UNVERIFIED = "unverified"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Row:
    """A distribution: what needs it, as it is installed (empty if it is not), and as it is stated.

    needs: by use, the strongest first; none where nothing needs it. through: what brings it along,
    where nothing declares it: a distribution that is declared, or a list of all that was installed.
    is_optional: all imports of it are in a try that goes on without it, or for other platforms.
    is_mentioned: a text of the code is its name, as where modules are imported by name.
    """

    name: str
    installed: str
    needs: tuple[Requirement, ...] = ()
    stated: tuple[Stated, ...] = ()
    through: str = ""
    is_optional: bool = False
    is_mentioned: bool = False

    @property
    def need(self) -> Requirement | None:
        """All needs as one, for the strongest use; None where nothing needs it."""
        return reduce(joined, self.needs) if self.needs else None

    @property
    def declared(self) -> Stated | None:
        """The first place that declares it."""
        return self.stated[0] if self.stated else None


@dataclass(frozen=True, slots=True)
class DependencyFinding:
    """Something about one distribution that somebody should look at."""

    what: What
    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Survey:
    """What was asked: a notebook, or a project. why: the environment could not be asked, if so.

    unread: what could not be known of files, in words.
    """

    subject: str
    python: str
    rows: tuple[Row, ...] = ()
    findings: tuple[DependencyFinding, ...] = field(default=())
    why: str = ""
    unread: tuple[str, ...] = ()
