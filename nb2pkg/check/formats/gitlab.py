"""GitLab's code quality report."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from nb2pkg.check.formats.words import level, posix, said
from nb2pkg.check.model import Report

_SEVERITIES = {"error": "critical", "warning": "major", "note": "minor"}


def render(reports: Sequence[Report]) -> str:
    entries = [entry for report in reports for entry in _entries(report)]
    return json.dumps(entries, indent=1) + "\n"


def _entries(report: Report) -> Iterator[dict[str, Any]]:
    path = posix(report.path)
    if report.error is not None:
        yield {
            "description": report.error[0],
            "check_name": "unreadable",
            "fingerprint": _digest(path, "unreadable"),
            "severity": "blocker",
            "location": {"path": path, "lines": {"begin": 1}},
        }
    for located, fingerprint in zip(report.found, fingerprints(report)):
        yield {
            "description": said(located),
            "check_name": located.finding.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[level(located.finding)],
            "location": {"path": path, "lines": {"begin": located.file_line}},
        }


def fingerprints(report: Report) -> list[str]:
    """For each finding a name that stays the same when cells are inserted above."""
    seen: Counter[str] = Counter()
    found = []
    for located in report.found:
        about = "\0".join((located.finding.code, located.finding.message, located.text.strip()))
        seen[about] += 1
        found.append(_digest(posix(report.path), about, str(seen[about])))
    return found


def _digest(*parts: str) -> str:
    return hashlib.blake2b(
        "\0".join(parts).encode("utf-8", "backslashreplace"), digest_size=16
    ).hexdigest()
