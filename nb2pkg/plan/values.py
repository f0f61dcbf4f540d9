"""Which values of the notebook can a test have at some place, and from which step?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nb2pkg.model import Facts
from nb2pkg.plan.model import Line, Pipeline, Step


@dataclass(slots=True)
class Values:
    """Goes through the notebook statement by statement.

    since tells of each value the step that made or changed it last. What a statement that is in no
    step makes or changes is only there again behind the next step, if the pipeline runs it.
    """

    stages: dict[int, tuple[Line, ...]]
    inside: frozenset[int]  # positions of all statements that are in steps
    steps: dict[str, Step] = field(default_factory=dict)  # called so far, in order
    since: dict[str, str] = field(default_factory=dict)
    changing: str = ""  # the last step behind which something was changed in place

    def pass_by(self, position: int, facts: Facts) -> None:
        """Go on behind a statement."""
        if position in self.stages:
            self._call(self.stages[position])
        elif position not in self.inside:
            for name in (*facts.bound, *facts.deletes, *(name for name, _ in facts.mutates)):
                self.since.pop(name, None)

    def _call(self, stage: tuple[Line, ...]) -> None:
        step = stage[-1].step
        assert step is not None
        self.steps[step.name] = step
        made = [name for line in stage for name in (*line.binds, *line.data)]
        self.since.update((name, step.name) for name in made)
        self.since.update((name, step.name) for name in step.mutates if name in self.since)
        if step.mutates or len(stage) > 1:
            self.changing = step.name

    def home(self, names: Iterable[str]) -> str:
        """The last step that made or changed one of the values."""
        found = {self.since[name] for name in names}
        return next((name for name in reversed(self.steps) if name in found), "")

    def fixture(self, names: Iterable[str]) -> str:
        """The first step behind which all the values are what they are here.

        A step that changes something in place may change what these values share with it.
        """
        found = {self.home(names), self.changing}
        return next((name for name in reversed(self.steps) if name in found), "")


def of(pipeline: Pipeline, steps: Iterable[Step]) -> Values:
    """Before the first statement."""
    ends = {line.step.positions[-1]: stage for stage in pipeline.stages if (line := stage[-1]).step}
    return Values(ends, frozenset(position for step in steps for position in step.positions))
