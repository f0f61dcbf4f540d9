"""How much of what a cell prints is passed on? A cell may print gigabytes, which somebody has to keep.

Of what is behind the limit a digest is made, so that another text is still another one.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from typing import Any

MOST = 1_000_000  # characters of each stream in each cell


class Limit:
    """What the streams of the kernel have taken since this was last asked."""

    def __init__(self) -> None:
        self.left: dict[str, int] = {}
        self.more: dict[str, int] = {}
        self.digests: dict[str, Any] = {}

    def watch(self) -> None:
        """From now on, streams of the kernel hand on so much and no more.

        Where they empty their buffers: IPython puts a `write` of its own over theirs in each cell.
        """
        stream = getattr(sys.modules.get("ipykernel.iostream"), "OutStream", None)
        flushed = getattr(stream, "_flush_buffers", None)
        if stream is None or flushed is None:
            return

        def limited(self_: Any) -> Iterator[tuple[Any, str]]:
            for parent, text in flushed(self_):
                yield parent, self._kept(str(self_.name), text)

        stream._flush_buffers = limited

    def _kept(self, name: str, text: str) -> str:
        left = self.left.get(name, MOST)
        self.left[name] = max(0, left - len(text))
        if len(text) > left:
            rest = text[left:]
            self.more[name] = self.more.get(name, 0) + len(rest)
            digest = self.digests.setdefault(name, hashlib.blake2b(digest_size=12))
            digest.update(rest.encode("utf-8", "surrogatepass"))
        return text[:left]

    def take(self) -> dict[str, list[Any]]:
        """For each stream that was cut: how many characters, and their digest."""
        found = {n: [count, self.digests[n].hexdigest()] for n, count in self.more.items()}
        self.left, self.more, self.digests = {}, {}, {}
        return found
