"""What the commands that run notebooks say of a fresh environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nb2pkg.cli import verdicts
from nb2pkg.cli.progress import Progress
from nb2pkg.cli.report import say
from nb2pkg.errors import Nb2pkgError, VerificationError
from nb2pkg.execution.model import Conditions
from nb2pkg.paths import Project
from nb2pkg.verify.model import What

if TYPE_CHECKING:
    from nb2pkg.fresh.trial import Trial  # brings asyncio, for those who run something

KERNEL, FRESH = "kernel", "fresh"
_SHOWN = 12  # versions

option = click.option(
    "--env",
    "where",
    type=click.Choice([KERNEL, FRESH]),
    default=KERNEL,
    show_default=True,
    help="Where the narrative runs: with the notebook's kernel, or in a new environment.",
)


def check(where: str, verifying: bool) -> None:
    """UsageError for a fresh environment in which nothing is to be run."""
    if where == FRESH and not verifying:
        raise click.UsageError(
            "Notebooks are only run in a fresh environment to verify them: add --verify."
        )


def attempt(project: Project, conditions: Conditions, client: Path | None) -> Trial | Nb2pkgError:
    """Run the narrative in a fresh environment and print the progress. Return the error if none can be made."""
    from nb2pkg.fresh.trial import attempt as attempted

    try:
        return attempted(project, conditions, client, Progress(), say)
    except Nb2pkgError as error:
        return error


def print_result(found: Trial | Nb2pkgError, values: bool) -> None:
    """What came out, with the versions."""
    if isinstance(found, Nb2pkgError):
        return  # it is printed when it is raised
    lines = verdicts.table(found.verification) if found.holds else _differences(found, values)
    for line in [*lines, *_versions(found)]:
        say(line)


def _differences(found: Trial, values: bool) -> Iterator[str]:
    """The first one, and then what else differs: with other versions that need not follow from it."""
    yield from verdicts.differences(found.finding, values)
    named: dict[str, list[str]] = {}
    for one in found.finding.comparison.differences:
        named.setdefault(one.what.value, []).append(one.name or f"cell {one.index + 1}")
    for what, names in named.items():
        yield f"  {what}: {_listed(iter(dict.fromkeys(names)))}"
    if What.OUTPUT.value not in named and What.STOP.value not in named:
        yield "The outputs of all cells are the same."


def _versions(found: Trial) -> Iterator[str]:
    source = ", ".join(found.built.source)
    versions = _listed(f"{name} {now}" for name, now in found.declared.items())
    yield f"in an environment of {source}: {versions or 'nothing that is declared was loaded'}"
    changed = (f"{n} {before or '-'} -> {now}" for n, (before, now) in found.changed.items())
    if text := _listed(changed):
        yield f"versions that differ from where the notebook ran: {text}"


def _listed(parts: Iterator[str]) -> str:
    found = list(parts)
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def refuse(project: Project, found: Trial | Nb2pkgError) -> None:
    """VerificationError if it does not hold there; the error, if there is no environment."""
    if isinstance(found, Nb2pkgError):
        raise found
    if found.holds:
        return
    if found.missing_though_declared:
        raise VerificationError(
            f"{project}: {found.missing} is not there in a fresh environment: "
            f"{found.missing_though_declared} is declared, and not in {found.built.source[0]}",
            "Lock again: nb2pkg lock PROJECT.",
        )
    if found.missing:
        raise VerificationError(
            f"{project}: {found.missing} is not there in a fresh environment: nothing declares it",
            "Add it to pyproject.toml; nb2pkg deps PROJECT shows what is needed.",
        )
    raise VerificationError(
        f"{project}: it gives different results in a fresh environment",
        (
            "The code is the same, so the cause is what is installed: compare the versions above."
            if found.changed
            else "The versions are the same: look at the first difference."
        ),
    )


def as_json(found: Trial | Nb2pkgError, values: bool) -> dict[str, Any]:
    """Everything for a machine."""
    if isinstance(found, Nb2pkgError):
        return {"verified": False, "error": found.message, "hint": found.hint}
    changed = {name: list(pair) for name, pair in found.changed.items()}
    return {
        **verdicts.as_json(found.verification, found.finding, values),
        "environment": {
            "made_by": found.built.tool,
            "from": list(found.built.source),
            "python": found.built.contents.python,
            "loaded": dict(found.loaded),
            "changed": changed,
            "missing": found.missing or None,
        },
    }
