"""What is undeclared, transitive, unused, unverified, or not installed as it is declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nb2pkg.deps.model import DependencyFinding, Row, What
from nb2pkg.facts.libraries import known
from nb2pkg.requirements.constraints import fits
from nb2pkg.requirements.known import is_tool
from nb2pkg.requirements.model import Evidence, Kind, Requirement, Stated, Use

_INCLUDES = {
    Use.PACKAGE: {Use.PACKAGE},
    Use.TESTS: {Use.PACKAGE, Use.TESTS},
    Use.NOTEBOOK: set(Use),
}
"""Who has what is declared for whom: people who work on a project open its notebooks."""

_BROUGHT_ALONG = {"pytest", "ipykernel", "pip", "setuptools", "wheel", "hatchling", "build"}
"""Nobody imports them, and they are there for a reason."""

_IMPORTED = (Kind.MAIN, Kind.LIST, Kind.CONDA)


def find(
    rows: Iterable[Row],
    python: str,
    requires: str,
    is_distribution: bool,
    is_partly_unread: bool,
) -> Iterator[DependencyFinding]:
    """All findings, by what they are about. python: the version there; requires: what is declared.

    is_distribution: others install the project, so that what is for its tests is not there for its
    package. is_partly_unread: not all that is declared is known, so that nothing is undeclared.
    """
    rows = tuple(rows)
    if not is_partly_unread:
        for row in rows:
            yield from _undeclared(row, is_distribution)
    for row in rows:
        yield from _unused(row, is_distribution)
    for check in (_unverified, _drift):
        for row in rows:
            yield from check(row)
    if requires and python and not fits(requires, python):
        message = f"requires-python is {requires}, and the environment has {python}"
        yield DependencyFinding(What.DRIFT, "python", message)


def _undeclared(row: Row, is_distribution: bool) -> Iterator[DependencyFinding]:
    need = next((one for one in row.needs if not _is_declared(one, row, is_distribution)), None)
    if need is None or row.is_optional or row.name in _BROUGHT_ALONG:
        return
    asks = ", ".join(need.places[:3]) or "it"
    if row.through:
        message = f"used by {asks}, but declared only as a dependency of {row.through}"
        yield DependencyFinding(What.TRANSITIVE, row.name, message)
        return
    where = ", ".join(dict.fromkeys(one.where for one in row.stated))
    only = f" (only in {where})" if where else ""
    message = f"used by {asks}, but not declared for the {need.use.value}{only}"
    yield DependencyFinding(What.UNDECLARED, row.name, message)


def _is_declared(need: Requirement, row: Row, is_distribution: bool) -> bool:
    if need.use is Use.NOTEBOOK and set(need.modules) and _comes_with_kernel(need):
        return True
    uses = _INCLUDES[need.use] if is_distribution else set(Use)
    return any(one.use in uses for one in row.stated)


def _comes_with_kernel(need: Requirement) -> bool:
    """``IPython`` is there wherever a notebook runs."""
    ambient = known("ambient", "modules")
    return all(module.partition(".")[0] in ambient for module in need.modules)


def _unused(row: Row, is_distribution: bool) -> Iterator[DependencyFinding]:
    if row.need is not None or row.is_mentioned or is_tool(row.name):
        return
    for one in row.stated:
        if _is_to_be_imported(one, is_distribution):
            message = f"declared in {one.where}, but nothing imports it"
            yield DependencyFinding(What.UNUSED, row.name, message)
            return


def _is_to_be_imported(one: Stated, is_distribution: bool) -> bool:
    """Is it for the code that was read? Extras and the lists of a distribution are for people and tools."""
    if one.where == "extra notebook":  # as nb2pkg writes it
        return True
    kinds = (Kind.MAIN,) if is_distribution else _IMPORTED
    return one.use is Use.PACKAGE and one.kind in kinds


def _unverified(row: Row) -> Iterator[DependencyFinding]:
    need = row.need
    if need is not None and not row.is_optional and need.evidence is Evidence.GUESS:
        modules = ", ".join(dict.fromkeys(module.partition(".")[0] for module in need.modules))
        message = f"that it brings {modules} is a guess, and it is not installed"
        yield DependencyFinding(What.UNVERIFIED, row.name, message)


def _drift(row: Row) -> Iterator[DependencyFinding]:
    for one in row.stated:
        specifier = _specifier(one)
        if not row.installed and one.kind is Kind.LIST and specifier.startswith("=="):
            if row.need and not is_tool(row.name):
                message = f"{one.where} has {one.words}; not installed"
                yield DependencyFinding(What.DRIFT, row.name, message)
        elif row.installed and specifier and not fits(specifier, row.installed):
            message = f"{one.where} has {one.words}, and {row.installed} is installed"
            yield DependencyFinding(What.DRIFT, row.name, message)


def _specifier(one: Stated) -> str:
    """What it asks of the version here; empty for any, and for what is of other platforms and uses."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Words

    if one.kind is Kind.CONDA and one.use is Use.TESTS:
        return ""  # environments of continuous integration, in all versions
    try:
        words = Words(one.words)
    except InvalidRequirement:
        return ""
    return "" if words.marker and not words.marker.evaluate() else str(words.specifier)
