"""nb2pkg watch"""

from __future__ import annotations

import datetime
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from nb2pkg.cli.project_options import SettledPath
from nb2pkg.cli.report import say, show
from nb2pkg.errors import Nb2pkgError
from nb2pkg.service.cells import state_of
from nb2pkg.service.model import Badge, NotebookState
from nb2pkg.service.opened import opened

_SECONDS = 0.5  # between two looks at the file
_QUIET = {Badge.NONE.value, Badge.IN_STEP.value, Badge.VALIDATED.value}


@click.command(name="watch")
@click.argument("notebook", type=SettledPath())
def command(notebook: Path) -> None:
    """Print how the cells of NOTEBOOK stand to their code, each time that it is saved.

    It is for editors without a panel: leave it open in a terminal. Nothing is run and nothing is
    written. Ctrl-C ends it.
    """
    seen: object = None
    say("Ctrl-C ends it.")
    while True:
        now = _stamp(notebook)
        if now != seen:
            seen = now
            for line in _lines(notebook):
                show(line)
        time.sleep(_SECONDS)


def _stamp(path: Path) -> object:
    """What is another when the file was saved; None while an editor replaces it."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def _lines(path: Path) -> Iterator[str]:
    clock = datetime.datetime.now().strftime("%H:%M:%S")
    try:
        state = state_of(opened(path))
    except Nb2pkgError as error:  # it may be half written, or gone for a moment
        yield f"{clock}  {error}"
        return
    yield f"{clock}  {state.error or _summary(state)}"
    for cell in state.cells:
        if cell.badge not in _QUIET:
            tag = f"  [{cell.tag}]" if cell.tag else ""
            yield f"  cell {cell.index + 1}{tag}  {cell.badge}: {'; '.join(cell.why)}"


def _summary(state: NotebookState) -> str:
    counts = Counter(cell.badge for cell in state.cells if cell.badge)
    parts = [f"{counts[badge.value]} {badge.value}" for badge in Badge if counts[badge.value]]
    return ", ".join(parts) or "no cell is tagged"
