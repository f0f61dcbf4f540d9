"""From the statements of a cell to runs that become one function each.

A run is a stretch of statements of one cell that can be called together: everything between them
either moves too or does not care (imports, definitions that have moved, parameters). Prints at its
end stay behind, in the story.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from nb2pkg.facts.dotted import root
from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import Facts, Problem
from nb2pkg.plan import reasons, returns
from nb2pkg.plan.reasons import Surroundings
from nb2pkg.plan.returns import Keeping
from nb2pkg.plan.scope import BUILTINS, Binding, Scope
from nb2pkg.problems import at


class Role(Enum):
    """What becomes of a statement."""

    MOVES = "becomes part of a step"
    GONE = "is a definition or constant of the package"
    PASSES = "stays, and may be run before the step around it"
    LOOKS = "shows something: stays in the story unless a step goes on behind it"
    SHOWS = "displays: stays, and ends a step"
    STAYS = "stays, for a reason or because nobody asked"


@dataclass(frozen=True, slots=True)
class Draft:
    """A step without a name: positions of its statements, and its signature."""

    cell: int
    positions: tuple[int, ...]
    params: tuple[str, ...]
    keywords: tuple[str, ...]  # parameters of the analysis, passed by keyword
    returns: tuple[str, ...]
    rebinds: frozenset[str]  # those of returns that the notebook had before
    shown: bool  # the value of the last expression is returned for IPython to show
    awaits: bool = False


@dataclass(slots=True)
class _Run:
    """A run while it grows. lacking: names that steps above it keep to themselves."""

    lacking: frozenset[str] = frozenset()
    positions: list[int] = field(default_factory=list)
    sure: set[str] = field(default_factory=set)
    bound: dict[str, int] = field(default_factory=dict)  # name to the statement that binds it first
    found: set[str] = field(default_factory=set)  # names that were read as the module's own
    params: dict[str, None] = field(default_factory=dict)
    keywords: dict[str, None] = field(default_factory=dict)


def form(
    around: Surroundings,
    positions: tuple[int, ...],
    roles: Mapping[int, Role],
    keeping: Keeping,
    lacking: frozenset[str] = frozenset(),
) -> tuple[tuple[Draft, ...], dict[int, Problem]]:
    """The steps of a cell or group of cells, and what has to stay after all, with the reason.

    lacking: names that the notebook had here, and that the narrative has not.
    """
    roles = dict(roles)
    problems: dict[int, Problem] = {}
    while True:
        try:
            drafts = _all_signed(around, positions, roles, keeping, lacking)
        except _MustStayError as stop:
            problems[stop.position] = stop.problem
            roles[stop.position] = Role.STAYS
            continue
        return drafts, problems


def _all_signed(
    around: Surroundings,
    positions: tuple[int, ...],
    roles: Mapping[int, Role],
    keeping: Keeping,
    lacking: frozenset[str],
) -> tuple[Draft, ...]:
    """The steps in order: what one keeps to itself, those behind it do not find."""
    drafts: tuple[Draft, ...] = ()
    for run in _runs(around, positions, roles, lacking):
        above = tuple(p for p in positions if p < run.positions[0])
        run.lacking = lacking_behind(around.timeline, above, drafts, lacking)
        drafts = (*drafts, _signed(around, run, keeping))
    return drafts


class _MustStayError(Exception):
    """A statement that cannot be part of the run that it is in."""

    def __init__(self, position: int, problem: Problem) -> None:
        super().__init__(problem.message)
        self.position = position
        self.problem = problem


def _runs(
    around: Surroundings,
    positions: tuple[int, ...],
    roles: Mapping[int, Role],
    lacking: frozenset[str],
) -> list[_Run]:
    runs: list[_Run] = []
    run = _Run(lacking)
    for position in positions:
        role = roles[position]
        lacking -= frozenset(around.timeline.statements[position].bound)
        rebinds = role is Role.GONE and _has_versions(around, position)
        if role in (Role.GONE, Role.PASSES) and not rebinds:
            continue
        if rebinds or role in (Role.STAYS, Role.SHOWS) or not _fits(around, run, position):
            _finish(around, run, roles, runs)
            run = _Run(lacking)
        if role is Role.MOVES or (role is Role.LOOKS and run.positions):
            _extend(around, run, position)
    _finish(around, run, roles, runs)
    return runs


def _has_versions(around: Surroundings, position: int) -> bool:
    """A definition whose name means another one before it: nothing may be called across it."""
    name = around.timeline.statements[position].name
    return around.scope.binding(name) is Binding.DATA


def _finish(around: Surroundings, run: _Run, roles: Mapping[int, Role], runs: list[_Run]) -> None:
    """Leave the prints at the end behind; forget a run in which nothing moves."""
    kept = list(run.positions)
    while kept and roles[kept[-1]] is Role.LOOKS:
        kept.pop()
    if not kept:
        return
    if len(kept) < len(run.positions):
        run = _Run(run.lacking)
        for position in kept:
            _extend(around, run, position)
    runs.append(run)


def _fits(around: Surroundings, run: _Run, position: int) -> bool:
    """Would the statement mean the same behind the others of the run, in one function?"""
    if not run.positions:
        return True
    facts = around.timeline.statements[position]
    if any(name in run.found for name in facts.bound):
        return False  # it was the module's own so far: Python would take it for a local everywhere
    if around.copies_warn and _changes_a_part(around, run, facts):
        return False
    changed = set(run.bound) & around.late_names()
    return not any(changed & around.resident[name] for name in reasons.calls_in(around, facts))


def _changes_a_part(around: Surroundings, run: _Run, facts: Facts) -> bool:
    """Does it change what the run has made of a table that it was given, under the same name?

    ``df = df[mask]`` lets the old table go, and ``df["c"] = 1`` may follow. The caller of a step has
    the old one until the step has returned: pandas 2 takes the new one for a part of it, and warns.
    """
    changed = {name for name, _ in facts.mutates if name in run.bound and name in run.params}
    makers = (around.timeline.statements[position].node for position in run.positions)
    return any(_is_part(node, name) for node in makers for name in changed)


def _is_part(node: ast.stmt, name: str) -> bool:
    """``df = df[...]``, also by ``loc``, ``query`` and the like"""
    match node:
        case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
            return isinstance(value, ast.Subscript | ast.Call) and root(value) == name
    return False


def _extend(around: Surroundings, run: _Run, position: int) -> None:
    facts = around.timeline.statements[position]
    start = run.positions[0] if run.positions else position
    for name in dict.fromkeys(facts.reads + facts.late_reads):
        own = name in facts.bound and _existed(around, run, name, start) is Bound.NO
        if name not in run.sure and not (own and name not in BUILTINS):
            _take(around, run, name, start, position)
    for name in facts.binds:
        run.sure.add(name)
    for name in facts.bound:
        run.bound.setdefault(name, position)
    run.positions.append(position)


def _take(around: Surroundings, run: _Run, name: str, start: int, position: int) -> None:
    """Say where a name that the run reads comes from."""
    binding = around.scope.binding(name)
    existed = _existed(around, run, name, start)
    if binding is Binding.PARAMETER:
        run.keywords[name] = None
    elif around.scope.is_local(name, position):
        run.found.add(name)
    elif existed is Bound.YES:
        run.params[name] = None
    elif existed is Bound.NO and name not in run.bound:
        taken = name in around.timeline.statements[position].bound
        if taken and name in BUILTINS:
            run.params[name] = None  # Python's own, which the statement then replaces by its value
        else:
            run.found.add(name)  # a builtin whose name the notebook takes later
    elif existed is Bound.MAYBE:
        if around.timeline.is_bound(name, position) is Bound.YES and name not in run.bound:
            run.params[name] = None  # the statement reads it on every path, and did not fail
            return
        facts = around.timeline.statements[position]
        raise _MustStayError(position, at(facts, "NB203", name))


def _signed(around: Surroundings, run: _Run, keeping: Keeping) -> Draft:
    """The signature: what is read before it is bound, and what is left behind."""
    facts = [around.timeline.statements[position] for position in run.positions]
    start = run.positions[0]
    existed = {name: _existed(around, run, name, start) for name in run.bound}
    names = returns.of_step(around, run.positions, existed, keeping)
    for name in names:
        if name not in run.sure and name not in run.params:
            _bound_on_some_paths(around, run, name, existed[name])
    return Draft(
        cell=facts[-1].cell,
        positions=tuple(run.positions),
        params=tuple(run.params),
        keywords=tuple(run.keywords),
        returns=names,
        rebinds=frozenset(n for n in names if existed[n] is not Bound.NO),
        shown=facts[-1].shows,
        awaits=any("await" in f.effects for f in facts),
    )


def _existed(around: Surroundings, run: _Run, name: str, start: int) -> Bound:
    """Has the narrative the name before the run? What steps keep to themselves it has not."""
    return Bound.NO if name in run.lacking else around.timeline.is_bound(name, start)


def lacking_behind(
    timeline: Timeline,
    positions: tuple[int, ...],
    drafts: tuple[Draft, ...],
    lacking: frozenset[str],
) -> frozenset[str]:
    """Names that the narrative has not behind these statements, though the notebook had them."""
    owners = {position: draft for draft in drafts for position in draft.positions}
    for position in positions:
        bound, draft = frozenset(timeline.statements[position].bound), owners.get(position)
        kept = bound - {*draft.returns} if draft is not None else frozenset()
        lacking = lacking - bound | kept
    return lacking


def _bound_on_some_paths(around: Surroundings, run: _Run, name: str, existed: Bound) -> None:
    """The old value passes through; or there is none, and what follows was seen to find a new one."""
    shown = any(around.timeline.surely_binds(name, position) for position in run.positions)
    if existed is Bound.YES:
        run.params[name] = None
    elif existed is Bound.MAYBE or not shown:
        binder = run.bound[name]
        raise _MustStayError(binder, at(around.timeline.statements[binder], "NB303", name))


def is_bare_call(scope: Scope, draft: Draft) -> bool:
    """``y = g(x)`` of a function of the package is the story already: no wrapper around it."""
    if len(draft.positions) != 1:
        return False
    node = scope.timeline.statements[draft.positions[0]].node
    value = node.value if isinstance(node, ast.Assign | ast.Expr) else None
    value = value.value if isinstance(value, ast.Await) else value
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name):
        return False
    plain = (ast.Name, ast.Constant)
    arguments = [*value.args, *(keyword.value for keyword in value.keywords)]
    return scope.binding(value.func.id) is Binding.DEFINITION and all(
        isinstance(a, plain) for a in arguments
    )


def temporaries(timeline: Timeline, only_numbers: bool = False) -> frozenset[str]:
    """Names that are nothing but loop variables, and that nobody reads behind their loop.

    only_numbers: those that count, which nobody sees go.
    """
    found = set()
    for name in timeline.events:
        binders = timeline.binders(name)
        makers = [timeline.statements[position] for position in binders]
        loops = (name in (_counters(f.node) if only_numbers else f.loop_targets) for f in makers)
        if binders and all(loops) and not any(timeline.is_live(name, p) for p in binders):
            found.add(name)
    return frozenset(found)


def _counters(node: ast.stmt) -> set[str]:
    """Names that loops inside a statement bind to whole numbers, and nothing else binds."""
    counting: list[str] = []
    for part in ast.walk(node):
        match part:
            case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name(id="range"))):
                counting.append(name)
            case ast.For(
                target=ast.Tuple(elts=[ast.Name(id=name), *_]),
                iter=ast.Call(func=ast.Name(id="enumerate")),
            ):
                counting.append(name)
    stored = [p.id for p in ast.walk(node) if isinstance(p, ast.Name) and _is_stored(p)]
    return {name for name in counting if stored.count(name) == counting.count(name)}


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
