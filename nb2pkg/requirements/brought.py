"""What comes along with what is declared, and through which distribution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.utils import canonicalize_name

from nb2pkg.environment import Environment
from nb2pkg.requirements.clashes import required
from nb2pkg.requirements.formats.locks import Graph
from nb2pkg.requirements.known import table


def along_with(names: Iterable[str], environment: Environment, locked: Graph) -> Mapping[str, str]:
    """Plain name of each distribution that others require: the one that does.

    As the metadata of the environment say, and the lock; of what is in neither, the table.
    """
    waiting = list(dict.fromkeys(names))
    found: dict[str, str] = {}
    for name in waiting:  # it grows
        for other in sorted(_required(name, environment, locked)):
            if other not in found:
                found[other] = name
                waiting.append(other)
    return found


def _required(name: str, environment: Environment, locked: Graph) -> Iterator[str]:
    if environment.get(name) is not None:
        yield from (other for other, _, _ in required(name, (), environment))
    elif name not in locked:
        yield from table("requires").get(name, ())
    yield from locked.get(canonicalize_name(name), ())
