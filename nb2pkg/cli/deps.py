"""nb2pkg deps"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import give, say, show
from nb2pkg.deps.model import Row, Survey, What
from nb2pkg.requirements.model import Use

_HEAD = ("import", "distribution", "version", "for", "evidence", "declared", "where")
_FAILS = (What.UNDECLARED, What.TRANSITIVE, What.UNUSED, What.UNVERIFIED)
_WIDTH = 100  # of the table
_SHRINK = (
    ((6,), 22),
    ((0, 1, 5), 16),
    ((6,), 12),
)  # columns that are cut where it is too wide, and how far


@click.command(name="deps")
@click.argument("subject", type=SettledPath(exists=True))
@click.option(
    "--python",
    default="",
    metavar="PATH",
    help="Interpreter whose environment is inspected; default: the notebook's kernel.",
)
@click.option(
    "--check",
    "checks",
    is_flag=True,
    help="Exit with 1 if anything is undeclared, transitive, unused or unverified.",
)
@click.option(
    "--drift",
    is_flag=True,
    help="With --check: also if what is installed differs from what is stated.",
)
@click.option("--json", "machine", is_flag=True, help="Write everything as JSON.")
def command(subject: Path, python: str, checks: bool, drift: bool, machine: bool) -> None:
    """Show which distributions SUBJECT needs, a notebook or the folder of a project, and who asks for them.

    For each: the imports, the version that is installed where the kernel runs, for what it is needed
    (the package, its tests, the notebook's own cells), where, how it is known that it is this
    distribution, and what declares it. Below: what is undeclared, transitive (declared by nothing, and
    brought along by something that is), unused or unverified, and where the environment is not as it
    is stated (drift). Nothing is run, and no index is asked.
    """
    if drift and not checks:
        raise click.UsageError("--drift can only be used with --check.")
    from nb2pkg.deps import survey

    look = survey.of_notebook if subject.suffix == ".ipynb" else survey.of_project
    found = look(subject, python)
    if machine:
        give(json.dumps(_as_json(found), indent=1, ensure_ascii=False))
    else:
        for line in _table(found):
            show(line)
    for line in _summary(found):
        say(line)
    failing = (*_FAILS, What.DRIFT) if drift else _FAILS
    if checks and any(finding.what in failing for finding in found.findings):
        sys.exit(1)


def _table(found: Survey) -> Iterator[str]:
    lines = [_HEAD, *(_cells(row) for row in found.rows)]
    widths = _fitting([max(len(line[column]) for line in lines) for column in range(len(_HEAD))])
    for line in lines:
        cells = [_cut(text, width).ljust(width) for text, width in zip(line[:-1], widths)]
        yield "  ".join([*cells, _end(line[-1], widths[-1])]).rstrip()


def _fitting(widths: list[int]) -> list[int]:
    """The widths, with the widest columns cut until the table fits; --json has all of it."""
    widths = list(widths)
    for columns, shortest in _SHRINK:
        while sum(widths) + 2 * (len(widths) - 1) > _WIDTH:
            widest = max(columns, key=lambda column: widths[column])
            if widths[widest] <= shortest:
                break
            widths[widest] -= 1
    return widths


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _end(text: str, width: int) -> str:
    """Of a path, the end says more."""
    return text if len(text) <= width else f"...{text[3 - width :]}"


def _cells(row: Row) -> tuple[str, ...]:
    need = row.need
    version = row.installed or "-"
    declared = row.declared.words if row.declared else "-"
    if need is None:
        return "-", row.name, version, "-", "-", declared, "-"
    modules = dict.fromkeys(module.partition(".")[0] for module in need.modules)
    return (
        ", ".join(modules) or "-",
        need.name,
        version,
        need.use.value,
        need.evidence.value,
        declared,
        _places(need.places),
    )


def _places(places: tuple[str, ...]) -> str:
    """The first one, and in how many files there are more."""
    files = {place.partition(":")[0] for place in places}
    more = f" +{len(files) - 1}" if len(files) > 1 else ""
    return (places[0] if places else "-") + more


def _summary(found: Survey) -> Iterator[str]:
    if found.why:
        yield f"The environment could not be inspected: {found.why}"
    yield from (f"not read: {text}" for text in found.unread)
    for what in What:
        own = [finding for finding in found.findings if finding.what is what]
        if own:
            yield f"{what.value}:"
            yield from (f"  {finding.name}: {finding.message}" for finding in own)
    if not found.findings:
        uses = {use: sum(1 for r in found.rows if r.need and r.need.use is use) for use in Use}
        listed = ", ".join(f"{count} for the {use.value}" for use, count in uses.items() if count)
        yield f"all declared, used and verified ({listed or 'nothing is needed'})"


def _as_json(found: Survey) -> dict[str, object]:
    return {
        "subject": found.subject,
        "python": found.python,
        "asked": not found.why,
        "unread": list(found.unread),
        "rows": [_row_as_json(row) for row in found.rows],
        "findings": [
            {"what": f.what.value, "distribution": f.name, "message": f.message}
            for f in found.findings
        ],
    }


def _row_as_json(row: Row) -> dict[str, object]:
    need = row.need
    return {
        "distribution": row.name,
        "installed": row.installed or None,
        "used": need is not None,
        "imports": list(need.modules) if need else [],
        "extras": list(need.extras) if need else [],
        "for": need.use.value if need else None,
        "where": list(need.places) if need else [],
        "evidence": need.evidence.value if need else None,
        "marker": (need.marker or None) if need else None,
        "through": row.through or None,
        "declared": [{"words": one.words, "where": one.where} for one in row.stated],
    }
