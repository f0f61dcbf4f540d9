"""What the code of a step says about its results: types and columns, known without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import returned_types
from nb2pkg.model import Facts
from nb2pkg.plan import modules
from nb2pkg.plan.model import Expectation, Module, Step
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import BUILTINS, Binding


def find(state: PlanState, built: Iterable[Module]) -> tuple[Expectation, ...]:
    """For each step, what must hold of the values that it leaves behind."""
    return tuple(_expectation(state, step) for module in built for step in module.steps)


def _expectation(state: PlanState, step: Step) -> Expectation:
    facts = modules.facts_of(state, step)
    asserts: dict[str, str] = {}
    imports: set[str] = set()
    for name in step.returns:
        found = _type_of(state, facts, name)
        if found and name not in BUILTINS:
            kind, needed = found
            asserts[f"assert isinstance({name}, {kind})"] = name
            imports |= needed
    for name, key in _columns(facts):
        if name in (*step.params, *step.returns):
            asserts[f"assert {key!r} in {name}"] = name
    reads = tuple(dict.fromkeys(asserts.values()))
    return Expectation(step.name, tuple(asserts), reads, tuple(sorted(imports)))


def _type_of(state: PlanState, facts: tuple[Facts, ...], name: str) -> tuple[str, set[str]] | None:
    """The type as the test writes it, with its import; only if all assignments agree on one."""
    bound = [f for f in facts if name in f.bound]
    if len(bound) != 1 or name not in bound[0].binds:
        return None
    match bound[0].node:
        case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
            return _type_of_value(state, value)
    return None


def _type_of_value(state: PlanState, value: ast.expr) -> tuple[str, set[str]] | None:
    match value:
        case ast.List() | ast.ListComp():
            return "list", set()
        case ast.Dict() | ast.DictComp():
            return "dict", set()
        case ast.Set() | ast.SetComp():
            return "set", set()
        case ast.JoinedStr():
            return "str", set()
        case ast.Constant(value=bool() | int() | float() | str() as constant):
            return type(constant).__name__, set()
        case ast.Call(func=function):
            return _type_of_call(state, function)
    return None


def _type_of_call(state: PlanState, function: ast.expr) -> tuple[str, set[str]] | None:
    text = dotted(function)
    head = text.partition(".")[0]
    if not head or (
        state.timeline.binders(head) and state.scope.binding(head) is not Binding.IMPORT
    ):
        return None
    known = returned_types().get(state.aliases.dotted(text), "")
    if not known:
        return None
    if "." not in known:
        return known, set()
    package = known.partition(".")[0]
    return known, {f"import {package}"}


def _columns(facts: tuple[Facts, ...]) -> Iterator[tuple[str, str]]:
    """(name, key) of each ``name["key"] = ...`` that is surely run and not taken back."""
    removed = any("drop" in f.source or "del " in f.source or "pop" in f.source for f in facts)
    if removed:
        return
    for f in facts:
        match f.node:
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key)))]
            ):
                rebound = any(name in later.bound for later in facts)
                if not rebound:
                    yield name, key
