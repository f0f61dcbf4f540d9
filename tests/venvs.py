"""Environments for tests: new ones that see the libraries of the one in which the tests run."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


@dataclass(frozen=True)
class Environment:
    """The folders of its commands and of its libraries."""

    scripts: Path
    site: Path

    @property
    def python(self) -> Path:
        return self.scripts / ("python.exe" if os.name == "nt" else "python")


def create(folder: Path, behind: Path | None = None) -> Environment:
    """A new environment behind whose own libraries stand those of the tests, or of another folder.

    Installing them anew would take minutes and a network. A venv with system-site-packages would
    see those of the base interpreter instead. What is installed here in editable form is not seen.
    """
    venv.create(folder, with_pip=False)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = Environment(scripts, folder).python
    done = subprocess.run([python, "-c", SITE], check=True, capture_output=True, text=True)
    site = Path(done.stdout.strip())
    text = f"{behind or sysconfig.get_path('purelib')}\n"
    (site / "behind.pth").write_text(text, encoding="utf-8")
    return Environment(scripts, site)


def add(
    environment: Environment,
    name: str,
    version: str,
    modules: Mapping[str, str] | None = None,
    requires: Sequence[str] = (),
    python: str = "",
    origin: Mapping[str, Any] | None = None,
) -> None:
    """Install a distribution as pip would: its modules (path to text), and its metadata."""
    files = {f"{name}/__init__.py": ""} if modules is None else modules
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {r}" for r in requires)]
    lines += [f"Requires-Python: {python}"] if python else []
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    texts = {**files, f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *lines, "", ""])}
    texts |= {f"{info}/direct_url.json": json.dumps(origin)} if origin else {}
    texts[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in texts)
    for path, text in texts.items():
        (environment.site / path).parent.mkdir(parents=True, exist_ok=True)
        (environment.site / path).write_text(text, encoding="utf-8")


def without(name: str, folder: Path) -> Path:
    """The libraries of the tests but one, and what is known of it, as a folder of links."""
    folder.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.lower().lstrip("_").startswith(name):
            (folder / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    return folder
