"""Lists of words: the table words.toml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from nb2pkg.files import tables


def _table() -> Mapping[str, Any]:
    return tables.table("plan/names/words")


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
