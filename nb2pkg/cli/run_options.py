"""The options of commands that run notebooks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from nb2pkg.execution.model import Conditions


@dataclass(frozen=True, slots=True)
class Running:
    """How a person wants notebooks to be run, and whether values may be shown. Limits are in seconds."""

    python: str
    cell_timeout: float
    total_timeout: float
    writable: tuple[str, ...]
    shows_values: bool

    @property
    def conditions(self) -> Conditions:
        """The conditions of such a run."""
        from nb2pkg.execution.model import Conditions  # not for those who run nothing

        return Conditions(
            python=self.python,
            cell_timeout=self.cell_timeout,
            total_timeout=self.total_timeout,
            writable=self.writable,
        )


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a person says how notebooks are run; the command takes them as `running`."""

    @wraps(command)
    def packed(
        *arguments: Any,
        python: str,
        timeout: float,
        total_timeout: float,
        writable: Sequence[Path],
        no_values: bool,
        **others: Any,
    ) -> Any:
        running = Running(
            python=python,
            cell_timeout=timeout,
            total_timeout=total_timeout,
            writable=tuple(str(folder.resolve()) for folder in writable),
            shows_values=not no_values,
        )
        return command(*arguments, running=running, **others)

    for option in reversed(_OPTIONS):
        packed = option(packed)
    return packed


class _Seconds(click.FloatRange):
    """How long something may take; what is not a number would be no limit, and no error."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        seconds = float(super().convert(value, param, ctx))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


_OPTIONS = (
    click.option(
        "--python",
        default="",
        metavar="PATH",
        help="Interpreter with ipykernel to run with; default: the notebook's kernel.",
    ),
    click.option(
        "--timeout",
        type=_Seconds(min=0),
        default=600.0,
        show_default=True,
        metavar="SECONDS",
        help="For one cell; 0: no limit.",
    ),
    click.option(
        "--total-timeout",
        type=_Seconds(min=0),
        default=3600.0,
        show_default=True,
        metavar="SECONDS",
        help="For one run of the notebook; 0: no limit.",
    ),
    click.option(
        "--writable",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="A folder outside the notebook's folder that runs may write to. May be repeated.",
    ),
    click.option("--no-values", is_flag=True, help="Show where values differ, but not the values."),
)
