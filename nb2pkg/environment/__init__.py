"""What is installed in the environment of a notebook's kernel, which may not be that of nb2pkg."""

from __future__ import annotations

import json
import os
import pkgutil
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg.environment import answers
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import scratch

_INSIDE = Path(__file__).parent / "inside.py"
# Where the script stands must not be where it finds modules; everything else is as for a kernel.
_RUN = "import sys; sys.path[:1] = []; exec(compile(sys.stdin.read(), 'nb2pkg', 'exec'))"
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Distribution:
    """What is installed under one name.

    modules: the shallowest dotted modules that are its own; in a namespace package what is in it.
    requires: its Requires-Dist, as they stand. python: its Requires-Python. origin: direct_url.json
    (PEP 610), empty for what an index gave. is_requested: a person asked for it by name.
    """

    name: str
    version: str
    modules: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    python: str = ""
    origin: Mapping[str, Any] = field(default_factory=dict)
    is_requested: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """The distributions of an environment by their plain names, and its values of PEP 508's markers.

    places: the folders in which it finds modules.

    Without an argument: one in which nothing is installed, of which nothing is known.
    """

    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    markers: Mapping[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = ()

    @property
    def python(self) -> str:
        """Its version, such as 3.11.7; empty if nobody knows."""
        return self.markers.get("python_full_version", "")

    def get(self, name: str) -> Distribution | None:
        """The distribution of that name, however it is spelled."""
        return self.distributions.get(canonicalize_name(name))

    def has(self, module: str) -> bool:
        """Return whether a distribution provides the module."""
        return bool(self.owners(module))

    def owners(self, module: str) -> tuple[Distribution, ...]:
        """Who brings a dotted module: those who own the longest part of it."""
        parts = module.split(".")
        index = _owners(self)
        for length in range(len(parts), 0, -1):
            if found := index.get(".".join(parts[:length])):
                return found
        return ()

    def __hash__(self) -> int:
        return id(self)


@cache
def _owners(environment: Environment) -> Mapping[str, tuple[Distribution, ...]]:
    found: dict[str, tuple[Distribution, ...]] = {}
    for distribution in environment.distributions.values():
        for module in distribution.modules:
            found[module] = (*found.get(module, ()), distribution)
    return found


@cache
def ask(python: str = sys.executable, is_apart: bool = False) -> Environment:
    """What is installed where that interpreter looks, as a command first sees it. Nb2pkgError if it cannot say.

    is_apart: what variables such as PYTHONPATH add does not count.
    """
    return ask_now(python, is_apart)


def ask_now(python: str, is_apart: bool = False) -> Environment:
    """The same, for those who may have changed it meanwhile, as a notebook with ``%pip install`` does.

    Unless its last answer still holds, the interpreter is started, and reads the metadata of every distribution: some
    tenths of a second.
    """
    command = [program(python), *(("-E", "-s") if is_apart else ()), "-X", "utf8", "-c", _RUN]
    script = _INSIDE.read_text(encoding="utf-8")
    name = answers.name_of(command, script)
    answer = answers.load(name)
    if answer is None:
        answer = _answer(python, command, script)
        answers.save(name, answer)
    return parsed(answer)


def _answer(python: str, command: list[str], script: str) -> Mapping[str, Any]:
    with scratch() as empty:
        try:
            done = subprocess.run(
                command,
                input=script,
                capture_output=True,
                encoding="utf-8",
                timeout=_SECONDS,
                cwd=empty,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Nb2pkgError(
                f"{python}: cannot be started: {_reason(error)}",
                "Name an interpreter with --python.",
            ) from error
    return _read(python, done)


def program(python: str) -> str:
    """The interpreter, from whatever folder it is started. Links stay: they are what makes an environment."""
    found = shutil.which(python)
    return os.path.abspath(found) if found else python


def _reason(error: OSError | subprocess.TimeoutExpired) -> str:
    text = error.strerror if isinstance(error, OSError) else f"no answer in {_SECONDS} seconds"
    return text or str(error)


def _read(python: str, done: subprocess.CompletedProcess[str]) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout[done.stdout.index('{"markers"') :])
        return answer
    except ValueError as error:
        last = (done.stderr.strip().splitlines() or ["it printed something else"])[-1]
        raise Nb2pkgError(
            f"{python}: cannot list what is installed: {last}",
            "Name an interpreter of Python 3.8 or newer with --python.",
        ) from error


def parsed(answer: Mapping[str, Any]) -> Environment:
    """What the script inside tells, as values."""
    found = (
        Distribution(
            name=one["name"],
            version=one["version"],
            modules=tuple(one["modules"]),
            requires=tuple(one["requires"]),
            python=one["python"],
            origin=one["origin"],
            is_requested=one["is_requested"],
        )
        for one in answer["distributions"]
    )
    return Environment(
        {canonicalize_name(one.name): one for one in found},
        answer["markers"],
        tuple(answer["places"]),
    )


@cache
def installed() -> frozenset[str]:
    """Top-level modules of everything that is installed beside nb2pkg, in lower case."""
    places = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    return frozenset(module.name.lower() for module in pkgutil.iter_modules(places))


def beside_nb2pkg(module: str) -> bool:
    """Return whether a top-level module of that name is installed beside nb2pkg."""
    return module.lower() in installed()
