"""The nb2pkg command. Each subcommand is imported only when it is called."""

from __future__ import annotations

import gc
import sys
from importlib import import_module

import click

from nb2pkg import __version__
from nb2pkg.cli.signals import ending

# Trees are many objects, of which few are garbage: looking for that is a fifth of the time for long notebooks.
SELDOM = (50_000, 20, 20)
_DEEPEST = 10_000  # calls in calls: a sum of 900 texts is a tree of that depth
_COMMANDS = {
    "attempt": "Record a notebook as it is, to come back to.",
    "attempts": "Show what was tried in a notebook, compare it, and go back.",
    "check": "Look for what is likely to go wrong with notebooks.",
    "ci": "Set up checks of notebooks in continuous integration.",
    "data": "Keep versions of data files, and show what changed between them.",
    "deps": "Show which distributions a notebook or a project needs.",
    "diff": "Show what differs between cells and their code.",
    "inline": "Put the code of the package back into its cell.",
    "lock": "Write everything that a package needs, with exact versions and hashes.",
    "names": "Write the names of all functions to a file, for editing.",
    "order": "Find the order in which the cells of a notebook run.",
    "promote": "Make a package from the validated cells of a notebook.",
    "restore": "Restore a notebook that its narrative replaced.",
    "review": "Write a page for two people to review a package.",
    "show": "Show what nb2pkg understands of a notebook.",
    "status": "Show what is in step, validated, approved and verified.",
    "tag": "Mark cells as validated.",
    "test-report": "Show which faults the tests of a package notice.",
    "ui": "Open a page on the notebooks and packages of a folder.",
    "validate": "Record who validated cells, and why.",
    "verify": "Run a notebook and its package, and compare.",
    "watch": "Print the state of cells on each save of a notebook.",
}


class _Lazy(click.Group):
    """Subcommands are listed without importing them: that would cost more than the help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(f"nb2pkg.cli.{cmd_name.replace('-', '_')}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from nb2pkg.errors import did_you_mean

            near = did_you_mean(args[0], _COMMANDS, "")
            ctx.fail(f"No such command {args[0]!r}. {near}".rstrip())
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            from nb2pkg.files import is_untouched

            click.echo(f"{ending.word}{'; nothing was written' * is_untouched()}", err=True)
            ending.is_over = True
            ctx.exit(ending.exit_code)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nb2pkg")
def cli() -> None:
    """Move validated code from a notebook into a tested package.

    The notebook stays, as the narrative that uses it.
    """


def _run() -> None:
    """Run the command, unless it is a promotion that would change nothing again."""
    if sys.argv[1:2] != ["promote"]:
        cli()
        return
    from nb2pkg.cli import unchanged

    try:
        if not unchanged.repeat(sys.argv[2:]):
            cli()
    finally:
        unchanged.forget()


def main() -> None:
    """The entry point: run a command, and turn what goes wrong into a message and an exit code."""
    from nb2pkg.errors import InternalError, Nb2pkgError

    ending.catch()
    sys.setrecursionlimit(max(_DEEPEST, sys.getrecursionlimit()))
    gc.set_threshold(*SELDOM)
    try:
        _run()
    except SystemExit:
        ending.leave()
        raise
    except Nb2pkgError as error:
        from nb2pkg.cli.report import say_error

        say_error(error)
        sys.exit(error.exit_code)
    except RecursionError:
        click.echo("nb2pkg: some code in the notebook is too deeply nested", err=True)
        click.echo("hint: Split the statement, or move the cell to a module of its own.", err=True)
        sys.exit(1)
    except OSError as error:  # a message that knows more was to be said where it happened
        from nb2pkg.cli.report import say_error
        from nb2pkg.files import explained

        say_error(explained(error, doing="read or written"))
        sys.exit(Nb2pkgError.exit_code)
    except InternalError as error:
        click.echo(f"nb2pkg: this is a bug in nb2pkg, please report it: {error}", err=True)
        sys.exit(error.exit_code)
