"""nb2pkg test-report"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from nb2pkg.cli import project_options
from nb2pkg.cli.progress import Progress
from nb2pkg.cli.report import give, say
from nb2pkg.errors import VerificationError
from nb2pkg.project import locate
from nb2pkg.promote.mutation import Tried, tried


@click.command(name="test-report")
@click.argument("project", type=project_options.SettledPath(file_okay=False))
@project_options.notebook
@click.option("--faults", default=50, show_default=True, help="How many faults to try at most.")
@click.option(
    "--python",
    default="",
    metavar="PATH",
    help="Interpreter to run the tests with; default: that of the promotion, else that of nb2pkg.",
)
@click.option(
    "--require",
    type=click.IntRange(0, 100),
    metavar="PERCENT",
    help="Exit with 1 below that share.",
)
@click.option("--json", "machine", is_flag=True, help="Write everything as JSON to stdout.")
def command(
    project: Path, notebook: str, faults: int, python: str, require: int | None, machine: bool
) -> None:
    """Show which faults the tests of PROJECT notice, function by function.

    The tests are run in a copy of the project, once for each fault: a function with one thing wrong,
    such as `>=` for `>`, `median` for `mean`, or a `dropna` that is left out. Some faults change
    nothing that can be seen; each that no test notices is shown, for a person to judge.
    """
    found = tried(locate.only(project, notebook), python, faults, Progress())
    noticed = sum(each.is_noticed for each in found)
    if machine:
        give(json.dumps([_as_json(each) for each in found], indent=1, ensure_ascii=False))
    else:
        for line in _table(found):
            say(line)
    share = 100 * noticed / len(found) if found else 100.0
    if require is not None and share < require:
        raise VerificationError(
            f"{project}: the tests notice {share:.0f} % of the faults, and {require} % are required",
            "Write a test for what is shown above, or promote with --verify.",
        )


def _table(found: Sequence[Tried]) -> Iterator[str]:
    """The score of each function, all of them together, and the faults that nobody noticed."""
    symbols = dict.fromkeys(each.fault.symbol for each in found)
    width = max(map(len, symbols), default=0)
    for symbol in symbols:
        own = [each for each in found if each.fault.symbol == symbol]
        yield f"  {symbol:{width}}  {sum(each.is_noticed for each in own)} of {len(own)}"
    noticed = sum(each.is_noticed for each in found)
    share = f" ({100 * noticed / len(found):.0f} %)" if found else ""
    yield f"tests: {noticed} of {len(found)} faults noticed{share}"
    for each in found:
        if not each.is_noticed:
            fault = each.fault
            yield f"  not noticed: {fault.symbol}: {fault.before}  ->  {fault.after or 'left out'}"


def _as_json(each: Tried) -> dict[str, object]:
    fault = each.fault
    return {
        "symbol": fault.symbol,
        "before": fault.before,
        "after": fault.after,
        "noticed": each.is_noticed,
    }
