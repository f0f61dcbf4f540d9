"""What is known of other people's indexes: tables, read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nb2pkg.files import tables


def _table(name: str) -> Mapping[str, Any]:
    return tables.table(f"lock/{name}")


def on_conda(name: str, version: str) -> tuple[str, str] | None:
    """What a distribution and its version are called on conda-forge; None where that is not known."""
    table = _table("conda")
    if "+" in version:
        return None  # a local build, which no channel has
    if name in table["parts"]:
        entry = table["parts"][name]
        return entry["name"], ".".join(version.split(".")[: entry["parts"]])
    if name in table["other"]:
        return table["other"][name], version
    return (name, version) if name in table["same"]["names"] else None


def of_debian(names: Iterable[str], when: str) -> tuple[str, ...]:
    """The packages of Debian that these distributions need; when is run or build."""
    return tuple(sorted(set(_of_debian(frozenset(names), when))))


def _of_debian(names: frozenset[str], when: str) -> Iterator[str]:
    table = _table("debian")
    for name in names:
        yield from table[when].get(name, ())
        brought = table["brought"].get(name)
        if when == "run" and brought and brought["unless"] not in names:
            yield from brought["packages"]
