"""Make an environment from what a project declares, as somebody would who has nothing else."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nb2pkg import environment as environments
from nb2pkg import pyproject
from nb2pkg.environment import Environment
from nb2pkg.errors import Nb2pkgError
from nb2pkg.execution import install
from nb2pkg.lock import ask, uv
from nb2pkg.lock.ask import ResolverError
from nb2pkg.lock.model import Layer
from nb2pkg.lock.uv import Uv
from nb2pkg.paths import Project
from nb2pkg.requirements import stated
from nb2pkg.requirements.model import Kind, Use
from nb2pkg.requirements.needs import KERNEL
from nb2pkg.verify.package import Package

_FOLDER = "import sysconfig; print(sysconfig.get_path('purelib'))"
_PINS = ("requirements-notebook.txt", "requirements.txt")
_LOCKS = (Layer.NOTEBOOK.path, Layer.PACKAGE.path)
_EXTRA = "notebook"


@dataclass(frozen=True, slots=True)
class Built:
    """An environment that was made: its interpreter, its libraries, what is in it, and by what.

    source: the files that say what was installed. declared: plain names of what pyproject.toml lists;
    own: that of the project.
    """

    python: str
    site: Path
    contents: Environment
    tool: str
    source: tuple[str, ...]
    declared: frozenset[str]
    own: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be installed: arguments of an installer, one call after the other."""

    calls: tuple[tuple[str, ...], ...]
    source: tuple[str, ...]


def build(
    project: Project, package: Package, kernel: str, client: Path | None, scratch: Path
) -> Built:
    """Make it in the scratch folder, with the kernel's Python.

    client: constraints; without them, locks count if there are any. Nb2pkgError with the resolver's
    words if nothing fits.
    """
    began = time.monotonic()
    project = Project(project.folder.resolve(), project.paths)  # an installer is started in it
    wheel = _wheel(project, package, scratch)
    order = _order(project, wheel, client, scratch)
    found = uv.find(project.folder, kernel)
    python = _made(found, kernel, scratch)
    for call in order.calls:
        _install(found, python, call, project.folder, client, scratch)
    contents, source = environments.ask(python, is_apart=True), order.source
    if contents.get(KERNEL) is None:
        _install(found, python, _kernel_beside(contents, scratch), project.folder, client, scratch)
        environments.ask.cache_clear()
        contents, source = environments.ask(python, is_apart=True), (*source, KERNEL)
    words = [python, "-I", "-c", _FOLDER]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return Built(
        python,
        Path(done.stdout.strip()),
        contents,
        f"uv {found.version}" if found else "pip",
        source,
        frozenset(one.name for one in stated.of(project.folder).stated),
        stated.called(project.folder),
        round(time.monotonic() - began, 1),
    )


def _wheel(project: Project, package: Package, scratch: Path) -> Path | None:
    """The package as others would get it; none for a part of somebody else's project."""
    if not project.paths.is_own:
        return None
    install.write(package.files, scratch / "project")
    return install.wheel(scratch / "project", scratch)


# ---- what is installed


def locked(project: Project) -> str:
    """The lock of a project; empty if it has none."""
    return next((name for name in _LOCKS if (project.folder / name).is_file()), "")


def _kernel_beside(contents: Environment, scratch: Path) -> tuple[str, ...]:
    """What runs the narrative, where a lock has none; nothing else changes its version for it."""
    there = [f"{one.name}=={one.version}" for one in contents.distributions.values()]
    return (KERNEL, "-c", str(ask.write(scratch, "there.txt", there)))


def _order(project: Project, wheel: Path | None, client: Path | None, scratch: Path) -> Order:
    lock = locked(project)
    if lock and client is None:
        pins = ("--require-hashes", "-r", str(project.folder / lock))
        own = (("--no-deps", str(wheel)),) if wheel else ()
        return Order((pins, *own), (lock,))
    listing = next((name for name in _PINS if (project.folder / name).is_file()), "")
    words = ["-r", str(project.folder / listing)] if listing else []
    if client is not None:
        words += ["-c", str(client)]
    listed = ask.write(scratch, "wanted.txt", [*_wanted(project, wheel)])
    source = (pyproject.NAME, *filter(None, [listing, client.name if client else ""]))
    return Order((("-r", str(listed), *words),), source)


def _wanted(project: Project, wheel: Path | None) -> Iterator[str]:
    """What the project declares for the package and its narratives, and what runs them."""
    kinds = (Kind.MAIN, Kind.OPTIONAL)
    listed = [one for one in stated.of(project.folder).stated if one.kind in kinds]
    if wheel is not None:
        has_extra = any(one.use is Use.NOTEBOOK for one in listed)
        name = f"{stated.called(project.folder)}{f'[{_EXTRA}]' if has_extra else ''}"
        yield f"{name} @ {wheel.as_uri()}"
    else:
        yield from (one.words for one in listed if one.use is not Use.TESTS)
    if not any(one.name == KERNEL for one in listed):
        yield KERNEL


# ---- how


def _made(found: Uv | None, kernel: str, scratch: Path) -> str:
    folder = scratch / "environment"
    if found is not None:
        command = [found.command, "venv", "--quiet", "--python", kernel, str(folder)]
    else:
        command = [kernel, "-m", "venv", str(folder)]
    try:
        ask.run(command, scratch, {"UV_PYTHON_DOWNLOADS": "never"})
    except ResolverError as error:
        raise Nb2pkgError(f"no environment can be made: {error.words}") from None
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


def _install(
    found: Uv | None,
    python: str,
    words: Sequence[str],
    folder: Path,
    client: Path | None,
    scratch: Path,
) -> None:
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    variables: Mapping[str, str] = {"TMPDIR": str(scratch)}
    if found is not None:
        command = [found.command, "pip", "install", "--quiet", "--python", python]
        command += found.given.options
        variables = {**variables, **found.given.variables, "UV_PYTHON_DOWNLOADS": "never"}
    try:
        ask.run([*command, *words], folder, variables)
    except ResolverError as error:
        hint = (
            f"Promote with --constraints {client.name}: then the package asks for what is allowed."
            if client is not None
            else "It is what pyproject.toml, requirements*.txt and locks of the project ask for."
        )
        raise Nb2pkgError(error.message, hint) from None


def checked(client: Path | None) -> Path | None:
    """The client's file; Nb2pkgError if it is not there."""
    if client is not None and not client.is_file():
        raise Nb2pkgError(
            f"{client}: is not there", "It is named by --constraints, or in pyproject.toml."
        )
    return client.resolve() if client else None
