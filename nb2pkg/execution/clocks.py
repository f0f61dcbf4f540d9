"""Two runs at once that never see the same time, so that what shows the time is not the same twice.

Both would fall into one second by luck, and what they have in common would count as a value.
"""

from __future__ import annotations

import asyncio
import time

_LAG_SECONDS = 1.05  # behind the other run, at each cell: clocks are mostly read to the second
_LOOK_SECONDS = 0.02


class Pair:
    """The first run, and the one that begins each cell later than the first did."""

    def __init__(self) -> None:
        self.began: dict[int, float] = {}
        self.is_over = False

    async def lead(self, cell: int) -> None:
        """The first run begins this cell."""
        self.began[cell] = time.monotonic()

    async def follow(self, cell: int) -> None:
        """Wait until the first run has begun it for some time."""
        while cell not in self.began:
            if self.is_over:
                return
            await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.sleep(max(0.0, self.began[cell] + _LAG_SECONDS - time.monotonic()))
