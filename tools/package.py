"""Build the wheel and the sdist, check them, and run the demo from the wheel: make package.

python -m tools.package

The wheel is installed on the oldest and the newest Python, and the demo runs where the checkout is
not seen. A Python that cannot be had is skipped, with the reason.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import pythons

DIST = pythons.ROOT / "dist"
SAMPLE = pythons.ROOT / "sample_project"


def main() -> int:
    """1 if there was no Python to try the wheel on; whatever fails ends it at once."""
    wheel = build()
    tried = [_try(wheel, version) for version in pythons.VERSIONS]
    print(f"{wheel.name}: demo passed on {', '.join(filter(None, tried)) or 'no Python'}")
    return int(not any(tried))


def build() -> Path:
    """Both archives, new, in dist; the wheel is made from the sdist, so that nothing is missing there."""
    shutil.rmtree(DIST, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "build", "--outdir", DIST, pythons.ROOT], check=True)
    archives = sorted(DIST.iterdir())
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *archives], check=True)
    return next(DIST.glob("*.whl"))


def _try(wheel: Path, version: str) -> str:
    """The version, once the demo has run there; nothing if there is no such Python."""
    python = pythons.find(version)
    if python is None:
        return ""
    print(f"--- Python {version}: {python}", flush=True)
    with tempfile.TemporaryDirectory(prefix="nb2pkg-demo-") as name:
        folder = Path(name)
        inside = pythons.environment(python, folder / "environment", f"{wheel}[demo]")
        _demo(inside, folder)
    return version


def _demo(python: Path, folder: Path) -> None:
    """Promote and verify a copy of the demo's notebook, then run its package."""
    for name in ("islands.ipynb", "penguins.csv"):
        shutil.copy(SAMPLE / name, folder)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    promote = [str(python), "-m", "nb2pkg", "promote", "islands.ipynb", "--verify"]
    subprocess.run(promote, cwd=folder, env=clean, check=True)
    package = folder / "islands-package"
    run = [str(python), "-m", "islands"]
    subprocess.run(run, cwd=package, env=clean | {"PYTHONPATH": "src"}, check=True)


if __name__ == "__main__":
    sys.exit(main())
