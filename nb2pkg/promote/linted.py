"""What the linter of a project says of the files that were written into it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sysconfig
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from nb2pkg import pyproject
from nb2pkg.paths import Project

PYPROJECT = "pyproject.toml"
_OWN_FILES = (".ruff.toml", "ruff.toml")  # either goes before pyproject.toml
_NOTEBOOKS = ".ipynb"
_RULE = re.compile(r"[A-Z]+[0-9]+")  # what has no such code, as a syntax error, cannot be allowed
_PATIENCE = 30.0  # seconds: ruff reads a package in a tenth of one


@dataclass(frozen=True, slots=True)
class Lint:
    """The rules that are broken, by the folder or notebook in which they are.

    settings: the file in which the project chooses its rules.
    """

    settings: str
    counts: Mapping[str, int]
    places: Mapping[str, tuple[str, ...]]

    @property
    def exceptions(self) -> list[str]:
        """The lines that allow for all of it."""
        table = "tool.ruff.lint" if self.settings == PYPROJECT else "lint"
        lines = [f"{json.dumps(place)} = {json.dumps(list(c))}" for place, c in self.places.items()]
        return [f"[{table}.per-file-ignores]", *lines]


def lint(place: Project, written: Iterable[str]) -> Lint | None:
    """Run the ruff that is installed here, if the project chooses rules of it.

    written are paths as the project sees them. None if there is nothing to say.
    """
    settings = _settings(place.folder)
    program = shutil.which("ruff") or shutil.which("ruff", path=sysconfig.get_path("scripts"))
    paths = [path for path in written if PurePosixPath(path).suffix in (".py", _NOTEBOOKS)]
    if place.paths.is_own or not (settings and program and paths):
        return None
    found = _findings(program, place.folder, paths)
    counts = Counter(code for _, code in found)
    places: dict[str, set[str]] = {}
    for path, code in found:
        places.setdefault(_place(path), set()).add(code)
    ordered = {place: tuple(sorted(codes)) for place, codes in sorted(places.items())}
    return Lint(settings, dict(counts.most_common()), ordered) if found else None


def _settings(folder: Path) -> str:
    """The file that says what ruff does here, or nothing."""
    own = next((name for name in _OWN_FILES if (folder / name).is_file()), "")
    tools = pyproject.table(pyproject.read(folder / PYPROJECT), "tool")
    return own or (PYPROJECT if pyproject.table(tools, "ruff") else "")


def _findings(program: str, folder: Path, paths: list[str]) -> list[tuple[str, str]]:
    """Path and rule of each finding; none if ruff cannot work as the project has set it up."""
    command = [
        program,
        "check",
        "--output-format",
        "json",
        "--no-fix",
        "--force-exclude",
        "--",
        *paths,
    ]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            timeout=_PATIENCE,
            check=False,
        )
        listed: list[dict[str, Any]] = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return []
    root = folder.resolve()
    known = {root / path: path for path in paths}  # links below the project are not followed
    found = ((known.get(Path(one["filename"])), one["code"] or "") for one in listed)
    return [(path, code) for path, code in found if path and _RULE.fullmatch(code)]


def _place(path: str) -> str:
    """All files of a folder share their exceptions; a notebook has its own."""
    if path.endswith(_NOTEBOOKS):
        return path
    folder = PurePosixPath(path).parent.as_posix()
    return "*.py" if folder == "." else f"{folder}/*"
