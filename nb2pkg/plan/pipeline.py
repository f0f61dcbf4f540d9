"""What of the notebook can be run outside it: calls of steps, and plain statements between them.

The pipeline gives the values of the notebook or nothing: it ends before the first statement that
cannot be run outside and that could matter to what follows. What the notebook makes before the
first line of the pipeline is handed to it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nb2pkg.facts.dotted import dotted
from nb2pkg.knowledge import known, knows_call
from nb2pkg.model import Facts, MagicKind, Problem, StatementKind
from nb2pkg.plan import modules, reasons
from nb2pkg.plan.choice import Choice
from nb2pkg.plan.definitions import DEFINITIONS
from nb2pkg.plan.layout import Arranged
from nb2pkg.plan.model import Line, Piece, PieceKind, Pipeline
from nb2pkg.plan.reasons import Surroundings
from nb2pkg.plan.world import BUILTINS, Meaning
from nb2pkg.problems import at

_DRAWS = ("matplotlib.", "seaborn.", "plotly.", "altair.", "bokeh.")
_DRAWING_METHODS = {"plot", "hist", "scatter", "bar", "boxplot", "show", "legend", "set_title"}


@dataclass(slots=True)
class _Growing:
    """The pipeline so far."""

    lines: list[Line] = field(default_factory=list)
    made: dict[str, None] = field(default_factory=dict)  # names that the lines have bound
    before: set[str] = field(default_factory=set)  # names that the notebook has bound before them
    inputs: dict[str, None] = field(default_factory=dict)
    ends_before: Problem | None = None


def build(choice: Choice, arranged: Arranged) -> Pipeline:
    around = Surroundings(
        choice.world, {cell.index: cell for cell in choice.notebook.code}, {}, frozenset()
    )
    growing = _Growing()
    calls_left = sum(piece.kind is PieceKind.CALL for piece in _pieces(arranged))
    for piece in _pieces(arranged):
        facts = choice.timeline.statements[piece.position]
        if (
            growing.ends_before is None
            and calls_left
            and not _add(choice, around, growing, piece, facts)
        ):
            growing.ends_before = at(facts, "NB505")
        calls_left -= piece.kind is PieceKind.CALL
    used = [name for line in growing.lines for name in line.reads if line.step is None]
    return Pipeline(
        lines=tuple(growing.lines),
        imports=_imports(choice, arranged, growing, used),
        inputs=tuple(growing.inputs),
        parameters=arranged.parameters,
        results=tuple(growing.made),
        ends_before=growing.ends_before,
    )


def _pieces(arranged: Arranged) -> Iterator[Piece]:
    for cell in arranged.cells:
        yield from cell.pieces


def _add(
    choice: Choice, around: Surroundings, growing: _Growing, piece: Piece, facts: Facts
) -> bool:
    """Add what the piece does to the pipeline; False if it must end here."""
    if piece.kind is PieceKind.CALL and piece.step is not None:
        step = piece.step
        if step.is_async or not _has(choice, growing, step.params, piece.position):
            return False
        targets = (*step.returns, *([step.shown] if step.shown else []))
        _append(growing, Line("", targets, step.params, facts.cell, step))
        return True
    if piece.kind is PieceKind.FETCH and piece.definition is not None:
        if choice.world.meaning(piece.definition.name) is Meaning.DATA:
            item = piece.definition
            _append(
                growing,
                Line(f"from .{item.module} import {item.name}", (item.name,), (), facts.cell),
            )
        return True
    return _add_kept(choice, around, growing, piece.position, facts)


def _add_kept(
    choice: Choice, around: Surroundings, growing: _Growing, position: int, facts: Facts
) -> bool:
    if _does_nothing(choice, facts):
        return True
    runs = _can_run(choice, around, position, facts)
    # Before the first line, a statement that needs inputs is left to whoever makes the inputs.
    has = _has if growing.lines else _has_all
    if runs and has(choice, growing, facts.reads, position):
        data = tuple(n for n in facts.reads if n in growing.made or n in growing.inputs)
        _append(growing, Line(_source(facts), facts.bound, facts.reads, facts.cell, data=data))
        return True
    if not growing.lines and not _sets_up_process(facts):
        growing.before.update(facts.bound)
        return True
    if facts.kind in DEFINITIONS or _only_draws(choice, facts):
        for name in facts.bound:
            growing.made.pop(name, None)
        return True
    return False


def _sets_up_process(facts: Facts) -> bool:
    """A line magic such as ``%env NAME=value``: its effect is no value that could be handed over."""
    return facts.magic is not None and facts.magic.kind is MagicKind.LINE and not facts.bound


def _source(facts: Facts) -> str:
    """The statement as it stands; imports one by one."""
    if facts.kind is StatementKind.IMPORT:  # its name has several meanings in the notebook
        return "\n".join(
            f"{imported.text}  # type: ignore # noqa: F811"
            for imported in sorted(facts.imports, key=lambda imported: imported.text)
        )
    return facts.source


def _append(growing: _Growing, line: Line) -> None:
    growing.lines.append(line)
    growing.made.update((name, None) for name in line.binds)


def _does_nothing(choice: Choice, facts: Facts) -> bool:
    """Looking, fixed imports, parameters and the notebook's own set-up leave no trace in values."""
    if facts.magic is not None:
        quiet = (
            known("magics", "setup") | known("magics", "looking") | known("magics", "transparent")
        )
        sets = facts.magic.name == "env" and len(facts.magic.argument.replace("=", " ").split()) > 1
        return facts.magic.name in quiet and not facts.bound and not sets
    if facts.looks or isinstance(facts.node, ast.Assert):
        return True
    if choice.world.meaning(facts.name) is Meaning.PARAMETER:
        return True
    fixed = (Meaning.IMPORT, Meaning.GUARDED)
    imports = (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT)
    return facts.kind in imports and all(
        choice.world.meaning(name) in fixed for name in facts.bound
    )


def _can_run(choice: Choice, around: Surroundings, position: int, facts: Facts) -> bool:
    """Would the statement do in a function what it does in the notebook?"""
    if facts.cell not in choice.request.cells or facts.kind in DEFINITIONS:
        return False
    if any(i.module.split(".")[0] in choice.options.local_modules for i in facts.imports):
        return False
    if isinstance(facts.node, ast.ImportFrom) and facts.node.names[0].name == "*":
        return False  # a function cannot hold it
    problem = reasons.to_stay(around, position)
    if problem is not None and problem.code != "NB315":
        return False
    awaits = "await" in facts.effects
    return not awaits and not facts.late_reads and set(facts.bound) <= set(facts.binds)


def _only_draws(choice: Choice, facts: Facts) -> bool:
    """A plot of the story: nothing that follows can tell whether it was drawn."""
    if facts.mutates or facts.opaque or facts.magic is not None:
        return False
    calls = [part for part in ast.walk(facts.node) if isinstance(part, ast.Call)]
    names = [choice.aliases.dotted(dotted(call.func)) for call in calls]
    return all(
        knows_call("look", name)
        or name.startswith(_DRAWS)
        or name.rpartition(".")[2] in _DRAWING_METHODS
        for name in names
    )


def _has_all(choice: Choice, growing: _Growing, names: Iterable[str], position: int) -> bool:
    return all(_is_there(choice, growing, name, position) for name in names)


def _has(choice: Choice, growing: _Growing, names: Iterable[str], position: int) -> bool:
    """Are all names there? Those that the notebook made before the first line become inputs."""
    missing = [name for name in names if not _is_there(choice, growing, name, position)]
    if not all(name in growing.before for name in missing):
        return False
    growing.inputs.update((name, None) for name in missing)
    return True


def _is_there(choice: Choice, growing: _Growing, name: str, position: int) -> bool:
    if name in growing.made or name in growing.inputs:
        return True
    if choice.world.meaning(name) is Meaning.PARAMETER or choice.world.is_local(name, position):
        return True
    return name in BUILTINS and not choice.timeline.binders(name)


def _imports(
    choice: Choice, arranged: Arranged, growing: _Growing, used: Iterable[str]
) -> tuple[str, ...]:
    """Lines that import what the pipeline's own statements use, the steps, and the parameters."""
    outside = {i.text for name in used for i in modules.imported(choice, name)}
    own: dict[str, set[str]] = {}
    for line in growing.lines:
        if line.step is not None:
            own.setdefault(line.step.module, set()).add(line.step.name)
    found = homes(choice, arranged)
    for name in used:
        if name in found:
            own.setdefault(found[name], set()).add(name)
    inside = [
        f"from .{home} import {', '.join(sorted(names))}" for home, names in sorted(own.items())
    ]
    return (*sorted(outside), *inside)


def homes(choice: Choice, arranged: Arranged) -> dict[str, str]:
    """The module of each definition and constant that is found by its name."""
    ours = (Meaning.DEFINITION, Meaning.CONSTANT)
    return {
        item.name: item.module
        for module in arranged.modules
        for item in module.definitions
        if choice.world.meaning(item.name) in ours
    }
