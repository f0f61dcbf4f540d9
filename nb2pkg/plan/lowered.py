"""Parameters are written in lower case: ``def select_large(orders, limit)``, called with ``LIMIT``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace

from nb2pkg.plan import constants, in_place, naming
from nb2pkg.plan.model import Step
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import BUILTINS
from nb2pkg.plan.steps import is_bound_or_spoken, names_in


def parameters(state: PlanState, steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps, with data in capitals as parameters in lower case, where these hide nothing."""
    known = tuple(steps)
    taken = {*state.names(), *BUILTINS, *naming.always_taken(), *(step.module for step in known)}
    taken |= {name for step in known for name in step.inner.values()}
    renamed = {step.name: _renamed(step, taken) for step in known if not step.copy_of}
    return tuple(_with_names(step, renamed[step.function]) for step in known)


def _renamed(step: Step, taken: set[str]) -> dict[str, str]:
    """What the function calls its data in capitals, to what it is to call them."""
    names = [name for name in step.inside(step.params) if _is_constant(name)]
    body = ast.parse(step.body)
    return {
        name: name.lower()
        for name in names
        if name.lower() not in taken | names_in(body) and not is_bound_or_spoken(body, name)
    }


def _is_constant(name: str) -> bool:
    """``LIMIT``, and not ``X``: a matrix is called so."""
    return constants.is_capital(name) and len(name) > 1


def _with_names(step: Step, renamed: Mapping[str, str]) -> Step:
    if not renamed:
        return step
    own = {**{name: name for name in step.params}, **step.inner}
    inner = {name: renamed.get(now, now) for name, now in own.items()}
    if step.copy_of:
        return replace(step, inner=inner)
    return replace(step, inner=inner, body=in_place.rename(step.body, dict(renamed)))
