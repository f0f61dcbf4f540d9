"""Work within an event loop that does not wait for anything, and that Ctrl-C ends all the same.

From Python 3.11 on the first Ctrl-C only cancels the task, which takes effect where the task waits: a
folder of gigabytes would be copied to its end first.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


def is_cancelled() -> bool:
    """Was the task asked to end? Before Python 3.11 nobody knows; Ctrl-C comes through as it is there."""
    try:
        return bool(getattr(asyncio.current_task(), "cancelling", int)())
    except RuntimeError:  # there is no event loop, and Ctrl-C is what it always is
        return False


@contextmanager
def at_once() -> Iterator[None]:
    """Within it, an interrupt that cancels the task ends what it is at; one that came before, too."""
    if is_cancelled():
        raise asyncio.CancelledError
    usual = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        usual(number, frame)
        raise asyncio.CancelledError

    signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
