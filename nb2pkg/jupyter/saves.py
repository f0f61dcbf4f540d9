"""Attempts while a notebook is recorded: one of each state in which it was saved, made in the background."""

from __future__ import annotations

import sys
import threading
from pathlib import Path


class Saves:
    """Looks after each cell whether the notebook was saved, which takes some microseconds."""

    def __init__(self, notebook: Path) -> None:
        self.notebook = notebook
        self._seen = 0  # when the file was written that was recorded last
        self._thread: threading.Thread | None = None
        self._is_on = True

    def look(self) -> None:
        """Record the notebook if it was saved since, and nothing is being recorded."""
        if not self._is_on or (self._thread is not None and self._thread.is_alive()):
            return
        try:
            saved = self.notebook.stat().st_mtime_ns
        except OSError:  # it was moved, or is being written
            return
        if saved != self._seen:
            self._seen = saved
            self._thread = threading.Thread(target=self._record, daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Until what is being recorded is done."""
        if self._thread is not None:
            self._thread.join()

    def _record(self) -> None:
        try:
            from nb2pkg.attempts.record import AttemptRequest, in_passing

            in_passing(self.notebook, AttemptRequest(trigger="record", python=sys.executable))
        except Exception as error:  # a user's cell must never fail for us
            self._is_on = False
            said = str(error).splitlines()[:1]
            print(f"nb2pkg: attempts are not recorded: {' '.join(said)}", file=sys.stderr)
