"""Why something differs from run to run: the first cause that the cell's own text shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from nb2pkg.execution.model import Instability
from nb2pkg.model import Notebook

_TIME = r"\btime\b|datetime|\.now\(|today\(|perf_counter|monotonic|%%?time|\bdate\b|strftime"
_CAUSES = (
    (
        "random numbers without a seed",
        r"random|rng\b|\.sample\(|shuffle|uuid|secrets|train_test_split|torch|tensorflow|keras",
    ),
    ("time", _TIME),
    ("addresses", r"\bid\(|<\w+ at|object at"),
    ("hash order", r"\bset\(|frozenset|\{[^:{}]*\}|\bhash\(|unique\("),
    ("the process", r"getpid|psutil|environ|tempfile|mkdtemp|gethostname"),
)


def reads_clock(notebook: Notebook) -> bool:
    """Does a cell look at the clock?"""
    return any(re.search(_TIME, cell.source) for cell in notebook.code)


def explain(unstable: Sequence[Instability], notebook: Notebook) -> tuple[Instability, ...]:
    """The same instabilities, each with its reason."""
    return tuple(_explained(unstable, notebook))


def _explained(unstable: Sequence[Instability], notebook: Notebook) -> Iterator[Instability]:
    known: dict[str, int] = {}  # unstable name to the cell in which it was first seen
    for item in sorted(unstable, key=lambda item: (item.index, item.name)):
        reason = item.reason or _reason(notebook.cells[item.index].source, item, known)
        if item.name:
            known.setdefault(item.name, item.index)
        yield replace(item, reason=reason)


def _reason(source: str, item: Instability, known: dict[str, int]) -> str:
    words = set(re.findall(r"\w+", source))
    above = sorted(n for n, index in known.items() if index < item.index and n in words)
    if above:
        return f"made from {', '.join(above)}"
    if reason := cause(source):
        return reason
    beside = sorted(n for n in known if n in words and n != item.name)
    return f"made from {', '.join(beside)}" if beside else "not known"


def cause(source: str) -> str:
    """The first cause that the text of a cell shows; empty if it shows none."""
    return next((reason for reason, pattern in _CAUSES if re.search(pattern, source)), "")
