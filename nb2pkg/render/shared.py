"""Values that several tests of a module are given: each is made by a function of its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from nb2pkg.observed import Example, Examples

_LONG = 90  # characters of a value that is worth a function
_BOUND = re.compile(r"^(\w+) = ")


def by_functions(
    found: Mapping[str, Examples], taken: Collection[str]
) -> tuple[list[str], dict[str, Examples]]:
    """The functions, and the examples with calls of them. taken: names that the tests have for others."""
    makers = _makers(found, taken)
    helpers = [
        f"def {name}():\n    return {_with_calls(text, makers, text)}\n"
        for text, name in makers.items()
    ]
    return helpers, {
        symbol: replace(each, cases=tuple(_called(case, makers) for case in each.cases))
        for symbol, each in found.items()
    }


def _makers(found: Mapping[str, Examples], taken: Collection[str]) -> dict[str, str]:
    """Source that stands in several places, the shortest first, to the name of its function."""
    cases = [case for each in found.values() for case in each.cases]
    given = [pair for case in cases for pair in case.arguments]
    local = {m for case in cases for line in case.before for m in _BOUND.findall(line)}
    texts = {text: name for name, text in given if len(text) > _LONG}
    texts = {t: name for t, name in texts.items() if local.isdisjoint(re.findall(r"\w+", t))}
    makers: dict[str, str] = {}
    names = {*taken}
    for text in sorted(texts, key=len):
        if sum(other.count(text) for _, other in given) > 1:
            makers[text] = next(name for name in _names(texts[text]) if name not in names)
            names.add(makers[text])
    return makers


def _names(name: str) -> Iterator[str]:
    yield f"make_{name}"
    number = 2
    while True:
        yield f"make_{name}_{number}"
        number += 1


def _called(case: Example, makers: Mapping[str, str]) -> Example:
    return replace(
        case, arguments=tuple((name, _with_calls(text, makers)) for name, text in case.arguments)
    )


def _with_calls(text: str, makers: Mapping[str, str], own: str = "") -> str:
    """The source with the longest of these texts replaced first, but for one that is its own."""
    for other, name in reversed([*makers.items()]):
        if other != own:
            text = text.replace(other, f"{name}()")
    return text
