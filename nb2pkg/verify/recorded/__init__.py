"""What a value is and holds, exactly enough to say whether two are the same; and what a step prints and draws.

The stages of a package are rehearsed with this, in the Python of the notebook, to find out what its
tests may rely on: digested.py has the rules, described.py and drawn.py say what is told of tables and
figures. Nothing of it goes into a package: tests compare summaries (templates/package/recorded.py).
"""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .described import describe
from .digested import digest, essence, steady

__all__ = ["EFFECTS", "changed", "describe", "is_same", "watched"]

Described = Mapping[str, Any]

EFFECTS: dict[str, dict[str, Any]] = {}
"""What the steps printed and drew while they were watched: step to "printed" and "figures"."""


def changed(before: Mapping[str, Described], values: Mapping[str, Any]) -> list[str]:
    """Names whose values are no longer as they were described, or are gone."""
    return [n for n, was in before.items() if n not in values or not is_same(was, values[n])]


def is_same(described: Described, value: object) -> bool:
    """Is the value as described? Keys of dictionaries may be in another order."""
    return essence(described) == essence(describe(value))


# ---- what a step prints and draws


@contextlib.contextmanager
def watched(step: str, before: str = "") -> Iterator[None]:
    """While it lasts, note in EFFECTS what is printed, and which figures of pyplot are drawn.

    The figures from before are closed first, as Jupyter closes them behind each cell. Random
    numbers go on from where they were behind the step `before`, if that was watched.
    """
    printed = _Printed(sys.stdout)
    drawn: list[dict[str, Any]] = []
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    _set_random_state(_RANDOM_STATES.get(before, {}) if before else {})
    try:
        with contextlib.redirect_stdout(printed), _described_when_closed(drawn):
            yield
    finally:
        _RANDOM_STATES[step] = _random_state()
        drawn += [describe(figure) for figure in _open_figures().values()]
        EFFECTS[step] = {"printed": _text(printed), "figures": drawn}


_RANDOM_STATES: dict[str, dict[str, Any]] = {}


def _random_state() -> dict[str, Any]:
    """Where the generators are that all code shares."""
    found = {"random": random.getstate()}
    if "numpy.random" in sys.modules:
        found["numpy"] = sys.modules["numpy.random"].get_state()
    return found


def _set_random_state(state: dict[str, Any]) -> None:
    if "random" in state:
        random.setstate(state["random"])
    if "numpy" in state:
        sys.modules["numpy.random"].set_state(state["numpy"])


class _Printed:
    """Passes on what is printed, and keeps it."""

    def __init__(self, former: Any) -> None:
        self.former = former
        self.texts: list[str] = []
        self.left = 10_000_000  # characters that are kept; of all others a digest is
        self.lines, self.rest = 0, ""

    def write(self, text: str) -> int:
        if len(text) <= self.left:
            self.texts.append(text)
            self.left -= len(text)
        else:
            self.lines, self.rest = self.lines + text.count("\n"), digest(self.rest + text)
        return len(text) if self.former is None else int(self.former.write(text))

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.former, name)


def _text(printed: _Printed) -> dict[str, Any]:
    text = "".join(printed.texts)
    lines = len(text.splitlines()) + printed.lines
    return {"items": lines, "digest": digest(steady(text) + printed.rest)}


@contextlib.contextmanager
def _described_when_closed(drawn: list[dict[str, Any]]) -> Iterator[None]:
    """While it lasts, pyplot shows nothing, and what it closes is described."""
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        yield
        return
    show, close = pyplot.show, pyplot.close

    def close_described(*which: Any, **named: Any) -> None:
        before = _open_figures()
        close(*which, **named)
        after = _open_figures()
        drawn.extend(describe(f) for number, f in before.items() if after.get(number) is not f)

    pyplot.show, pyplot.close = (lambda *_which, **_named: None), close_described
    try:
        yield
    finally:
        pyplot.show, pyplot.close = show, close


def _open_figures() -> dict[int, Any]:
    """The open figures by number; asked in a way that makes none of them the current one."""
    managers = getattr(sys.modules.get("matplotlib._pylab_helpers"), "Gcf", None)
    if managers is None:
        return {}
    return {number: managers.figs[number].canvas.figure for number in sorted(managers.figs)}
