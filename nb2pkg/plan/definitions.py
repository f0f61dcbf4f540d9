"""Which functions and classes move to module level, and why do the others stay?

Decided by removal: assume that all candidates move, take away those that cannot, and look again,
until nothing changes; what stays is data to the others.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import Facts, Problem, StatementKind
from nb2pkg.plan import data_parameters, missing
from nb2pkg.plan.scope import Binding, Scope
from nb2pkg.problems import at, of_use

DEFINITIONS = (StatementKind.FUNCTION, StatementKind.CLASS)
# Inside a function these mean what they meant: what is asked or set happens when it is called.
_HARMLESS_INSIDE = {"NB307", "NB315"}


@dataclass(frozen=True, slots=True)
class Moves:
    """moved: position of each definition that moves, to the data that it must be passed.

    stays: position of each candidate that does not, to the reason.
    """

    scope: Scope
    moved: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    stays: Mapping[int, Problem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """What does not change while deciding."""

    timeline: Timeline
    aliases: Aliases
    eligible: Mapping[str, int]  # literals that may be constants
    written: frozenset[str]  # names that some function sets through global
    local_modules: frozenset[str] = frozenset()
    shown_types: frozenset[str] = frozenset()  # classes whose module the outputs show
    altered: frozenset[int] = frozenset()  # cells whose strings some versions of IPython change
    warned_lines: frozenset[str] = frozenset()  # code that warnings in the outputs quote
    pickles: bool = False  # objects are written by the name of their class
    looks_at_source: str = ""  # what in the notebook looks at definitions, if anything does


def decide(setting: Setting, candidates: tuple[int, ...]) -> Moves:
    """Decide on all candidates (positions of functions and classes)."""
    stays: dict[int, Problem] = {}
    while True:
        moving = tuple(position for position in candidates if position not in stays)
        scope = _scope(setting, moving)
        needs = _needs(setting, scope, moving)
        found = {}
        for position in moving:
            problem = _objection(setting, scope, position, needs)
            if problem is not None:
                found[position] = problem
        if not found:
            names = {p: tuple(sorted(needs[p])) for p in moving}
            return Moves(scope, names, stays)
        stays.update(found)


def _scope(setting: Setting, moving: tuple[int, ...]) -> Scope:
    """Single definitions are found by name; of several with one name each is data."""
    timeline = setting.timeline
    moved = {}
    for position in moving:
        name = timeline.statements[position].name
        once = timeline.binders(name) == (position,) and not timeline.is_deleted(name)
        if once and name not in setting.written:
            moved[name] = position
    return Scope(timeline, moved, setting.eligible, {}, setting.local_modules)


def _needs(setting: Setting, scope: Scope, moving: tuple[int, ...]) -> dict[int, frozenset[str]]:
    """The data that each moving definition reads when it is called, closed over calls."""
    timeline = setting.timeline
    own: dict[str, frozenset[str]] = {}
    calls: dict[str, frozenset[str]] = {}
    for position in moving:
        facts = timeline.statements[position]
        key = str(position)
        data = frozenset(n for n in facts.late_reads if scope.binding(n) is Binding.DATA)
        own[key] = data - {facts.name} if _is_last_version(setting, position) else data
        calls[key] = frozenset(
            str(called)
            for n in facts.late_reads
            for called in timeline.binders(n)
            if called in moving
        )
        calls[key] |= _versions_of(timeline, position, moving)
    closed = data_parameters.close(own, calls)
    return {int(key): names for key, names in closed.items()}


def _versions_of(timeline: Timeline, position: int, moving: tuple[int, ...]) -> frozenset[str]:
    """The other definitions with this name: all must take the same, since a call may meet any."""
    name = timeline.statements[position].name
    return frozenset(str(p) for p in timeline.binders(name) if p in moving and p != position)


def _objection(
    setting: Setting, scope: Scope, position: int, needs: Mapping[int, frozenset[str]]
) -> Problem | None:
    facts = setting.timeline.statements[position]
    checks = (_marked, _opaque, _evaluated, _versions, _late)
    for check in checks:
        problem = check(setting, scope, position, facts)
        if problem is not None:
            return problem
    names = tuple(sorted(needs[position]))
    if not names:
        return None
    if any(binder not in needs for binder in setting.timeline.binders(facts.name)):
        return at(facts, "NB403", facts.name)  # some version stays, and would not take the data
    return data_parameters.objection(facts, position, names, setting.timeline, setting.written)


def _marked(setting: Setting, scope: Scope, position: int, facts: Facts) -> Problem | None:
    if facts.magic is not None:
        return at(facts, "NB308", facts.magic.text.strip().split("\n")[0])
    if facts.cell in setting.altered:
        return at(facts, "NB320")
    if setting.looks_at_source:
        return at(facts, "NB409", setting.looks_at_source)
    if setting.pickles and facts.kind is StatementKind.CLASS:
        return at(facts, "NB411", facts.name)
    if facts.name in setting.shown_types:
        return at(facts, "NB319", facts.name)
    if any(line.strip() in setting.warned_lines for line in facts.source.split("\n")):
        return at(facts, "NB310", "a warning that its code gives")
    if facts.late_writes:
        return at(facts, "NB402", "sets " + ", ".join(facts.late_writes))
    return None


def _opaque(setting: Setting, scope: Scope, position: int, facts: Facts) -> Problem | None:
    for use in facts.opaque:
        head = use.what.partition(".")[0]
        is_own = head not in facts.uses or scope.binding(head) is Binding.DATA
        if use.code not in _HARMLESS_INSIDE and not is_own:
            return replace(of_use(facts, use), code="NB408")
    return None


def _evaluated(setting: Setting, scope: Scope, position: int, facts: Facts) -> Problem | None:
    """What runs when the definition is made must be the same when a module is imported."""
    for name in facts.reads:
        if not scope.is_local(name, position):
            return at(facts, "NB404", name)
    found = _action(facts, setting.aliases)
    return at(facts, "NB404", found) if found else None


def acts_when_made(facts: Facts, aliases: Aliases) -> bool:
    """Does making the function or class run something that is not known to be silent?"""
    return bool(_action(facts, aliases))


def _action(facts: Facts, aliases: Aliases) -> str:
    """What runs when the definition is made, and may be noticed; empty if nothing does."""
    node = facts.node
    for expression in _made_from(node):
        for part in ast.walk(expression):
            if isinstance(part, ast.Call) and not _is_silent(part.func, aliases):
                return dotted(part.func) or "a call"
            if isinstance(part, ast.NamedExpr | ast.Await):
                return facts.name
    for decorator in getattr(node, "decorator_list", []):
        if not _is_decorator(decorator, aliases):
            return "@" + (dotted(decorator) or "decorator")
    return _action_of_body(node, aliases) if isinstance(node, ast.ClassDef) else ""


def _made_from(node: ast.stmt) -> list[ast.expr]:
    """Expressions that are evaluated when the definition is made, but for its decorators."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        spec = node.args
        return [*spec.defaults, *(default for default in spec.kw_defaults if default)]
    if isinstance(node, ast.ClassDef):
        return [*node.bases, *(keyword.value for keyword in node.keywords)]
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):  # a class made by a call
        return [*node.value.args, *(keyword.value for keyword in node.value.keywords)]
    return []


def _is_silent(function: ast.expr, aliases: Aliases) -> bool:
    return aliases.dotted(dotted(function)) in known("module_level")


def _is_decorator(node: ast.expr, aliases: Aliases) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    name = aliases.dotted(dotted(function))
    return name in known("decorators", "names") or name.endswith((".setter", ".getter", ".deleter"))


def _action_of_body(node: ast.ClassDef, aliases: Aliases) -> str:
    """A class body may define and assign, and nothing else."""
    for part in node.body:
        match part:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                inner = [*_made_from(part)]
                if not all(_is_decorator(decorator, aliases) for decorator in part.decorator_list):
                    return f"the decorator of {part.name}"
            case ast.Assign(value=value):
                inner = [value]
            case ast.AnnAssign(value=value):
                inner = [value] if value else []
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                inner = []
            case _:
                return "the body of the class"
        calls = (c for e in inner for c in ast.walk(e) if isinstance(c, ast.Call))
        for call in calls:
            if not _is_silent(call.func, aliases):
                return dotted(call.func) or "a call"
    return ""


def _versions(setting: Setting, scope: Scope, position: int, facts: Facts) -> Problem | None:
    """A name with several definitions may move version by version, if nothing mixes them up."""
    if facts.name in scope.moved:
        return None
    if facts.name in facts.late_reads and not _is_last_version(setting, position):
        return at(facts, "NB403", facts.name)
    return None


def _is_last_version(setting: Setting, position: int) -> bool:
    """Does the name mean this definition ever after, so also whenever its own body asks for it?"""
    timeline = setting.timeline
    name = timeline.statements[position].name
    unset = not timeline.is_deleted(name) and name not in setting.written
    return timeline.binders(name)[-1] == position and unset


def _late(setting: Setting, scope: Scope, position: int, facts: Facts) -> Problem | None:
    """Names that the body finds in its module must be there, in the notebook, at the first call."""
    timeline = setting.timeline
    calls = [
        e.position for e in timeline.events.get(facts.name, ()) if e.reads and e.position > position
    ]
    first = min(calls, default=len(timeline.statements))
    for name in facts.late_reads:
        binding = scope.binding(name)
        if binding is Binding.UNKNOWN:
            return missing.unbound(timeline, position, facts, name)
        if binding in (Binding.BUILTIN, Binding.DATA) or name == facts.name:
            continue
        if timeline.is_bound(name, first) is not Bound.YES:
            return at(facts, "NB406", name)
    return None
