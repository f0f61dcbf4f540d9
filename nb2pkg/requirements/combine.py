"""Many needs as few requirements: what one covers is not listed again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from packaging.utils import canonicalize_name

from nb2pkg.environment import Environment
from nb2pkg.requirements.model import Evidence, Need, Requirement, Use
from nb2pkg.requirements.resolve import Hints, brought_by, of_words

_IN_ORDER = (Use.PACKAGE, Use.TESTS, Use.NOTEBOOK)


def resolve(
    needs: Iterable[Need], environment: Environment, hints: Hints
) -> tuple[Requirement, ...]:
    """One requirement for each distribution and use; none for what the package requires anyway.

    What is optional and not installed is not needed: the notebook ran without it.
    """
    found: dict[tuple[str, str, Use], Requirement] = {}
    for need in needs:
        one = _of_need(need, environment, hints)
        if need.is_optional and one.evidence not in (Evidence.INSTALLED, Evidence.SET):
            continue
        key = canonicalize_name(one.distribution), one.marker, one.use
        found[key] = joined(found[key], one) if key in found else one
    return _without_covered(found.values())


def _of_need(need: Need, environment: Environment, hints: Hints) -> Requirement:
    if need.module:
        one = brought_by(need.module, environment, hints)
    else:
        one = of_words(need.words, environment, hints)
    return replace(one, use=need.use, places=need.places, marker=need.marker or one.marker)


def joined(one: Requirement, other: Requirement) -> Requirement:
    """One requirement, with all that the other is needed for."""
    return replace(
        one,
        evidence=min(one.evidence, other.evidence, key=list(Evidence).index),
        extras=tuple(sorted({*one.extras, *other.extras})),
        modules=tuple(dict.fromkeys([*one.modules, *other.modules])),
        places=tuple(dict.fromkeys([*one.places, *other.places])),
    )


def _without_covered(found: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """The strongest use first, and what is needed everywhere before what is needed somewhere."""
    kept: list[Requirement] = []
    for one in sorted(found, key=lambda one: (_IN_ORDER.index(one.use), bool(one.marker))):
        place = next((n for n, other in enumerate(kept) if _covers(other, one)), None)
        if place is None:
            kept.append(one)
        else:
            kept[place] = joined(kept[place], one)
    return tuple(kept)


def _covers(one: Requirement, other: Requirement) -> bool:
    """Is the other there, with all of its extras, wherever it is needed, if the one is?"""
    return (
        canonicalize_name(one.distribution) == canonicalize_name(other.distribution)
        and one.use in (Use.PACKAGE, other.use)
        and one.marker in ("", other.marker)
        and set(other.extras) <= set(one.extras)
    )
