"""``%nb2pkg record on``: keep the log of what is executed beside the notebook, and an attempt of each save.

A line of the log says which cell ran, when, for how long, whether it worked and which names it bound.
No source and no value is in it. Names are found by looking which objects the names of the notebook
have before and after: that costs some microseconds, and keeps no object alive.
"""

from __future__ import annotations

import datetime
import os
import re
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nb2pkg.graph import fingerprint
from nb2pkg.jupyter.saves import Saves
from nb2pkg.notebook import execution_log
from nb2pkg.notebook.execution_log import Execution

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

OFF = "NB2PKG_RECORD"  # "off" in the kernels that nb2pkg runs itself
SESSION = uuid.uuid4().hex[:12]  # of this kernel

_HISTORY = re.compile(r"_+(?:i*|dh|oh|ih|\d+|i\d+)")
_NOWHERE = (
    "where the notebook is cannot be seen in this front end: say so, "
    "as in %nb2pkg record on analysis.ipynb"
)


class CannotRecordError(Exception):
    """The log cannot be kept; the message says why, and what to do."""


@dataclass(slots=True)
class _Started:
    """An execution that has begun. objects: the id of the object that each name had."""

    info: Any
    objects: Mapping[str, int] | None  # None: it began before recording did
    clock: float
    start: str


class Recorder:
    """Listens to a shell, and writes a line behind each execution."""

    def __init__(self, shell: InteractiveShell, notebook: Path) -> None:
        self.shell = shell
        self.notebook = notebook
        self.path = execution_log.path_for(notebook)
        self.number = _runs_of(notebook)
        self._stack: list[_Started] = [_Started(None, None, time.perf_counter(), _now())]
        self._saves = Saves(notebook)

    def start(self) -> None:
        """Make the folder, and listen. The cell that is running is the first that is recorded."""
        try:
            self.path.parent.mkdir(exist_ok=True)
            self.path.touch()
        except OSError as error:
            raise CannotRecordError(f"{self.path}: cannot be written: {error.strerror}") from error
        register: Any = self.shell.events.register
        register("pre_run_cell", self.before)
        register("post_run_cell", self.after)

    def stop(self) -> None:
        """Listen no more; what was recorded stays."""
        self._saves.look()
        for event, listener in (("pre_run_cell", self.before), ("post_run_cell", self.after)):
            unregister: Any = self.shell.events.unregister
            try:
                unregister(event, listener)
            except ValueError:  # something else took it away
                continue

    def before(self, info: ExecutionInfo) -> None:
        """A cell begins. A cell may run cells itself: those are not recorded."""
        try:
            self._stack.append(_Started(info, None, 0.0, ""))
            if len(self._stack) == 1:
                objects = self._objects()
                self._stack[0] = _Started(info, objects, time.perf_counter(), _now())
        except Exception as error:  # a user's cell must never fail for us
            self._give_up(error)

    def after(self, result: ExecutionResult) -> None:
        """A cell has ended."""
        try:
            started = self._ended(result.info)
            if started is not None:
                self._write(started, result)
                self._saves.look()
        except Exception as error:
            self._give_up(error)

    def _ended(self, info: Any) -> _Started | None:
        """The outermost execution, if it is that which has ended."""
        if not self._stack:
            return None
        first = self._stack[0]
        if first.info is None and len(self._stack) == 1:  # recording was switched on in it
            first.info = info
        while self._stack and self._stack[-1].info is not info:
            self._stack.pop()
        ended = self._stack.pop() if self._stack else None
        return ended if not self._stack else None

    def _write(self, started: _Started, result: ExecutionResult) -> None:
        seconds = time.perf_counter() - started.clock
        error = result.error_before_exec or result.error_in_exec
        self.number += 1
        execution = Execution(
            session=SESSION,
            number=self.number,
            cell=getattr(started.info, "cell_id", None) or "",
            digest=fingerprint.of_source(started.info.raw_cell or ""),
            start=started.start,
            seconds=round(seconds, 6),
            ok=error is None,
            error="" if error is None else type(error).__name__,
            names=self._bound(started.objects),
            count=result.execution_count,
        )
        with self.path.open("a", encoding="utf-8") as file:
            file.write(execution_log.line(execution))

    def _objects(self) -> dict[str, int]:
        # Copied at once: a thread of the notebook may bind names meanwhile.
        return {name: id(value) for name, value in list(self.shell.user_ns.items())}

    def _bound(self, before: Mapping[str, int] | None) -> tuple[str, ...]:
        """Names that have another object than before. Not IPython's own."""
        if before is None:
            return ()
        hidden = self.shell.user_ns_hidden
        items = list(self.shell.user_ns.items())
        found = [name for name, value in items if before.get(name) != id(value)]
        return tuple(n for n in found if n not in hidden and not _HISTORY.fullmatch(n))

    def _give_up(self, error: Exception) -> None:
        """Say so once, and record no more."""
        self.stop()
        said = f"nb2pkg: recording has stopped: {type(error).__name__}: {error}"
        print(said, file=sys.stderr)
        if active.get(id(self.shell)) is self:
            del active[id(self.shell)]


active: dict[int, Recorder] = {}
"""The recorder of each shell."""


def command(shell: InteractiveShell, line: str) -> str:
    """``record on [PATH]``, ``record off`` or ``record status``; the answer for the person."""
    words = line.split(maxsplit=2)
    if words[:1] != ["record"] or words[1:2] not in (["on"], ["off"], ["status"]):
        raise CannotRecordError(
            "write %nb2pkg record on, %nb2pkg record off or %nb2pkg record status"
        )
    path = words[2].strip().strip("\"'") if len(words) > 2 else ""
    if path and words[1] != "on":
        raise CannotRecordError(f"record {words[1]} takes no path")
    if words[1] == "on":
        return _on(shell, path)
    return stop(shell) if words[1] == "off" else _status(shell)


def _on(shell: InteractiveShell, path: str) -> str:
    if os.environ.get(OFF) == "off":
        return "not recording: this kernel is one that nb2pkg runs itself"
    notebook = _notebook(shell, path)
    known = active.get(id(shell))
    if known is not None and known.notebook == notebook:
        return _status(shell)
    stop(shell)
    recorder = Recorder(shell, notebook)
    recorder.start()
    active[id(shell)] = recorder
    return f"recording executions of {notebook.name} to {recorder.path}"


def stop(shell: InteractiveShell) -> str:
    """Stop recording, if it goes on."""
    recorder = active.pop(id(shell), None)
    if recorder is None:
        return "not recording"
    recorder.stop()
    return f"recording stopped; {recorder.path} stays"


def _status(shell: InteractiveShell) -> str:
    recorder = active.get(id(shell))
    if recorder is None:
        return "not recording"
    return f"recording executions of {recorder.notebook.name} to {recorder.path}"


def _notebook(shell: InteractiveShell, path: str) -> Path:
    """The file of the notebook: as the person says, else as the front end does."""
    said = path or os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__")
    if not isinstance(said, str) or not said:
        raise CannotRecordError(_NOWHERE)
    notebook = Path(said).expanduser().absolute()
    if notebook.suffix == ".ipynb" and notebook.is_file():
        return notebook
    if path:
        raise CannotRecordError(f"{path}: there is no such notebook")
    raise CannotRecordError(_NOWHERE)


def _runs_of(notebook: Path) -> int:
    """How many executions of this kernel are in the log: numbers go on when it is switched on again."""
    numbers = [e.number for e in execution_log.read(notebook) if e.session == SESSION]
    return max(numbers, default=0)


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
