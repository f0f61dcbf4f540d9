"""What comes out of a step, as the noun of its name, and the calls that make it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.plan.names import nouns, phrases, verbs
from nb2pkg.plan.names.work import Work

_OPTIONS = ("style", "configure")


def joined(verb: str, words: tuple[str, ...]) -> str:
    """Verb and words as a name, without words that say the same again; empty if it says too little."""
    kept: list[str] = []
    stems = {verb[:5]} if len(verb) > 3 else {verb}
    for word in words:
        if (word[:5] in stems and len(word) > 3) or verbs.base(word) == verb or _begins(word, verb):
            continue
        kept.append(word)
        stems.add(word[:5] if len(word) > 5 else word)
    fitting = phrases.fitted(verb, kept)
    return "_".join((verb, *fitting)) if fitting else ""


def _begins(word: str, verb: str) -> bool:
    return len(verb) > 3 and word.startswith(verb)


def thing(work: Work, heading: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """What comes out, or is changed: by the heading, else by the name of the notebook."""
    latest = [
        n
        for f in work.facts
        if set(f.bound) & set(work.results)
        for n in f.bound
        if n in work.results
    ]
    found = [*latest[-1:], *reversed(work.fresh), *reversed(work.results), *work.changed]
    yield heading
    yield from (nouns.of_name(name) for name in found if nouns.is_telling(name))
    calls = [call for call in outer_calls(work) if verbs.of_call(last(call)) not in _OPTIONS]
    calls = [call for call in calls if not is_of_arrays(work, call)]
    roots = (root(call.func) for call in calls)
    yield from (nouns.of_class(n) for n in roots if n[:1].isupper() and n not in work.data)
    for call in sorted(
        calls, key=lambda call: (root(call.func) in work.data, last(call).islower())
    ):
        if nouns.is_telling(last(call)) and not verbs.of_call(last(call)):
            words = nouns.of_class(last(call))
            is_order = verbs.noun_of(words[0]) and len(words) > 1 and last(call).islower()
            yield words[1:] if is_order else words
    yield from (nouns.of_name(name) for name in found)


def outer_calls(work: Work) -> list[ast.Call]:
    """The calls that make the last result, without those that make their arguments."""
    found: list[ast.Call] = []
    for node in final_calls(work)[:1]:
        part: ast.expr = node
        while isinstance(part, ast.Call | ast.Attribute | ast.Subscript):
            found += [part] if isinstance(part, ast.Call) else []
            if isinstance(part, ast.Call) and is_of_arrays(work, part) and part.args:
                part = part.args[0]
            else:
                part = part.func if isinstance(part, ast.Call) else part.value
    return found


def is_of_arrays(work: Work, call: ast.Call) -> bool:
    """Is it a function of numpy alone, whose name says nothing of what comes out?"""
    name = work.aliases.dotted(dotted(call.func))
    return name.startswith("numpy.") and name.count(".") == 1


def made(verb: str, work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    for words in thing(work, heading):
        yield joined(verb, words)


def last(call: ast.Call) -> str:
    return dotted(call.func).rpartition(".")[2]


def all_calls(work: Work) -> list[ast.Call]:
    return [part for part in work.nodes if isinstance(part, ast.Call)]


def final_calls(work: Work) -> list[ast.Call]:
    """Those of the last statement that makes a result, outermost first; else of the last of all."""
    makers = [f for f in work.facts if set(f.bound) & set(work.results)] or [*work.facts]
    return [part for part in ast.walk(makers[-1].node) if isinstance(part, ast.Call)]
