"""Which functions and classes that read notebook data may be made inside a step?

They keep the data that the step was given, so that data must not be bound again while they live
(``reasons`` looks). Made inside a function they are called ``step.<locals>.name`` where Python is
asked for their full name: nothing in the notebook may ask.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nb2pkg.facts.dotted import dotted, root
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import Facts, Notebook, StatementKind
from nb2pkg.plan import evidence
from nb2pkg.plan.definitions import Moves, Setting
from nb2pkg.plan.scope import Binding, Scope

_FUNCTION_REASONS = ("NB401", "NB404", "NB407")
_CLASS_REASONS = ("NB404", "NB405")


def find(notebook: Notebook, lines: Timeline, decision: Moves, setting: Setting) -> frozenset[int]:
    """Positions of the definitions that stay, but may be made of the data as it is at their place."""
    if (
        evidence.sends_functions(lines, setting.aliases)
        or setting.looks_at_source
        or evidence.shows_full_names(notebook, lines)
    ):
        return frozenset()
    return frozenset(
        position
        for position, problem in decision.stays.items()
        if _may_be_made(lines.statements[position], problem.code, decision.scope)
        and not _is_shown(lines, lines.statements[position].name)
    )


def _may_be_made(facts: Facts, reason: str, scope: Scope) -> bool:
    """Undecorated: what a decorator keeps of a function may show where it was made."""
    if getattr(facts.node, "decorator_list", []):
        return False
    if isinstance(facts.node, ast.ClassDef):
        return reason in _CLASS_REASONS and _is_plain_class(facts, facts.node, scope)
    return facts.kind is StatementKind.FUNCTION and reason in _FUNCTION_REASONS


def _is_plain_class(facts: Facts, node: ast.ClassDef, scope: Scope) -> bool:
    """One that shows itself by its short name, and whose body finds the variables of a function.

    A class body that binds a name finds no variable of that name in the function around it. A
    class made from another one of the notebook may show its full name, as dataclasses do.
    """
    stored = {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
    }
    inner = (ast.AnnAssign, ast.ClassDef)
    return (
        not stored & set(facts.reads)
        and not node.keywords
        and not any(
            isinstance(part, inner) for statement in node.body for part in ast.walk(statement)
        )
        and all(scope.binding(root(base)) in _LIBRARY for base in node.bases)
    )


_LIBRARY = (Binding.BUILTIN, Binding.IMPORT)
_SHOWING = {"print", "display", "pprint", "repr", "str", "ascii", "format"}


def _is_shown(lines: Timeline, name: str) -> bool:
    """Is the definition, or a method of it, shown or put into a text as it is?"""
    return any(
        name in _shown_itself(expression)
        for position in lines.uses_of(name)
        for expression in _shown_by(lines.statements[position])
    )


def _shown_by(facts: Facts) -> Iterator[ast.expr]:
    """Expressions whose texts the statement shows or makes."""
    if facts.shows and isinstance(facts.node, ast.Expr):
        yield facts.node.value
    for part in ast.walk(facts.node):
        match part:
            case ast.FormattedValue(value=value):
                yield value
            case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod(), right=value):
                yield value
            case ast.Call(func=function, args=arguments, keywords=keywords):
                if dotted(function).rpartition(".")[2] in _SHOWING:
                    yield from (*arguments, *(keyword.value for keyword in keywords))


def _shown_itself(node: ast.AST) -> Iterator[str]:
    """Names whose value is in the text: not what is called, and not what a call is given."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Call():
            return
        case ast.Attribute(attr=attribute) if attribute.startswith("__"):
            return  # such as __name__ and __defaults__
        case _:
            for part in ast.iter_child_nodes(node):
                yield from _shown_itself(part)
