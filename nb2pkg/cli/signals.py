"""Signals that ask a command to end: it cleans up as for Ctrl-C, and ends with 128 and the signal's number."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

_ASKING = (
    "SIGTERM",
    "SIGHUP",
)  # from timeout, a container or a server that cancels; a closed terminal


class Ending:
    """Which signal ends this process; Ctrl-C until another one came. is_over: everything was cleaned up."""

    def __init__(self) -> None:
        self.number: int = signal.SIGINT
        self.is_over = False

    @property
    def exit_code(self) -> int:
        """As a shell says it."""
        return 128 + self.number

    @property
    def word(self) -> str:
        return "interrupted" if self.number == signal.SIGINT else "terminated"

    def catch(self) -> None:
        """Take the signals that would end the process at once, unless somebody wants them ignored."""
        for name in _ASKING:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, self._end)

    def leave(self) -> None:
        """End with that code, if a signal ended the command.

        Python itself would end with Ctrl-C's, whatever is asked for, where a KeyboardInterrupt passed
        through code that it was given as text, such as that of a dataclass.
        """
        if self.is_over:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self.exit_code)

    def _end(self, number: int, frame: FrameType | None) -> None:
        """Do what Ctrl-C does here. `timeout` sends its signal twice: the second one ends no cleaning up."""
        self.number = number
        signal.signal(number, signal.SIG_IGN)
        interrupt = signal.getsignal(signal.SIGINT)
        if callable(interrupt):
            interrupt(signal.SIGINT, frame)
        else:  # ignored, as in what a shell starts in the background
            raise KeyboardInterrupt


ending = Ending()
