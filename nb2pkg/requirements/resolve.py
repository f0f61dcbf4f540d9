"""From needs to requirements: which distribution brings a module, and what is known of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg.environment import Distribution, Environment
from nb2pkg.requirements import known
from nb2pkg.requirements.constraints import Demands
from nb2pkg.requirements.installs import Installed
from nb2pkg.requirements.model import Evidence, Requirement

_WORDS = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[(?P<extras>[^\]]*)\])?")
_USERINFO = re.compile(r"(?<=://)[^/@]*@")


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known beside the environment.

    settings: module to distribution, as a person set it. installs: what cells install. declared:
    plain names of distributions that files of the project name. demands: what the client allows.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    installs: tuple[Installed, ...] = ()
    declared: frozenset[str] = frozenset()
    demands: Demands = field(default_factory=dict)


def brought_by(module: str, environment: Environment, hints: Hints | None = None) -> Requirement:
    """The distribution of a dotted module, with its version and why it is this one."""
    hints = hints or Hints()
    name, evidence = _distribution(module, environment, hints)
    return described(Requirement(name, evidence=evidence, modules=(module,)), environment, hints)


def _distribution(module: str, environment: Environment, hints: Hints) -> tuple[str, Evidence]:
    if name := _set(module, hints.settings):
        return name, Evidence.SET
    possible = known.candidates(module)
    if owners := environment.owners(module):
        return _likeliest(module, owners, possible).name, Evidence.INSTALLED
    names = {canonicalize_name(name): name for name in (*possible, module.partition(".")[0])}
    for installed in hints.installs:
        if canonicalize_name(installed.name) in names:
            return installed.name, Evidence.CELL
    for key, name in names.items():
        if key in hints.declared:
            return name, Evidence.DECLARED
    if possible:
        return possible[0], Evidence.KNOWN
    return known.guess(module), Evidence.GUESS


def _set(module: str, settings: Mapping[str, str]) -> str:
    """What a person said of the module, or of one that it is in."""
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((settings[prefix] for prefix in prefixes if prefix in settings), "")


def _likeliest(
    module: str, owners: tuple[Distribution, ...], possible: tuple[str, ...]
) -> Distribution:
    """Of several that bring the module: one that a person asked for, the usual one, or its namesake."""
    usual = [canonicalize_name(name) for name in possible]
    top = canonicalize_name(module.partition(".")[0])

    def rank(one: Distribution) -> tuple[int, bool, str]:
        key = canonicalize_name(one.name)
        return usual.index(key) if key in usual else len(usual), key != top, key

    asked = [one for one in owners if one.is_requested]
    return min(asked or owners, key=rank)


def described(requirement: Requirement, environment: Environment, hints: Hints) -> Requirement:
    """With what the environment, the cells and the client say of the distribution."""
    key = canonicalize_name(requirement.distribution)
    found = environment.get(key)
    marker = requirement.marker or _marker(key)
    requirement = replace(requirement, marker=marker, demand=hints.demands.get(key))
    if found is None:
        return replace(requirement, version=_asked(key, hints.installs))
    version, _, label = found.version.partition("+")
    evidence = min(requirement.evidence, Evidence.INSTALLED, key=list(Evidence).index)
    return replace(
        requirement,
        distribution=found.name,
        version=version,
        label=label,
        evidence=evidence,
        url=_url(found.origin),
        is_in_folder=_is_in_folder(found.origin),
        python=found.python,
    )


def _marker(key: str) -> str:
    return next(
        (m for name, m in known.table("markers").items() if canonicalize_name(name) == key), ""
    )


def _asked(key: str, installs: Iterable[Installed]) -> str:
    """The one version that a cell installs of what is not there."""
    for installed in installs:
        if canonicalize_name(installed.name) == key and re.fullmatch(
            r"===?\s*[\w.!]+", installed.specifier
        ):
            return installed.specifier.lstrip("=").strip()
    return ""


def _url(origin: Mapping[str, Any]) -> str:
    """Where version control has just what is installed, without names and passwords."""
    control = origin.get("vcs_info")
    if not isinstance(control, dict):
        return ""
    address = _USERINFO.sub("", str(origin.get("url", "")))
    folder = f"#subdirectory={origin['subdirectory']}" if origin.get("subdirectory") else ""
    return f"{control.get('vcs', 'git')}+{address}@{control.get('commit_id', '')}{folder}"


def _is_in_folder(origin: Mapping[str, Any]) -> bool:
    return "dir_info" in origin or str(origin.get("url", "")).startswith("file:")


def is_for(requirement: Requirement, environment: Environment) -> bool:
    """Is it needed on that platform, with that Python?"""
    from packaging.markers import Marker

    if not requirement.marker or not environment.markers:
        return True
    return Marker(requirement.marker).evaluate({**environment.markers, "extra": ""})


def of_words(words: str, environment: Environment, hints: Hints) -> Requirement:
    """A requirement as words name it, such as ``pandas[excel]``; its version is the one that is there."""
    match = _WORDS.match(words)
    assert match is not None, words
    extras = tuple(filter(None, (extra.strip() for extra in (match["extras"] or "").split(","))))
    one = Requirement(match["name"], evidence=Evidence.KNOWN, extras=extras)
    return described(one, environment, hints)
