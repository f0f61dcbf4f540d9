"""What a cell of tests gave, as plain text that every front end shows alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

_MARKS = {
    "passed": "✓",
    "failed": "✗",
    "error": "✗",
    "skipped": "-",
    "xfailed": "-",
    "xpassed": "✓",
}
_BAD = ("failed", "error")
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Result:
    """One test. line is that of the cell, counted from the one with the magic; 0: not known.

    source is that line, message what pytest says, printed what the test wrote until it failed.
    """

    name: str
    kind: str  # passed, failed, error, skipped, xfailed or xpassed
    line: int = 0
    source: str = ""
    message: str = ""
    printed: str = ""


@dataclass(frozen=True, slots=True)
class CellReport:
    """All tests of a cell. left_out are those that -k did not choose."""

    results: tuple[Result, ...]
    seconds: float
    left_out: int = 0

    @property
    def is_bad(self) -> bool:
        return any(result.kind in _BAD for result in self.results)

    def counts(self) -> str:
        """As in ``3 passed, 1 failed``."""
        found = Counter(result.kind for result in self.results)
        parts = [f"{found[kind]} {kind}" for kind in _MARKS if found[kind]]
        parts += [f"{self.left_out} left out"] if self.left_out else []
        return ", ".join(parts) or "no tests"

    def text(self, quiet: bool = False) -> str:
        """The report: a line for each test, or in quiet for those alone that failed."""
        shown = [r for r in self.results if r.kind in _BAD or not quiet]
        lines = [line for result in shown for line in _lines(result)]
        return "\n".join([*lines, f"{self.counts()} in {self.seconds:.2f} s"])


def _lines(result: Result) -> list[str]:
    head = f"{_MARKS[result.kind]} {result.name}"
    if result.kind not in _BAD:
        word = "" if result.kind == "passed" else f" ({result.kind})"
        return [head + word + (f": {result.message}" if word and result.message else "")]
    lines = [head]
    if result.line:
        lines.append(f"{_INDENT}line {result.line}: {result.source.strip()}")
    lines += [_INDENT + line for line in result.message.rstrip().split("\n")]
    if result.printed:
        lines += [f"{_INDENT}printed:"]
        lines += [2 * _INDENT + line for line in result.printed.rstrip().split("\n")]
    return [line.rstrip() for line in lines]
