"""A scratch folder in which code of notebooks runs: when it goes, nothing works in it any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from nb2pkg import files
from nb2pkg.execution import processes

_end = partial(processes.end, None)


@contextmanager
def for_runs() -> Iterator[Path]:
    """A folder for runs. What killed commands left behind is removed first: processes, then folders."""
    files.remove_abandoned(_end)
    with files.scratch() as place:
        try:
            yield place
        finally:
            _end(place)
