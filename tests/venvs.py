"""Environments for tests: new ones that see the libraries of the one in which the tests run."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

SITE = "import sysconfig; print(sysconfig.get_path('purelib'))"


@dataclass(frozen=True)
class Environment:
    """The folders of its commands and of its libraries."""

    scripts: Path
    site: Path

    @property
    def python(self) -> Path:
        return self.scripts / ("python.exe" if os.name == "nt" else "python")


def create(folder: Path) -> Environment:
    """A new environment behind whose own libraries stand those of the tests.

    Installing them anew would take minutes and a network. A venv with system-site-packages would
    see those of the base interpreter instead. What is installed here in editable form is not seen.
    """
    venv.create(folder, with_pip=False)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = Environment(scripts, folder).python
    done = subprocess.run([python, "-c", SITE], check=True, capture_output=True, text=True)
    site = Path(done.stdout.strip())
    (site / "behind.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return Environment(scripts, site)
