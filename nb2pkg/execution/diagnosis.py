"""Why something differs from run to run, shown by runs in which one thing at a time is another.

    as it was              differs all the same: something that no run can set
    other hash seed        differs now: the order of sets
    other seed             differs now: random numbers that nothing seeds
    entropy or clock held  two such runs agree: that was it

What none of these shows is not known.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, replace
from typing import TypeVar

from nb2pkg.execution.model import Conditions, Run
from nb2pkg.execution.outcome import change

HASHES, RANDOM, TIME = "hash order", "random numbers without a seed", "time"
PATIENCE = 60.0  # seconds of a run; of longer ones no more are made to find a reason
ONCE_MORE = "once more, for the reason"

Done = TypeVar("Done")
Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Variation:
    """What is other than in the first run. held: of what the system gives."""

    hash_seed: int = 0
    seed_step: int = 0
    held: str = ""

    def of(self, conditions: Conditions) -> Conditions:
        seed = conditions.seed + self.seed_step
        return replace(conditions, seed=seed, hash_seed=self.hash_seed, held=self.held)


_CHANGED = ((HASHES, Variation(hash_seed=1)), (RANDOM, Variation(seed_step=1)))
_HELD = ((RANDOM, Variation(held="entropy")), (TIME, Variation(held="clock")))


async def causes(
    first: Done,
    wanted: frozenset[Item],
    play: Callable[[Variation], Awaitable[Done]],
    differing: Callable[[Done, Done], frozenset[Item]],
) -> dict[Item, str]:
    """The reasons that were shown, of what differed from the first run in another one.

    differing: what is not the same in two runs, or not there in one of them.
    """
    found: dict[Item, str] = {}
    if not wanted:
        return found
    always = wanted & differing(first, await play(Variation()))
    for reason, changed in _CHANGED:
        if left := wanted - always - found.keys():
            other = await play(changed)
            found |= dict.fromkeys(left & differing(first, other), reason)
    for reason, held in _HELD:
        if left := always - found.keys():
            one, two = [await play(held) for _ in range(2)]
            found |= dict.fromkeys(left - differing(one, two), reason)
    return found


def differing(one: Run, two: Run) -> frozenset[tuple[int, str]]:
    """Cells whose outputs differ, under an empty name, and variables, where each was first another."""
    found: set[tuple[int, str]] = set()
    others = {boundary.index: boundary for boundary in two.boundaries}
    for here in one.boundaries:
        there = others.get(here.index)
        if there is None or change(here.outputs, there.outputs):
            found.add((here.index, ""))
        found |= {
            (here.index, name)
            for name in here.changed
            if there is None
            or name not in there.names
            or there.names[name].digest != here.names[name].digest
        }
    return frozenset(found)
