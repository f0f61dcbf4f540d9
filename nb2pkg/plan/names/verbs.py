"""Verbs for what code does: the table verbs.toml, and whether a verb is true of some code."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from nb2pkg.files import tables


@dataclass(frozen=True, slots=True)
class Verb:
    """A row of the table, whose comment says what its fields mean."""

    name: str
    says: frozenset[str] = frozenset()
    means: frozenset[str] = frozenset()
    calls: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    syntax: frozenset[str] = frozenset()
    strict: bool = False
    noun: str = ""


@cache
def table() -> Mapping[str, Verb]:
    """Verb to its row."""
    rows = dict(tables.table("plan/names/verbs"))
    others = {word: _verb(word, {"calls": word}) for word in rows.pop("others")["says"].split()}
    return others | {name: _verb(name, row) for name, row in rows.items()}


def _verb(name: str, row: Mapping[str, str | bool]) -> Verb:
    def words(key: str) -> list[str]:
        return str(row.get(key, "")).split()

    calls = tuple(words("calls"))
    return Verb(
        name=name,
        says=frozenset(words("says")),
        means=frozenset(words("means")),
        calls=calls,
        main=tuple(words("main")) if "main" in row else calls,
        syntax=frozenset(words("syntax")),
        strict=bool(row.get("strict", False)),
        noun=str(row.get("noun", "")),
    )


@cache
def _rows_by_word() -> Mapping[str, tuple[Verb, ...]]:
    found: dict[str, tuple[Verb, ...]] = {}
    for verb in table().values():
        for word in (verb.name, *verb.says, *verb.means):
            found[word] = (*found.get(word, ()), verb)
    return found


def base(word: str) -> str:
    """The verb of the table in a word as authors inflect it: ``loading`` and ``loads`` are load.

    Empty if it is not a verb of the table.
    """
    return next((form for form in _forms(word) if form in _rows_by_word()), "")


def _forms(word: str) -> Iterable[str]:
    yield word
    if word.endswith("ing") and len(word) > 5:
        stem = word[:-3]
        yield from (stem, f"{stem}e")
        if stem[-1] == stem[-2]:
            yield stem[:-1]
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith("s") and len(word) > 3:
        yield from (word[:-1], word[:-2])


def spoken(word: str) -> str:
    """The verb as names have it: that of the table for what an author means by another."""
    rows = _rows_by_word().get(word, ())
    if rows and all(word in row.means for row in rows):
        return rows[0].name
    return word


def noun_of(word: str) -> str:
    """What a module about doing that is called; empty if nobody knows."""
    rows = _rows_by_word().get(base(word), ())
    return rows[0].noun if rows else ""


def is_true(word: str, calls: Iterable[str], syntax: Iterable[str]) -> bool:
    """Does code with these calls and features do what the verb says? Nobody knows of other verbs."""
    called, features = frozenset(calls), frozenset(syntax)
    rows = _rows_by_word().get(word, ())
    named = _is_named(word, called)
    return any(
        bool(row.syntax & features) or (named and not row.strict) or matches(row.calls, called)
        for row in rows
    )


def _is_named(word: str, called: Iterable[str]) -> bool:
    stem = word[:-1] if word.endswith(("e", "y")) and len(word) > 4 else word
    return len(stem) > 3 and any(stem in name.lower() for name in called)


def matches(patterns: Iterable[str], called: Iterable[str]) -> bool:
    """Is one of the names like one of the patterns?"""
    names = tuple(called)
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


@cache
def of_call(name: str) -> str:
    """The verb of code whose main operation is a call of that name; empty if it makes none."""
    is_builtin = hasattr(builtins, name)
    rows = [v for v in table().values() if v.noun or not is_builtin]
    exact = next((v.name for v in rows if name in v.main), "")
    return exact or next((v.name for v in rows if matches(v.main, (name,))), "")
