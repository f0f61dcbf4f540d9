"""nb2pkg ci"""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path

import click

from nb2pkg.check import cache, walk
from nb2pkg.check.run import Selected, check_all
from nb2pkg.ci import own, repository
from nb2pkg.ci.kinds import KINDS, Kind
from nb2pkg.ci.model import UnextendableError, Wish
from nb2pkg.cli import project_options
from nb2pkg.cli.report import give, say
from nb2pkg.cli.status import required
from nb2pkg.errors import Nb2pkgError
from nb2pkg.files import put, settle
from nb2pkg.project import locate, manifest
from nb2pkg.status.look import look
from nb2pkg.status.model import lacking

_USUAL = ("validated",)
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


def _asked(
    context: click.Context, option: click.Parameter, given: str | None
) -> tuple[str, ...] | None:
    return None if given is None else required(context, option, given)


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
    default=None,
    callback=_asked,
    metavar="LIST",
    help="What nb2pkg status is to require of each symbol; default: validated, if all are.",
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
    default="",
    metavar="REQUIREMENT",
    help="What pip installs as nb2pkg: a version, an address, a wheel in the repository; default: this version.",
)
@click.option(
    "--index-url", "index", default="", metavar="URL", help="The index that pip asks there."
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
    require: tuple[str, ...] | None,
    python: str,
    install: str,
    index: str,
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
    if "@" in index:
        raise click.UsageError(
            "--index-url has a password in it: let the server set PIP_INDEX_URL."
        )
    place = _project(project, top)
    if not place:
        say("There is no package here, so only notebooks are checked.")
    wish = Wish(
        project=place,
        python=python,
        require=_required(top / place if place else None, require),
        install=_own(install, top, runs),
        runs=runs,
        found=repository.look(top / place, top),
        index=index,
        branch=repository.branch(top),
    )
    if kind != "pre-commit":
        _say_findings(top)
    _put(KINDS[kind], wish, top, differing, yes)


def _required(folder: Path | None, asked: tuple[str, ...] | None) -> tuple[str, ...]:
    """What a person asks for; else what holds today: a job that fails from the start is switched off."""
    if folder is None:
        return asked or ()
    found = [look(place) for place in locate.all_in(folder)]
    wanted = _USUAL if asked is None else asked
    lacks = {name for each in found for _, name in lacking(each, wanted)}
    if any(each.out_of_step for each in found):
        say("nb2pkg status fails today: something is out of step. Promote before the job runs.")
    for name in lacks:
        say(
            f"Not every symbol is {name}, so --require {name} is left out for now."
            if asked is None
            else f"nb2pkg status --require {name} fails today: not every symbol is {name}."
        )
    return tuple(name for name in wanted if asked is not None or name not in lacks)


def _say_findings(top: Path) -> None:
    """A job that fails from the start is switched off: so a person knows before."""
    reports = check_all(walk.notebooks([top]), Selected(cache=cache.folder()))
    failing = [report.path for report in reports if report.found or report.error]
    if failing:
        count = f"{len(failing)} {'notebooks' if len(failing) > 1 else 'notebook'}"
        say(f"nb2pkg check fails today, for {count}: {Path(failing[0]).relative_to(top)} ...")
        say("hint: Fix what it finds (nb2pkg check --fix), or ignore it in [tool.nb2pkg].")


def _own(asked: str, top: Path, runs: bool) -> str:
    """What is installed as nb2pkg."""
    words, is_local = (own.given(asked, top), False) if asked else own.default()
    if is_local:
        say(
            f"nb2pkg is installed from a folder here, and the file asks an index for {words}. "
            "If the server cannot have that: --install."
        )
    return own.for_runs(words) if runs else words


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
