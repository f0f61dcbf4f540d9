"""From a comparison to verdicts: of each step, and of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nb2pkg.execution.model import Instability
from nb2pkg.observed import Verdict, Verdicts
from nb2pkg.plan.provenance import Link
from nb2pkg.verify.model import Comparison, Difference, FlowVerdict, PipelineVerdict

_USED_UP = ("not comparable: generator", "not comparable: iterator", "not comparable: queue")


@dataclass(frozen=True, slots=True)
class StepVerdict:
    """What running said of one step. notes name what is unstable, close or different, and why."""

    symbol: str
    verdict: Verdict
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome for a package."""

    steps: tuple[StepVerdict, ...]
    comparison: Comparison
    close: Mapping[str, float]  # difference that is within the tolerance: its size
    pipeline: PipelineVerdict
    flow: FlowVerdict | None = None

    @property
    def words(self) -> Verdicts:
        """The verdicts as they are written down."""
        return {step.symbol: (step.verdict.value, step.notes) for step in self.steps}

    @property
    def verdict(self) -> Verdict:
        """That of the whole: the worst of the parts."""
        found = {step.verdict for step in self.steps}
        if self.comparison.differences or not self.pipeline.is_sound:
            return Verdict.DIFFERENT
        if self.flow is not None and not self.flow.is_sound:
            return Verdict.DIFFERENT
        if self.comparison.stop is not None and not self.comparison.reached:
            return Verdict.STATIC
        for verdict in (Verdict.STATIC, Verdict.UNSTABLE, Verdict.CLOSE):
            if verdict in found:
                return verdict
        if self.comparison.stop is not None:
            return Verdict.STATIC
        return Verdict.UNSTABLE if self.comparison.unstable else Verdict.EXACT


def judge(
    steps: Sequence[Link],
    comparison: Comparison,
    close: Mapping[str, float],
    pipeline: PipelineVerdict,
    flow: FlowVerdict | None = None,
) -> Verification:
    """A verdict for each step, from what was seen behind the cell in which it is called."""
    found: dict[str, StepVerdict] = {}
    for step in steps:
        verdict = _step(step, comparison, close)
        found[step.symbol] = _worse(found.get(step.symbol, verdict), verdict)
    return Verification(tuple(found.values()), comparison, close, pipeline, flow)


def _worse(one: StepVerdict, other: StepVerdict) -> StepVerdict:
    """That of a function which two cells call."""
    if one is other:
        return one
    order = (Verdict.DIFFERENT, Verdict.STATIC, Verdict.UNSTABLE, Verdict.CLOSE, Verdict.EXACT)
    verdict = min(one.verdict, other.verdict, key=order.index)
    notes = dict.fromkeys(
        note for each in (one, other) if each.verdict is verdict for note in each.notes
    )
    return StepVerdict(one.symbol, verdict, tuple(notes))


def _step(step: Link, comparison: Comparison, close: Mapping[str, float]) -> StepVerdict:
    first = comparison.first
    broken = [d.subject for d in first if d.cell in step.cells]
    if broken:
        return StepVerdict(step.symbol, Verdict.DIFFERENT, tuple(broken))
    behind = bool(first) and step.cells[-1] not in _before(comparison, first[0])
    if behind or step.cells[-1] not in comparison.reached:
        return StepVerdict(step.symbol, Verdict.STATIC, (_why_static(comparison, first),))
    unstable = [
        item for item in comparison.unstable if _concerns(step, item) or _is_used_up_by(step, item)
    ]
    if unstable:
        return StepVerdict(step.symbol, Verdict.UNSTABLE, tuple(map(format_instability, unstable)))
    near = [name for name in (*step.returns, *step.changes) if name in close]
    if near:
        return StepVerdict(step.symbol, Verdict.CLOSE, tuple(near))
    return StepVerdict(step.symbol, Verdict.EXACT)


def _before(comparison: Comparison, first: Difference) -> tuple[str, ...]:
    """The cells that were compared before the first difference."""
    if first.cell not in comparison.reached:
        return comparison.reached
    return comparison.reached[: comparison.reached.index(first.cell)]


def _why_static(comparison: Comparison, first: Sequence[Difference]) -> str:
    if first:
        return f"behind a difference in cell {first[0].index + 1}"
    if comparison.stop is not None:
        return f"not run: the notebook stops in cell {comparison.stop.index + 1}"
    return "not run"


def _concerns(step: Link, item: Instability) -> bool:
    """Outputs and files of its cells, and variables that it makes there."""
    return item.cell in step.cells and (
        not item.name
        or item.name.startswith("file ")
        or item.name in (*step.returns, *step.changes)
    )


def _is_used_up_by(step: Link, item: Instability) -> bool:
    """Is it given what it may have taken something from, of which nobody can see how much is left?"""
    return item.name in step.params and any(word in item.reason for word in _USED_UP)


def format_instability(item: Instability) -> str:
    subject = item.name or "outputs"
    return f"{subject} ({item.reason})"
