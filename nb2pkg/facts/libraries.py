"""What is known of libraries: the table libraries.toml, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nb2pkg.files import tables


def _table() -> Mapping[str, Mapping[str, Any]]:
    return tables.table("facts/libraries")


@cache
def known(section: str, key: str = "functions") -> frozenset[str]:
    """A list of the table as a set."""
    return frozenset(_table()[section].get(key, ()))


@cache
def mutated_arguments() -> Mapping[str, int]:
    """Dotted function name to the position of the argument that it changes in place."""
    return dict(_table()["mutators"]["arguments"])


@cache
def stays() -> Mapping[str, str]:
    """Dotted name to the code of the problem that it is inside a function of a module."""
    return {name: code for code, names in _table()["stays"].items() for name in names}


@cache
def last_parts_of_stays() -> frozenset[str]:
    """The last part of each dotted name of stays: a quick test before the dotted name is made."""
    return frozenset(name.rpartition(".")[2] for name in stays())


def knows_call(section: str, dotted: str) -> bool:
    """Is the dotted name one of the section's functions, or its last part one of its methods?"""
    if dotted in known(section, "acting"):
        return False
    method = dotted.rpartition(".")[2] if "." in dotted else ""
    return dotted in known(section) or (bool(method) and method in known(section, "methods"))


@dataclass(frozen=True, slots=True)
class Aliases:
    """What the notebook's imports call things: ``np`` is numpy, ``sqrt`` is math.sqrt.

    own_methods are those that classes of the notebook define: nobody knows what they do.
    modules are the top-level names of what is imported.
    """

    names: Mapping[str, str]
    own_methods: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()

    def dotted(self, text: str) -> str:
        """The library's own dotted name of what the notebook writes as text."""
        head, dot, rest = text.partition(".")
        return self.names.get(head, head) + dot + rest

    def knows(self, section: str, text: str) -> bool:
        """Is the call that the notebook writes as text one of the section's?"""
        return text.rpartition(".")[2] not in self.own_methods and knows_call(
            section, self.dotted(text)
        )


@cache
def returned_types() -> Mapping[str, str]:
    """Dotted function name to the dotted type of its result."""
    return dict(_table()["returns"])
