"""The words of a lock: layers of requirements, what is asked of a resolver, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Layer(Enum):
    """Who needs something. Each has a file of its own, and the extras whose requirements count."""

    PACKAGE = ("requirements-lock.txt", ())
    NOTEBOOK = ("requirements-notebook-lock.txt", ("notebook",))
    DEVELOPMENT = ("requirements-dev-lock.txt", ("test", "dev"))
    BUILD = ("requirements-build-lock.txt", ())

    @property
    def path(self) -> str:
        path: str = self.value[0]
        return path

    @property
    def extras(self) -> tuple[str, ...]:
        extras: tuple[str, ...] = self.value[1]
        return extras


Requirements = Mapping[Layer, tuple[str, ...]]
"""As they are written in pyproject.toml."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What pyproject.toml says. name is normalised; python is empty if any will do; readme is a path."""

    name: str
    python: str
    requirements: Requirements
    readme: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """One distribution in one version. via: who needs it, in the words of the lock.

    url is that of an archive which the project names itself; else an index has it.
    """

    name: str
    version: str
    marker: str = ""
    url: str = ""
    hashes: tuple[str, ...] = ()
    via: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The requirement, without hashes."""
        which = f" @ {self.url}" if self.url else f"=={self.version}"
        return f"{self.name}{which}" + (f" ; {self.marker}" if self.marker else "")


@dataclass(frozen=True, slots=True)
class Target:
    """Where the lock is for. executable: of a Python that works here, perhaps in another version.

    usual: the version of a universal lock that an image or an environment takes.
    """

    python: str
    executable: str
    platform: str
    is_universal: bool = False
    usual: str = ""

    @property
    def minor(self) -> str:
        return ".".join((self.usual or self.python).split(".")[:2])

    @property
    def words(self) -> str:
        """As the head of a lock tells it."""
        if self.is_universal:
            return f"Python {self.python} and later on all platforms"
        return f"Python {self.minor} on {self.platform}"


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of the command, as a person gave them. resolver: uv, pip, or empty for either.

    notebook: which of several is run in the image.
    """

    constraints: Path | None = None
    is_universal: bool = False
    is_offline: bool = False
    upgrades: bool = False
    resolver: str = ""
    python: str = ""
    conda: bool = False
    docker: bool = False
    notebook: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a resolver is asked. Layers are resolved together, so that versions agree.

    constraints: versions that are kept, as requirements. files: of constraints of others. preferred:
    what was locked before. folder: the project, whose settings count.
    """

    requirements: Requirements
    constraints: tuple[str, ...]
    files: tuple[Path, ...]
    preferred: tuple[Pin, ...]
    target: Target
    folder: Path
    is_offline: bool = False

    def beside(self, layer: Layer) -> tuple[Layer, ...]:
        """The layers that are installed where this one is."""
        return tuple(each for each in self.requirements if each in (Layer.PACKAGE, layer))


Answer = Mapping[Layer, tuple[Pin, ...]]
"""All that is installed where a layer is, sorted."""
