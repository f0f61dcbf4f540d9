"""What a call does, as the lines of a test that assert it: two calls do the same if these are."""

from __future__ import annotations

import contextlib
import ctypes
import io
import random
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from . import drawn, expected, further, options
from .budget import Budget

_SEED = 7
_LONGEST = 300  # of a printed text that is asserted
_LOOK = 0.05  # seconds between two looks at the clock
_MOST_OPTIONS = 3  # that are asserted whatever they tell
_MOST_FURTHER = 200  # lines about one value, to choose from


@dataclass(frozen=True)
class Outcome:
    """asserts: of what the call gave; further: more of it, for a test that needs it.

    wrap: what is called on the result (``list`` for a generator); raised: the name of the exception;
    seeds: the generators of random numbers that it drew from.
    """

    asserts: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    wrap: str = ""
    raised: str = ""
    seeds: tuple[str, ...] = ()


def of_call(
    call: Callable[[], Any], given: Mapping[str, Any], names: tuple[str, ...], seconds: float
) -> Outcome | None:
    """Call it, and say what came of it; None where nothing can be said.

    given: the arguments, which it may change; names: those of the values that it returns.
    """
    before = {name: expected.lines(name, value) for name, value in given.items()}
    start()
    state, were = _state(), options.current()
    shown = io.StringIO()
    found: list[str] | None = None
    try:
        with within(seconds), quiet(shown):
            result = call()
            wrap = "list" if isinstance(result, Iterator) else ""
            result = list(result) if wrap else result
        seeds = tuple(name for name, before in state.items() if _state()[name] != before)
        with quiet():
            found = _written(result, names, seconds)
    except TooLongError:
        return None
    except (Exception, SystemExit) as error:  # whatever the notebook's code may raise
        return Outcome(raised=type(error).__name__)
    else:
        lines = [*(found or []), *_changed(given, before, names), *_on_figures(found)]
        lines += _printed(shown.getvalue())
        lines = lines or [*_of_state(were, seeds)]
        more = _further({**given, **_named(result, names)}, lines, seconds)
        more += tuple(line for line in options.changed(were) if line not in lines)
        return Outcome(tuple(lines), more, wrap, "", seeds)
    finally:
        drawn.close()
        options.restore(were)


def _named(result: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """What was returned, by the names that a test has for it."""
    if len(names) > 1 and isinstance(result, tuple) and len(result) == len(names):
        return dict(zip(names, result))
    return {names[0] if names else "result": result}


def _further(values: Mapping[str, Any], lines: Sequence[str], seconds: float) -> tuple[str, ...]:
    """What else could be asserted of the values that lines are about, and of the open figure."""
    found: list[str] = []
    with contextlib.suppress(Exception, TooLongError), quiet(), within(seconds):
        for name, value in values.items():
            if any(re.search(rf"\b{name}\b", line) for line in lines):
                found += islice(further.lines(name, value), _MOST_FURTHER)
        if any(line.startswith("assert plt.gcf()") for line in lines):
            figure = sys.modules["matplotlib.pyplot"].gcf()
            found += islice(further.lines("plt.gcf()", figure), _MOST_FURTHER)
    return tuple(line for line in dict.fromkeys(found) if line not in lines)


def _written(result: Any, names: tuple[str, ...], seconds: float) -> list[str] | None:
    """The lines for what was returned; none where it cannot be looked at, or not in time."""
    with contextlib.suppress(Exception, TooLongError), within(seconds):
        return _of_result(result, names)
    return None


def _on_figures(found: Sequence[str] | None) -> list[str]:
    """What was drawn, where the lines for the result do not say it."""
    is_said = any(".axes" in line or ".get_" in line for line in found or ())
    return [] if is_said else drawn.of_figures()


def _changed(
    given: Mapping[str, Any], before: Mapping[str, Any], names: tuple[str, ...]
) -> Iterator[str]:
    """The lines for arguments that the call changed."""
    for name, value in given.items():
        after = expected.lines(name, value)
        if after != before[name] and name not in names:
            yield from after or ()


def _printed(text: str) -> list[str]:
    if not text or len(text) > _LONGEST:
        return []
    return [f"assert capsys.readouterr().out == {text!r}"]


def _of_state(were: options.Options, seeds: tuple[str, ...]) -> Iterator[str]:
    """What a call set for those that follow: how is drawn, and which random numbers come next."""
    yield from islice(options.changed(were), _MOST_OPTIONS)
    for name in seeds:
        text = f"{name}.random()"
        value = random.random() if name == "random" else sys.modules["numpy"].random.random()
        yield from expected.lines(text, value) or ()


def _of_result(result: Any, names: tuple[str, ...]) -> list[str] | None:
    """The lines for what was returned. Nothing for None: then something else has to be seen."""
    if result is None:
        return []
    named = _named(result, names)
    if len(named) > 1:
        return [*_of_values(named)] or None
    return next(expected.lines(name, value) for name, value in named.items())


@contextlib.contextmanager
def quiet(shown: io.StringIO | None = None) -> Iterator[None]:
    """What is printed goes there, or nowhere, and no warning is shown."""
    with contextlib.redirect_stdout(shown or io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _of_values(named: Mapping[str, Any]) -> Iterator[str]:
    """The lines for several: the same object under two names is told once."""
    told: dict[int, str] = {}
    for name, value in named.items():
        if hasattr(value, "__dict__") and id(value) in told:
            yield f"assert {name} is {told[id(value)]}"
        else:
            yield from expected.lines(name, value) or ()
        told.setdefault(id(value), name)


class TooLongError(BaseException):
    """A call took longer than it may."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TooLongError in what goes on for longer, as far as it is code of Python.

    Seconds are of the processor: a library that is loaded on a busy machine is no endless loop.
    """
    here = threading.get_ident()
    budget, is_over = Budget.of(seconds), threading.Event()

    def watch() -> None:
        while not is_over.wait(_LOOK):
            if budget.is_spent:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(here), ctypes.py_object(TooLongError)
                )
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def start() -> None:
    """What a test begins with: no figures, and random numbers that are always the same."""
    drawn.close()
    seed(_SEED)


def seed(number: int) -> None:
    """The generators that all share."""
    random.seed(number)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(number)


def _state() -> dict[str, Any]:
    numpy = sys.modules.get("numpy")
    found: dict[str, Any] = {"random": hash(random.getstate())}
    if numpy is not None:
        found["np.random"] = (numpy.random.get_state()[2], int(numpy.random.get_state()[1][0]))
    return found
