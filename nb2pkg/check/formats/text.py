"""For people: the place, the line with a caret, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nb2pkg.check.formats.words import where
from nb2pkg.check.model import Located, Report


def render(reports: Sequence[Report]) -> str:
    return "".join(f"{line}\n" for report in reports for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    if report.error is not None:
        message, hint = report.error
        yield message
        if hint:
            yield f"    hint: {hint}"
    for located in report.found:
        finding = located.finding
        yield f"{report.path}: {where(finding)}: {finding.code} {finding.message}"
        yield from _excerpt(located)
        yield f"    hint: {finding.hint}"


def _excerpt(located: Located) -> Iterator[str]:
    place = located.finding.place
    if place is None or not located.text.strip():
        return
    width = max(1, min(place.width, len(located.text) - place.column))
    before = "".join("\t" if c == "\t" else " " for c in located.text[: place.column])
    yield f"    {located.text}"
    yield f"    {before}{'^' * width}"
