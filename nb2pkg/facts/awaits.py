"""Is each coroutine of a function awaited where it is made?

Then it runs, from its beginning to its end, while the statement that makes it does: what it reads
cannot be bound again by the notebook meanwhile.
"""

from __future__ import annotations

import ast

from nb2pkg.facts.dotted import dotted

_WAIT_FOR_ALL = {"gather", "asyncio.gather", "wait_for", "asyncio.wait_for"}


def at_once(node: ast.stmt, function: str) -> bool:
    """Is every call of the function inside the statement awaited there and then?"""
    handlers = any(isinstance(part, ast.Try) for part in ast.walk(node))
    awaited = {
        id(call)
        for part in ast.walk(node)
        if isinstance(part, ast.Await)
        for call in _coroutines(part.value, together=not handlers)
    }
    calls = (part for part in ast.walk(node) if isinstance(part, ast.Call))
    return all(id(call) in awaited for call in calls if dotted(call.func) == function)


def _coroutines(node: ast.expr, together: bool) -> list[ast.expr]:
    """What an await waits for. When one of several fails, the others go on: who would catch that?"""
    match node:
        case ast.Call(args=arguments) if together and dotted(node.func) in _WAIT_FOR_ALL:
            return [_each(argument) for argument in arguments]
        case ast.Call():
            return [node]
    return []


def _each(argument: ast.expr) -> ast.expr:
    """``gather(*[f(x) for x in xs])`` waits for each ``f(x)``."""
    match argument:
        case ast.Starred(value=ast.ListComp(elt=made) | ast.GeneratorExp(elt=made)):
            return made
    return argument
