"""Which project, and which of the notebooks in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def project(command: _Command) -> _Command:
    """The option for the folder of a project."""
    return click.option(
        "-p",
        "--project",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the package; default: the one around here, or the only one in here.",
    )(command)


def notebook(command: _Command) -> _Command:
    """The option that says which of several notebooks."""
    return click.option(
        "--notebook",
        default="",
        metavar="NAME",
        help="Which one, where several notebooks have a package in the project.",
    )(command)
