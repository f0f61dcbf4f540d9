"""How libraries are set for all that follows: what matplotlib, numpy and pandas are told to do."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from .literals import literal

Options = Mapping[str, Mapping[str, Any]]
"""By library: the options by name."""


def current() -> dict[str, dict[str, Any]]:
    """As the libraries that are loaded are set now."""
    found: dict[str, dict[str, Any]] = {}
    modules = sys.modules
    if "matplotlib" in modules:
        found["matplotlib"] = dict(modules["matplotlib"].rcParams)
    if hasattr(modules.get("numpy"), "get_printoptions"):
        found["numpy"] = modules["numpy"].get_printoptions()
    if hasattr(modules.get("pandas"), "options"):
        found["pandas"] = dict(_leaves(modules["pandas"].options.d))
    return found


def _leaves(options: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def restore(before: Options) -> None:
    """As they were before."""
    for library, options in current().items():
        old = before.get(library, options)
        if library == "matplotlib" and options != old:
            sys.modules[library].rcParams.update(old)
        elif library == "numpy" and options != old:
            sys.modules[library].set_printoptions(**old)
        elif library == "pandas":
            for name in [name for name in old if old[name] != options.get(name)]:
                sys.modules[library].set_option(name, old[name])


def use_defaults() -> None:
    """As the libraries are set where nothing was run: matplotlib as its settings file says."""
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].rc_file_defaults()
    if "numpy" in current():
        sys.modules["numpy"].set_printoptions(**_OF_NUMPY)
    if "pandas" in current():
        sys.modules["pandas"].reset_option("^display")  # what notebooks set


_OF_NUMPY = {
    "precision": 8,
    "threshold": 1000,
    "edgeitems": 3,
    "linewidth": 75,
    "suppress": False,
    "nanstr": "nan",
    "infstr": "inf",
    "formatter": None,
    "sign": "-",
    "floatmode": "maxprec",
}


def changed(before: Options) -> Iterator[str]:
    """The lines that assert the options that are others now."""
    for library, options in current().items():
        old, subject = before.get(library, {}), _SUBJECTS[library]
        if library == "matplotlib" and "matplotlib.pyplot" not in sys.modules:
            continue
        new = [(name, literal(value)) for name, value in options.items() if value != old.get(name)]
        yield from (f"assert {subject.format(repr(n))} == {text}" for n, text in new if text)


_SUBJECTS = {
    "matplotlib": "plt.rcParams[{}]",
    "numpy": "np.get_printoptions()[{}]",
    "pandas": "pd.get_option({})",
}
