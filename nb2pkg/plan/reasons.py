"""Why must a statement stay in the notebook? One check for each rule; the first that objects wins.

These checks look at one statement at its place. What concerns several statements that would become
one function together is in runs.py.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from nb2pkg.facts.parts import parts_of
from nb2pkg.facts.scopes import outside_functions
from nb2pkg.graph.timeline import Bound, Timeline
from nb2pkg.model import Cell, Facts, Problem, StatementKind
from nb2pkg.plan import missing
from nb2pkg.plan.scope import BUILTINS, Binding, Scope
from nb2pkg.problems import at, of_use


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the notebook around a statement does that matters to it.

    resident maps a name to the names that what it holds may read later, for functions and lambdas
    that stay in the notebook; written are the names that those set through global.
    """

    scope: Scope
    cells: Mapping[int, Cell]
    resident: Mapping[str, frozenset[str]]
    written: frozenset[str]
    shown_types: frozenset[str] = frozenset()
    shown_functions: bool = False  # the outputs show what functions are called
    closures: frozenset[int] = frozenset()  # definitions that may be made inside a step
    altered: frozenset[int] = frozenset()  # cells whose strings some versions of IPython change
    last_import: int = -1  # position of the last import of something not imported before
    copies_warn: bool = False  # pandas warns of changes to a part of a table that is still there

    @property
    def timeline(self) -> Timeline:
        return self.scope.timeline

    def late_names(self) -> frozenset[str]:
        return frozenset(name for names in self.resident.values() for name in names)


Check = Callable[[Surroundings, int, Facts], Problem | None]


def to_stay(around: Surroundings, position: int) -> Problem | None:
    """The first reason for which the statement at position cannot become part of a function."""
    facts = around.timeline.statements[position]
    for check in _CHECKS:
        problem = check(around, position, facts)
        if problem is not None:
            return problem
    return None


def _magic(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    if facts.magic is None:
        return None
    return at(facts, "NB308", facts.magic.text.strip().split("\n")[0][:60])


def _error(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    cell = around.cells[facts.cell]
    errors = [output.name for output in cell.outputs if output.kind == "error"]
    if errors or "raises-exception" in cell.tags:
        return at(facts, "NB317", errors[0] if errors else "raises-exception")
    return None


def _warned(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    """A warning names the place of the code, and some are shown for the notebook's own code only."""
    for output in around.cells[facts.cell].outputs:
        if output.name == "stderr" and "Warning" in output.text and "ipykernel" in output.text:
            return at(facts, "NB310", "a warning that the cell shows")
    return None


def _opaque(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    for use in facts.opaque:
        if use.code == "NB315" and position > around.last_import:
            continue  # nothing is imported after it, so nothing can be imported too early
        head = use.what.partition(".")[0]
        if head not in facts.uses and use.code != "NB314":
            continue  # a local of a function inside has that name
        if around.timeline.is_bound(head, position) is Bound.YES and "." not in use.what:
            if around.scope.binding(head) not in (Binding.IMPORT, Binding.GUARDED):
                continue  # the notebook's own variable of that name
        return of_use(facts, use)
    return None


def _altered(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    if facts.cell in around.altered:
        return at(facts, "NB320")
    return None


def _inner_definition(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    if "inner definition" not in facts.effects:
        return None
    classes = parts_of(facts.node).has(ast.ClassDef)
    return at(facts, "NB309") if classes or around.shown_functions else None


def _annotation(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    for part in parts_of(facts.node).of(ast.AnnAssign):
        match part:
            case ast.AnnAssign(target=ast.Name(id=name), value=None):
                return at(facts, "NB318", name)
    return None


def _reads(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    """Every name that is read must exist by now."""
    for name in facts.reads:
        if around.scope.is_local(name, position):
            continue
        bound = around.timeline.is_bound(name, position)
        if bound is Bound.YES:
            continue
        if name in BUILTINS and bound is Bound.NO:
            if name in facts.maybe_binds:
                return at(facts, "NB316", name)
            continue
        if bound is Bound.NO and name in facts.bound and name not in facts.late_reads:
            if name not in facts.sure_reads and not missing.unseen_maker(around.timeline, position):
                continue  # bound on some paths of it: unbound is unbound in a function too
        if bound is Bound.NO:
            return missing.unbound(around.timeline, position, facts, name)
        return at(facts, "NB203", name)
    return None


def _deletes(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    for name in facts.deletes:
        existed = around.timeline.is_bound(name, position) is not Bound.NO
        if existed or around.timeline.is_live(name, position):
            return at(facts, "NB304", name)
    return None


def _captured(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    """A lambda sees the variables of its function; the notebook's later values it would miss."""
    for name in facts.late_reads:
        if around.scope.is_local(name, position) or (
            name in BUILTINS and not around.timeline.binders(name)
        ):
            continue
        if any(binder > position for binder in around.timeline.binders(name)):
            return at(facts, "NB311", name)
        if (
            name in facts.bound
            and name not in facts.reads
            and position in around.timeline.binders(name)
        ):
            continue  # bound by this very statement, as in a loop: the same variable in both
        if around.timeline.is_bound(name, position) is not Bound.YES:
            return at(facts, "NB203", name)
    return None


def _written(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    for name in facts.uses + facts.bound:
        if name in around.written:
            return at(facts, "NB313", name)
    if facts.late_writes:
        return at(facts, "NB402", "sets " + ", ".join(facts.late_writes))
    return None


def _global(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    """``global x`` outside of functions means nothing in a notebook; in a step it would."""
    for part in outside_functions(facts.node):
        if isinstance(part, ast.Global):
            return at(facts, "NB402", f"sets {', '.join(part.names)}")
    return None


def _read_late(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    """What binds a name and calls a function that reads it can do so only in the notebook."""
    late = set(facts.bound) & around.late_names()
    if not late:
        return None
    for name in calls_in(around, facts):
        clash = late & around.resident.get(name, frozenset())
        if clash and not _binds_last(facts):
            return at(facts, "NB312", sorted(clash)[0])
    return None


def calls_in(around: Surroundings, facts: Facts) -> Iterator[str]:
    """While a statement awaits, anything that was started before may go on."""
    waits = "await" in facts.effects
    yield from (name for name in around.resident if waits or name in facts.uses)


def _binds_last(facts: Facts) -> bool:
    """A plain assignment: all is evaluated before anything is bound."""
    is_plain = isinstance(facts.node, ast.Assign | ast.AnnAssign)
    return is_plain and not parts_of(facts.node).has(ast.NamedExpr)


def _shown_type(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    """A class of the notebook that is made by a call (namedtuple, type) says where it was made."""
    for name in facts.bound:
        if name in around.shown_types:
            return at(facts, "NB319", name)
    return None


def _definition(around: Surroundings, position: int, facts: Facts) -> Problem | None:
    """A definition becomes part of a step only if it may be made by one.

    Made inside a step it keeps the data that the step was given, under its own name and signature.
    """
    definitions = (StatementKind.FUNCTION, StatementKind.CLASS)
    if facts.kind in definitions and position not in around.closures:
        return at(facts, "NB403", facts.name)
    return None


_CHECKS: tuple[Check, ...] = (
    _magic,
    _error,
    _definition,
    _opaque,
    _altered,
    _inner_definition,
    _annotation,
    _written,
    _global,
    _reads,
    _deletes,
    _captured,
    _read_late,
    _shown_type,
    _warned,
)
