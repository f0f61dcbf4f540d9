"""What a call does, as the lines of a test that assert it: two calls do the same if these are."""

from __future__ import annotations

import contextlib
import ctypes
import io
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import expected

_SEED = 7
_LONGEST = 300  # of a printed text that is asserted


@dataclass(frozen=True)
class Outcome:
    """asserts: of what the call gave; wrap: what is called on that (``list`` for a generator).

    raised: the name of the exception; seeds: the generators of random numbers that it drew from.
    """

    asserts: tuple[str, ...] = ()
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
    state = _state()
    shown = io.StringIO()
    try:
        with within(seconds), contextlib.redirect_stdout(shown), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = call()
            wrap = "list" if isinstance(result, Iterator) else ""
            result = list(result) if wrap else result
    except TooLongError:
        return None
    except (Exception, SystemExit) as error:  # whatever the notebook's code may raise
        _close_figures()
        return Outcome(raised=type(error).__name__)
    seeds = tuple(name for name, before in state.items() if _state()[name] != before)
    found = _of_result(result, names)
    is_shown = any(".axes" in line or ".get_" in line for line in found or ())
    drawn = [] if is_shown else expected.of_figures()
    _close_figures()
    changed = []
    for name, value in given.items():
        after = expected.lines(name, value)
        if after != before[name] and name not in names:
            changed += after or []
    printed = shown.getvalue()
    lines = [*(found or []), *changed, *(drawn or [])]
    if printed and len(printed) <= _LONGEST:
        lines.append(f"assert capsys.readouterr().out == {printed!r}")
    if found is None and not lines:
        return None
    return Outcome(tuple(lines), wrap, "", seeds)


def _of_result(result: Any, names: tuple[str, ...]) -> list[str] | None:
    """The lines for what was returned. Nothing for None: then something else has to be seen."""
    if result is None:
        return []
    if len(names) > 1 and isinstance(result, tuple) and len(result) == len(names):
        found = [expected.lines(name, value) for name, value in zip(names, result)]
        kept = [each for each in found if each]
        return [line for each in kept for line in each] or None
    return expected.lines(names[0] if names else "result", result)


class TooLongError(BaseException):
    """A call took longer than it may."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TooLongError in what goes on for longer, as far as it is code of Python."""
    here = threading.get_ident()
    is_over = threading.Event()

    def stop() -> None:
        if not is_over.wait(seconds):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(here), ctypes.py_object(TooLongError)
            )

    watch = threading.Thread(target=stop, daemon=True)
    watch.start()
    try:
        yield
    finally:
        is_over.set()
        watch.join()


def start() -> None:
    """What a test begins with: no figures, and random numbers that are always the same."""
    _close_figures()
    random.seed(_SEED)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(_SEED)


def _state() -> dict[str, Any]:
    numpy = sys.modules.get("numpy")
    found: dict[str, Any] = {"random": hash(random.getstate())}
    if numpy is not None:
        found["np.random"] = (numpy.random.get_state()[2], int(numpy.random.get_state()[1][0]))
    return found


def _close_figures() -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
