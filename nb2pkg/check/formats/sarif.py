"""SARIF 2.1.0, the format of code scanning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from nb2pkg import __version__
from nb2pkg.check.catalogue import CATALOGUE
from nb2pkg.check.formats.as_json import run_of
from nb2pkg.check.formats.gitlab import fingerprints
from nb2pkg.check.formats.words import level, posix, said, where
from nb2pkg.check.model import Located, Report

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(reports: Sequence[Report]) -> str:
    codes = sorted({located.finding.code for report in reports for located in report.found})
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "nb2pkg",
                "version": __version__,
                "rules": [_rule(code) for code in codes],
            }
        },
        "invocations": [
            {
                "executionSuccessful": all(report.error is None for report in reports),
                "toolExecutionNotifications": [
                    _notification(report, report.error[0])
                    for report in reports
                    if report.error is not None
                ],
            }
        ],
        "results": [result for report in reports for result in _results(report, codes)],
    }
    if any(report.runs for report in reports):
        run["properties"] = {"runs": [run_of(report) for report in reports if report.runs]}
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=1) + "\n"


def _rule(code: str) -> dict[str, Any]:
    entry = CATALOGUE[code]
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "defaultConfiguration": {"level": entry.level},
    }


def _results(report: Report, codes: list[str]) -> list[dict[str, Any]]:
    prints = fingerprints(report)
    return [
        _result(report, located, codes, fingerprint)
        for located, fingerprint in zip(report.found, prints)
    ]


def _result(report: Report, located: Located, codes: list[str], printed: str) -> dict[str, Any]:
    finding, place = located.finding, located.finding.place
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": level(finding),
        "message": {"text": f"{said(located)}. {finding.hint}"},
        "locations": [
            {
                **_location(report, located.file_line),
                "logicalLocations": [{"name": where(finding), "kind": "cell"}],
            }
        ],
        "partialFingerprints": {"nb2pkg/v1": printed},
        "properties": {
            "cell": place.cell + 1 if place else None,
            "line": place.line if place else None,
            "column": place.column + 1 if place else None,
        },
    }


def _location(report: Report, line: int) -> dict[str, Any]:
    artifact = {"uri": _uri(report.path)}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}


def _notification(report: Report, message: str) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": message},
        "locations": [_location(report, 1)],
    }


def _uri(path: str) -> str:
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(posix(path))
