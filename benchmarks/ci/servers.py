"""What servers of continuous integration do with a file: its commands, in their shell and order.

Only what the files of nb2pkg use is known. Checking out is done by whoever calls this; installing Python is
the environment that is first in the path.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nb2pkg.ci import insert

_BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
_SH = ("sh", "-xe", "-c")
_GOES_ON = "${{ !cancelled() }}"


@dataclass(frozen=True)
class Step:
    """A command. always: it runs also when one before it failed; forgiven: the job goes on when it fails."""

    words: tuple[str, ...]
    always: bool = False
    forgiven: bool = False


@dataclass(frozen=True)
class Ran:
    command: str
    code: int
    output: str


def jobs(kind: str, text: str, folder: Path) -> dict[str, list[Step]]:
    """The jobs of a file, by their names. folder: the repository, whose files it may name."""
    if kind == "jenkins":
        return {"pipeline": [*_of_jenkins(text)]}
    document = insert.read(text)
    if kind == "github":
        return {name: [*_of_github(job, folder)] for name, job in document["jobs"].items()}
    if kind == "travis":
        return {job["name"]: [*_of_travis(job)] for job in document["jobs"]["include"]}
    return {
        name: [Step((*_BASH, "\n".join(job["script"])))]
        for name, job in document.items()
        if isinstance(job, dict) and "script" in job
    }


def _of_github(job: Mapping[str, Any], folder: Path) -> Iterator[Step]:
    for step in job["steps"]:
        for line in step.get("with", {}).get("cache-dependency-path", "").split():
            assert (folder / line).is_file(), line  # setup-python fails where none of them is there
        if "run" in step:
            assert step.get("if") in (None, _GOES_ON)
            yield Step((*_BASH, step["run"]), always="if" in step)


def _of_travis(job: Mapping[str, Any]) -> Iterator[Step]:
    yield from (Step((*_BASH, line)) for line in job["install"])
    yield from (Step((*_BASH, line), forgiven=True) for line in job["script"])


def _of_jenkins(text: str) -> Iterator[Step]:
    """Each `sh` of the file; what stands in a catchError is forgiven for the moment."""
    for forgiven, words in re.findall(r"(catchError\(.*\) \{\s+)?\bsh '((?:[^'\\]|\\.)*)'", text):
        yield Step((*_SH, re.sub(r"\\(.)", r"\1", words)), forgiven=bool(forgiven))


def run(steps: list[Step], folder: Path, environment: Mapping[str, str]) -> list[Ran]:
    """What ran of a job, as a server would run it."""
    ran: list[Ran] = []
    is_stopped = False
    for step in steps:
        if is_stopped and not step.always:
            continue
        done = subprocess.run(
            step.words,
            cwd=folder,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        ran.append(Ran(step.words[-1], done.returncode, done.stdout))
        is_stopped |= bool(done.returncode) and not step.forgiven
    return ran
