"""Functions that set the notebook's variables through ``global``: may they return the values?

    def bump(n):            def bump(n, *, count):
        global count            count += n
        count += n              return count
    bump(2)                 count = bump(2, count=count)

That is the same when nothing can look at the variable while the function runs, and when every call
is a statement of its own whose value nobody wants.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nb2pkg.facts.flow import Flow
from nb2pkg.facts.libraries import Aliases
from nb2pkg.graph import callers
from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import Cell, Facts
from nb2pkg.plan.data_parameters import READ_LATE
from nb2pkg.plan.scope import BUILTINS

_LATE = (*READ_LATE, ast.Nonlocal, ast.Delete)


@dataclass(frozen=True, slots=True)
class Setter:
    """sets are the variables that it returns from now on, takes those that it is passed before."""

    position: int
    sets: tuple[str, ...]
    takes: tuple[str, ...]
    calls: tuple[int, ...]


def find(
    lines: Timeline, aliases: Aliases, cells: Mapping[int, Cell], skip: frozenset[str]
) -> dict[str, Setter]:
    """Name of each function that may return what it sets, to what that is; none of those in skip."""
    if lines.everything_read_at:
        return {}
    found = {}
    for position, facts in enumerate(lines.statements):
        node = facts.node
        if facts.late_writes and isinstance(node, ast.FunctionDef) and _is_plain(facts, node):
            setter = _setter(lines, aliases, position, node)
            carried = _carried_by_others(lines, position)
            alone = _is_alone(lines, setter, carried)
            if alone and _calls_agree(lines, setter, carried, cells) and facts.name not in skip:
                found[facts.name] = setter
    return found


def _is_plain(facts: Facts, node: ast.FunctionDef) -> bool:
    """``global`` stands on lines of its own, and at most one return: at the end, of what is set."""
    inside = [part for statement in node.body for part in ast.walk(statement)]
    declared = [part for part in inside if isinstance(part, ast.Global)]
    returns = [part for part in inside if isinstance(part, ast.Return)]
    if node.decorator_list or node.returns or node.args.kwarg or facts.magic is not None:
        return False
    if any(isinstance(part, _LATE) for part in inside):
        return False
    text = facts.source.split("\n")
    own_lines = all(
        part in node.body
        and text[part.lineno - node.lineno].partition("#")[0].strip() == ast.unparse(part)
        for part in declared
    )
    return own_lines and (not returns or _returns_what_it_sets(facts, node, returns))


def _returns_what_it_sets(facts: Facts, node: ast.FunctionDef, returns: list[ast.Return]) -> bool:
    value = returns[0].value
    at_end = returns == node.body[-1:]
    return at_end and isinstance(value, ast.Name) and facts.late_writes == (value.id,)


def _carried_by_others(lines: Timeline, position: int) -> dict[str, frozenset[str]]:
    """What calling a name may read later, but for what the function itself reads."""
    statements = list(lines.statements)
    statements[position] = replace(statements[position], late_reads=())
    return callers.carriers(statements)


def _setter(lines: Timeline, aliases: Aliases, position: int, node: ast.FunctionDef) -> Setter:
    flow = Flow(aliases.knows)
    flow.block(node.body)
    sets = lines.statements[position].late_writes
    takes = tuple(name for name in sets if name in flow.reads or name not in flow.must)
    calls = tuple(p for p in lines.uses_of(node.name) if p != position)
    return Setter(position, sets, takes, calls)


def _is_alone(lines: Timeline, setter: Setter, carried: Mapping[str, frozenset[str]]) -> bool:
    """Nothing else sets the variables, and nothing that the function uses reads them."""
    facts = lines.statements[setter.position]
    sets = set(setter.sets)
    if lines.binders(facts.name) != (setter.position,) or lines.is_deleted(facts.name):
        return False
    if sets & BUILTINS or any(lines.is_deleted(name) for name in sets):
        return False
    others = (f for i, f in enumerate(lines.statements) if i != setter.position)
    if any(sets & set(other.late_writes) or facts.name in other.late_writes for other in others):
        return False
    return facts.name not in facts.late_reads and not any(
        sets & carried.get(name, frozenset()) for name in facts.late_reads
    )


def _calls_agree(
    lines: Timeline,
    setter: Setter,
    carried: Mapping[str, frozenset[str]],
    cells: Mapping[int, Cell],
) -> bool:
    """Each mention is a call that is a statement, of which nothing else is wanted."""
    name = lines.statements[setter.position].name
    return all(
        _is_statement_call(lines.statements[position], name)
        and not _is_shown(lines, setter, position)
        and not _may_fail(cells[lines.statements[position].cell])
        and _can_be_passed(lines, setter, position)
        and not _looks_on(lines.statements[position].uses, name, set(setter.sets), carried)
        for position in setter.calls
    )


def _is_statement_call(facts: Facts, name: str) -> bool:
    match facts.node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=called), keywords=keywords) as call):
            given = [*call.args, *keywords]
            inside = [part for argument in given for part in ast.walk(argument)]
            plain = all(keyword.arg for keyword in keywords) and facts.magic is None
            again = any(isinstance(part, ast.Name) and part.id == name for part in inside)
            binds = any(isinstance(part, ast.NamedExpr | ast.Await) for part in inside)
            return called == name and plain and not again and not binds
    return False


def _is_shown(lines: Timeline, setter: Setter, position: int) -> bool:
    node = lines.statements[setter.position].node
    assert isinstance(node, ast.FunctionDef)
    return lines.statements[position].shows and isinstance(node.body[-1], ast.Return)


def _may_fail(cell: Cell) -> bool:
    """Then what was set before the error would be wanted."""
    failed = any(output.kind == "error" for output in cell.outputs)
    return failed or "raises-exception" in cell.tags


def _can_be_passed(lines: Timeline, setter: Setter, position: int) -> bool:
    return all(lines.is_bound(name, position) is Bound.YES for name in setter.takes)


def _looks_on(
    used: Iterable[str], function: str, sets: set[str], carried: Mapping[str, frozenset[str]]
) -> bool:
    """Might something that the call is given read the variables while the function runs?"""
    return any(sets & carried.get(name, frozenset()) for name in used if name != function)


def rewritten(lines: Timeline, found: Mapping[str, Setter]) -> dict[int, str]:
    """The new text of the functions and of their calls, by position."""
    from nb2pkg.plan import rewrite  # brings LibCST: 0.2 s, for those who need it

    sources = {}
    for name, setter in found.items():
        text = lines.statements[setter.position].source
        sources[setter.position] = rewrite.returning(text, setter.sets, setter.takes)
        for position in setter.calls:
            call = lines.statements[position].source
            sources[position] = rewrite.assigned(call, name, setter.sets, setter.takes)
    return sources
