"""JSON: all that is known, counted from 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from nb2pkg.check.formats.words import level, posix
from nb2pkg.check.model import Located, Report


def render(reports: Sequence[Report]) -> str:
    document = {
        "findings": [_finding(report, located) for report in reports for located in report.found],
        "errors": [
            {"path": posix(report.path), "message": report.error[0], "hint": report.error[1]}
            for report in reports
            if report.error is not None
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _finding(report: Report, located: Located) -> dict[str, Any]:
    finding, place = located.finding, located.finding.place
    return {
        "path": posix(report.path),
        "code": finding.code,
        "level": level(finding),
        "message": finding.message,
        "hint": finding.hint,
        "cell": place.cell + 1 if place else None,
        "line": place.line if place else None,
        "column": place.column + 1 if place else None,
        "file_line": located.file_line,
        "can_fix": finding.fix is not None,
    }
