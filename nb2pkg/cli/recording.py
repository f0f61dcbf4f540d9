"""Attempts that are recorded without being asked for, by the commands that run or promote a notebook."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nb2pkg.attempts.model import NOT_RUN, RunResult, Trigger
from nb2pkg.cli.report import say
from nb2pkg.errors import Nb2pkgError

if TYPE_CHECKING:
    from nb2pkg.verify.verdicts import Verification

_Done = TypeVar("_Done")


def of_verification(verification: Verification) -> RunResult:
    """What running the original gave. The message of an error may hold values: its kind is kept."""
    stop = verification.comparison.stop
    if stop is None:
        return RunResult("ran", verification.verdict.value)
    return RunResult("failed", f"cell {stop.index + 1}: {stop.reason.partition(':')[0]}")


def record(notebook: Path, trigger: Trigger, result: RunResult = NOT_RUN, python: str = "") -> str:
    """The id of the attempt that has the notebook now; empty where none are kept."""

    def recorded() -> str:
        from nb2pkg.attempts.record import AttemptRequest, in_passing  # not for those who only look

        found = in_passing(notebook, AttemptRequest(trigger=trigger, result=result, python=python))
        return found.id if found else ""

    return _warned(recorded) or ""


def add_result(notebook: Path, attempt: str, result: RunResult) -> None:
    """Say of an attempt, if there is one, what running it gave."""

    def added() -> None:
        from nb2pkg.attempts.record import add_result

        add_result(notebook, attempt, result)

    if attempt:
        _warned(added)


def _warned(done: Callable[[], _Done]) -> _Done | None:
    """The command goes on whatever happens: what goes wrong here is said in a line."""
    try:
        return done()
    except (Nb2pkgError, OSError, ValueError) as error:
        message = error.message if isinstance(error, Nb2pkgError) else str(error)
        say(f"warning: no attempt was recorded: {message}")
        return None
