"""nb2pkg data"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click

from nb2pkg.cli import data_output
from nb2pkg.cli.data_output import described
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import give, say, show
from nb2pkg.data import exchange, history, record
from nb2pkg.data.difference import difference
from nb2pkg.data.dvcfile import Out
from nb2pkg.data.history import Version
from nb2pkg.data.record import Recorded, State
from nb2pkg.data.source import two
from nb2pkg.data.tables.compare import Wish
from nb2pkg.data.words import counted

_Command = TypeVar("_Command", bound=Callable[..., Any])

_paths = click.argument("paths", nargs=-1, type=SettledPath())
_json = click.option("--json", "machine", is_flag=True, help="Write everything as JSON.")
_remote = click.option(
    "-r", "--remote", default="", metavar="NAME", help="Which remote; default: DVC's core.remote."
)


@click.group(name="data")
def command() -> None:
    """Keep versions of data files and folders, and show what changed between them.

    Versions are DVC's: a file DATA.dvc for git, and the content in DVC's cache. DVC itself does the
    work where it is installed, and need not be.
    """


@command.command(name="add")
@click.argument("paths", nargs=-1, required=True, type=SettledPath())
@_json
def add(paths: tuple[Path, ...], machine: bool) -> None:
    """Record what is in PATHS now: files, or folders as a whole.

    The content goes to the cache, and its digest to a file PATH.dvc beside it, which is for git;
    .gitignore gets a line for the data itself.
    """
    done = record.add(paths)
    if machine:
        listed = [
            {"path": _shown(each.path), **_version(each.out), "is_new": each.out != each.before}
            for each in done
        ]
        give(json.dumps(listed, indent=1, ensure_ascii=False))
    for each in done:
        word = "recorded" if each.out != each.before else "unchanged"
        say(f"{_shown(each.path)}: {word} ({described(each.out)})")
    if any(each.out != each.before for each in done):
        say("hint: Commit the .dvc files; nb2pkg data push sends the data itself to a remote.")


@command.command(name="status")
@_paths
@_json
def status(paths: tuple[Path, ...], machine: bool) -> None:
    """Show whether PATHS, by default all below the current folder, are as they were recorded.

    Exit code 1 if something is not.
    """
    found = tuple(record.status(Path().resolve(), _located(paths)))
    if machine:
        give(json.dumps([_status(each) for each in found], indent=1, ensure_ascii=False))
    else:
        for each in found:
            show(f"{_shown(each.path)}: {_sentence(each)}")
    if not found:
        say("no file or folder has a recorded version here")
    if any(each.state in (State.CHANGED, State.MISSING) for each in found):
        say("hint: nb2pkg data diff PATH shows what changed, nb2pkg data add PATH records it,")
        say("      and nb2pkg data pull PATH brings the recorded version back.")
        sys.exit(1)


@command.command(name="diff")
@click.argument("a")
@click.argument("b", required=False, default="")
@click.option(
    "-k", "--key", default="", metavar="COLUMNS", help="Columns (with commas) that name a row."
)
@click.option(
    "--tolerance",
    default=0.0,
    type=click.FloatRange(min=0.0),
    metavar="NUMBER",
    help="How much numbers may differ: relative, and absolute below 1; default: 0.",
)
@click.option("--values", is_flag=True, help="Also show rows and cells: values of the data.")
@_json
def diff(a: str, b: str, key: str, tolerance: float, values: bool, machine: bool) -> None:
    """Show what differs between the files or folders A and B: of tables counts of rows and cells.

    With A alone: between its recorded version and what is on disk. A and B can be FILE@REVISION, as
    git knew them then. Tables are csv, tsv, parquet, xlsx, json lines and sqlite; of other files,
    sizes and digests are compared.
    """
    columns = tuple(name.strip() for name in key.split(",") if name.strip())
    with two(a, b) as sides:
        found = difference(*sides, Wish(columns, tolerance, values))
    if machine:
        give(json.dumps(data_output.to_json(found), indent=1, ensure_ascii=False))
        return
    for line in data_output.lines(found):
        show(line)


@command.command(name="log")
@click.argument("path", type=SettledPath())
@_json
def log(path: Path, machine: bool) -> None:
    """List the recorded versions of the file or folder PATH, the latest first."""
    found = tuple(history.versions(record.located(path)))
    if machine:
        give(json.dumps([_entry(version) for version in found], indent=1, ensure_ascii=False))
        return
    for version in found:
        commit = version.revision.commit[:8] if version.revision else "-"
        words = f"{version.revision.who}: {version.revision.message}" if version.revision else ""
        kept = "" if version.is_kept else "  (not in the cache)"
        text = f"{commit:<8}  {version.when}  {described(version.out)}{kept}  {words}"
        show(text.rstrip())
    if found[0].revision is None:
        say(f"hint: Commit {path.name}.dvc: its history in git is that of the data.")


@command.command(name="push")
@_paths
@_remote
def push(paths: tuple[Path, ...], remote: str) -> None:
    """Send the recorded versions of PATHS, by default all, to a remote."""
    count = exchange.push(Path().resolve(), _located(paths), remote)
    say(f"pushed {counted(count, 'object')}" if count else "everything is there already")


@command.command(name="pull")
@_paths
@_remote
@click.option("--force", is_flag=True, help="Also replace what is in no recorded version.")
def pull(paths: tuple[Path, ...], remote: str, force: bool) -> None:
    """Bring the recorded versions of PATHS, by default all, to their places.

    They come from the cache, or from a remote. A file with changes that are in no version is left alone.
    """
    done = exchange.pull(Path().resolve(), _located(paths), remote, force)
    if done.fetched:
        say(f"fetched {counted(done.fetched, 'object')}")
    for path in done.restored:
        give(_shown(path))
    if not done.restored:
        say("everything is as it was recorded")


def _located(paths: Iterable[Path]) -> list[Path]:
    return [record.located(path) for path in paths]


# ------------------------------------------------------------------------------------------ words


def _sentence(each: Recorded) -> str:
    if each.out is None:
        return f"{each.state.value} ({each.why})"
    kept = "" if each.is_kept else "; its recorded version is not in the cache"
    if each.now is None:
        return f"{each.state.value}{kept}"
    return f"{each.state.value} ({described(each.out)} -> {described(each.now)}){kept}"


def _shown(path: Path) -> str:
    here = Path().resolve()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _version(out: Out) -> dict[str, object]:
    files = {} if out.nfiles is None else {"files": out.nfiles}
    return {"md5": out.md5, "size": out.size, **files}


def _entry(version: Version) -> dict[str, object]:
    revision = version.revision
    return {
        "commit": revision.commit if revision else None,
        "date": version.when,
        "author": revision.who if revision else None,
        "message": revision.message if revision else None,
        **_version(version.out),
        "in_cache": version.is_kept,
    }


def _status(each: Recorded) -> dict[str, object]:
    now = each.out if each.state is State.SAME else each.now
    return {
        "path": _shown(each.path),
        "state": each.state.value,
        "recorded": _version(each.out) if each.out else None,
        "on_disk": _version(now) if now else None,
        "in_cache": each.is_kept,
    }
