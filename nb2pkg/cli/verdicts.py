"""How the verdict of a verification is printed, for a person and for a machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from nb2pkg.observed import counted
from nb2pkg.verify.model import Comparison, Difference
from nb2pkg.verify.verdicts import Verification, format_instability

if TYPE_CHECKING:
    from nb2pkg.verify.package import PackageVerdict  # brings asyncio, for those who run something

_SHOWN = 12  # differences with their values; the others mostly follow from them


def table(verification: Verification) -> Iterator[str]:
    """The verdicts, step by step, and in all."""
    width = max((len(step.symbol) for step in verification.steps), default=0)
    for step in verification.steps:
        notes = f"  {'; '.join(step.notes)}" if step.notes else ""
        yield f"  {step.symbol:<{width}}  {step.verdict.value}{notes}"
    loose = _beside_steps(verification)
    if loose:
        yield f"  differs from run to run: {', '.join(loose)}"
    for index in verification.comparison.cut:
        yield f"  cell {index + 1} shows more than was kept: its end was compared by a digest"
    stop = verification.comparison.stop
    if stop is not None:
        yield f"  the notebook stops in cell {stop.index + 1}: {stop.reason}"
    yield f"pipeline: {verification.pipeline}"
    if verification.flow is not None:
        yield f"flow: {verification.flow}"
    yield f"{'verified' if verification.verdict.is_verified else 'not verified'}: {counted(verification.words)}"


def _beside_steps(verification: Verification) -> list[str]:
    """What is unstable in the notebook's own cells."""
    inside = {note for step in verification.steps for note in step.notes}
    named = {format_instability(item): item for item in verification.comparison.unstable}
    return [f"cell {i.index + 1} {text}" for text, i in named.items() if text not in inside]


def differences(finding: PackageVerdict, values: bool) -> Iterator[str]:
    """The first boundary that differs, with both values; then what differs behind it."""
    first = finding.comparison.first
    if not first:
        return
    yield f"The first difference is after cell {first[0].index + 1}:"
    for difference in first[:_SHOWN]:
        yield from _difference(difference, finding.shown, values)
    if len(first) > _SHOWN:
        yield f"  and {len(first) - _SHOWN} more there: {_listed(first[_SHOWN:])}"
    below = [d for d in finding.comparison.differences if d.index != first[0].index]
    for index, found in groupby(below, key=lambda difference: difference.index):
        yield f"  after cell {index + 1}: {_listed(found)}"


def _listed(found: Iterable[Difference]) -> str:
    return ", ".join(dict.fromkeys(difference.subject for difference in found))


def _difference(
    difference: Difference, shown: Mapping[tuple[str, str], Mapping[str, Any]], values: bool
) -> Iterator[str]:
    yield f"  {difference if values else difference.subject}"
    how = shown.get((difference.cell, difference.name))
    if not how:
        return
    where = str(how.get("where") or "") if values else ""
    if where and where[0] not in "[.":  # a sentence, of what has no values to show
        yield f"    {where}"
        return
    place = f" at {difference.name}{where}" if where else ""
    yield f"    original   {how.get('original_type', '')}{_value(how, 'original', values)}{place}"
    yield f"    narrative  {how.get('narrative_type', '')}{_value(how, 'narrative', values)}{place}"
    if how.get("largest") is not None and values:
        yield f"    largest difference {how['largest']:.6g}"


def _value(how: Mapping[str, Any], side: str, values: bool) -> str:
    return f": {how[side]}" if values and how.get(side) else ""


def as_json(verification: Verification, finding: PackageVerdict, values: bool) -> dict[str, Any]:
    """Everything for a machine."""
    return {
        "verdict": verification.verdict.value,
        "verified": verification.verdict.is_verified,
        "counted": counted(verification.words),
        "steps": [
            {"symbol": s.symbol, "verdict": s.verdict.value, "notes": list(s.notes)}
            for s in verification.steps
        ],
        "differences": [
            _difference_as_json(d, finding, values) for d in finding.comparison.differences
        ],
        "unstable": [
            {"cell": i.index + 1, "name": i.name, "reason": i.reason}
            for i in finding.comparison.unstable
        ],
        "close": dict(finding.close),
        "cpu_seconds": dict(zip(("cells", "observing"), finding.linked.cpu_seconds)),
        "stopped": _stop_as_json(finding.comparison),
        "pipeline": asdict(verification.pipeline),
        **({"flow": asdict(verification.flow)} if verification.flow is not None else {}),
    }


def found_as_json(finding: PackageVerdict, values: bool) -> list[dict[str, Any]]:
    """The differences of one round behind the cell that was the first to differ."""
    return [_difference_as_json(d, finding, values) for d in finding.comparison.first]


def _difference_as_json(
    difference: Difference, finding: PackageVerdict, values: bool
) -> dict[str, Any]:
    how = dict(finding.shown.get((difference.cell, difference.name), {}))
    if not values:
        how = {k: v for k, v in how.items() if k in ("original_type", "narrative_type")}
    return {
        "cell": difference.index + 1,
        "what": difference.what.value,
        "name": difference.name,
        "detail": difference.detail if values else "",
        "values": how,
    }


def _stop_as_json(comparison: Comparison) -> dict[str, Any] | None:
    stop = comparison.stop
    return {"cell": stop.index + 1, "reason": stop.reason} if stop else None
