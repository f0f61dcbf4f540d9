"""nb2pkg check"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from click.core import ParameterSource

from nb2pkg import escape
from nb2pkg.check import cache, fix, secrets, settings, walk
from nb2pkg.check.formats.every import FORMATS
from nb2pkg.check.model import Outputs, Report
from nb2pkg.check.run import Checked, Selected, check_all, check_file, look, once
from nb2pkg.cli import run_options
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import say, say_error
from nb2pkg.cli.run_options import Running
from nb2pkg.errors import Nb2pkgError, NotebookError
from nb2pkg.files import put, user_cache

_OF_RUNS = ("python", "timeout", "total_timeout", "writable", "no_values")
_ROUNDS = 5  # of fixing: one fix may make another possible


@click.command(name="check")
@click.argument("places", metavar="PLACES...", nargs=-1, required=True, type=SettledPath())
@click.option("--select", metavar="CODES", help="Check these only: NB201,NB8, default or ALL.")
@click.option("--ignore", metavar="CODES", help="Do not check these.")
@click.option(
    "--outputs", type=click.Choice(["allow", "forbid", "strip"]), help="May notebooks keep outputs?"
)
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True
)
@click.option("--fix", "fixing", is_flag=True, help="Fix what can be fixed safely.")
@click.option("--diff", "differing", is_flag=True, help="Show what --fix would do instead.")
@click.option("--run", "running_too", is_flag=True, help="Also restart and run all, in copies.")
@run_options.options
@click.option("--allow-empty", is_flag=True, help="Finding no notebook is not an error.")
@click.option("--no-cache", is_flag=True, help="Ignore the cache, and check every notebook again.")
@click.option(
    "--jobs",
    type=click.IntRange(0),
    default=0,
    help="Number of notebooks at once; 0: one per processor.",
)
@click.pass_context
def command(
    context: click.Context,
    /,
    places: tuple[Path, ...],
    select: str | None,
    ignore: str | None,
    outputs: Outputs | None,
    form: str,
    fixing: bool,
    differing: bool,
    running_too: bool,
    allow_empty: bool,
    no_cache: bool,
    jobs: int,
    running: Running,
) -> None:
    """Look for what is likely to go wrong with notebooks, without running them.

    PLACES are notebooks and folders. Nothing is changed without --fix. With --run they are run too,
    each from the top in a fresh kernel and a copy of its folder, and what cells show is compared
    with what is stored. Exit code 1 if anything was found, if a notebook cannot be read, or if there is
    none; 2 if a place does not exist.
    """
    _refuse(context, fixing, differing, running_too)
    wanted = Selected(
        select=_codes(select, "--select"),
        ignore=_codes(ignore, "--ignore"),
        outputs=outputs,
        cache=None if no_cache else cache.folder(),
    )
    paths = walk.notebooks(places)
    if not paths and not allow_empty:
        raise Nb2pkgError(
            f"{', '.join(map(str, places))}: there is no notebook in it",
            "Name a notebook or another folder, or allow it with --allow-empty.",
        )
    reports = list(check_all(paths, wanted, jobs))
    fixed = 0
    if running_too:
        from nb2pkg.cli import check_runs  # brings asyncio, for those who run something

        reports = check_runs.run(reports, wanted, jobs, running)
    if differing:
        for report in filter(_can_fix, reports):
            _write(_diff(report, wanted))
    elif fixing:
        reports, fixed = _fixed(reports, wanted)
    if not differing:
        text = FORMATS[form](reports)
        _write(escape.terminal(text) if form == "text" else text)
    if wanted.cache:
        user_cache.prune(wanted.cache)
    say(_summary(reports, fixed))
    context.exit(int(any(report.found or report.error for report in reports)))


def _refuse(context: click.Context, fixing: bool, differing: bool, running_too: bool) -> None:
    if fixing and differing:
        raise click.UsageError("--fix and --diff cannot be used together.")
    if running_too and (fixing or differing):
        raise click.UsageError(
            "--run checks notebooks as they are: it cannot be used with --fix or --diff."
        )
    names = (p.name or "" for p in context.command.params if p.name in _OF_RUNS)
    for name in names if not running_too else ():
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} can only be used with --run.")


def _write(text: str) -> None:
    """To stdout, whatever it can hold: half of a surrogate pair fits into no encoding."""
    encoding = sys.stdout.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False)


def _codes(text: str | None, option: str) -> tuple[str, ...] | None:
    if text is None:
        return None
    return settings.checked((word.strip() for word in text.split(",")), option)


def _can_fix(report: Report) -> bool:
    return any(located.finding.fix for located in report.found)


def _fixed(reports: Sequence[Report], wanted: Selected) -> tuple[list[Report], int]:
    """What is left after fixing, and in how many notebooks something was fixed."""
    left, fixed = [], 0
    for report in reports:
        if _can_fix(report):
            fixed += _fix(Path(report.path), wanted)
            report = check_file(Path(report.path), wanted)
        left.append(report)
    return list(once(left)), fixed


def _fix(path: Path, wanted: Selected) -> bool:
    """Fix until nothing is left to fix, and return whether anything was fixed."""
    for round_ in range(_ROUNDS):
        before = look(path, wanted)
        after = _after(before)
        if after == before.data:
            return round_ > 0
        put(path, after, before.data)
    return True


def _after(checked: Checked) -> bytes:
    try:
        return fix.fixed(checked.data, checked.notebook, checked.found)
    except NotebookError as error:
        say_error(error)
        return checked.data


def _diff(report: Report, wanted: Selected) -> str:
    """What the first round of fixing would change, without the secrets around it."""
    before = look(Path(report.path), wanted)
    after = _after(before)
    old, new = (_lines(data) for data in (before.data, after))
    return "".join(difflib.unified_diff(old, new, f"a/{report.path}", f"b/{report.path}"))


def _lines(data: bytes) -> list[str]:
    return secrets.mask(data.decode("utf-8", "replace")).splitlines(keepends=True)


def _summary(reports: Sequence[Report], fixed: int) -> str:
    found = [located.finding for report in reports for located in report.found]
    touched = sum(bool(report.found) for report in reports)
    errors = sum(report.error is not None for report in reports)
    fixable = sum(finding.fix is not None for finding in found)
    count = _number(len(found), "finding") if found else "nothing found"
    text = f"{count} in {touched or len(reports)} of {_number(len(reports), 'notebook')}"
    if not found:
        text = f"{count} in {_number(len(reports), 'notebook')}"
    if errors:
        text += f"; {errors} cannot be read"
    if fixed:
        text += f"; fixed {_number(fixed, 'notebook')}"
    elif fixable:
        text += f"; {fixable} fixable with --fix"
    return text


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
