"""Which calls are not known to change nothing?

Without a run an unknown call counts as a change: of what it is given, of a file, of a server, of the
process. Known are the functions and methods that only look (the table of libraries), drawings, and
functions of the notebook that call nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.facts.libraries import known, knows_call
from nb2pkg.model import Facts, StatementKind
from nb2pkg.plan import effects
from nb2pkg.plan.plan_state import PlanState

_CALL_WHAT_THEY_ARE_GIVEN = {"map", "filter", "sorted", "min", "max", "agg", "aggregate", "reduce"}
_Seen = frozenset[str]


def unknown_calls(
    state: PlanState, facts: Facts, seen: _Seen = frozenset()
) -> Iterator[tuple[ast.Call, str]]:
    """The calls of a statement that may change something, with the libraries' own names."""
    for call, name in effects.named_calls(state, facts):
        if not (_is_known(state, name, seen) and _gives_known(state, call, name, seen)):
            yield call, name


def _is_known(state: PlanState, name: str, seen: _Seen) -> bool:
    if name.rpartition(".")[2] in state.aliases.own_methods:
        return False
    if state.timeline.binders(name):
        return _is_plain_function(state, name, seen)
    return effects.is_harmless(name) or name in known("prints")


def _is_plain_function(state: PlanState, name: str, seen: _Seen) -> bool:
    """A function of the notebook whose every definition only computes."""
    makers = [state.timeline.statements[position] for position in state.timeline.binders(name)]
    return name in seen or all(
        facts.kind is StatementKind.FUNCTION
        and not (facts.late_writes or facts.mutates or facts.opaque)
        and not any(unknown_calls(state, facts, seen | {name}))
        for facts in makers
    )


def _gives_known(state: PlanState, call: ast.Call, name: str, seen: _Seen) -> bool:
    """Is a function that is passed to be called known, too? The calls in a lambda are seen as such."""
    if name.rpartition(".")[2] not in _CALL_WHAT_THEY_ARE_GIVEN:
        return True
    given = [keyword.value for keyword in call.keywords if keyword.arg in ("key", "func")]
    given += call.args[:1] if name not in ("sorted", "min", "max") else []
    return all(_may_be_called(state, function, seen) for function in given)


def _may_be_called(state: PlanState, function: ast.expr, seen: _Seen) -> bool:
    match function:
        case ast.Name(id=name):
            return _is_known(state, name, seen)
        case ast.Attribute(attr=method):
            return knows_call("look", f".{method}") and method not in state.aliases.own_methods
    return True
