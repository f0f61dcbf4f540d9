"""What does a statement that stays in the notebook do to what the package knows?

A statement binds names. It may also change objects that others made, or the process: the state of a
random generator, an option, a class that has moved. Outside the notebook none of that happens
unless the pipeline does it too. Without a run nobody knows what a call does: it counts as a change
if its value is thrown away, or if it is a function of the notebook's own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from nb2pkg.facts import evidence
from nb2pkg.facts.dotted import dotted, root
from nb2pkg.facts.libraries import known, knows_call
from nb2pkg.facts.parts import Parts, parts_of
from nb2pkg.model import Facts, MagicKind
from nb2pkg.notebook import magics
from nb2pkg.notebook.magic_syntax import parse
from nb2pkg.plan import definitions, platforms
from nb2pkg.plan.canvases import DRAWING_METHODS
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import Binding

Carried = Mapping[str, frozenset[str]]

_DRAWS = ("matplotlib.", "seaborn.", "plotly.", "altair.", "bokeh.")
_ASKS_FOR_SUBCLASSES = ("__subclasses__", "__init_subclass__", "metaclass", "register")
_NEW = (ast.Call, ast.List, ast.Dict, ast.Set, ast.Constant, ast.BinOp, ast.ListComp, ast.DictComp)
_DATA = (Binding.DATA, Binding.UNKNOWN, Binding.PARAMETER)
_CODE_FROM_TEXT = "NB301"


def does_nothing(state: PlanState, facts: Facts) -> bool:
    """Looking, fixed imports, parameters and the notebook's own set-up leave no trace in values."""
    fixed = (Binding.IMPORT, Binding.GUARDED)
    if facts.imports and all(state.scope.binding(name) in fixed for name in facts.bound):
        return True
    if platforms.is_false_here(state, facts):
        return True
    if facts.magic is not None:
        return _is_quiet_magic(state, facts)
    if facts.looks or (isinstance(facts.node, ast.Assert) and _only_looks(state, facts)):
        return True
    return state.scope.binding(facts.name) is Binding.PARAMETER


def only_draws(state: PlanState, facts: Facts) -> bool:
    """A plot of the story: nothing that follows can tell whether it was drawn."""
    if facts.mutates or facts.opaque or facts.magic is not None:
        return False
    return all(is_harmless(name) for _, name in named_calls(state, facts))


def is_drawing(state: PlanState, facts: Facts) -> bool:
    """Does it draw, and nothing else?"""
    return any(draws(state, call) for call in calls(facts)) and only_draws(state, facts)


def is_harmless(name: str) -> bool:
    """Does a call of that name look at its arguments, draw them, or set the platform up, and no more?"""
    apart = (*_DRAWS, *known("platforms", "modules"))
    method = name.rpartition(".")[2]
    return knows_call("look", name) or name.startswith(apart) or method in DRAWING_METHODS


def draws(state: PlanState, call: ast.Call) -> bool:
    """Is it a call of a library of plots, or of a method that draws?"""
    name = state.aliases.dotted(dotted(call.func))
    return name.startswith(_DRAWS) or name.rpartition(".")[2] in DRAWING_METHODS


def acts_when_made(state: PlanState, facts: Facts) -> bool:
    """Does making a function or class do more than bind its name?

    A decorator may put it anywhere; a class may be written down by those that it is derived from.
    """
    if definitions.acts_when_made(facts, state.aliases):
        return True
    derived = isinstance(facts.node, ast.ClassDef) and bool(facts.node.bases)
    return derived and _asks_for_subclasses(state)


def changed(state: PlanState, carried: Carried, facts: Facts) -> frozenset[str]:
    """Names whose values the statement may change: by binding, or what they hold.

    carried: for each name that may hold a function, the names that calling it may read.
    """
    found = {*facts.bound, *facts.deletes, *facts.late_writes, *(n for n, _ in facts.mutates)}
    found |= _changed_by(state, facts.magic.python) if facts.magic is not None else set()
    if facts.reads_everything:
        return frozenset({*found, *state.timeline.events})
    thrown_away = {id(call) for call in _thrown_away(facts)}
    for call, name in named_calls(state, facts):
        if _acts_on_arguments(state, name) or (id(call) in thrown_away and not is_harmless(name)):
            found.update(given(call))
            found.update(carried.get(name, ()))
    return frozenset(found)


def _thrown_away(facts: Facts) -> Iterator[ast.expr]:
    """Calls that nobody would write but for what they do."""
    for part in parts_of(facts.node).of(ast.Expr):
        if not (part is facts.node and facts.shows):
            yield part.value


def _acts_on_arguments(state: PlanState, name: str, seen: frozenset[str] = frozenset()) -> bool:
    """Is it a function or a method of the notebook that may change what it is given?"""
    if name.rpartition(".")[2] in state.aliases.own_methods:
        return True
    binders = state.timeline.binders(name)
    if "." in name or not binders or name in seen or state.scope.imports(name):
        return False
    makers = [state.timeline.statements[position] for position in binders]
    return any(
        not isinstance(facts.node, ast.FunctionDef)
        or _changes_parameters(state, facts, facts.node)
        or any(_acts_on_arguments(state, n, seen | {name}) for _, n in named_calls(state, facts))
        for facts in makers
    )


def _changes_parameters(state: PlanState, facts: Facts, node: ast.FunctionDef) -> bool:
    """Does the body change a parameter or a variable of the notebook, or what may share with them?"""
    if facts.late_writes:
        return True
    fresh = _made_inside(node)
    changed = {name for name, _ in facts.mutates}
    for call in _thrown_away(facts):
        if isinstance(call, ast.Call) and not is_harmless(state.aliases.dotted(dotted(call.func))):
            changed.update(given(call))
    return not changed - {""} <= fresh


def _made_inside(node: ast.FunctionDef) -> set[str]:
    """Local names that are only ever bound to new objects."""
    made: set[str] = set()
    others = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
    plain: set[int] = set()
    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
                plain.add(id(target))
                (made if isinstance(value, _NEW) else others).add(name)
            case ast.Name(id=name, ctx=ast.Store()) if id(part) not in plain:
                others.add(name)
    return made - others


def touches_process(state: PlanState, facts: Facts) -> bool:
    """Can it matter to what follows in another way than by the values of the notebook's data?

    A call whose value nobody takes counts, if the function is not known.
    """
    if facts.kind in definitions.DEFINITIONS or touches_state(state, facts):
        return touches_state(state, facts)
    names = (name for call, name in named_calls(state, facts) if not _is_on_data(state, call))
    is_call = isinstance(facts.node, ast.Expr) and facts.magic is None
    return is_call and not all(is_harmless(name) or name in known("prints") for name in names)


def touches_state(state: PlanState, facts: Facts) -> bool:
    """Does it run code from text, change what is no data, or draw random numbers?"""
    if facts.kind in definitions.DEFINITIONS:
        return acts_when_made(state, facts)
    if any(use.code == _CODE_FROM_TEXT for use in facts.opaque):
        return True
    if any(state.scope.binding(name) not in _DATA for name, _ in facts.mutates):
        return True
    names = (name for call, name in named_calls(state, facts) if not _is_on_data(state, call))
    return any(name in known("random") or name.endswith(".seed") for name in names)


def _is_quiet_magic(state: PlanState, facts: Facts) -> bool:
    magic = facts.magic
    assert magic is not None
    if not isinstance(facts.node, ast.Expr):
        return _only_installs(state, facts)
    if magic.kind is MagicKind.SHELL:
        return not facts.bound and (magics.installs(magic) or _only_shows(magic.argument))
    if magic.kind is MagicKind.CELL and magic.name in known("magics", "showing"):
        return True
    quiet = known("magics", "setup") | known("magics", "looking") | known("magics", "transparent")
    if magic.name not in quiet or facts.bound:
        return False
    if magic.python:  # timed many times over: what it changes would depend on how often
        return not _changed_by(state, magic.python)
    return not (magic.name == "env" and len(magic.argument.replace("=", " ").split()) > 1)


def _only_shows(command: str) -> bool:
    """Do all programs of a command line only print something?"""
    if re.search(r"[>`\n]|\$\(|<\(", command):  # into a file, or with a command inside
        return False
    words = [part.split() for part in re.split(r"[|&;]+", command)]
    return all(part and part[0] in known("shell", "looking") for part in words)


def _changed_by(state: PlanState, python: str) -> frozenset[str]:
    """Names of what the code that a magic runs changes in place."""
    try:
        parts = Parts(parse(python))
    except SyntaxError:
        return frozenset(evidence.identifiers(python))
    found = evidence.mutations(parts, parts.calls(state.aliases), state.aliases)
    return frozenset(name for name, _ in found)


def _only_installs(state: PlanState, facts: Facts) -> bool:
    """``if IN_COLAB: !pip install x``: the package's requirements are installed before it runs."""
    masked = next(cell.masked for cell in state.cells if cell.cell.index == facts.cell)
    found = named_calls(state, facts)
    inside = [masked.magics[_number(call)] for call, name in found if name == "__magic__"]
    installs = all(magics.installs(magic) for magic in inside)
    rest = all(n == "__magic__" or is_harmless(n) or n in known("prints") for _, n in found)
    return installs and rest and not facts.bound and not facts.mutates


def _number(call: ast.Call) -> int:
    match call.args:
        case [ast.Constant(value=int(number))]:
            return number
    raise ValueError("not a placeholder")


def _only_looks(state: PlanState, facts: Facts) -> bool:
    return not facts.mutates and all(
        knows_call("look", name) for _, name in named_calls(state, facts)
    )


def calls(facts: Facts) -> list[ast.Call]:
    """All calls in a statement."""
    return parts_of(facts.node).of(ast.Call)


def named_calls(state: PlanState, facts: Facts) -> list[tuple[ast.Call, str]]:
    """All calls in a statement, with the libraries' own names."""
    return parts_of(facts.node).calls(state.aliases)


def given(call: ast.Call) -> Iterator[str]:
    """Names of the objects that a call could change: its receiver and its arguments."""
    yield root(call.func)
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        yield from (part.id for part in ast.walk(argument) if isinstance(part, ast.Name))


def _is_on_data(state: PlanState, call: ast.Call) -> bool:
    """A method of a value of the notebook changes that value, if anything."""
    return isinstance(call.func, ast.Attribute) and (state.scope.binding(root(call.func)) in _DATA)


def _asks_for_subclasses(state: PlanState) -> bool:
    return any(
        word in facts.source for facts in state.timeline.statements for word in _ASKS_FOR_SUBCLASSES
    )
