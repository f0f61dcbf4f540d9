"""What statements do with names, in the order of the document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """What one statement does with one name; it reads before it binds.

    proves: it surely reads the name, and was seen to go on: the name was there.
    """

    position: int
    reads: bool = False
    binds: bool = False
    may_bind: bool = False
    deletes: bool = False
    proves: bool = False
