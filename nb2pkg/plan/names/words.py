"""Lists of words: the table words.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def _table() -> Mapping[str, Any]:
    text = files("nb2pkg.plan.names").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def words(section: str) -> frozenset[str]:
    """One of the lists."""
    return frozenset(_table()["lists"][section].split())


def written_out(word: str) -> str:
    """What a short name of programmers says."""
    return str(_table()["short"].get(word, word))


def is_hollow(word: str) -> bool:
    """Does the word say nothing, standing alone?"""
    return word in words("hollow") or word in words("structure") or len(word) < 2


def argument(name: str) -> str:
    """What the first argument of such a function is, or what a short keyword stands for; or empty."""
    return str(_table()["arguments"].get(name, ""))
