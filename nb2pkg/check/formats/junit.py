"""JUnit's XML, which most servers for tests can show: a suite for each notebook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from nb2pkg.check.formats.words import level, posix, said, where
from nb2pkg.check.model import Located, Report

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
    return max(len(report.found), 1)


def _suite(report: Report) -> list[str]:
    path = _attribute(posix(report.path))
    errors = int(report.error is not None)
    counts = f'tests="{_tests(report)}" failures="{len(report.found)}" errors="{errors}"'
    cases = [_case(path, located) for located in report.found]
    if report.error is not None:
        message, hint = report.error
        error = f"<error message={_attribute(message)}>{_text(hint)}</error>"
        cases = [f'<testcase classname={path} name="readable">{error}</testcase>']
    elif not cases:
        cases = [f'<testcase classname={path} name="check"/>']
    return [f"<testsuite name={path} {counts}>", *cases, "</testsuite>"]


def _case(path: str, located: Located) -> str:
    finding = located.finding
    name = _attribute(f"{finding.code} {where(finding)}")
    told = f"{said(located)}\n{located.text}\n{finding.hint}"
    failure = f'<failure type="{level(finding)}" message={_attribute(finding.message)}>'
    return (
        f'<testcase classname={path} name={name} line="{located.file_line}">'
        f"{failure}{_text(told)}</failure></testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text))
