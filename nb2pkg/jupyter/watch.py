"""The plugin that hands pytest the module in memory, and hears what became of each test."""

from __future__ import annotations

import re
import types
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from nb2pkg.jupyter.report import Result

_ADVICE = re.compile(r"(, | )?\(?[Uu]se '?-v+'? to (show|get more diff)\)?")


class CellModule(pytest.Module):
    """A module of tests that pytest need not import."""

    cell: types.ModuleType

    def _getobj(self) -> types.ModuleType:
        return self.cell


class Watch:
    """results holds one of each test, in the order in which they ran."""

    def __init__(self, file: str, body: str) -> None:
        self.results: dict[str, Result] = {}
        self.left_out = 0
        self.names: dict[str, str] = {}
        self.module = types.ModuleType("empty")
        self._file = file
        self._lines = ["", *body.split("\n")]  # the first line is that of the magic

    def pytest_configure(self, config: pytest.Config) -> None:
        """Texts of comparisons are made for asserts that are rewritten, which ours are."""
        config.option.assertmode = "rewrite"

    def pytest_pycollect_makemodule(
        self, module_path: Path, parent: pytest.Collector
    ) -> pytest.Module:
        made: CellModule = CellModule.from_parent(parent, path=module_path)
        made.cell = self.module
        return made

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.left_out += len(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            message = str(report.longrepr).strip()
            self.results[report.nodeid] = Result("before the tests", "error", message=message)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        found = self._result(item, call, report)
        known = self.results.get(item.nodeid)
        if found is not None and (known is None or found.kind in ("failed", "error")):
            self.results[item.nodeid] = found
        return report

    def _result(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> Result | None:
        """What this phase of the test says of it; None if nothing yet."""
        name = item.nodeid.partition("::")[2]
        name = self.names.get(name, name)
        expected = hasattr(report, "wasxfail")
        if report.skipped:
            why = str(report.wasxfail) if expected else _reason(report)
            return Result(name, "xfailed" if expected else "skipped", message=why)
        if report.failed:
            kind = "failed" if report.when == "call" else "error"
            printed = "".join(text for title, text in report.sections if "Captured std" in title)
            if call.excinfo is None:
                return Result(name, kind, message=str(report.longrepr), printed=printed)
            return self.failure(name, kind, call.excinfo, printed)
        if report.when == "call":
            return Result(name, "xpassed" if expected else "passed")
        return None

    def failure(
        self,
        name: str,
        kind: str,
        raised: pytest.ExceptionInfo[BaseException],
        printed: str = "",
    ) -> Result:
        """A failure with the last line of the cell that led to it."""
        line = self._line_of(raised)
        source = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        return Result(name, kind, line, source, _message(raised), printed)

    def _line_of(self, raised: pytest.ExceptionInfo[BaseException]) -> int:
        if isinstance(raised.value, SyntaxError) and raised.value.filename == self._file:
            return (raised.value.lineno or 0) + 1
        here = [e for e in raised.traceback if e.frame.code.raw.co_filename == self._file]
        return here[-1].lineno + 1 if here else 0


def _message(raised: pytest.ExceptionInfo[BaseException]) -> str:
    if isinstance(raised.value, pytest.FixtureLookupError):
        return f"there is no fixture {raised.value.argname}"
    if isinstance(raised.value, SyntaxError):
        return f"{type(raised.value).__name__}: {raised.value.msg}"
    text = raised.exconly(tryshort=True)
    if text.startswith("AssertionError: assert "):
        text = text.removeprefix("AssertionError: ")
    lines = _ADVICE.sub("", text).split("\n")
    return "\n".join(line for line in lines if line.strip())


def _reason(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    found = report.longrepr
    text = str(found[2]) if isinstance(found, tuple) else ""
    return text.removeprefix("Skipped: ").removeprefix("Skipped")
