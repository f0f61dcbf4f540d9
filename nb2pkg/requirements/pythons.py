"""On which versions of Python a package runs: Requires-Python."""

from __future__ import annotations

from collections.abc import Iterable

from nb2pkg.requirements.constraints import as_it_ran
from nb2pkg.requirements.known import table
from nb2pkg.requirements.model import Requirement

_OLDEST = 10
_NEWEST = 30  # further than anybody has got


def requires(syntax: int, modules: Iterable[str], requirements: Iterable[Requirement]) -> str:
    """The specifier: ``>=3.11``, or ``>=3.10,<3.12`` for what Python has dropped since.

    syntax: the minor version that the code's syntax asks for. modules: dotted, that it imports.
    Distributions run nowhere where the version that it ran with cannot be installed.
    """
    modules = tuple(modules)
    since = [_minor(v) for name, v in table("python")["since"].items() if _has(modules, name)]
    until = [_minor(v) for name, v in table("python")["until"].items() if _has(modules, name)]
    oldest = max(
        [_OLDEST, syntax, *since, *(_oldest(one.python) for one in requirements if as_it_ran(one))]
    )
    upper = f",<3.{min(until)}" if until and min(until) > oldest else ""
    return f">=3.{oldest}{upper}"


def _has(modules: Iterable[str], name: str) -> bool:
    return any(f"{module}.".startswith(f"{name}.") for module in modules)


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def _oldest(specifier: str) -> int:
    """The oldest minor version of Python 3 that fits; the last patch of it counts."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(specifier)
    except InvalidSpecifier:
        return _OLDEST
    fitting = (minor for minor in range(_OLDEST, _NEWEST) if allowed.contains(f"3.{minor}.99"))
    return next(fitting, _OLDEST)
