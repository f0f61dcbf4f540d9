"""What several formats say in the same way."""

from __future__ import annotations

from pathlib import PurePath

from nb2pkg.check.catalogue import CATALOGUE
from nb2pkg.check.model import Finding, Level, Located


def where(finding: Finding) -> str:
    """``cell 3, line 2``, counted from 1; ``cell 3`` for a cell as a whole; else ``notebook``."""
    place = finding.place
    if place is None:
        return "notebook"
    return f"cell {place.cell + 1}" + (f", line {place.line}" if place.width else "")


def said(located: Located) -> str:
    """Place and message, for formats that know only lines of files."""
    return f"{where(located.finding)}: {located.finding.message}"


def level(finding: Finding) -> Level:
    return CATALOGUE[finding.code].level


def posix(path: str) -> str:
    """The path with slashes, as other machines want it."""
    return PurePath(path).as_posix()
