"""How long may be tried: time of the processor, so that a busy machine makes no other tests."""

from __future__ import annotations

import time
from dataclasses import dataclass

_WALL = 3.0  # times as long on the clock, for what waits and for a machine that is busy


@dataclass(frozen=True)
class Budget:
    """The ends of a time, on the clock of the processor and on that on the wall."""

    processor: float
    wall: float

    @classmethod
    def of(cls, seconds: float) -> Budget:
        """So many seconds from now on."""
        return cls(time.process_time() + seconds, time.monotonic() + _WALL * seconds)

    def part(self, seconds: float) -> Budget:
        """At most so many seconds of it from now on."""
        other = Budget.of(seconds)
        return Budget(min(self.processor, other.processor), min(self.wall, other.wall))

    @property
    def is_spent(self) -> bool:
        """Is either of them over?"""
        return time.process_time() > self.processor or time.monotonic() > self.wall
