"""Interpreters of other versions, and environments made from them.

An interpreter is looked for on the path and among pyenv's versions; uv brings one that is missing,
if there is a network for it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERSIONS = ("3.10", "3.13")  # the oldest one that is supported, and the newest one that is tested


def find(version: str) -> Path | None:
    """An interpreter of this version ("3.10") that starts, or None where none can be had."""
    installed = next((p for p in _installed(version) if _version(p) == version), None)
    return installed or _brought_by_uv(version)


def _installed(version: str) -> Iterator[Path]:
    yield Path(sys.executable)
    for name in (f"python{version}", "python3", "python"):
        if on_path := shutil.which(name):
            yield Path(on_path)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)


def _version(python: Path) -> str:
    """Its version, or nothing if it does not start: a shim of pyenv may not."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _brought_by_uv(version: str) -> Path | None:
    uv = [sys.executable, "-m", "uv", "python"]
    install = subprocess.run([*uv, "install", version], capture_output=True, text=True, check=False)
    if install.returncode:
        reason = re.sub(r"\s*\n\s*", "; ", install.stderr.strip())
        print(f"Python {version}: not installed, and uv cannot bring it: {reason}")
        return None
    found = subprocess.run(
        [*uv, "find", "--managed-python", version], capture_output=True, text=True, check=True
    )
    return Path(found.stdout.strip())


def environment(python: Path, folder: Path, *requirements: str) -> Path:
    """The interpreter of a new environment in the folder, with the requirements installed."""
    subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
    inside = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [str(inside), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *requirements], check=True, cwd=ROOT)
    return inside
