"""nb2pkg attempts"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from nb2pkg.attempts import history, promoted, store
from nb2pkg.attempts.history import AttemptHistory
from nb2pkg.attempts.model import SHORT, AttemptComment
from nb2pkg.attempts.store import Store
from nb2pkg.cli import attempt_text as text
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import give, say, show
from nb2pkg.errors import Nb2pkgError

_Command = TypeVar("_Command", bound=Callable[..., Any])
_SECRETS = 5  # that are listed before a push is refused


def _of_notebook(command: _Command) -> _Command:
    """The option that says whose attempts."""
    return click.option(
        "-n",
        "--notebook",
        type=SettledPath(),
        metavar="NOTEBOOK",
        help="Whose attempts; default: the only notebook that has some here.",
    )(command)


def _as_json(command: _Command) -> _Command:
    return click.option("--json", "machine", is_flag=True, help="Write everything as JSON.")(
        command
    )


def _history(notebook: Path | None) -> tuple[Store, AttemptHistory]:
    place = history.chosen(notebook, Path())
    return place, history.read(place)


@click.group(name="attempts", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Show what was tried in a notebook, compare it, and go back.

    An attempt (A) is named by its number, by the first characters of its id, or by a branch for the last
    one in it. Without a command: list.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_)


@command.command(name="list")
@_of_notebook
@_as_json
def list_(notebook: Path | None = None, machine: bool = False) -> None:
    """List the attempts, the oldest first."""
    place, known = _history(notebook)
    if machine:
        found = text.history_as_json(known, promoted.symbols(place))
        give(json.dumps(found, indent=1, ensure_ascii=False))
        return
    for line in text.table(known.attempts):
        show(line)
    say(f"{known.notebook}: {_counted(len(known.attempts))}, going on with {known.current}")


@command.command()
@_of_notebook
def tree(notebook: Path | None) -> None:
    """Show the attempts as a tree, each below the one that it went on from."""
    for line in text.tree(_history(notebook)[1]):
        show(line)


@command.command(name="show")
@click.argument("attempt", metavar="A")
@_of_notebook
@_as_json
def show_(attempt: str, notebook: Path | None, machine: bool) -> None:
    """Show what is known of an attempt."""
    place, known = _history(notebook)
    found = history.find(known, attempt)
    symbols = promoted.symbols(place)
    names = [name for id_ in (found.id, *found.facts.formerly) for name in symbols.get(id_, ())]
    if machine:
        give(json.dumps(text.attempt_as_json(found, names), indent=1, ensure_ascii=False))
        return
    for line in text.details(found, names):
        show(line)


@command.command()
@click.argument("old", metavar="A")
@click.argument("new", metavar="[B]", default="")
@_of_notebook
@_as_json
def diff(old: str, new: str, notebook: Path | None, machine: bool) -> None:
    """Show what differs between two attempts, or between one and the notebook as it is now.

    Cell by cell: what was added, removed, changed or moved; then metrics, data files and what is installed.
    """
    from nb2pkg.attempts import compared

    place, known = _history(notebook)
    found = compared.between(
        place, history.find(known, old), history.find(known, new) if new else None
    )
    if machine:
        give(json.dumps(text.difference_as_json(found), indent=1, ensure_ascii=False))
        return
    for line in text.difference(found):
        show(line.rstrip())


@command.command()
@click.argument("attempt", metavar="A")
@click.option(
    "--cell", default="", metavar="CELL", help="Only this cell, by its number or id in A."
)
@_of_notebook
def restore(attempt: str, cell: str, notebook: Path | None) -> None:
    """Bring back the notebook as it was in an attempt, or one of its cells.

    What is there now is recorded as an attempt first.
    """
    from nb2pkg.attempts.restore import restore as restored

    place, known = _history(notebook)
    found = history.find(known, attempt)
    done = restored(place, found, cell)
    what = f"cell {done.cell}" if done.cell else "all cells"
    if not done.is_changed:
        say(f"{place.notebook} has {what} of {found.short} already")
    elif done.before is not None:
        say(f"what was there is attempt {done.before.id[:SHORT]}")
    if done.is_changed:
        say(f"restored {what} of {found.short}; reload the notebook if it is open")
    give(done.path)


@command.command()
@click.argument("name", metavar="NAME")
@click.argument("start", metavar="[A]", default="")
@_of_notebook
def branch(name: str, start: str, notebook: Path | None) -> None:
    """Go on with a branch. A new one starts at A; default: at the last attempt."""
    place, known = _history(notebook)
    if start or name not in known.branches:
        begun = history.find(known, start or known.branches.get(known.current, "last"))
        store.begin(place, name, begun.id)
        say(f"{name} starts at #{begun.number} ({begun.short})")
        say(f"hint: nb2pkg attempts restore {begun.short} brings back its notebook.")
    store.go_on_with(place, name)
    say(f"the next attempt goes to {name}")


@command.command()
@click.argument("attempt", metavar="A")
@click.option(
    "-m", "--message", "said", required=True, metavar="TEXT", help="What there is to say."
)
@_of_notebook
def comment(attempt: str, said: str, notebook: Path | None) -> None:
    """Add a comment to an attempt."""
    from nb2pkg.attempts import git

    place, known = _history(notebook)
    found = history.find(known, attempt)
    who = git.identity(place.repository)[0]
    store.comment(place.repository, found.id, AttemptComment(store.now(), who, said))
    say(f"commented on #{found.number} ({found.short})")


@command.command()
@click.argument("remote")
@click.option(
    "--with-secrets", is_flag=True, help="Push although something in it looks like a secret."
)
def push(remote: str, with_secrets: bool) -> None:
    """Send all attempts of this repository, with comments and outputs, to REMOTE.

    Attempts are sent by this command alone, never by git push. It refuses if something in them looks like a
    password or a key.
    """
    from nb2pkg.attempts import sync

    repository = history.repository(Path())
    if not with_secrets:
        _refuse_secrets(list(sync.unpushed(repository, remote)))
    sync.push(repository, remote)
    say(f"pushed all attempts to {remote}")


def _refuse_secrets(sent: Sequence[tuple[str, bytes]]) -> None:
    from nb2pkg.check import secrets

    found = {
        f"{secret.what} ({secret.masked})": None
        for _, data in sent
        for secret in secrets.find(data.decode("utf-8", "replace"))
    }
    if found:
        listed = ", ".join([*found][:_SECRETS]) + (", ..." if len(found) > _SECRETS else "")
        raise Nb2pkgError(
            f"the attempts hold what looks like a secret: {listed}; nothing was pushed",
            "Take it out with nb2pkg attempts prune, or push with --with-secrets if it is none.",
        )


@command.command()
@click.argument("remote")
def fetch(remote: str) -> None:
    """Bring the attempts of REMOTE. Where both recorded in a branch, both histories are kept in it."""
    from nb2pkg.attempts import sync

    found = sync.fetch(history.repository(Path()), remote)
    joined = f"; {found.joined} branches joined with ours" if found.joined else ""
    say(f"fetched {_counted(found.attempts)}{joined}")


@command.command()
@click.option("--automatic", is_flag=True, help="Those that nobody asked for or commented on.")
@click.option("--before", default="", metavar="DAY", help="Those from before a day: 2026-11-30.")
@click.option("--branch", "of_branch", default="", metavar="NAME", help="Those of a branch.")
@click.option("--attempt", "named", multiple=True, metavar="A", help="This one. May be repeated.")
@click.option("--yes", is_flag=True, help="Remove them; without it they are only listed.")
@_of_notebook
def prune(
    automatic: bool,
    before: str,
    of_branch: str,
    named: tuple[str, ...],
    yes: bool,
    notebook: Path | None,
) -> None:
    """Remove attempts: those of which all is true that is asked for.

    They are listed first, and removed with --yes only. Those that functions were promoted from stay, unless
    they are named. The attempts that came after get other ids; their old ones are still understood.
    """
    from nb2pkg.attempts import prune as pruning

    if not (automatic or before or of_branch or named):
        raise click.UsageError("Say which: --automatic, --before, --branch or --attempt.")
    place, known = _history(notebook)
    wanted = pruning.PruneRequest(automatic, before, of_branch)
    gone = [history.find(known, name) for name in named]
    if automatic or before or of_branch:
        gone += pruning.chosen(known, wanted, promoted.symbols(place))
    for line in text.table(gone):
        show(line)
    if not gone:
        say("no attempt matches")
    elif not yes:
        say(f"{_counted(len(gone))} would be removed; add --yes to remove them")
    else:
        pruning.prune(place, gone)
        say(f"removed {_counted(len(gone))}; git gc --prune=now frees the space")


@command.command()
@click.argument("pair", metavar="[A B]", nargs=-1)
@click.option(
    "-o",
    "--output",
    default="",
    metavar="FILE",
    help="File to write; default: NOTEBOOK-attempts.html beside the notebook.",
)
@_of_notebook
def page(pair: tuple[str, ...], output: str, notebook: Path | None) -> None:
    """Write a page of all attempts: over time, with metrics, comments and differences.

    A and B stand beside each other on it, with what they showed; default: the last two. The page is one
    file, loads nothing and runs no script.
    """
    from nb2pkg.files import put
    from nb2pkg.review import attempts as pages

    if len(pair) not in (0, 2):
        raise click.UsageError("Name two attempts, or none.")
    place, known = _history(notebook)
    two = (history.find(known, pair[0]), history.find(known, pair[1])) if pair else None
    path = Path(output) if output else place.path.with_name(f"{place.path.stem}-attempts.html")
    if not path.parent.is_dir():
        raise Nb2pkgError(
            f"{path}: cannot be written: its folder does not exist", "Name another file with -o."
        )
    data = pages.render(place, two).encode("utf-8")
    put(path, data, path.read_bytes() if path.is_file() else None)
    give(path)


def _counted(number: int) -> str:
    return f"{number} attempt{'' if number == 1 else 's'}"
