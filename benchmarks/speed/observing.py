"""What does observing add to a notebook's own CPU time?

Each notebook is run by a plain client and observed, in fresh kernels, and the best of some times counts: that of the kernels, less
that of one which runs nothing.
"""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from benchmarks.kernel_run import ONE_THREAD
from benchmarks.speed.measure import best_of
from benchmarks.trial import Case, copy_to
from nb2pkg.execution.model import Conditions
from nb2pkg.execution.session import ORIGINAL, opened


def shares(cases: Iterable[Case], python: Path, scratch: Path, rounds: int) -> dict[str, float]:
    """What observing adds, as a share of the notebook's time, for those that take a tenth of a second at least."""
    empty = scratch / "empty"
    empty.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), empty / "empty.ipynb")  # type: ignore[no-untyped-call]
    start = best_of(lambda: _plain(empty / "empty.ipynb", python), rounds)
    found: dict[str, float] = {}
    for case in cases:
        (scratch / case.name).mkdir()
        path = copy_to(case, scratch / case.name)
        plain = best_of(partial(_plain, path, python), rounds) - start
        if plain >= 0.1:
            watched = best_of(partial(_observed, path, python), rounds) - start
            found[case.name] = (watched - plain) / plain
    return found


def _children(work: Callable[[], object]) -> float:
    """CPU seconds of the processes that ended meanwhile."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _plain(path: Path, python: Path) -> float:
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.create_kernel_manager()
    assert client.km is not None
    assert client.km.kernel_spec is not None
    client.km.kernel_spec.argv[0] = str(python)
    environment = os.environ | ONE_THREAD  # as runs that are observed
    return _children(lambda: client.execute(env=environment))


def _observed(path: Path, python: Path) -> float:
    with opened(path, Conditions(python=str(python)), lambda *_: None) as waiting:
        return _children(lambda: asyncio.run(waiting.play_original(ORIGINAL, {})))
