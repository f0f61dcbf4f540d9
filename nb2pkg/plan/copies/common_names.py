"""Names that are true of several copies: what the words of their own names have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence

from nb2pkg.plan import naming
from nb2pkg.plan.copies.model import Copy
from nb2pkg.plan.names import phrases
from nb2pkg.plan.names.choose import Named

_WORD = re.compile(r"[A-Za-z]+")
_STEM = 6  # letters: consumer and consumers are one word


def inner_names(
    copies: Sequence[Copy], returned: Iterable[int], origin: MutableMapping[str, str]
) -> tuple[str, ...]:
    """What the function calls its values, in the order of their numbers.

    origin: what earlier functions call the values that they give; theirs are added.
    """
    columns = list(zip(*(copy.shape.names for copy in copies)))
    given = [copies[0].shape.names.index(name) for name in copies[0].step.params]
    outside = {name for copy in copies for name in copy.words_outside}
    found: dict[int, str] = {}
    for number in (*given, *(n for n in range(len(columns)) if n not in given)):
        plain = "data" if number in given else "result" if number in returned else ""
        wanted = _common(columns[number]) or _by_origin(columns[number], origin) or plain
        used = {*found.values(), *outside, *naming.always_taken()}
        found[number] = naming.free(wanted or columns[number][0], used, ("other",))
    inner = tuple(found[number] for number in range(len(columns)))
    _remember(columns, returned, given, inner, origin)
    return inner


def _common(names: Sequence[str]) -> str:
    """``consumer_monthly`` and ``business_monthly``: monthly. Empty if no word is in all."""
    if len({*names}) == 1:
        return names[0]
    first, *others = (_WORD.findall(name) for name in names)
    kept = [word for word in first if all(word in other for other in others)]
    return "_".join(kept[:-1] if kept[-1:] and kept[-1] in phrases.JOINS else kept)


def _by_origin(names: Sequence[str], origin: Mapping[str, str]) -> str:
    found = {origin.get(name, "") for name in names}
    return found.pop() if len(found) == 1 else ""


def _remember(
    columns: Sequence[tuple[str, ...]],
    returned: Iterable[int],
    given: Sequence[int],
    inner: Sequence[str],
    origin: MutableMapping[str, str],
) -> None:
    """What comes out of the function, by the names of the notebook. A part of the one table that goes
    in is such a table too.
    """
    source = inner[given[0]] if len(given) == 1 else "data"
    for number in returned:
        for name in columns[number]:
            if number not in given:
                origin[name] = source if inner[number] == "result" else inner[number]


def name_and_doc(
    copies: Sequence[Copy], settings: Sequence[str], inner: Sequence[str], taken: frozenset[str]
) -> Named:
    """The name that a person gave to one of them; else what their names have in common."""
    steps = [copy.step for copy in copies]
    asked = next((copy.asked for copy in copies if copy.asked), "")
    docs = {step.doc for step in steps}
    if asked and asked not in taken - {step.name for step in steps}:
        return Named(asked, steps[0].doc if len(docs) == 1 else "")
    doc = steps[0].doc if len(docs) == 1 else ""
    wanted = _common([step.name for step in steps])
    if "_" not in wanted:
        plain = next((s.name for s in steps if not _is_of_one(s.name, copies)), "")
        verb = wanted or steps[0].name.partition("_")[0]
        thing = f"by_{settings[0]}" if settings else next(iter(inner), "values")
        wanted = plain or f"{verb}_{thing}"
    apart = [f"by_{name}" for name in settings if f"by_{name}" not in wanted]
    return Named(naming.free(wanted, taken - {steps[0].name}, (*apart, "alike")), doc)


def _is_of_one(name: str, copies: Sequence[Copy]) -> bool:
    """Does the name of a step speak of what only one of the copies is about?"""
    told = {word for copy in copies for own in copy.shape.names for word in _words(own)}
    told |= {w for copy in copies for leaf in copy.shape.leaves for w in _words(leaf.source)}
    shared = {
        word for own in zip(*(c.shape.names for c in copies)) for word in _words(_common(own))
    }
    return any(word[:_STEM] in {w[:_STEM] for w in told - shared} for word in _words(name)[1:])


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
