"""Requirements as text: the ranges of pyproject.toml, and the pins of the requirements files."""

from __future__ import annotations

from nb2pkg.requirements import pins
from nb2pkg.requirements.model import Evidence, Requirement, Requirements, Use

PACKAGE, TESTS, NOTEBOOK = "requirements.txt", "requirements-dev.txt", "requirements-notebook.txt"
FILES = (PACKAGE, TESTS, NOTEBOOK)
_BASE = f"-r {PACKAGE}\n"


def ranges(requirements: Requirements, use: Use) -> list[str]:
    """Each as a line of a list in pyproject.toml; with a remark, if it is a guess."""
    return [_ranged(one, requirements.ranges) for one in requirements.of(use)]


def _ranged(requirement: Requirement, style: str) -> str:
    remark = f"  # {pins.remark(requirement)}" if requirement.evidence is Evidence.GUESS else ""
    return f'"{pins.ranged(requirement, style)}",{remark}'


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
