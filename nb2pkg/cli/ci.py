"""nb2pkg ci"""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path

import click

from nb2pkg.ci.kinds import KINDS, Kind
from nb2pkg.ci.model import UnextendableError, Wish
from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say
from nb2pkg.cli.status import required
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import put, settle
from nb2pkg.project import locate, manifest

_THEN = {
    "github": "Commit it: the workflow runs with the next push.",
    "gitlab": "Commit it: the jobs run with the next push.",
    "travis": "Commit it: the job runs with the next push.",
    "jenkins": "Commit it, and create a pipeline for this repository. It needs the Docker plugin.",
    "pre-commit": "Now run: pre-commit install --hook-type pre-commit --hook-type pre-push",
}


def _version(_context: click.Context, _option: click.Parameter, given: str) -> str:
    if not re.fullmatch(r"3\.\d+(\.\d+)?", given):
        raise click.BadParameter(f"{given!r} is not a version such as 3.12")
    return given


@click.command(name="ci")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option(
    "-p",
    "--project",
    type=project_options.SettledPath(file_okay=False),
    help="Folder of the package.",
)
@click.option(
    "--require",
    default="validated",
    show_default=True,
    callback=required,
    metavar="LIST",
    help="What nb2pkg status is to require of each symbol.",
)
@click.option(
    "--python",
    default=f"{sys.version_info.major}.{sys.version_info.minor}",
    metavar="VERSION",
    callback=_version,
    help="Version of Python to use there; default: the one that runs nb2pkg.",
)
@click.option(
    "--install",
    default="nb2pkg",
    show_default=True,
    metavar="REQUIREMENT",
    help="What pip installs.",
)
@click.option(
    "--run", "runs", is_flag=True, help="Run the notebooks there too: nb2pkg check --run."
)
@click.option(
    "--diff", "differing", is_flag=True, help="Show what would be written, and write nothing."
)
@click.option("--yes", is_flag=True, help="Write without asking.")
def command(
    kind: str,
    project: Path | None,
    require: tuple[str, ...],
    python: str,
    install: str,
    runs: bool,
    differing: bool,
    yes: bool,
) -> None:
    """Write the file by which KIND checks notebooks, and tests the package.

    It runs nb2pkg check, nb2pkg status with what --require asks for, and the tests. The file is
    written at the top of the git repository. What would change is shown first. A file that is there is
    extended, and loses nothing; what cannot be extended for sure is refused, with what to add to it.
    """
    top = _top(Path().resolve())
    settle(top, say)
    wish = Wish(_project(project, top), python, require, install, runs)
    if not wish.project:
        say("There is no package here, so only notebooks are checked.")
    _put(KINDS[kind], wish, top, differing, yes)


def _put(kind: Kind, wish: Wish, top: Path, differing: bool, yes: bool) -> None:
    path = top / kind.path
    before = _text(path)
    try:
        after = kind.written(wish, before)
    except UnextendableError as refused:
        give(refused.piece, nl=False)
        raise
    if after == before:
        say(f"{kind.path}: nothing to change")
        return
    give(_diff(before or "", after, kind.path), nl=False)
    if differing:
        return
    if not yes:
        _confirm(kind)
    put(path, after.encode("utf-8"), None if before is None else before.encode("utf-8"))
    say(f"wrote {kind.path}. {_THEN[kind.name]}")


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8") if path.is_file() else None
    except UnicodeDecodeError:
        raise Nb2pkgError(f"{path}: is not UTF-8, so nothing was written", "Fix it.") from None


def _confirm(kind: Kind) -> None:
    try:
        agreed = click.confirm(f"Write {kind.path}?", err=True)
    except click.Abort:  # nobody is there to answer
        agreed = False
    if not agreed:
        raise Nb2pkgError("nothing was written", "--yes writes it without asking.")


def _diff(before: str, after: str, path: str) -> str:
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    return "".join(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"))


def _top(start: Path) -> Path:
    """The top of the repository around here; without one, here."""
    return next((folder for folder in (start, *start.parents) if (folder / ".git").exists()), start)


def _project(given: Path | None, top: Path) -> str:
    """The folder of the package as seen from the top; empty if there is none."""
    if given is not None:
        manifest.required(locate.all_in(given)[0] if locate.all_in(given) else given)
    elif not _is_here(Path().resolve()):
        return ""
    found = project_options.project_folder(given).resolve()
    if not found.is_relative_to(top):
        raise Nb2pkgError(f"{found}: lies outside the repository {top}", "Name a folder inside it.")
    return found.relative_to(top).as_posix()


def _is_here(here: Path) -> bool:
    """Return whether there is a package around this folder, or in one below it."""
    around = any(locate.is_project(folder) for folder in (here, *here.parents))
    return around or any(locate.is_project(folder) for folder in here.glob("*"))
