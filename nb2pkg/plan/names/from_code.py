"""Names of steps from what their code does, for code about which its author wrote nothing.

A verb for the main operation (verbs.toml), and a noun for what comes out or what it is done to.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.plan.names import drawings, nouns, verbs
from nb2pkg.plan.names.kinds import KINDS
from nb2pkg.plan.names.results import final_calls, joined, last, made, outer_calls
from nb2pkg.plan.names.words import is_hollow
from nb2pkg.plan.names.work import Work

_TOUCHES = {"rename", "round", "sort", "index"}  # done to what comes out of another operation
_EMPTY = {"show", "subplots", "figure", "add_subplot", "gca"}  # they draw nothing yet


def good(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    """Names that say what is done to what, the best first. heading: the words of one right above."""
    if work.only_draws:
        yield from (joined("plot", words) for words in drawings.things(work, heading))
        return
    for kind in KINDS:
        yield from kind(work, heading)
    for name in _by_calls(work, heading):
        if nouns.is_telling(name.partition("_")[2]):
            yield name


def weak(work: Work, heading: tuple[str, ...], title: tuple[str, ...]) -> Iterator[str]:
    """Names that say little: what is done, and the section or a few letters. title: of its section."""
    if work.only_draws:
        drawn_by = {last(call) for call in work.drawn_calls}
        bare = "show_figure" if drawn_by == {"show"} else "create_figure"
        yield bare if drawn_by <= _EMPTY else joined("plot", title)
        return
    found = nouns.of_name(work.results[-1]) if work.results else ()
    kept = found if len(found) == 1 and is_hollow(found[0]) else ()
    yield from (joined(verb, (*title, *kept)) for verb in dict.fromkeys(_verbs(work)))
    yield from _by_calls(work, heading)
    verb = "plot" if work.only_draws else "compute" if work.results else _weak(work)
    names = [words for name in work.results or work.read if (words := nouns.of_name(name))]
    yield from ("_".join((verb, *words)) for words in names)
    yield joined(verb, title)
    yield from (f"{verb}_values" for verb in _verbs(work) if work.results)


def _verbs(work: Work) -> Iterator[str]:
    """The verbs of the final calls, and the weak one."""
    for call in final_calls(work):
        verb = verbs.of_call(last(call))
        if verb and verb not in ("load", "save", "print", "plot"):
            yield verb
    yield _weak(work)


def _by_calls(work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    """By the verb of the outermost call of the last statement that has one; else by its form."""
    outer = outer_calls(work)
    calls = [*outer, *(call for call in final_calls(work) if call not in outer)]
    for call in sorted(calls, key=lambda call: verbs.of_call(last(call)) in _TOUCHES):
        verb = verbs.of_call(last(call))
        if not verb or (verb in ("load", "save", "print", "plot") and work.results):
            continue
        yield from _done(verb, call, work, heading)
    if work.fresh or work.is_shown:
        yield from _called(calls, work)
    yield from made(_weak(work), work, heading)
    if not work.results and not work.changed:
        verb = "inspect" if work.is_shown else "print" if "prints" in work.syntax else "check"
        yield from (joined(verb, nouns.of_name(name)) for name in work.read)


def _done(verb: str, call: ast.Call, work: Work, heading: tuple[str, ...]) -> Iterator[str]:
    """The verb with what comes out; where nothing does, with what it is done to."""
    if work.results or work.changed:
        yield from made(verb, work, heading)
        return
    yield joined(verb, heading)
    subjects = [
        *call.args[:1],
        *([call.func.value] if isinstance(call.func, ast.Attribute) else []),
    ]
    names = [dotted(value).rpartition(".")[2] for value in subjects if root(value) in work.data]
    names += work.read
    for telling in (True, False):
        yield from (joined(verb, nouns.of_name(n)) for n in names if nouns.is_telling(n) >= telling)


def _called(calls: list[ast.Call], work: Work) -> Iterator[str]:
    """By the name of the one function that gives the value, where that is a verb and a noun."""
    for call in calls[:1]:
        name = last(call)
        head, _, rest = name.partition("_")
        if rest and verbs.noun_of(head) and not name.startswith("_"):
            words = nouns.of_name(rest)
            if verbs.spoken(head) in ("compute", "get"):
                yield joined("compute", words)
            elif verbs.is_true(head, work.calls, work.syntax):
                yield joined(verbs.spoken(verbs.base(head)), words)


def _weak(work: Work) -> str:
    """The plainest true verb: of values that are written out, of objects, of all others."""
    makers = [f.node for f in work.facts if set(f.bound) & set(work.results)]
    value = makers[-1].value if makers and isinstance(makers[-1], ast.Assign) else None
    plain = (ast.Constant, ast.List, ast.Dict, ast.Tuple, ast.Set, ast.JoinedStr, ast.UnaryOp)
    while isinstance(value, ast.Call) and last(value) in ("copy", "reset_index"):
        value = value.func.value if isinstance(value.func, ast.Attribute) else None
    if isinstance(value, ast.Subscript) and root(value) in work.data:
        return "select"
    if not work.results and not work.is_shown:
        return "update" if work.changed else "print" if "prints" in work.syntax else "run"
    if isinstance(value, plain):
        return "define"
    calls = outer_calls(work) if value is None or isinstance(value, ast.Call) else []
    made_by = {name for call in calls for name in (last(call), root(call.func))} - work.data
    if any(re.match(r"[A-Z]\w", name) for name in made_by):
        return "build"
    return "compute"
