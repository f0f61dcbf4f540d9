"""What of the notebook can be run outside it: calls of steps, and plain statements between them.

The pipeline gives the values of the notebook or nothing: it ends before the first statement that
cannot be run outside and that could matter to what it gives, be that behind the last step. What the
notebook makes before the first line of the pipeline is passed to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from nb2pkg.graph import callers
from nb2pkg.model import Facts, Place, Problem, StatementKind
from nb2pkg.plan import (
    effects,
    evidence,
    glue,
    line_imports,
    looks,
    made_inside,
    parameters,
    plain,
    purity,
    reasons,
    seen_looks,
)
from nb2pkg.plan.definitions import DEFINITIONS
from nb2pkg.plan.glue import PossibleLine
from nb2pkg.plan.layout import Arranged
from nb2pkg.plan.model import Line, Piece, PieceKind, Pipeline
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.reasons import Surroundings
from nb2pkg.plan.request import Piped
from nb2pkg.plan.scope import BUILTINS, Binding
from nb2pkg.problems import at, problem

_FREE_FOR_IMPORT = (Binding.UNKNOWN, Binding.IMPORT)
_WHY_IT_ENDS = "it stays in the notebook, and what the pipeline gives may depend on it"


@dataclass(slots=True)
class _Growing:
    """The pipeline so far. calls_left: steps that it does not call yet."""

    calls_left: int
    lines: list[PossibleLine] = field(default_factory=list)
    made: dict[str, None] = field(default_factory=dict)  # names that the lines have bound
    before: set[str] = field(default_factory=set)  # names that the notebook has bound before them
    inputs: dict[str, None] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)  # name to who bound it, and was left out
    kin: dict[str, frozenset[str]] = field(default_factory=dict)  # of a name that is left out: made
    ends_before: int | None = None
    end: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Scene:
    """What does not change while the pipeline grows."""

    state: PlanState
    around: Surroundings
    carried: effects.Carried
    looking: frozenset[int]  # cells that a run saw change nothing
    definitions: made_inside.Known


def build(decided: PlanState, arranged: Arranged) -> Pipeline:
    """Go through the narrative piece by piece, as far as it can be run outside of Jupyter."""
    state = plain.without_magics(decided)
    cells = {cell.index: cell for cell in state.notebook.code}
    scene = _Scene(
        state,
        Surroundings(state.scope, cells, {}, frozenset()),
        callers.carriers(state.timeline.statements),
        seen_looks.looking_cells(cells, state.options),
        made_inside.known(state),
    )
    pieces = [piece for cell in arranged.cells for piece in cell.pieces]
    growing = _Growing(sum(piece.kind is PieceKind.CALL for piece in pieces))
    for piece in pieces if growing.calls_left else ():
        facts = state.timeline.statements[piece.position]
        if not _add(scene, growing, piece, facts):
            blamed = decided.timeline.statements[_blamed(growing, piece, facts)]
            growing.ends_before = facts.cell
            growing.end = at(blamed, "NB505", _WHY_IT_ENDS)
            break
        growing.calls_left -= piece.kind is PieceKind.CALL
    kept = glue.needed(state, scene.carried, growing.lines)
    saves = any(looks.saves_drawings(state, glue.statements(state, line)) for line in kept)
    lines = looks.marked(state, scene.carried, [each.line for each in kept], saves, scene.looking)
    lines = line_imports.added(state, arranged, lines)
    read = {name for line in lines for name in line.reads}
    values, wanted = _values(growing, lines), _wanted(state, growing)
    return Pipeline(
        lines=lines,
        inputs=tuple(name for name in growing.inputs if name in read),
        parameters=parameters.used(state, arranged.steps, lines),
        results=_results(values, wanted, lines),
        values=values,
        wanted=wanted,
        ends_before=growing.ends_before,
        end=growing.end,
    )


def _blamed(growing: _Growing, piece: Piece, facts: Facts) -> int:
    """The statement because of which the pipeline cannot go on: what made a name that is not there."""
    names = piece.step.params if piece.step is not None else facts.reads
    lacking = [growing.lost[name] for name in names if name in growing.lost]
    return lacking[0] if lacking else piece.position


def _values(growing: _Growing, lines: Iterable[Line]) -> tuple[str, ...]:
    """The values of the notebook: what a step hands on only to be shown has no name there.

    A function or class that run() makes for itself is no value either.
    """
    own = {line.step.shown for line in lines if line.step is not None}
    own |= {
        said.facts.name
        for said in growing.lines
        if said.facts is not None and said.facts.kind in DEFINITIONS
    }
    return tuple(name for name in growing.made if name not in own)


def _wanted(state: PlanState, growing: _Growing) -> frozenset[str]:
    """What is given in any case: what the notebook shows by name, and objects whose end would be noticed."""
    if evidence.sees_objects_go(state.timeline, state.aliases):
        return frozenset(growing.made)
    return looks.named(state.timeline.statements) | evidence.kept_alive(state.timeline)


def _results(
    values: Iterable[str], wanted: frozenset[str], lines: Sequence[Line]
) -> tuple[str, ...]:
    """What the lines lead to: the wanted values, and those that nothing below reads, but closes."""
    last = {name: place for place, line in enumerate(lines) for name in _makes(line)}
    read = {name: place for place, line in enumerate(lines) for name in line.reads}
    leads = {name for name, place in last.items() if read.get(name, -1) <= place}
    closed = {name for name, place in last.items() if lines[place].source == f"{name}.close()"}
    return tuple(name for name in values if name in last and name in (leads | wanted) - closed)


def _makes(line: Line) -> Iterable[str]:
    """What a line binds, or may change in place: a plain statement that binds nothing is there for that."""
    if line.step is not None:
        return (*line.binds, *line.step.mutates)
    return line.binds or line.data


def settled(piped: Pipeline, seen: Piped) -> Pipeline:
    """The pipeline as running it showed that it has to be."""
    lines = piped.lines[: seen.lines]
    found = _results(piped.values, piped.wanted, lines)
    results = tuple(name for name in found if name not in seen.left_out)
    if seen.lines is None:
        return replace(piped, results=results)
    cell = piped.lines[seen.lines].cell
    end = problem("NB505", Place(cell, width=0), seen.reason)
    return replace(piped, results=results, runs=seen.lines, ends_before=cell, end=end)


def left_out(state: PlanState, seen: Piped) -> Iterator[Problem]:
    """What the pipeline does not give, though it makes it."""
    for name in seen.left_out:
        maker = state.timeline.statements[state.timeline.binders(name)[-1]]
        yield at(maker, "NB605", name)


def _add(scene: _Scene, growing: _Growing, piece: Piece, facts: Facts) -> bool:
    """Add what the piece does to the pipeline; False if it must end here."""
    if piece.kind is PieceKind.CALL and piece.step is not None:
        step = piece.step
        if step.is_async or not _has(scene.state, growing, step.params, piece.position):
            return False
        targets = (*step.returns, *([step.shown] if step.shown else []))
        _append(growing, Line("", targets, step.params, facts.cell, step))
        return True
    if piece.kind is PieceKind.FETCH and piece.definition is not None:
        if scene.state.scope.binding(piece.definition.name) is Binding.DATA:
            item = piece.definition
            _append(
                growing,
                Line(f"from .{item.module} import {item.name}", (item.name,), (), facts.cell),
            )
        return True
    return _add_kept(scene, growing, piece.position, facts)


def _add_kept(scene: _Scene, growing: _Growing, position: int, facts: Facts) -> bool:
    state = scene.state
    if facts.cell in scene.looking and seen_looks.acts(facts):
        _lose(growing, position, facts)
        return True
    if plain.variable_set(facts) is not None:
        return _add_variable(state, growing, facts)
    if effects.does_nothing(state, facts):
        return True
    command = plain.command(facts)
    if command is not None and state.scope.binding("subprocess") in _FREE_FOR_IMPORT:
        if growing.calls_left:  # behind the last call it changes no value
            _append(growing, Line(command, (), (), facts.cell, imports=("import subprocess",)))
        return True
    names = tuple(name for name in (*facts.reads, *facts.late_reads) if name != facts.name)
    if made_inside.can_be(state, scene.definitions, facts) and _has_all(
        state, growing, names, position
    ):
        _append_statement(growing, facts, (*facts.reads, *facts.late_reads), is_glue=True)
        return True
    if _can_run(scene, growing, position, facts):
        reads = (*facts.reads, *facts.late_reads)
        _append_statement(growing, facts, reads, is_glue=not _is_wanted(state, facts))
        return True
    if not growing.lines and not effects.touches_process(state, facts):
        growing.before.update(facts.bound)
        return True
    return _leave_out(scene, growing, position, facts)


def _is_wanted(state: PlanState, facts: Facts) -> bool:
    """Did somebody ask for its cell, and does it more than draw or look?"""
    if facts.cell not in state.request.cells:
        return False
    if looks.saves_drawings(state, [facts]):
        return True
    if effects.is_drawing(state, facts):
        return False
    acts = effects.touches_state(state, facts) or any(purity.unknown_calls(state, facts))
    return bool(facts.binds) or acts


def _add_variable(state: PlanState, growing: _Growing, facts: Facts) -> bool:
    """``%env NAME=value`` as Python says it."""
    found = plain.variable_set(facts)
    if found is None or state.scope.binding("os") not in _FREE_FOR_IMPORT:
        return False
    name, value = found
    source = f"os.environ[{name!r}] = {value!r}"
    _append(growing, Line(source, (), (), facts.cell, imports=("import os",)))
    return True


def _leave_out(scene: _Scene, growing: _Growing, position: int, facts: Facts) -> bool:
    """Go on without a statement that cannot be run here, if nothing of the pipeline depends on it."""
    state = scene.state
    if facts.cell in state.request.isolated:  # it checks what is there, and makes nothing
        is_free = _given_as_it_is(scene, growing, facts)
    elif facts.kind in DEFINITIONS:
        is_free = not effects.acts_when_made(state, facts)
    elif growing.calls_left and effects.only_draws(state, facts):
        is_free = True
    else:
        acts = (
            facts.magic is not None
            or effects.touches_process(state, facts)
            or any(purity.unknown_calls(state, facts))
        )
        is_free = _given_as_it_is(scene, growing, facts) and not (acts and growing.calls_left)
    if is_free:
        _lose(growing, position, facts)
    return is_free


def _lose(growing: _Growing, position: int, facts: Facts) -> None:
    """What it binds is not there in the pipeline."""
    for name in facts.bound:
        growing.made.pop(name, None)
        growing.lost[name] = position


def _given_as_it_is(scene: _Scene, growing: _Growing, facts: Facts) -> bool:
    """Behind the last step: is nothing that the pipeline gives changed, by whatever name?"""
    shared = {
        owner
        for name in facts.uses
        for owner in growing.kin.get(name, (name,) if name in growing.made else ())
    }
    for name in facts.bound:
        growing.kin[name] = growing.kin.get(name, frozenset()) | shared
    touched = effects.changed(scene.state, scene.carried, facts)
    owners = {owner for name in touched for owner in (name, *growing.kin.get(name, ()))}
    return owners.isdisjoint(growing.made)


def _source(facts: Facts) -> str:
    """The statement as it stands; imports one by one."""
    if facts.kind is StatementKind.IMPORT:  # its name has several meanings in the notebook
        return "\n".join(
            f"{imported.text}  # type: ignore # noqa: F811"
            for imported in sorted(facts.imports, key=lambda imported: imported.text)
        )
    return facts.source


def _append_statement(growing: _Growing, facts: Facts, reads: Iterable[str], is_glue: bool) -> None:
    reads = tuple(dict.fromkeys(reads))
    data = tuple(name for name in reads if name in growing.made or name in growing.inputs)
    # A name that is bound on some paths only is there if it was there before.
    bound = tuple(name for name in facts.bound if name in facts.binds or name in growing.made)
    _append(growing, Line(_source(facts), bound, reads, facts.cell, data=data), facts, is_glue)


def _append(
    growing: _Growing, line: Line, facts: Facts | None = None, is_glue: bool = False
) -> None:
    growing.lines.append(PossibleLine(line, facts, is_glue))
    for name in line.binds:
        growing.made[name] = None
        growing.lost.pop(name, None)


def _can_run(scene: _Scene, growing: _Growing, position: int, facts: Facts) -> bool:
    """Would the statement do in a function what it does in the notebook, with what is there?

    Before the first line, a statement that needs inputs is left to whoever makes the inputs, unless
    it does something that nobody could hand over.
    """
    state = scene.state
    if facts.kind in DEFINITIONS or not _is_of_function(scene, position, facts):
        return False
    acts = bool(growing.calls_left) and effects.touches_process(state, facts)
    has = _has if growing.lines or acts else _has_all
    late = [name for name in facts.late_reads if name not in facts.bound]
    return has(state, growing, (*facts.reads, *late), position)


def _is_of_function(scene: _Scene, position: int, facts: Facts) -> bool:
    """Means the statement the same in a function?"""
    if facts.cell in scene.state.request.isolated:
        return False
    local = scene.state.options.local_modules
    if any(i.module.split(".")[0] in local or i.name == "*" for i in facts.imports):
        return False
    problem = reasons.to_stay(scene.around, position)
    if problem is not None and problem.code != "NB315" and not _only_says_where(facts, problem):
        return False
    return "await" not in facts.effects


def _only_says_where(facts: Facts, problem: Problem) -> bool:
    """Does it only warn or print where the code is? The values are the same then."""
    said = [use.what for use in facts.opaque if use.code == "NB310"]
    is_said = all(what.startswith("warnings.") or ".print_" in what for what in said)
    codes = {use.code for use in facts.opaque}
    return problem.code == "NB310" and is_said and codes <= {"NB310", "NB315"}


def _has_all(state: PlanState, growing: _Growing, names: Iterable[str], position: int) -> bool:
    return all(_is_there(state, growing, name, position) for name in names)


def _has(state: PlanState, growing: _Growing, names: Iterable[str], position: int) -> bool:
    """Are all names there? Those that the notebook made before the first line become inputs."""
    missing = [name for name in names if not _is_there(state, growing, name, position)]
    if not all(name in growing.before for name in missing):
        return False
    growing.inputs.update((name, None) for name in missing)
    return True


def _is_there(state: PlanState, growing: _Growing, name: str, position: int) -> bool:
    if name in growing.made or name in growing.inputs:
        return True
    if state.scope.binding(name) is Binding.PARAMETER or state.scope.is_local(name, position):
        return True
    return name in BUILTINS and not state.timeline.binders(name)
