"""What the analysis ran with, and the client forbids: also where no import asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from packaging.utils import canonicalize_name

from nb2pkg.environment import Environment
from nb2pkg.requirements.constraints import Demands, allows
from nb2pkg.requirements.model import Requirement


@dataclass(frozen=True, slots=True)
class Clash:
    """what: both versions. why: who needs the distribution."""

    what: str
    why: str


def find(
    requirements: Iterable[Requirement], environment: Environment, demands: Demands
) -> Iterator[Clash]:
    """One for each distribution that ran in a version that the demands do not allow."""
    if not demands:
        return
    for name, askers in sorted(closure(requirements, environment).items()):
        found, demand = environment.get(name), demands.get(name)
        if found is None or demand is None or allows(demand, found.version):
            continue
        ran = f"{found.name} {found.version}"
        what = f"it ran with {ran}, and {demand.source} says {found.name}{demand.specifier}"
        yield Clash(what, "; ".join(dict.fromkeys(askers)))


def closure(
    requirements: Iterable[Requirement], environment: Environment
) -> Mapping[str, list[str]]:
    """Plain name of every distribution that is needed, directly or by others: who asks for it."""
    found: dict[str, list[str]] = {}
    waiting: list[tuple[str, tuple[str, ...]]] = []
    for one in requirements:
        key = canonicalize_name(one.distribution)
        places = ", ".join(one.places[:3]) or one.use.value
        found.setdefault(key, []).append(f"needed by {places}")
        waiting.append((key, one.extras))
    seen: set[tuple[str, tuple[str, ...]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for other, words, inner in required(name, extras, environment):
            found.setdefault(other, []).append(words)
            waiting.append((other, inner))
    return found


@cache
def required(
    name: str, extras: tuple[str, ...], environment: Environment
) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """What a distribution requires there: plain name, in words, and with which extras."""
    return tuple(_required(name, extras, environment))


def _required(
    name: str, extras: tuple[str, ...], environment: Environment
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Words

    distribution = environment.get(name)
    if distribution is None:
        return
    for text in distribution.requires:
        try:
            words = Words(text)
        except InvalidRequirement:
            continue
        if words.marker is not None and not any(
            words.marker.evaluate({**environment.markers, "extra": extra})
            for extra in ("", *extras)
        ):
            continue
        message = (
            f"{distribution.name} {distribution.version} requires {words.name}{words.specifier}"
        )
        yield canonicalize_name(words.name), message, tuple(sorted(words.extras))
