"""Which data each function takes as parameters once it is in a module, and whether it can.

A function that reads ``rate`` of the notebook becomes ``def tax(x, *, rate)`` and each call
``tax(x, rate=rate)``: the value at the call, as before. That keeps the meaning when every mention
of the function is a call, when ``rate`` exists at each call, and when nothing hides it there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from nb2pkg.facts import awaits, scopes
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import known
from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import Facts, Problem
from nb2pkg.problems import at

# What may read the names of a function after its call has returned.
READ_LATE = (
    ast.Yield,
    ast.YieldFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ClassDef,
    ast.GeneratorExp,
)


def objection(
    facts: Facts, position: int, names: tuple[str, ...], timeline: Timeline, written: frozenset[str]
) -> Problem | None:
    """Return why the names cannot be passed at each call of the function; None if they can."""
    node = facts.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        kind = "NB405" if isinstance(node, ast.ClassDef) else "NB407"
        return at(facts, kind, ", ".join(names))
    if node.decorator_list or node.args.kwarg or _documents_itself(node):
        return at(facts, "NB401", facts.name)
    for name in names:
        if name in written:
            return at(facts, "NB313", name)
        if timeline.is_deleted(name):
            return at(facts, "NB406", name)
        if _is_rebound(timeline, name, position) and _goes_on(node, timeline):
            return at(facts, "NB407", name)
    return _objection_of_calls(facts, names, timeline)


def _documents_itself(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A doctest calls the function as it was."""
    return ">>>" in (ast.get_docstring(node) or "")


def _is_rebound(timeline: Timeline, name: str, position: int) -> bool:
    calls = [
        e.position for e in timeline.events.get(timeline.statements[position].name, ()) if e.reads
    ]
    first = min(calls, default=position)
    return any(binder >= first for binder in timeline.binders(name))


def _goes_on(node: ast.FunctionDef | ast.AsyncFunctionDef, timeline: Timeline) -> bool:
    """May the function read names after the statement that calls it?"""
    users = (timeline.statements[position].node for position in timeline.uses_of(node.name))
    is_async = isinstance(node, ast.AsyncFunctionDef)
    return _kept_beyond_call(node) or (
        is_async and not all(awaits.at_once(user, node.name) for user in users)
    )


def _kept_beyond_call(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A generator, or a function inside, may read names after the call has returned."""
    return any(
        isinstance(part, READ_LATE) for statement in node.body for part in ast.walk(statement)
    )


def _objection_of_calls(facts: Facts, names: tuple[str, ...], timeline: Timeline) -> Problem | None:
    for event in timeline.events.get(facts.name, ()):
        if event.reads:
            for name in names:
                if timeline.is_bound(name, event.position) is not Bound.YES:
                    return at(facts, "NB406", name)
    for position in timeline.uses_of(facts.name):
        user = timeline.statements[position]
        if user.magic is not None:
            return at(facts, "NB401", facts.name)
        for mention in mentions(user, facts.name):
            if not mention.is_call:
                return at(facts, "NB401", facts.name)
            if mention.hidden & {facts.name, *names} or mention.keywords & set(names):
                return at(facts, "NB410", facts.name)
    return None


class Mention:
    """One place where a statement mentions a function."""

    __slots__ = ("hidden", "is_call", "keywords")

    def __init__(self, is_call: bool, hidden: frozenset[str], keywords: frozenset[str]) -> None:
        self.is_call = is_call
        self.hidden = hidden  # names that are local around this place, so not the notebook's
        self.keywords = keywords


def mentions(facts: Facts, name: str) -> Iterator[Mention]:
    """Every mention of the function in a statement, but for its own definition's name."""
    yield from _mentions(facts.node, name, frozenset(), top=True)
    if name in facts.uses and any(name in text for text in _texts(facts.node)):
        yield Mention(False, frozenset(), frozenset())  # a text that is looked up: eval("f(1)")


def _texts(node: ast.AST) -> Iterator[str]:
    looked_up = known("names_in_text") | known("names_in_text", "methods")
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and dotted(part.func).rpartition(".")[2] in looked_up:
            for inner in ast.walk(part):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                    yield inner.value


def _mentions(
    node: ast.AST, name: str, hidden: frozenset[str], top: bool = False
) -> Iterator[Mention]:
    inside = hidden
    match node:
        case ast.Call(func=ast.Name(id=called)) if called == name:
            keywords = frozenset(k.arg for k in node.keywords if k.arg)
            yield Mention(True, hidden, keywords)
            for child in [*node.args, *node.keywords]:
                yield from _mentions(child, name, hidden)
            return
        case ast.Name(id=found) if found == name:
            yield Mention(False, hidden, frozenset())
            return
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            inside = hidden | scopes.local_names(node)
            if not top and not isinstance(node, ast.Lambda) and node.name == name:
                yield Mention(False, hidden, frozenset())
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            targets = (n for g in node.generators for n in ast.walk(g.target))
            inside = hidden | {n.id for n in targets if isinstance(n, ast.Name)}
        case ast.ClassDef():
            bound = (
                n
                for n in ast.walk(node)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            )
            inside = hidden | {n.id for n in bound}
    for child in ast.iter_child_nodes(node):
        yield from _mentions(child, name, inside)


def close(
    needs: Mapping[str, frozenset[str]], calls: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """Hand on: a function that calls another needs what that one needs."""
    closed = dict(needs)
    changed = True
    while changed:
        changed = False
        for name in sorted(closed):
            for called in calls.get(name, frozenset()):
                if not closed.get(called, frozenset()) <= closed[name]:
                    closed[name] = closed[name] | closed[called]
                    changed = True
    return closed
