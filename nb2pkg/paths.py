"""Where the files of a package stand on disk.

Everywhere in nb2pkg a file has the path that it has in a project of its own: src/lab/bears/clean.py,
tests/test_clean.py, .nb2pkg/manifest.json. In a project that was there before, these stand elsewhere;
PackagePaths says where, and only what touches the disk asks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from nb2pkg import escape

FOLDER = ".nb2pkg"


def source_of(package: str) -> str:
    """The folder of a package, which may be a package in another: ``lab.bears``."""
    return f"src/{package.replace('.', '/')}"


def path_of(package: str, module: str) -> str:
    """The file of a module, which is named as seen from the package."""
    return f"{source_of(package)}/{module.replace('.', '/')}.py"


def is_module(path: str, package: str) -> bool:
    """Return whether a file holds code of that package."""
    return path.startswith(f"{source_of(package)}/") and path.endswith(".py")


def module_of(path: str, package: str) -> str:
    """Name of the module in a file, as seen from the package."""
    inner = PurePosixPath(path).relative_to(source_of(package)).with_suffix("")
    return ".".join(inner.parts)


def finding_line(source: str) -> str:
    """The line by which a narrative in its own folder finds the package that nobody has installed."""
    return f"sys.path.append({escape.python(source)})"


def variable_of(package: str) -> str:
    """The environment variable that names the folder of the files."""
    return f"{package.upper().replace('.', '_')}_DATA_DIR"


@dataclass(frozen=True, slots=True)
class PackagePaths:
    """Folders of a project that was there before, in which a package has a place.

    package: dotted; empty for a project of its own, where every path is as it is.
    source: the folder that has the top package; empty if that is the project itself.
    tests, stories: the folders of this package's tests, and of the narratives.
    """

    package: str = ""
    source: str = "src"
    tests: str = "tests"
    stories: str = "notebooks"

    @property
    def is_own(self) -> bool:
        """Whether the package is a project of its own."""
        return not self.package

    @property
    def name(self) -> str:
        """What the package is called in the package that it is part of."""
        return self.package.rpartition(".")[2]

    @property
    def top(self) -> str:
        """The package that all others are part of."""
        return self.package.partition(".")[0]

    @property
    def levels(self) -> int:
        """How many folders the project is above a module, counted as Path.parents does."""
        parts = len(self.package.split("."))
        return parts + self.source.count("/") + 1 if self.source else parts

    @property
    def above(self) -> str:
        """The folder with the top package, as seen from that of the narratives."""
        return f"../{self.source}" if self.source else ".."

    def on_disk(self, path: str) -> str:
        """Where a file stands, as seen from the project."""
        for usual, here in self._folders():
            if path == usual or path.startswith(f"{usual}/"):
                return here + path.removeprefix(usual)
        return path

    def _folders(self) -> tuple[tuple[str, str], ...]:
        if self.is_own:
            return ()
        source = source_of(self.package)
        there = source.removeprefix("src/")
        return (
            (source, f"{self.source}/{there}" if self.source else there),
            ("tests", self.tests),
            ("notebooks", self.stories),
            (FOLDER, f"{FOLDER}/{self.name}"),
        )

    @property
    def roots(self) -> tuple[str, ...]:
        """Where the package's own files stand, by their usual paths; empty for all of the project."""
        return ("",) if self.is_own else (source_of(self.package), "tests")


OWN = PackagePaths()
"""A project of its own."""


@dataclass(frozen=True, slots=True)
class Project:
    """The folder of a project as one package sees it: ``project / path`` is where a file stands."""

    folder: Path
    paths: PackagePaths = OWN

    def __truediv__(self, path: str) -> Path:
        return self.folder / self.paths.on_disk(path)

    def __str__(self) -> str:
        return str(self.folder)


Folder = Path | Project
"""A project; a bare path is that of a project of its own."""


def project_at(folder: Folder) -> Project:
    return folder if isinstance(folder, Project) else Project(folder)


def bare(folder: Folder) -> Path:
    return folder.folder if isinstance(folder, Project) else folder
