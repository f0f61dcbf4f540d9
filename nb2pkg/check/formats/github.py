"""Commands of GitHub's workflows, that show findings beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nb2pkg.check.formats.words import level, posix, said
from nb2pkg.check.model import Report

_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


def render(reports: Sequence[Report]) -> str:
    return "".join(f"{line}\n" for report in reports for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    path = _property(posix(report.path))
    if report.error is not None:
        yield f"::error file={path},line=1::{_data(report.error[0])}"
    for located in report.found:
        finding = located.finding
        command = _LEVELS[level(finding)]
        place = f"file={path},line={located.file_line},title={finding.code}"
        yield f"::{command} {place}::{_data(said(located))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
