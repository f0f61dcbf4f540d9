"""How many rows and columns made-up tables have: the fewest with which a function works."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from . import targets
from .bench import Bench
from .inputs import Maker
from .kinds import Kind

_ROWS = (6, 12, 28, 140)
_MOST_ROWS = 1000  # that the code itself asks for


def makers_of(bench: Bench, maker: Maker, kinds: Mapping[str, Kind]) -> Iterator[Maker]:
    """Makers of few columns and rows, then of more."""
    texts = targets.texts(bench.target)
    tables = [kind for kind in kinds.values() if kind.word in ("table", "series")]
    labels = {label: part for kind in tables for label, part in kind.parts.items() if label}
    mentioned = frozenset(
        label for label in labels if any(_mentions(text, label) for text in texts)
    )
    few = mentioned | frozenset(_of_each_word(labels))
    names = {kind.index_name for kind in tables} - {""}
    has_index = any(text in texts for text in (*_INDEXED, *names)) or any(
        kind.index is not None and kind.index.word == "date" for kind in tables
    )
    found = [each for each in dict.fromkeys((mentioned, few)) if each] or [frozenset[str]()]
    asked_for = [n for n in targets.numbers(bench.target) if _ROWS[0] < n <= _MOST_ROWS]
    for rows in dict.fromkeys([*_ROWS, *asked_for]):
        for columns in found:
            for is_small in (True, False):
                fitting = replace(maker, rows=rows, columns=columns, has_index=has_index)
                yield replace(fitting, is_small=is_small)
    for rows in (*_ROWS[:2], *asked_for):
        yield replace(maker, rows=rows, columns=None, is_small=False)


def _mentions(text: str, label: str) -> bool:
    """Is it the label, or a formula or query in which the label is a word?"""
    return text == label or bool(label and re.search(rf"\b{re.escape(label)}\b", text))


_INDEXED = ("index", "loc", "reset_index", "join", "reindex", "set_index", "sort_index")


def _of_each_word(labels: Mapping[str, Kind]) -> list[str]:
    """Columns of all kinds: the first of each, and another one of numbers."""
    words: dict[str, list[str]] = {}
    for label, kind in labels.items():
        words.setdefault(kind.word, []).append(label)
    return [label for found in words.values() for label in found[:1]][:3]
