"""What is undeclared, unused, unverified, or not installed as it is stated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nb2pkg.deps.model import DependencyFinding, Row, What
from nb2pkg.requirements.constraints import fits
from nb2pkg.requirements.model import Evidence, Requirement, Use
from nb2pkg.requirements.stated import Stated

_INCLUDES = {
    Use.PACKAGE: {Use.PACKAGE},
    Use.TESTS: {Use.PACKAGE, Use.TESTS},
    Use.NOTEBOOK: {Use.PACKAGE, Use.NOTEBOOK},
}
"""Who has what is stated for whom."""

_BROUGHT_ALONG = {"pytest", "ipykernel", "pip", "setuptools", "wheel", "hatchling", "build"}
"""Tools: nobody imports them, and they are there for a reason."""


def find(rows: Iterable[Row], python: str, requires: str) -> Iterator[DependencyFinding]:
    """All findings, by what they are about. python: the version there; requires: what is stated."""
    rows = tuple(rows)
    for check in (_undeclared, _unused, _unverified, _drift):
        for row in rows:
            yield from check(row)
    if requires and python and not fits(requires, python):
        message = f"requires-python is {requires}, and the environment has {python}"
        yield DependencyFinding(What.DRIFT, "python", message)


def _undeclared(row: Row) -> Iterator[DependencyFinding]:
    need = next((one for one in row.needs if not _is_stated(one, row.stated)), None)
    if need is None or row.name in _BROUGHT_ALONG:
        return
    where = ", ".join(dict.fromkeys(one.where for one in row.stated if not one.is_pin))
    only = f" (only in {where})" if where else ""
    asks = ", ".join(need.places[:3])
    message = f"{asks or 'it'} needs it, and nothing declares it for the {need.use.value}{only}"
    yield DependencyFinding(What.UNDECLARED, row.name, message)


def _is_stated(need: Requirement, stated: Iterable[Stated]) -> bool:
    return any(one.use in _INCLUDES[need.use] and not one.is_pin for one in stated)


def _unused(row: Row) -> Iterator[DependencyFinding]:
    declared = row.declared
    if row.need is not None or declared is None or row.name in _BROUGHT_ALONG:
        return
    if declared.where not in ("dependencies", "extra notebook"):
        return  # extras are for people and their tools
    message = f"{declared.where} has it, and nothing imports it"
    yield DependencyFinding(What.UNUSED, row.name, message)


def _unverified(row: Row) -> Iterator[DependencyFinding]:
    need = row.need
    if need is not None and need.evidence is Evidence.GUESS:
        modules = ", ".join(dict.fromkeys(module.partition(".")[0] for module in need.modules))
        message = f"that it brings {modules} is a guess, and it is not installed"
        yield DependencyFinding(What.UNVERIFIED, row.name, message)


def _drift(row: Row) -> Iterator[DependencyFinding]:
    for one in row.stated:
        specifier = _specifier(one.words)
        if not row.installed and one.is_pin and row.need and row.name not in _BROUGHT_ALONG:
            yield DependencyFinding(
                What.DRIFT, row.name, f"{one.where} has {one.words}; not installed"
            )
        elif row.installed and specifier and not fits(specifier, row.installed):
            message = f"{one.where} has {one.words}, and {row.installed} is installed"
            yield DependencyFinding(What.DRIFT, row.name, message)


def _specifier(words: str) -> str:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Words

    try:
        return str(Words(words).specifier)
    except InvalidRequirement:
        return ""
