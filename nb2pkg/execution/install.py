"""The package as pip would install it: built into a wheel, and unpacked where Python finds it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from nb2pkg.errors import Nb2pkgError, VerificationError

# In a process of its own: a build backend changes the working directory. Not isolated: that would
# fetch the backend from the network.
_BUILD = """
import sys
from build import ProjectBuilder
print(ProjectBuilder(sys.argv[1]).build("wheel", sys.argv[2]))
"""


def write(files: Mapping[str, bytes], project: Path) -> None:
    """Put the files of a project there."""
    for path, data in files.items():
        place = project / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def install(project: Path, scratch: Path) -> Path:
    """Build a project; return the folder in which its modules are, for the path."""
    site = scratch / "site"
    with zipfile.ZipFile(wheel(project, scratch)) as built:
        built.extractall(site)  # all that installing a wheel of pure Python does
    return site


def wheel(project: Path, scratch: Path) -> Path:
    """Build the wheel of a project."""
    done = subprocess.run(
        [sys.executable, "-c", _BUILD, str(project), str(scratch / "wheel")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        if "No module named 'build'" in last or "BackendUnavailable" in last:
            raise Nb2pkgError(
                f"verification builds the package, and cannot: {last}",
                'pip install "nb2pkg[verify]", and the build backend that pyproject.toml names.',
            )
        raise VerificationError(f"the package cannot be built: {last}")
    return Path(done.stdout.strip().splitlines()[-1])
