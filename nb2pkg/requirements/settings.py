"""What a person says of dependencies: ``[tool.nb2pkg.dependencies]`` in a pyproject.toml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nb2pkg import pyproject
from nb2pkg.errors import Nb2pkgError, did_you_mean

RANGES = ("compatible", "minor", "minimum", "exact")
_TABLE = ("tool", "nb2pkg", "dependencies")
_KEYS = ("ranges", "constraints", "distributions")


@dataclass(frozen=True, slots=True)
class DependencySettings:
    """ranges: how versions are bounded. constraints: the client's file. distributions: by module."""

    ranges: str = "compatible"
    constraints: Path | None = None
    distributions: Mapping[str, str] = field(default_factory=dict)


def of(folders: Iterable[Path]) -> DependencySettings:
    """Those of the first folder that has some; a folder counts with those above it."""
    for folder in folders:
        found = pyproject.nearest(folder, _has_settings)
        if found is not None:
            document, path = found
            return _read(pyproject.table(document, *_TABLE), path)
    return DependencySettings()


def _has_settings(document: pyproject.Table) -> bool:
    return bool(pyproject.table(document, *_TABLE))


def _read(table: pyproject.Table, path: Path) -> DependencySettings:
    where = f"{path}: [tool.nb2pkg.dependencies]"
    unknown = sorted(set(table) - set(_KEYS))
    if unknown:
        raise Nb2pkgError(
            f"{where} has no key {', '.join(unknown)}",
            did_you_mean(unknown[0], _KEYS, f"The keys are {', '.join(_KEYS)}."),
        )
    ranges, constraints = table.get("ranges", "compatible"), table.get("constraints", "")
    distributions = table.get("distributions", {})
    if ranges not in RANGES:
        raise Nb2pkgError(f"{where}: ranges is one of {', '.join(RANGES)}")
    if not isinstance(constraints, str):
        raise Nb2pkgError(f"{where}: constraints is the path of a file")
    if not isinstance(distributions, dict) or not all(
        isinstance(name, str) for name in distributions.values()
    ):
        raise Nb2pkgError(f'{where}: distributions is a table such as cv2 = "opencv-python"')
    return DependencySettings(
        ranges, path.parent / constraints if constraints else None, distributions
    )
