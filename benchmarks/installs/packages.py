"""Packages of public notebooks, and what becomes of them in environments of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import environments
from benchmarks.distributions.pairs import normal
from benchmarks.package import IMPORT_ALL
from benchmarks.trial import PROMOTE_SECONDS, ROOT

SECONDS = 900  # to install what a package asks for
IMPORT_SECONDS = 180
# No window, and no module but those of the environment.
_PLAIN = {"MPLBACKEND": "Agg", "PYTHONPATH": "", "PYTHONNOUSERSITE": "1"}
_NAME = re.compile(r"[\w.-]+")

REQUIREMENTS, PACKAGE, IMPORT, RANGES = "requirements", "package", "import", "ranges"
STAGES = {
    REQUIREMENTS: "requirements.txt does not install",
    PACKAGE: "the package does not install",
    IMPORT: "a module cannot be imported",
    RANGES: "the ranges of pyproject.toml do not resolve",
}


@dataclass(frozen=True, slots=True)
class Package:
    """A notebook that was promoted. requirements are the lines of requirements.txt without remarks."""

    notebook: str
    project: Path
    requirements: frozenset[str]

    @property
    def name(self) -> str:
        return next((self.project / "src").iterdir()).name

    def asks_for(self, names: Iterable[str]) -> bool:
        mine = {normal(match[0]) for line in self.requirements if (match := _NAME.match(line))}
        return not mine.isdisjoint(normal(name.strip()) for name in names)


@dataclass(frozen=True, slots=True)
class Failure:
    """What was said where a package failed. stage is one of STAGES."""

    notebook: str
    stage: str
    said: str


def promoted(notebook: Path, project: Path, python: Path) -> Package | None:
    """The package of all that can be promoted, without a run; None if nb2pkg made none."""
    options = ["--all", "--json", "--python", str(python), "--output", str(project)]
    command = [sys.executable, "-m", "nb2pkg", "promote", str(notebook), *options]
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=PROMOTE_SECONDS,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    if not done.stdout.startswith("{") or not json.loads(done.stdout)["written"]:
        return None
    lines = (project / "requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = (line.partition("#")[0].strip() for line in lines)
    return Package(
        "/".join(notebook.parts[-3:]), project, frozenset(line for line in asked if line)
    )


def tried(packages: Sequence[Package], folder: Path) -> list[Failure]:
    """Packages with the same requirements, one after another in one environment, which has nothing
    but these requirements and the package."""
    python = environments.make(folder)
    failures = [Failure(p.notebook, RANGES, said) for p in packages if (said := _ranges(p, python))]
    listed = ["-r", str(packages[0].project / "requirements.txt")]
    said = environments.install(python, listed, SECONDS) if packages[0].requirements else ""
    if said:
        return failures + [Failure(package.notebook, REQUIREMENTS, said) for package in packages]
    return failures + [failure for p in packages if (failure := _alone(p, python))]


def _ranges(package: Package, python: Path) -> str:
    return environments.install(python, ["--dry-run", str(package.project)], SECONDS)


def _alone(package: Package, python: Path) -> Failure | None:
    said = environments.install(python, ["--no-deps", str(package.project)], SECONDS)
    if said:
        return Failure(package.notebook, PACKAGE, said)
    said = _imports(package, python)
    environments.uninstall(python, package.name)
    return Failure(package.notebook, IMPORT, said) if said else None


def _imports(package: Package, python: Path) -> str:
    """Empty if all modules can be imported, from a folder where there is nothing."""
    folder = package.project.parent / "elsewhere"
    folder.mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            [str(python), "-c", IMPORT_ALL, package.name],
            check=False,
            cwd=folder,
            env=os.environ | _PLAIN,
            capture_output=True,
            text=True,
            timeout=IMPORT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"took more than {IMPORT_SECONDS} s"
    return (done.stderr.strip() or "failed") if done.returncode else ""
