"""Which project, and which of the notebooks in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from nb2pkg import files
from nb2pkg.cli.report import note, say

_Command = TypeVar("_Command", bound=Callable[..., Any])


class SettledPath(click.Path):
    """A notebook or a folder. What a command that was cut off had begun there is settled first."""

    def __init__(self, *, exists: bool = False, file_okay: bool = True) -> None:
        super().__init__(path_type=Path, exists=exists, file_okay=file_okay)

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        note(value)
        files.settle(Path(value), say)
        return Path(os.fsdecode(super().convert(value, param, ctx)))


def project_folder(given: Path | None) -> Path:
    """The project that a person means: the given one, the one around here, or the only one in here."""
    if given is None:
        for place in (Path(), *(path for path in Path().glob("*") if path.is_dir())):
            files.settle(place, say)
    from nb2pkg.project import locate  # a quarter of all imports, for commands that have no project

    return locate.find(given, Path())


def project(command: _Command) -> _Command:
    """The option for the folder of a project."""
    return click.option(
        "-p",
        "--project",
        "folder",
        type=SettledPath(file_okay=False),
        help="Folder of the package; default: the one around the current folder, or the only one in it.",
    )(command)


def notebook(command: _Command) -> _Command:
    """The option that says which of several notebooks."""
    return click.option(
        "--notebook",
        default="",
        metavar="NAME",
        help="Which notebook, if several have a package in the project.",
    )(command)


def python(command: _Command) -> _Command:
    """Return the option for the environment that is inspected, for commands that run nothing."""
    return click.option(
        "--python",
        default="",
        metavar="PATH",
        help="Interpreter whose environment is inspected; default: that of its package, or the kernel's.",
    )(command)
