"""What a person says of dependencies: ``[tool.nb2pkg.dependencies]`` in a pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nb2pkg.errors import Nb2pkgError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RANGES = ("compatible", "minor", "minimum", "exact")
_KEYS = ("ranges", "constraints", "distributions")


@dataclass(frozen=True, slots=True)
class Settings:
    """ranges: how versions are bounded. constraints: the client's file. distributions: by module."""

    ranges: str = "compatible"
    constraints: Path | None = None
    distributions: Mapping[str, str] = field(default_factory=dict)


def of(folders: Iterable[Path]) -> Settings:
    """Those of the first folder that has some; a folder counts with those above it."""
    for folder in folders:
        for above in (folder.absolute(), *folder.absolute().parents):
            path = above / "pyproject.toml"
            table = _table(path) if path.is_file() else None
            if table is not None:
                return _read(table, path)
    return Settings()


def _table(path: Path) -> Mapping[str, Any] | None:
    """The table; none if there is none. Nb2pkgError comes from those who need the whole file."""
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError):
        return None
    own = tool.get("nb2pkg") if isinstance(tool, dict) else None
    table = own.get("dependencies") if isinstance(own, dict) else None
    return table if isinstance(table, dict) else None


def _read(table: Mapping[str, Any], path: Path) -> Settings:
    where = f"{path}: [tool.nb2pkg.dependencies]"
    unknown = sorted(set(table) - set(_KEYS))
    if unknown:
        raise Nb2pkgError(
            f"{where} has no key {', '.join(unknown)}", f"The keys are {', '.join(_KEYS)}."
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
    return Settings(ranges, path.parent / constraints if constraints else None, distributions)
