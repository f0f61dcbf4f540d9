"""Are the files of nb2pkg ci green, in environments into which they install everything themselves?

Repositories of several kinds are made, a notebook is promoted in each, and the files for GitHub, GitLab,
Jenkins and Travis are executed: each job in a copy of the repository and in a new environment, with a wheel of
this checkout. Their commands fetch what they install from the index of pip.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ci import servers
from nb2pkg.ci.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = """{
 "nbformat": 4, "nbformat_minor": 5,
 "metadata": {"kernelspec": {"name": "somebodys", "display_name": "My env", "language": "python"}},
 "cells": [
  {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": null,
   "source": "import attrs\\n\\n\\ndef grow(a):\\n    return a + len(attrs.__name__)"},
  {"cell_type": "code", "id": "b", "metadata": {}, "outputs": [], "execution_count": null,
   "source": "weights = [61, 74]\\ntotal = grow(sum(weights))"},
  {"cell_type": "code", "id": "c", "metadata": {}, "outputs": [], "execution_count": null,
   "source": "print(total)"}
 ]
}
"""
HEAD = '[project]\nname = "zoo"\nversion = "1"\n'
EXTRA = '[project.optional-dependencies]\ndev-tests = ["pytest", "pytest-cov"]\n'
BACKENDS = {
    "setuptools": '[build-system]\nrequires = ["setuptools>=64"]\nbuild-backend = "setuptools.build_meta"\n',
    "hatchling": '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n',
}
SETUP = "from setuptools import find_packages, setup\nsetup(name='zoo', version='1', package_dir={'': 'src'}, packages=find_packages('src'), install_requires=['attrs'])\n"
REPOSITORIES: dict[str, dict[str, str]] = {
    "own": {},
    "setuptools": {"pyproject.toml": BACKENDS["setuptools"] + HEAD + EXTRA},
    "hatchling": {
        "pyproject.toml": BACKENDS["hatchling"]
        + HEAD
        + '[tool.hatch.build.targets.wheel]\npackages = ["src/zoo"]\n'
    },
    "setup.py": {"setup.py": SETUP, "requirements.txt": "attrs\n"},
    "requirements": {"requirements.txt": "attrs\n", "pyproject.toml": "[tool.other]\n"},
}


def made(name: str, place: Path, python: str, wheel: Path) -> Path:
    """A repository of that kind, with a package of a notebook."""
    top = place / name
    (top / "wheels").mkdir(parents=True)
    shutil.copy2(wheel, top / "wheels")
    subprocess.run(["git", "init", "-q", "-b", "main", str(top)], check=True)
    (top / "weights.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    for path, text in REPOSITORIES[name].items():
        (top / path).write_text(text, encoding="utf-8")
    if REPOSITORIES[name]:
        (top / "src" / "zoo").mkdir(parents=True)
        (top / "src" / "zoo" / "__init__.py").touch()
    into = ["--into", "."] if REPOSITORIES[name] else []
    nb2pkg(top, "promote", "weights.ipynb", "--all", "--python", python, *into)
    return top


def nb2pkg(top: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "nb2pkg", *words]
    done = subprocess.run(command, cwd=top, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{top.name}: nb2pkg {' '.join(words)}\n{done.stdout}{done.stderr}")
    return done.stderr


def executed(top: Path, kind: str, place: Path) -> Iterator[tuple[str, servers.Ran]]:
    """Each command of each job."""
    text = (top / KINDS[kind].path).read_text(encoding="utf-8")
    for name, steps in servers.jobs(kind, text, top).items():
        job = place / f"{top.name}-{kind}-{name}"
        shutil.copytree(top, job / "checkout")
        subprocess.run([sys.executable, "-m", "venv", str(job / "python")], check=True)
        kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
        path = f"{job / 'python' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        for ran in servers.run(steps, job / "checkout", {**kept, "PATH": path}):
            yield name, ran
        shutil.rmtree(job)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="has ipykernel and attrs")
    parser.add_argument("--kinds", default="github,gitlab,jenkins,travis")
    parser.add_argument("--repositories", default=",".join(REPOSITORIES))
    asked = parser.parse_args()
    green, files = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
        subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
        (wheel,) = place.glob("*.whl")
        for name in asked.repositories.split(","):
            top = made(name, place, asked.python, wheel)
            for kind in asked.kinds.split(","):
                nb2pkg(top, "ci", kind, "--run", "--yes", "--install", f"wheels/{wheel.name}")
                began = time.monotonic()
                failed = [(j, ran) for j, ran in executed(top, kind, place) if ran.code]
                files, green = files + 1, green + (not failed)
                print(
                    f"{name:12} {kind:8} {'red' if failed else 'green':6} {time.monotonic() - began:.0f} s",
                    flush=True,
                )
                for job, ran in failed:
                    print(f"  {job}: {ran.command}\n{ran.output[-1500:]}")
    print(f"{green} of {files} files are green")


if __name__ == "__main__":
    main()
