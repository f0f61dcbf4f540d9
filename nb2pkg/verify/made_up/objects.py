"""Objects of libraries: what of them a test can assert."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable
from typing import Any

from .literals import literal, plain

Lines = Callable[[str, Any, int], "list[str] | None"]
"""The asserts that say what a value is, so deep."""

_MOST_SHOWN = 3  # attributes of an object
_LONGEST_TEXT = 300  # of what an object shows of itself
_PROBES = (("0.5", "2.0", "3.0"), ("2", "3", "4"), ("'a'",))  # for a function that was returned
_ADDRESS = re.compile(r"\bat 0x|0x[0-9a-f]{6}|<.* object\b|<function ")
_RESULTS = ("params", "rsquared", "llf", "statistic", "pvalue", "x", "fun")
_FITTED = (
    *("coef_", "intercept_", "classes_", "mean_", "scale_", "cluster_centers_", "best_params_"),
    *("components_", "explained_variance_ratio_", "feature_importances_", "labels_"),
)


def is_estimator(value: Any) -> bool:
    """Is it an object that can be fitted, as scikit-learn's?"""
    is_fit = hasattr(value, "fit") and hasattr(value, "get_params")
    return is_fit and not isinstance(value, type)


def of_estimator(subject: str, value: Any) -> list[tuple[str, Any]]:
    """What fitting it found; of a pipeline that of its last step. Its parameters where it is not fitted."""
    if hasattr(value, "steps"):
        return of_estimator(f"{subject}[-1]", value[-1])
    names = [name for name in vars(value) if name.endswith("_") and not name.startswith("_")]
    chosen = [name for name in _FITTED if name in names] or sorted(names)[:_MOST_SHOWN]
    if not chosen:
        chosen = [*_set_by_hand(value)]
    return [(f"{subject}.{name}", getattr(value, name)) for name in chosen[:_MOST_SHOWN]]


def _set_by_hand(value: Any) -> list[str]:
    """Parameters of an estimator that are not what they are by default."""
    usual = inspect.signature(type(value)).parameters
    return [
        name
        for name, given in value.get_params(deep=False).items()
        if literal(given) is not None and name in usual and usual[name].default != given
    ]


def of_object(subject: str, value: Any, lines: Lines) -> list[str] | None:
    """Numbers and texts that it shows, what it holds as an array, its text, or what calling it gives."""
    where = type(value).__module__
    if (where == "builtins" and not callable(value)) or where.startswith("matplotlib."):
        return None  # what is drawn is looked at on its figure
    if inspect.isclass(value) or inspect.ismodule(value):
        return [f"assert {subject}.__name__ == {value.__name__!r}"]
    if inspect.isroutine(value):
        return _of_function(subject, value, lines)
    return (
        _results(subject, value, lines)
        or _shown(subject, value, lines)
        or of_array(subject, value, lines)
        or of_text(subject, value, lines)
        or (_of_function(subject, value, lines) if callable(value) else None)
    )


def _results(subject: str, value: Any, lines: Lines) -> list[str] | None:
    """What a fit, a test or a search found, under the names that libraries have for it."""
    found: list[str] = []
    for name in _RESULTS:
        try:
            part = getattr(value, name, None)
        except Exception:  # a property may raise anything
            continue
        if part is not None and not callable(part) and len(found) < _MOST_SHOWN:
            found += lines(f"{subject}.{name}", part, 2) or []
    return found or None


def _shown(subject: str, value: Any, lines: Lines) -> list[str] | None:
    shown = [name for name in vars(type(value)) if isinstance(vars(type(value))[name], property)]
    found: list[str] = []
    for name in sorted({*getattr(value, "__dict__", {}), *shown}):
        if name.startswith("_") or len(found) == _MOST_SHOWN:
            continue
        try:
            part = getattr(value, name)
        except Exception:  # a property may raise anything
            continue
        if isinstance(plain(part), (bool, int, float)) or (type(part) is str and len(part) < 40):
            found += lines(f"{subject}.{name}", part, 2) or []
    return found or None


def of_array(subject: str, value: Any, lines: Lines) -> list[str] | None:
    """What numpy makes of it."""
    numpy = sys.modules.get("numpy")
    if numpy is None or not hasattr(type(value), "__array__"):
        return None
    try:
        held = numpy.asarray(value)
    except Exception:  # whatever the library raises
        return None
    return None if held.dtype.kind == "O" else lines(f"np.asarray({subject})", held, 2)


def of_text(subject: str, value: Any, _lines: Lines) -> list[str] | None:
    """Its text, where the type has one of its own that tells of no place in memory."""
    for function in (repr, str):
        if getattr(type(value), f"__{function.__name__}__") is getattr(
            object, f"__{function.__name__}__"
        ):
            continue
        try:
            text = function(value)
        except Exception:  # whatever the library raises
            continue
        if text and len(text) <= _LONGEST_TEXT and not _ADDRESS.search(text):
            return [f"assert {function.__name__}({subject}) == {text!r}"]
    return None


def _of_function(subject: str, value: Any, lines: Lines) -> list[str] | None:
    """What a function gives that was returned, for a few numbers."""
    try:
        known = inspect.signature(value).parameters.values()
        count = sum(p.default is p.empty and p.kind in _PLACED for p in known)
    except (TypeError, ValueError):  # a function in C that does not say what it takes
        count = 1
    for given in (probes[:count] for probes in _PROBES):
        if not count or count > len(given):
            return None
        try:
            result = value(*map(ast.literal_eval, given))
        except Exception:  # it takes something else
            continue
        return lines(f"{subject}({', '.join(given)})", result, 2)
    return None


_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
