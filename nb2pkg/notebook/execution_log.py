"""The log of executions that ``%nb2pkg record on`` keeps beside a notebook, and ``order`` reads.

One line of JSON for each execution. No value and no source is in it: of a cell only a digest of its
text, of what it did only the names that it bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = ".nb2pkg"
SUFFIX = ".executions.jsonl"


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of a cell.

    session is the kernel, number counts within it. cell is the id that the front end sent; empty if
    it sent none. names are those that were bound, or bound anew.
    """

    session: str
    number: int
    cell: str
    digest: str
    start: str
    seconds: float
    ok: bool
    error: str = ""
    names: tuple[str, ...] = ()
    count: int | None = None


def path_for(notebook: Path) -> Path:
    """Where the log of a notebook is."""
    return notebook.parent / FOLDER / f"{notebook.stem}{SUFFIX}"


def line(execution: Execution) -> str:
    """The execution as one line of the log."""
    return json.dumps(asdict(execution), separators=(",", ":")) + "\n"


def read(notebook: Path) -> tuple[Execution, ...]:
    """All executions of the log; none if there is no log. Lines that are no executions are skipped.

    A kernel that is killed may leave half a line.
    """
    try:
        text = path_for(notebook).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(_executions(text.splitlines()))


def _executions(lines: Iterable[str]) -> Iterable[Execution]:
    for text in lines:
        try:
            found = json.loads(text)
            execution = Execution(**{**found, "names": tuple(map(str, found["names"]))})
        except (ValueError, TypeError, KeyError):
            continue
        if _is_sound(execution):
            yield execution


def _is_sound(found: Execution) -> bool:
    texts = (found.session, found.cell, found.digest, found.start)
    return isinstance(found.number, int) and all(isinstance(text, str) for text in texts)
