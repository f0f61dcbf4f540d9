"""Do the asserts of a test hold in a process where nothing was run before, as a test is run?

The lines are run as they will stand in the test, with what stands in for pytest.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import drawn, options, outcome
from .files import Desk

_RELATIVE, _ABSOLUTE = 1e-6, 1e-12  # as pytest.approx has them


class Approximately:
    """Like pytest.approx: a number, or numbers in a list, a tuple or a dictionary."""

    def __init__(self, wanted: Any, nan_ok: bool = False) -> None:
        self.wanted, self.nan_ok = wanted, nan_ok

    def __eq__(self, found: object) -> bool:
        return self._is_near(self.wanted, found)

    __hash__ = None  # type: ignore[assignment]

    def _is_near(self, wanted: Any, found: Any) -> bool:
        if isinstance(wanted, dict):
            return found.keys() == wanted.keys() and all(
                self._is_near(wanted[key], found[key]) for key in wanted
            )
        if isinstance(wanted, (list, tuple)):
            return len(found) == len(wanted) and all(map(self._is_near, wanted, found))
        if wanted != wanted:
            return self.nan_ok and found != found
        if isinstance(wanted, (int, float)):
            return math.isclose(found, wanted, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
        return bool(abs(found - wanted) <= max(_RELATIVE * abs(wanted), _ABSOLUTE))


class _Pytest:
    approx = Approximately


class _Printed:
    """Like capsys: what was printed."""

    def __init__(self, out: str) -> None:
        self.out = out

    def readouterr(self) -> _Printed:
        """Itself: it has the text as ``out``."""
        return self


def holding(
    run: Callable[[Mapping[str, Any]], Any],
    case: Mapping[str, Any],
    names: Mapping[str, Any],
    seconds: float,
) -> list[str] | None:
    """Call a function with the arguments of a case: those of its asserts that hold, None if it fails.

    names: what the asserts mention.
    """
    desk = Desk(dict(case["files"]), tuple(case["folders"]))
    outcome.start()
    before = options.current()
    printed = io.StringIO()
    try:
        with desk.cleared(), outcome.quiet(printed), outcome.within(seconds):
            given = {name: eval(source, dict(names)) for name, source in case["arguments"]}
            if case["raised"]:
                return [] if _raises(run, given, case["raised"]) else None
            result = run(given)
            result = list(result) if case["wrap"] else result
            found = {**names, **given, **_named(result, case["returns"])}
            found["capsys"] = _Printed(printed.getvalue())
            return [line for line in case["asserts"] if _is_held(line, found)]
    except (Exception, SystemExit, outcome.TooLongError):  # whatever the code raises
        return None
    finally:
        drawn.close()
        options.restore(before)


def _is_held(line: str, names: dict[str, Any]) -> bool:
    try:
        exec(line, names)
    except Exception:  # an assert may find anything else than it asserts
        return False
    return True


def _raises(run: Callable[[Mapping[str, Any]], Any], given: Mapping[str, Any], name: str) -> bool:
    try:
        run(given)
    except Exception as error:
        return type(error).__name__ == name
    return False


def _named(result: Any, returns: Any) -> dict[str, Any]:
    """The names that the test has for what is returned."""
    if len(returns) > 1:
        return dict(zip(returns, result))
    return {returns[0] if returns else "result": result}


def tools(text: str) -> dict[str, Any]:
    """What asserts may mention, of which this is the text: libraries are loaded before any time counts."""
    found: dict[str, Any] = {"pytest": _Pytest, "math": math, "Path": Path}
    for module, names in _MODULES.items():
        if not any(short in text for short, _ in names):
            continue
        with contextlib.suppress(ImportError):
            loaded = importlib.import_module(module)
            found |= {short: getattr(loaded, name) if name else loaded for short, name in names}
    return found


_MODULES: dict[str, tuple[tuple[str, str], ...]] = {
    "numpy": (("np", ""),),
    "pandas": (("pd", ""),),
    "pandas.testing": tuple((name, name) for name in ("assert_frame_equal", "assert_series_equal")),
    "matplotlib.pyplot": (("plt", ""),),
    "datetime": (("datetime", ""),),
    "decimal": (("decimal", ""),),
}
