"""JUnit's XML, which most servers for tests can show: a suite for each notebook."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from nb2pkg.check.catalogue import RUN_CODES
from nb2pkg.check.formats.words import level, posix, said, where
from nb2pkg.check.model import CellRun, Located, Report, RunOutcome

_BLANKS = {
    ord(blank): f"&#{ord(blank)};" for blank in "\n\r\t"
}  # in an attribute they would be spaces
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def render(reports: Sequence[Report]) -> str:
    failures = sum(len(report.found) for report in reports)
    errors = sum(report.error is not None for report in reports)
    tests = sum(_tests(report) for report in reports)
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    lines.append(
        f'<testsuites name="nb2pkg check" tests="{tests}" failures="{failures}" errors="{errors}">'
    )
    for report in reports:
        lines += _suite(report)
    text = "\n".join([*lines, "</testsuites>", ""])
    return text.encode("ascii", "xmlcharrefreplace").decode()  # whatever the terminal writes


def _tests(report: Report) -> int:
    errors = int(report.error is not None)
    return max(len(report.found) + len(_unfound(report)) + errors, 1)


def _unfound(report: Report) -> list[CellRun]:
    """Cells that were run, or were to be, and of whose run nothing was found: cases of their own."""
    reported = {
        found.finding.place.cell
        for found in report.found
        if found.finding.place and found.finding.code in RUN_CODES
    }
    return [run for run in report.runs if run.cell not in reported]


def _suite(report: Report) -> list[str]:
    path = _attribute(posix(report.path))
    errors = int(report.error is not None)
    counts = f'tests="{_tests(report)}" failures="{len(report.found)}" errors="{errors}"'
    skipped = sum(run.outcome is RunOutcome.NOT_RUN for run in _unfound(report))
    counts += f' skipped="{skipped}"' if report.runs else ""
    cases = [_case(path, located) for located in report.found]
    cases += [_cell(path, run) for run in _unfound(report)]
    if report.error is not None:
        message, hint = report.error
        error = f"<error message={_attribute(message)}>{_text(hint)}</error>"
        cases.append(f'<testcase classname={path} name="readable">{error}</testcase>')
    elif not cases:
        cases = [f'<testcase classname={path} name="check"/>']
    return [f"<testsuite name={path} {counts}>", *cases, "</testsuite>"]


def _case(path: str, located: Located) -> str:
    finding = located.finding
    name = _attribute(f"{finding.code} {where(finding)}")
    body = f"{said(located)}\n{located.text}\n{finding.hint}"
    failure = f'<failure type="{level(finding)}" message={_attribute(finding.message)}>'
    return (
        f'<testcase classname={path} name={name} line="{located.file_line}">'
        f"{failure}{_text(body)}</failure></testcase>"
    )


def _cell(path: str, run: CellRun) -> str:
    name = _attribute(f"cell {run.cell + 1} runs")
    if run.outcome is RunOutcome.NOT_RUN:
        skipped = f"<skipped message={_attribute(run.why)}/>"
        return f"<testcase classname={path} name={name}>{skipped}</testcase>"
    said = f"{run.outcome.value}, {run.why}" if run.why else run.outcome.value
    return (
        f"<testcase classname={path} name={name}><system-out>{_text(said)}</system-out></testcase>"
    )


def _attribute(text: str) -> str:
    escaped = html.escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)).translate(_BLANKS)
    return f'"{escaped}"'


def _text(text: str) -> str:
    return html.escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text), quote=False)
