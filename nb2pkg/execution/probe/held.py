"""What the system gives anew at each run, held still: the clock, and random bytes.

Two runs with one of them held show whether it was the cause of a difference. Only such runs have it.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timezone
from types import FrameType
from typing import Any

_NOW = 1_700_000_000.0
_KERNELS = {"ipykernel", "jupyter_client", "zmq", "tornado", "IPython", "traitlets", "comm"}
_NEAR = 3  # calls between what asks for bytes and what gives them: uuid4, or one of `secrets`
_CALLS = 2_000  # after so many the clock goes on: a loop may wait for it


def hold(what: str) -> None:
    """Hold the `clock`, or the `entropy` of the system."""
    if what == "entropy":
        os.urandom = _bytes_but_for_kernels(os.urandom)
        random._urandom = os.urandom  # type: ignore[attr-defined]  # of SystemRandom and secrets
    if what == "clock":
        clock = _Clock()
        time.time = clock.now
        time.time_ns = lambda: int(clock.now() * 1e9)
        for name in ("perf_counter", "process_time", "thread_time"):
            setattr(time, name, clock.now)
            setattr(time, f"{name}_ns", time.time_ns)
        _hold_days(clock)


def _bytes_but_for_kernels(real: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """The same bytes at each run. The kernel names its messages with some, and not as often each time."""
    held = random.Random(0).randbytes

    def urandom(size: int, /) -> bytes:
        frame: FrameType | None = sys._getframe(1)
        for _ in range(_NEAR):
            if frame is None or frame.f_globals.get("__name__") == "__main__":
                break
            if frame.f_globals.get("__name__", "").partition(".")[0] in _KERNELS:
                return real(size)
            frame = frame.f_back
        return held(size)

    return urandom


class _Clock:
    def __init__(self) -> None:
        self.calls = 0

    def now(self) -> float:
        self.calls += 1
        return _NOW + max(0, self.calls - _CALLS)


def _hold_days(clock: _Clock) -> None:
    """`datetime.now` and `date.today`; every datetime is still an instance of the class."""

    class OfReal(type):
        def __instancecheck__(cls, value: Any) -> bool:
            return isinstance(value, datetime if issubclass(cls, datetime) else date)

    class Datetime(datetime, metaclass=OfReal):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(clock.now(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return datetime.fromtimestamp(clock.now(), timezone.utc).replace(tzinfo=None)

        today = now

    class Date(date, metaclass=OfReal):
        @classmethod
        def today(cls) -> Any:
            return date.fromtimestamp(clock.now())

    module: Any = sys.modules["datetime"]
    module.datetime, module.date = Datetime, Date
