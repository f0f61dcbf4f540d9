"""The open corpus: which notebooks, where their source archives are, and the environment they
run in."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from benchmarks.trial import Case

HERE = Path(__file__).parent
# pip prepares the metadata of a source archive when it downloads one, without isolation: the back
# ends must be there.
BACK_ENDS = (
    "pip setuptools wheel setuptools_scm hatchling hatch-vcs flit-core poetry-core meson meson-python"
    " scikit-build-core pdm-backend versioneer extension-helpers"
)


@dataclass(frozen=True)
class Entry:
    """One notebook of the corpus."""

    id: str
    path: str
    source: str
    origin: str
    cpu_seconds: float

    @property
    def title(self) -> str:
        """A name for people."""
        return f"{self.source} {PurePosixPath(self.path).stem}"


def entries() -> list[Entry]:
    """The notebooks that ran in a plain new kernel."""
    with (HERE / "corpus.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["fresh_kernel_run"]]
    return [
        Entry(r["id"], r["path"], r["source"], r["origin"], float(r["cpu_seconds"])) for r in rows
    ]


def choose(limit: int, max_cpu: float) -> list[Entry]:
    """The quickest notebooks, spread over as many packages as possible."""
    taken: Counter[str] = Counter()
    ranked = []
    for entry in sorted(
        (e for e in entries() if e.cpu_seconds <= max_cpu), key=lambda e: (e.cpu_seconds, e.id)
    ):
        ranked.append((taken[entry.source], entry.cpu_seconds, entry.id, entry))
        taken[entry.source] += 1
    return [entry for *_, entry in sorted(ranked)[:limit]]


def cases(chosen: Iterable[Entry], cache: Path, python: Path) -> list[Case]:
    """Cases of the notebooks, with all of their archive that lies below the same first folder."""
    return [_case(entry, fetch(entry, cache, python)) for entry in chosen]


def fetch(entry: Entry, cache: Path, python: Path) -> Path:
    """The unpacked source archive of a notebook; downloaded when it is not there yet."""
    target = cache / "sources" / entry.source
    if not target.exists():
        archive = cache / "archives" / f"{entry.source}.tar.gz"
        if not archive.exists():
            _download(entry.origin, archive.parent, python)
        with tarfile.open(archive) as file:
            file.extractall(target.parent, filter="data")
    return target


def _download(origin: str, folder: Path, python: Path) -> None:
    name = origin.partition("==")[0]
    options = ["--no-deps", "--no-build-isolation", "--no-binary", name, "-d", str(folder), origin]
    # Back ends call programs of their environment.
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    command = [str(python), "-m", "pip", "download", "--quiet", *options]
    subprocess.run(command, check=True, env=os.environ | {"PATH": path})


def make_environment(folder: Path) -> Path:
    """Make a virtual environment with the packages of the corpus; return its interpreter."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    packages = ["-r", str(HERE / "env.txt"), *BACK_ENDS.split()]
    if uv:
        subprocess.run([uv, "venv", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([uv, "pip", "install", "--python", str(python), *packages], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--upgrade", *packages], check=True)
    return python


def _case(entry: Entry, source: Path) -> Case:
    top, _, rest = entry.path.partition("/")
    return Case(entry.id, source / top, rest) if rest else Case(entry.id, source, top, files=())
