"""Requirements as text: the ranges of pyproject.toml, and the pins of the requirements files."""

from __future__ import annotations

from nb2pkg.requirements import pins
from nb2pkg.requirements.model import Requirement, Requirements, Use

PACKAGE, TESTS, NOTEBOOK = "requirements.txt", "requirements-dev.txt", "requirements-notebook.txt"
FILES = (PACKAGE, TESTS, NOTEBOOK)
_BASE = f"-r {PACKAGE}\n"


def ranges(requirements: Requirements, use: Use) -> list[str]:
    """Each as pyproject.toml declares it."""
    return [pins.ranged(one, requirements.ranges) for one in requirements.of(use)]


def files(requirements: Requirements) -> dict[str, str]:
    """The requirements files: the package's, and what its tests and the narrative need besides."""
    return {
        PACKAGE: _lines(requirements.of(Use.PACKAGE)),
        TESTS: _BASE + _lines(requirements.of(Use.TESTS)),
        NOTEBOOK: _BASE + _lines(requirements.of(Use.NOTEBOOK)),
    }


def _lines(found: tuple[Requirement, ...]) -> str:
    return "".join(f"{line(one)}\n" for one in found)


def line(requirement: Requirement) -> str:
    """The pin, with a remark if a person should know something."""
    remark = pins.remark(requirement)
    return pins.exact(requirement) + (f"  # {remark}" if remark else "")
