"""What is known of distributions that are not installed: two tables, read once."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from packaging.utils import canonicalize_name

from nb2pkg.files import tables

_VERSION = re.compile(r"_v\d+\w*$")  # google.cloud.vision_v1p4beta1


def table(section: str) -> Mapping[str, Any]:
    """A section of the table."""
    found: Mapping[str, Any] = tables.table("requirements/distributions")[section]
    return found


@cache
def _same() -> frozenset[str]:
    return frozenset(table("same")["names"])


@cache
def _derived() -> Mapping[str, tuple[str, bool]]:
    """Top-level module to its distribution, as the metadata of much used ones say; is that sure?

    It is not where many have a module of that name.
    """
    text = files("nb2pkg.requirements").joinpath("modules.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return {row[0]: (row[1] if row[1:] else row[0], row[2:] != ["?"]) for row in rows}


def is_namespace(module: str) -> bool:
    """Does no distribution bring this module alone, but many the modules in it?"""
    if candidates(module):
        return False
    return any(name.startswith(f"{module}.") for name in (*table("modules"), *table("namespaces")))


def candidates(module: str) -> tuple[str, ...]:
    """The distributions that bring a dotted module, the usual one first; none if nobody knows."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        names = table("modules").get(prefix)
        if names is not None:
            return (names,) if isinstance(names, str) else tuple(names)
        if name := _in_namespace(prefix, parts[length:]):
            return (name,)
    if parts[0] in _same():
        return (parts[0],)
    name, is_sure = _derived().get(parts[0], ("", False))
    return (name,) if is_sure else ()


def guess(module: str) -> str:
    """The likeliest name of a distribution of which nobody can be sure."""
    top = module.partition(".")[0]
    return _derived().get(top, (top, False))[0]


def _in_namespace(prefix: str, rest: list[str]) -> str:
    """The distribution of what is in a namespace package; names of classes are no part of it."""
    count = table("namespaces").get(prefix, 0)
    own = [part for part in rest[:count] if part.islower()]
    if not own or len(own) < count:
        return ""
    own[-1] = _VERSION.sub("", own[-1])
    return "-".join([*prefix.split("."), *own]).replace("_", "-")


def is_standard(module: str) -> bool:
    """Is it of Python itself, of whatever version?"""
    top = module.partition(".")[0]
    changing = table("python")
    return top in sys.stdlib_module_names or top in changing["until"] or module in changing["since"]


def is_nowhere(module: str) -> bool:
    """Is it a part of what the code runs on (a service, a browser, Java, Python 2), and of no distribution?"""
    return any(f"{module}.".startswith(f"{name}.") for name in table("nowhere")["names"])


@cache
def _distributions() -> frozenset[str]:
    listed = [[names] if isinstance(names, str) else names for names in table("modules").values()]
    names = [name for one in listed for name in one] + [name for name, _ in _derived().values()]
    return frozenset(canonicalize_name(name) for name in (*names, *_same()))


def is_known(name: str) -> bool:
    """Return whether a distribution of that name is known to bring a module."""
    return canonicalize_name(name) in _distributions()


def is_tool(name: str) -> bool:
    """Return whether people declare it to run it, and not to import it."""
    plain = canonicalize_name(name)
    tools = table("tools")
    return plain in tools["names"] or plain.startswith(tuple(tools["prefixes"]))
