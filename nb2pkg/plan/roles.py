"""What becomes of each statement: it moves, is gone, stays, or only shows something."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from nb2pkg.facts.libraries import known
from nb2pkg.model import CellFacts, Facts, MagicKind, Problem, StatementKind
from nb2pkg.notebook import magics
from nb2pkg.plan import reasons
from nb2pkg.plan.definitions import DEFINITIONS, Moves
from nb2pkg.plan.reasons import Surroundings
from nb2pkg.plan.request import Selection
from nb2pkg.plan.runs import Role
from nb2pkg.plan.scope import Binding
from nb2pkg.problems import at, of_use

_RUNS_BODY_ELSEWHERE = {"timeit", "prun", "memit", "debug", "mprun", "lprun"}


@dataclass(frozen=True, slots=True)
class Roles:
    roles: Mapping[int, Role]
    problems: Mapping[int, Problem]


def assign(
    around: Surroundings, decision: Moves, request: Selection, cells: tuple[CellFacts, ...]
) -> Roles:
    """A role for every statement; for those that were to move and stay, the reason."""
    roles: dict[int, Role] = {}
    problems: dict[int, Problem] = {}
    position = 0
    for cell in cells:
        elsewhere = _runs_elsewhere(cell)
        for facts in cell.statements:
            chosen = facts.cell in request.cells
            if position in request.staying:
                roles[position] = Role.STAYS
                why = request.staying[position]
                if why is not None and chosen:
                    problems[position] = why
            else:
                role, problem = _role(around, decision, position, facts, chosen and not elsewhere)
                roles[position] = role
                if problem is not None and chosen:
                    problems[position] = problem
            position += 1
    return Roles(roles, problems)


def _runs_elsewhere(cell: CellFacts) -> bool:
    magics = cell.masked.magics
    if not magics or magics[0].kind is not MagicKind.CELL:
        return False
    return magics[0].name in _RUNS_BODY_ELSEWHERE


def _role(
    around: Surroundings, decision: Moves, position: int, facts: Facts, chosen: bool
) -> tuple[Role, Problem | None]:
    scope = around.scope
    if position in decision.moved:
        return Role.GONE, None
    if scope.constants.get(facts.name) == position:
        return Role.GONE, None
    if facts.kind in DEFINITIONS:
        made_inside = chosen and position in around.closures
        if made_inside and reasons.to_stay(around, position) is None:
            return Role.MOVES, None
        return Role.STAYS, decision.stays.get(position)
    if not chosen:
        return Role.STAYS, None
    if facts.name in scope.parameters and facts.bound == (facts.name,):
        return Role.PASSES, None
    if facts.kind in (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT):
        return _import_role(around, facts)
    return _statement_role(around, position, facts)


def _import_role(around: Surroundings, facts: Facts) -> tuple[Role, Problem | None]:
    """An import that means one thing in the whole notebook does not care when it is run."""
    fixed = (Binding.IMPORT, Binding.GUARDED)
    if all(around.scope.binding(name) in fixed for name in facts.bound) and not facts.opaque:
        return Role.PASSES, None
    star = [use for use in facts.opaque if use.code == "NB314"]
    if star:
        return Role.STAYS, of_use(facts, star[0])
    local = [
        i.module for i in facts.imports if i.module.split(".")[0] in around.scope.local_modules
    ]
    return Role.STAYS, at(facts, "NB502", local[0]) if local else None


def _statement_role(
    around: Surroundings, position: int, facts: Facts
) -> tuple[Role, Problem | None]:
    if facts.magic is not None and not facts.bound and magics.installs(facts.magic):
        return Role.STAYS, None
    if facts.magic is not None and _is_bare(facts):
        return Role.STAYS, None if _is_quiet(facts) else reasons.to_stay(around, position)
    if isinstance(facts.node, ast.Global):
        return Role.STAYS, None  # alone it means nothing in a notebook
    if "display" in facts.effects:
        return Role.SHOWS, None
    problem = reasons.to_stay(around, position)
    if facts.looks or "print" in facts.effects or isinstance(facts.node, ast.Assert):
        return (Role.STAYS if problem else Role.LOOKS), None
    return (Role.STAYS, problem) if problem else (Role.MOVES, None)


def _is_bare(facts: Facts) -> bool:
    return isinstance(facts.node, ast.Expr)


def _is_quiet(facts: Facts) -> bool:
    """Magics that set the notebook up or look at something: nobody would move them."""
    magic = facts.magic
    assert magic is not None
    if magic.kind is MagicKind.HELP:
        return True
    if magic.kind is MagicKind.SHELL:
        return magics.installs(magic)
    return magic.name in known("magics", "setup") | known("magics", "looking") | known(
        "magics", "transparent"
    )
