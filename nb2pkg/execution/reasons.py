"""Where what differs from run to run comes from: a variable above, or the cause that runs have shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from nb2pkg.execution.diagnosis import HASHES, RANDOM, TIME
from nb2pkg.execution.model import Instability
from nb2pkg.model import Notebook

_TIME = r"\btime\b|datetime|\.now\(|today\(|perf_counter|monotonic|%%?time|\bdate\b|strftime"
_SIGNS = {
    RANDOM: r"random|rng\b|\.sample\(|shuffle|uuid|secrets|train_test_split|torch|tensorflow|keras",
    TIME: _TIME,
    HASHES: r"\bset\(|frozenset|\{[^:{}]*\}|\bhash\(|unique\(",
}
Causes = Mapping[tuple[int, str], str]


def reads_clock(notebook: Notebook) -> bool:
    """Does a cell look at the clock?"""
    return any(re.search(_TIME, cell.source) for cell in notebook.code)


def explain(
    unstable: Sequence[Instability], notebook: Notebook, causes: Causes
) -> tuple[Instability, ...]:
    """The same instabilities, each with its reason."""
    return tuple(_explained(unstable, notebook, causes))


def _explained(
    unstable: Sequence[Instability], notebook: Notebook, causes: Causes
) -> Iterator[Instability]:
    known: dict[str, int] = {}  # unstable name to the cell in which it was first seen
    for item in sorted(unstable, key=lambda item: (item.index, item.name)):
        source = notebook.cells[item.index].source
        reason = item.reason or _reason(source, item, known, causes)
        if item.name:
            known.setdefault(item.name, item.index)
        yield replace(item, reason=reason)


def _reason(source: str, item: Instability, known: dict[str, int], causes: Causes) -> str:
    words = set(re.findall(r"\w+", source))
    above = sorted(n for n, index in known.items() if index < item.index and n in words)
    if above:
        return f"made from {', '.join(above)}"
    if reason := causes.get((item.index, item.name)):
        return reason
    beside = sorted(n for n in known if n in words and n != item.name)
    return f"made from {', '.join(beside)}" if beside else "not known"


def speaks_of(source: str, reason: str) -> bool:
    """Does the text of a cell hold what may be that cause?"""
    return re.search(_SIGNS[reason], source) is not None
