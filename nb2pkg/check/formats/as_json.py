"""JSON: all that is known, counted from 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from nb2pkg.check.formats.words import level, posix
from nb2pkg.check.model import Located, Report


def render(reports: Sequence[Report]) -> str:
    document: dict[str, Any] = {
        "findings": [_finding(report, located) for report in reports for located in report.found],
        "errors": [
            {"path": posix(report.path), "message": report.error[0], "hint": report.error[1]}
            for report in reports
            if report.error is not None
        ],
    }
    if any(report.runs for report in reports):
        document["runs"] = [run_of(report) for report in reports if report.runs]
    return json.dumps(document, indent=1) + "\n"


def run_of(report: Report) -> dict[str, Any]:
    """What became of each cell, without a value."""
    return {
        "path": posix(report.path),
        "seconds": report.seconds,
        "cells": [
            {"cell": run.cell + 1, "outcome": run.outcome.value, "reason": run.why or None}
            for run in report.runs
        ],
    }


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
