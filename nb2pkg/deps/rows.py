"""What is needed beside what is declared: one row for each distribution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import canonicalize_name

from nb2pkg.deps.model import Row
from nb2pkg.environment import Environment
from nb2pkg.requirements.brought import along_with
from nb2pkg.requirements.formats import locks
from nb2pkg.requirements.formats.declarations import Declarations
from nb2pkg.requirements.known import candidates, is_known
from nb2pkg.requirements.model import Kind, Need, Requirement, Stated, Use
from nb2pkg.requirements.resolve import is_for

_BUILD_TOOLS = {"pip", "setuptools", "wheel", "python", "conda", "mamba"}


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the needs. root: of the project; own: the name of its distribution.

    optional: modules that the code goes on without. mentioned: texts in the code.
    """

    environment: Environment
    listed: Declarations
    root: Path
    own: str = ""
    optional: frozenset[str] = frozenset()
    mentioned: frozenset[str] = field(default=frozenset(), repr=False)


def of(found: Sequence[Requirement], context: Context, is_whole: bool) -> tuple[Row, ...]:
    """One for each distribution that is needed; and, for a whole project, that is declared."""
    by_name = _by_name(context.listed.stated)
    needed: dict[str, list[Requirement]] = {}
    for need in found:
        needed.setdefault(_declared_as(need, by_name), []).append(need)
    through = _through(by_name, context)
    others = [name for name, items in by_name.items() if is_whole and _is_worth(name, items)]
    names = sorted({*needed, *others} - {context.own})
    return tuple(
        _row(name, needed.get(name, []), by_name.get(name, []), through.get(name, ""), context)
        for name in names
    )


def _row(
    name: str,
    asked: Sequence[Requirement],
    listed: Sequence[Stated],
    through: str,
    context: Context,
) -> Row:
    own = (one.distribution for one in asked if canonicalize_name(one.distribution) == name)
    names = (name, *(one.distribution for one in asked))
    installed = next(filter(None, map(context.environment.get, names)), None)
    return Row(
        next(own, name),
        installed.version if installed else "",
        tuple(asked),
        tuple(listed),
        through,
        _is_optional(asked, context),
        name.replace("-", "_") in context.mentioned or name in context.mentioned,
    )


def optional(asked: Iterable[Need]) -> frozenset[str]:
    """The modules without which all the code goes on: each file that imports one tries to do so."""
    asked = list(asked)
    tried = {_file_and_top(need) for need in asked if need.is_optional}
    needed = {need.module for need in asked if _file_and_top(need) not in tried}
    return frozenset(need.module for need in asked) - needed


def _file_and_top(need: Need) -> tuple[str, str]:
    place = need.places[0] if need.places else ""
    return place.partition(":")[0], need.module.partition(".")[0]


def _is_optional(asked: Sequence[Requirement], context: Context) -> bool:
    return bool(asked) and all(
        (one.modules and context.optional.issuperset(one.modules))
        or not is_for(one, context.environment)
        for one in asked
    )


def _by_name(listed: Iterable[Stated]) -> dict[str, list[Stated]]:
    """By name; a list of all that was installed declares nothing, where something else does."""
    listed = list(listed)
    chosen = [one for one in listed if one.kind is not Kind.FROZEN] or listed
    found: dict[str, list[Stated]] = {}
    for one in chosen:
        found.setdefault(one.name, []).append(one)
    return found


def _through(by_name: Mapping[str, Sequence[Stated]], context: Context) -> Mapping[str, str]:
    """What brings a distribution along: to all who have the package, or else to those who work on it."""
    locked = locks.graph(context.root)
    everything = {one.name: one.where for one in context.listed.stated if one.kind is Kind.FROZEN}
    to_some = everything | dict(along_with(by_name, context.environment, locked))
    main = [n for n, items in by_name.items() if any(one.use is Use.PACKAGE for one in items)]
    to_all = along_with(main, context.environment, locked)
    return {name: by for name, by in to_some.items() if name not in by_name} | dict(to_all)


def _declared_as(need: Requirement, by_name: Mapping[str, object]) -> str:
    """The plain name under which the project declares it: another one may bring the same module."""
    own = canonicalize_name(need.distribution)
    others = (canonicalize_name(name) for module in need.modules for name in candidates(module))
    plain = {name.replace("-", ""): name for name in by_name}
    for name in (own, *others):
        if name.replace("-", "") in plain:
            return plain[name.replace("-", "")]
    return own


def _is_worth(name: str, items: Sequence[Stated]) -> bool:
    """Is it worth a row though nothing needs it? Not what builds, what others bring, and no C."""
    if name in _BUILD_TOOLS or all(one.kind is Kind.FROZEN for one in items):
        return False
    return is_known(name) or any(one.kind is not Kind.CONDA for one in items)
