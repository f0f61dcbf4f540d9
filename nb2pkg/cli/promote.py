"""nb2pkg promote"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nb2pkg import files
from nb2pkg.cli import fresh_env, recording, run_options, unchanged, verdicts
from nb2pkg.cli.output import difference, print_carried, print_promotion
from nb2pkg.cli.progress import Progress
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import give, say
from nb2pkg.cli.run_options import Running
from nb2pkg.errors import Nb2pkgError, VerificationError
from nb2pkg.flow.engines import TARGETS
from nb2pkg.flow.model import Engine
from nb2pkg.merge import Choices, Resolve
from nb2pkg.paths import Project
from nb2pkg.promote import foreseen, source
from nb2pkg.promote import names_file as names
from nb2pkg.promote.build import Promotion, Request, left_behind, project_of, promote
from nb2pkg.promote.conflicts import marked
from nb2pkg.promote.embed import settle
from nb2pkg.promote.source import Origin
from nb2pkg.promote.update import Update, check_place, update, written

if TYPE_CHECKING:
    from nb2pkg.execution.model import Conditions
    from nb2pkg.fresh.trial import Trial
    from nb2pkg.promote.verified import VerifiedPromotion


def _package_name(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """A name that Python can import, or none."""
    from nb2pkg.plan import naming

    if name and any(
        not part.isidentifier() or part in naming.always_taken() or part != part.lower()
        for part in name.split(".")
    ):
        raise click.BadParameter(f"{name!r} is not a valid name for a package")
    return name


def _sides(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> Mapping[str, Resolve]:
    """The side to take of each conflict that is named, from NAME=SIDE."""
    sides = [way.value for way in Resolve if way is not Resolve.STOP]
    named: dict[str, Resolve] = {}
    for text in given:
        name, _, side = text.rpartition("=")
        if not name or side not in sides:
            raise click.BadParameter(f"{text!r} is not NAME=SIDE, with one of {', '.join(sides)}")
        named[name] = Resolve(side)
    return named


@click.command(name="promote")
@click.argument("notebook", type=SettledPath())
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Promote everything that can be promoted, tagged or not.",
)
@click.option(
    "-o",
    "--output",
    type=SettledPath(),
    help="Project folder; default: NOTEBOOK-package beside the notebook.",
)
@click.option(
    "--into",
    type=SettledPath(),
    metavar="PROJECT",
    help="Give it a package of its own in an existing codebase.",
)
@click.option(
    "--name",
    default="",
    callback=_package_name,
    help="Name of the package; default: the notebook's.",
)
@click.option(
    "--in-place",
    is_flag=True,
    help="Replace NOTEBOOK with the narrative; nb2pkg restore brings it back.",
)
@click.option(
    "--constraints",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Versions that the client allows: a constraints file, as for pip -c.",
)
@click.option(
    "--names",
    "names_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Names and docstrings for functions, from nb2pkg names; they are remembered.",
)
@click.option(
    "--engine",
    type=click.Choice(["none", *TARGETS]),
    help="Add flow.py, which has the steps as tasks of Dask, or as nodes of Hamilton; it is remembered.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be created, and write nothing.")
@click.option("--diff", is_flag=True, help="Show what would change on disk, and write nothing.")
@click.option(
    "--conflicts",
    type=click.Choice([way.value for way in Resolve]),
    default=Resolve.STOP.value,
    show_default=True,
    help="If notebook and package changed the same lines: stop, write both, or take one.",
)
@click.option(
    "--settle",
    "settled",
    multiple=True,
    callback=_sides,
    metavar="NAME=SIDE",
    help="The same for one conflict, by the name that it is listed under. May be repeated.",
)
@click.option(
    "--verify",
    "verifying",
    is_flag=True,
    help="Run it, and promote only what gives the same results.",
)
@fresh_env.option
@run_options.options
@click.option(
    "--record-values", "all_values", is_flag=True, help="Store the steps' values with the tests."
)
@click.option(
    "--record-step",
    "values_of",
    multiple=True,
    metavar="STEP",
    help="Store what this step takes and returns. May be repeated.",
)
@click.option(
    "--record-rows",
    default=1000,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="ROWS",
    help="How many rows of a value are stored.",
)
@click.option("--json", "machine", is_flag=True, help="Write everything as JSON to stdout.")
def command(
    notebook: Path,
    everything: bool,
    output: Path | None,
    into: Path | None,
    name: str,
    in_place: bool,
    constraints: Path | None,
    names_file: Path | None,
    engine: str | None,
    dry_run: bool,
    diff: bool,
    conflicts: str,
    settled: Mapping[str, Resolve],
    verifying: bool,
    where: str,
    running: Running,
    all_values: bool,
    values_of: tuple[str, ...],
    record_rows: int,
    machine: bool,
) -> None:
    """Make a package from the validated cells of NOTEBOOK.

    Cells that are tagged nb2pkg, nb2pkg:module or nb2pkg:module.function are promoted. What cannot
    be moved without changing its meaning stays in the notebook, and the reason is said.

    Promoting again brings the package up to date and keeps what people changed in it. NOTEBOOK may be
    the narrative of a package, too: what was changed in it is promoted then.

    With --verify the original and the narrative are run and compared, and what differs stays too.
    Exit code 1 then if something that was tagged had to stay, or if what people changed in the
    package makes it differ from the notebook.
    """
    fresh_env.check(where, verifying)
    chosen = _chosen(all_values, values_of, verifying)
    wanted = Request(output, everything, name, in_place=in_place, engine=_engine(engine, verifying))
    wanted = replace(wanted, values_of=chosen, rows=record_rows, constraints=constraints)
    wanted = replace(wanted, python=running.python)
    writes = not (diff or dry_run)
    origin = _named(notebook, _with_paths(notebook, wanted, into), writes, names_file)
    conditions = replace(running.conditions, python=origin.wanted.python)
    choices = Choices(Resolve(conflicts), settled)
    outcome = _verified(notebook, origin, conditions, choices) if verifying else None
    promotion = outcome.promotion if outcome else _promoted(origin)
    found = (written if writes else update)(promotion, choices, origin)
    print_carried(origin)
    if diff:
        give(difference(found), nl=False)
        return
    attempt = partial(fresh_env.attempt, promotion.place, conditions, constraints)
    is_afresh = where == fresh_env.FRESH and not dry_run
    tried = attempt() if is_afresh and machine else None  # the one document tells of it, too
    values = running.shows_values
    print_promotion(promotion, None if dry_run else found, outcome, machine, values, tried)
    if writes:
        _look_again(found, outcome, conditions, values)
    if is_afresh:
        _look_elsewhere(promotion.place, tried or attempt(), machine, values)
    _check_left(outcome)


def _engine(named: str | None, verifying: bool) -> Engine | None:
    """None: as it was asked for before."""
    if named in TARGETS and not verifying:
        raise click.UsageError(
            f"--engine {named} needs --verify: only a run shows whether tasks that run apart give the same values."
        )
    return None if named is None else Engine("" if named == "none" else named)


def _look_elsewhere(
    place: Project, tried: Trial | Nb2pkgError, machine: bool, values: bool
) -> None:
    """What came out in a fresh environment. Everything is written: it says nothing of the steps."""
    if not machine:
        say()
        fresh_env.print_result(tried, values)
    fresh_env.refuse(place, tried)


def _check_left(outcome: VerifiedPromotion | None) -> None:
    """VerificationError if a run showed that something had to stay that was tagged."""
    if outcome is not None and left_behind(outcome.promotion):
        raise VerificationError(
            f"{outcome.promotion.project}: something that was tagged had to stay in the notebook",
            "The reasons are listed above; the rest was promoted.",
        )


def _named(path: Path, wanted: Request, writes: bool, names_file: Path | None) -> Origin:
    """What is promoted, under the names that a file gives."""
    if names_file is None:
        return _recorded(path, _origin(path, wanted, writes), writes)
    given = names.read(names_file)
    origin = _origin(path, replace(wanted, names=given), writes)
    names.check(names_file, given, names.plan_of(origin.path, origin.wanted, origin.source))
    return _recorded(path, origin, writes)


def _recorded(path: Path, origin: Origin, writes: bool) -> Origin:
    """The origin with the attempt at the notebook that is promoted."""
    if not writes:
        return origin
    attempt = recording.record(path, "promote", python=origin.wanted.python)
    return replace(origin, attempt=attempt)


def _origin(path: Path, wanted: Request, writes: bool) -> Origin:
    files.settle(project_of(path, wanted), say)
    origin = source.requested(path, wanted)
    if writes:
        check_place(origin)
    return origin


def _with_paths(path: Path, wanted: Request, into: Path | None) -> Request:
    """What is wanted, in a project that is there already."""
    if into is None:
        if "." in wanted.name:
            raise click.UsageError("A package in another, as --name says, takes --into.")
        return wanted
    if wanted.output is not None:
        raise click.UsageError(
            "--output creates a project, and --into uses an existing one: give only one of them."
        )
    paths = settle(path, into, wanted.name)
    return replace(wanted, output=into, paths=paths, name=paths.package)


def _promoted(origin: Origin) -> Promotion:
    return promote(origin.path, origin.wanted, source=origin.source)


def _verified(
    path: Path, origin: Origin, conditions: Conditions, choices: Choices
) -> VerifiedPromotion:
    foreseen.check(origin, choices)
    from nb2pkg.promote.verified import (
        promote_verified,  # brings asyncio, for those who run something
    )

    progress = Progress()
    found = promote_verified(origin.path, origin.wanted, conditions, progress, origin.source)
    recording.add_result(path, origin.attempt, recording.of_verification(found.verification))
    return found


def _look_again(
    found: Update, outcome: VerifiedPromotion | None, conditions: Conditions, values: bool
) -> None:
    """At what was written: with both sides of a conflict in it, it runs nowhere."""
    place = found.promotion.place
    choices = found.choices
    both = [c for c in found.merged.conflicts if choices.of(c.path, c.symbol) is Resolve.MARKERS]
    if both:
        raise marked(place.folder, tuple(both), found.files)
    if outcome is not None and found.has_edits:
        _look_at_edits(place, conditions, values)
    if outcome is None and found.change.is_empty:
        unchanged.keep()


def _look_at_edits(project: Project, conditions: Conditions, values: bool) -> None:
    """What was verified is what nb2pkg generates; people have changed some of it on disk."""
    from nb2pkg.promote.reverify import recheck

    say()
    say("The package has been edited, so it is run once more as it is on disk.")
    verification, finding = recheck(project, conditions, Progress(), keep_verdict=True)
    for line in [*verdicts.differences(finding, values), *verdicts.table(verification)]:
        say(line)
    if finding.comparison.differences:
        raise VerificationError(
            f"{project}: with the edits in it, it does not behave like its notebook",
            "Everything was written. Fix the package, or bring the change into the notebook.",
        )


def _chosen(all_values: bool, values_of: tuple[str, ...], verifying: bool) -> tuple[str, ...]:
    """The steps whose values are recorded; all for "*"."""
    chosen = ("*",) if all_values else values_of
    if chosen and not verifying:
        raise click.UsageError(
            "Values can only be recorded while the notebook is run: add --verify."
        )
    return chosen
