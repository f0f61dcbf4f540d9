"""How a requirement is written: exactly as it ran, and as a range that is honest."""

from __future__ import annotations

from nb2pkg.requirements import known
from nb2pkg.requirements.constraints import as_it_ran
from nb2pkg.requirements.model import Evidence, Requirement

_FIRST_YEAR = 1900  # versions that begin with a year promise nothing


def exact(requirement: Requirement) -> str:
    """For requirements.txt: the version that it ran with, or that of the client."""
    if requirement.url:
        return _with_marker(f"{requirement.name} @ {requirement.url}", requirement)
    demand = requirement.demand
    if demand is not None and not as_it_ran(requirement):
        return _with_marker(f"{requirement.name}{demand.specifier}", requirement)
    version = f"=={requirement.version}" if requirement.version else ""
    return _with_marker(f"{requirement.name}{version}", requirement)


def remark(requirement: Requirement) -> str:
    """What a person should know who reads the pin; empty for nothing."""
    if requirement.evidence is Evidence.GUESS:
        return "unverified: a guess, check it"
    if requirement.is_in_folder:
        return "installed from a folder: no index has it"
    demand = requirement.demand
    if demand is not None and requirement.version and not as_it_ran(requirement):
        return f"ran with {requirement.version}; {demand.source}"
    if not requirement.version and not requirement.url:
        return "not installed where the notebook runs: no version is known"
    return f"ran with {requirement.version}+{requirement.label}" if requirement.label else ""


def ranged(requirement: Requirement, style: str) -> str:
    """For pyproject.toml. style is one of settings.RANGES.

    compatible: up to the next version that may break (the next major one; of 0.x the next minor
    one; of versions that are years no bound). minor: up to the next minor one. minimum: no upper
    bound. exact: as it ran. The lower bound is always what it ran with.
    """
    if requirement.url:
        return exact(requirement)
    demand, version = requirement.demand, requirement.version
    if demand is not None and not as_it_ran(requirement):
        version = _only(demand.specifier)
        if not version:
            return _with_marker(f"{requirement.name}{demand.specifier}", requirement)
    if not version:
        least = known.table("least").get(requirement.distribution, "")
        return _with_marker(f"{requirement.name}{least}", requirement)
    return _with_marker(f"{requirement.name}{_range(version, style)}", requirement)


def _only(specifier: str) -> str:
    """The one version that a specifier allows; empty if there are more."""
    is_exact = specifier.startswith("==") and not set(specifier[2:]) & set("*,=")
    return specifier[2:].strip() if is_exact else ""


def _range(version: str, style: str) -> str:
    from packaging.version import InvalidVersion, Version

    try:
        release = Version(version).release
    except InvalidVersion:  # an old distribution, from before versions had rules
        return f"=={version}"
    if style == "exact":
        return f"=={version}"
    upper = _upper(release, style)
    return f">={version},<{upper}" if upper else f">={version}"


def _upper(release: tuple[int, ...], style: str) -> str:
    major, minor = (*release, 0)[:2]
    if style == "minimum" or (style == "compatible" and major >= _FIRST_YEAR):
        return ""
    if style == "minor" or major == 0:
        return f"{major}.{minor + 1}"
    return f"{major + 1}"


def _with_marker(text: str, requirement: Requirement) -> str:
    if not requirement.marker:
        return text
    separator = " ; " if requirement.url else "; "
    return f"{text}{separator}{requirement.marker}"
