"""nb2pkg lock"""

from __future__ import annotations

import difflib
import sys
import time
from pathlib import Path

import click

from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import give, say
from nb2pkg.files import Change, alone, apply, compare
from nb2pkg.lock.make import LockResult, check_same, make
from nb2pkg.lock.model import Wish
from nb2pkg.lock.tally import tally


@click.command(name="lock")
@click.argument("project", type=SettledPath(file_okay=False, exists=True))
@click.option(
    "--constraints",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Versions that may be used: a constraints file, as for pip.",
)
@click.option("--universal", is_flag=True, help="For all platforms that the project supports.")
@click.option("--offline", is_flag=True, help="Use only what uv has in its cache.")
@click.option("--upgrade", is_flag=True, help="Choose versions again, except those that are kept.")
@click.option("--with", "resolver", type=click.Choice(["uv", "pip"]), help="Which resolver.")
@click.option("--python", default="", metavar="VERSION|PATH", help="For which Python.")
@click.option("--conda", is_flag=True, help="Write environment.yml too.")
@click.option("--docker", is_flag=True, help="Write Dockerfile and .dockerignore too.")
@click.option(
    "--notebook", default="", metavar="NAME", help="Which of several notebooks the image runs."
)
@click.option("--force", is_flag=True, help="Also write files again that were edited.")
@click.option(
    "--check",
    "checking",
    is_flag=True,
    help="Write nothing; exit with 1 if the lock is out of date.",
)
def command(
    project: Path,
    constraints: Path | None,
    universal: bool,
    offline: bool,
    upgrade: bool,
    resolver: str | None,
    python: str,
    conda: bool,
    docker: bool,
    notebook: str,
    force: bool,
    checking: bool,
) -> None:
    """Write everything that PROJECT needs, with exact versions and hashes.

    uv finds the versions, or pip where there is no uv. Versions in requirements.txt are kept, and so are
    those of a lock that is there. The files are made anew as long as nobody edited them.
    """
    wish = Wish(
        constraints=constraints,
        is_universal=universal,
        is_offline=offline,
        upgrades=upgrade,
        resolver=resolver or "",
        python=python,
        conda=conda,
        docker=docker,
        notebook=notebook,
        force=force,
    )
    began = time.monotonic()
    made = make(project, wish)
    took = time.monotonic() - began
    change = compare(project, made.files, made.gone)
    if checking:
        _check(made, change)
        return
    with alone(project):
        check_same(project, made)
        apply(project, made.files, change)
    for line in tally(made.files, made.before, change):
        say(line)
    say(f"resolved by {made.resolver} in {took:.1f} s")


def _check(made: LockResult, change: Change) -> None:
    for path in sorted((*change.created, *change.updated, *change.removed)):
        old, new = made.before.get(path, ""), made.files.get(path, "")
        lines = difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"a/{path}", f"b/{path}", n=0, lineterm=""
        )
        for line in lines:
            give(line)
    if not change.is_empty:
        say("the lock is out of date: run nb2pkg lock again; the command is in its first lines")
        sys.exit(1)
    say("the lock fits")
