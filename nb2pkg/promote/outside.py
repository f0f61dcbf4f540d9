"""What is run outside of Jupyter, for the tests and for the pipeline: beside the narrative, where a core is free.

These runs need nothing of the narrative's but its verdict. Where that is bad they are ended, and another promotion
has its own. No more than two processes run the notebook's code at a time, since each has all of its data.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from nb2pkg.execution import workspace
from nb2pkg.execution.session import Session
from nb2pkg.observed import Recording
from nb2pkg.plan.provenance import Link
from nb2pkg.verify import pipeline
from nb2pkg.verify.model import PipelineVerdict, Where
from nb2pkg.verify.package import Package
from nb2pkg.verify.recording import record
from nb2pkg.verify.rehearsing import Rehearsals, Rehearsed


class Outside:
    """The runs of one promotion. Whatever still runs at the end of the block is ended."""

    def __init__(
        self, opened: Session, package: Package, where: Where, rehearsed: Rehearsed
    ) -> None:
        self.opened, self.package, self.where = opened, package, where
        self.rehearsals = Rehearsals(opened, package, rehearsed)
        self.pipeline: pipeline.PipelineRun | None = None
        self.running = ExitStack()

    def __enter__(self) -> Outside:
        self.running.enter_context(self.rehearsals)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """End all that still runs: another promotion has its own."""
        self.running.close()

    def begin(self) -> None:
        """Start what takes longest, if a core is free."""
        if workspace.has_core_beside(self.opened.notebook):
            self.rehearsals.begin()

    def record(self, links: Mapping[str, Link]) -> Recording:
        """What the tests can rely on; the pipeline begins when the shorter of the two runs has ended."""
        return record(self.rehearsals, links, self._begin_pipeline)

    def _begin_pipeline(self) -> None:
        begun = pipeline.begun(self.opened, self.package, self.where)
        self.pipeline = self.running.enter_context(begun)

    def run_pipeline(self) -> PipelineVerdict:
        """Does the pipeline give what the notebook has? Where it runs already, it is only waited for."""
        return pipeline.run(self.opened, self.package, self.where, self.pipeline)
