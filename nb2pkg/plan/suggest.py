"""Which cells are validated logic, and under which names could they be promoted? A proposal, with its reasons.

3  nb2pkg:load.read_notes   makes notes        4  -   only looks
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from nb2pkg import facts as facts_of
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import known
from nb2pkg.model import CellFacts, Facts, MagicKind, StatementKind
from nb2pkg.notebook import tags
from nb2pkg.plan.definitions import DEFINITIONS
from nb2pkg.plan.model import Plan, Step
from nb2pkg.problems import CATALOGUE, QUIET

_DRAWS = ("matplotlib.", "seaborn.", "plotly.", "bokeh.", "altair.", "holoviews.")
_INSTALLS = ("pip", "conda", "mamba")
_NOT_ONE = {"NB104", "NB106"}  # names that could not be had, tags that are of several functions
_PLAIN_PARTS: tuple[type[ast.AST], ...] = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant)
_PLAIN_PARTS += (ast.Slice, ast.List, ast.Tuple, ast.expr_context)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is proposed for a cell without a tag, and why. tag is empty: it stays in the notebook."""

    cell: int
    tag: str
    why: str


def suggest(plan: Plan, planned: Callable[[Mapping[int, str]], Plan]) -> tuple[Suggestion, ...]:
    """A line for each code cell that has no tag, from a plan for the whole notebook.

    planned: the plan of the notebook with these tags. Cells are only grouped where that makes one
    function of them.
    """
    tagged = {cell.index for cell in plan.notebook.code if tags.tag_of(cell)[0] is not None}
    found = [
        _of_cell(plan, cell)
        for cell in plan.facts
        if cell.cell.index not in tagged and cell.statements
    ]
    return _grouped(plan, tuple(found), planned)


def _of_cell(plan: Plan, cell: CellFacts) -> Suggestion:
    index = cell.cell.index
    definitions = [d for d in plan.definitions if d.cell == index and d.kind in DEFINITIONS]
    steps = [step for step in plan.steps if index in _cells(plan, step)]
    reason = _reason_to_stay(plan, cell, steps) if not definitions else ""
    if reason or not (definitions or steps):
        return Suggestion(index, "", reason or _problem(plan, index))
    if definitions:
        names = ", ".join(item.name for item in definitions)
        return Suggestion(index, f"nb2pkg:{definitions[0].module}", f"defines {names}")
    step = max(steps, key=lambda step: len(step.positions))
    name = f".{step.name}" if len(steps) == 1 and not step.copy_of else ""
    return Suggestion(
        index, f"nb2pkg:{step.module}{name}", "; ".join(_why(plan, step) for step in steps)
    )


def _cells(plan: Plan, step: Step) -> set[int]:
    """The cells of a step: several, if they are one paragraph."""
    statements = [facts for cell in plan.facts for facts in cell.statements]
    return {statements[position].cell for position in step.positions}


def _why(plan: Plan, step: Step) -> str:
    if step.copy_of:
        first = next(other for other in plan.functions if other.name == step.copy_of)
        values = ", ".join(f"{s.name} = {s.source}" for s in step.settings)
        return f"the same function as cell {first.cell + 1}" + (
            f", with {values}" if values else ""
        )
    takes = ", ".join([*step.params, *(k.parameter for k in step.keywords)])
    gives = ", ".join(step.returns)
    changes = f"changes {', '.join(step.mutates)}" if step.mutates else "acts beyond the notebook"
    makes = f"makes {gives}" if gives else changes
    return f"{makes} from {takes}" if takes and gives else makes


# ---- what is no validated logic


def _reason_to_stay(plan: Plan, cell: CellFacts, steps: Iterable[Step]) -> str:
    """Why a cell is not proposed, though its code could move; empty for one that is."""
    statements = cell.statements
    kinds = {facts.kind for facts in statements}
    if any(map(_installs, statements)):
        return "installs"
    if kinds <= {StatementKind.IMPORT, StatementKind.GUARDED_IMPORT}:
        return "only imports; what the package needs comes along"
    if all(facts.looks or facts.kind is StatementKind.IMPORT for facts in statements):
        return "only looks"
    if kinds <= {StatementKind.LITERAL, StatementKind.IMPORT}:
        return "only names values; what the package needs comes along"
    if all(map(_sets_options, statements)):
        return "only sets options"
    looks = {id(line.step) for line in plan.pipeline.lines if line.is_look}
    chosen = list(steps)
    if chosen and all(
        id(step) in looks or _is_shown_alone(step) or _only_draws(plan, cell, step)
        for step in chosen
    ):
        return "only draws" if _draws(plan, cell) else "only looks"
    plain = [facts for facts in statements if not facts.looks]
    if len(plain) == 1 and _is_trivial(plain[0].node):
        return "glue: the pipeline takes it along where it is needed"
    return ""


def _installs(facts: Facts) -> bool:
    magic = facts.magic
    if magic is None:
        return False
    words = [magic.name, *magic.text.lstrip("!% ").split()[:3]]
    return magic.kind is not MagicKind.CELL and any(word.rstrip("3") in _INSTALLS for word in words)


def _draws(plan: Plan, cell: CellFacts) -> bool:
    aliases = facts_of.aliases_of(plan.facts)
    used = (aliases.dotted(name) + "." for facts in cell.statements for name in facts.uses)
    return any(name.startswith(_DRAWS) for name in used) or any(
        ".plot" in ast.unparse(facts.node) for facts in cell.statements
    )


def _only_draws(plan: Plan, cell: CellFacts, step: Step) -> bool:
    """Are figures and axes all that it gives, and that nobody but drawings reads?"""
    if step.mutates or not _draws(plan, cell):
        return False
    below = [c for c in plan.facts if c.cell.index > cell.cell.index]
    readers = [c for c in below if {n for f in c.statements for n in f.uses} & {*step.returns}]
    return all(_draws(plan, reader) for reader in readers)


def _is_shown_alone(step: Step) -> bool:
    """Is what it gives only shown below its cell?"""
    return bool(step.returns_shown or step.shown) and not (step.returns or step.mutates)


def _sets_options(facts: Facts) -> bool:
    node = facts.node
    if isinstance(node, ast.Assign):
        return all("rcParams" in ast.unparse(target) for target in node.targets)
    if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
        return facts.kind is StatementKind.IMPORT
    return dotted(node.value.func).rpartition(".")[2] in known("styles", "names")


def _is_trivial(node: ast.stmt) -> bool:
    """A name for a part of something that is there."""
    return isinstance(node, ast.Assign) and all(
        isinstance(part, _PLAIN_PARTS) for part in ast.walk(node.value)
    )


def _problem(plan: Plan, cell: int) -> str:
    """What keeps the code of a cell in the notebook."""
    for problem in plan.problems:
        if problem.place is not None and problem.place.cell == cell and problem.code not in QUIET:
            return f"stays: {CATALOGUE[problem.code].title} ({problem.code})"
    return "only calls what is there, or shows it"


# ---- neighbours that belong together


def _grouped(
    plan: Plan, found: tuple[Suggestion, ...], planned: Callable[[Mapping[int, str]], Plan]
) -> tuple[Suggestion, ...]:
    """Neighbours that work on the same value get one name, where that makes one function."""
    for group in _neighbours(plan, found):
        tag = found[group[-1]].tag
        tried = {one.cell: tag if n in group else one.tag for n, one in enumerate(found) if one.tag}
        cells = {found[n].cell for n in group}
        if _is_one(planned(tried), cells):
            numbers = ", ".join(str(cell + 1) for cell in sorted(cells))
            found = tuple(
                (
                    replace(one, tag=tag, why=f"{one.why}; cells {numbers} are one function")
                    if n in group
                    else one
                )
                for n, one in enumerate(found)
            )
    return found


def _is_one(plan: Plan, cells: set[int]) -> bool:
    steps = [s for s in plan.steps if s.cell in cells]
    wrong = {p.place.cell for p in plan.problems if p.place and p.code in _NOT_ONE}
    return len(steps) == 1 and not cells & wrong


def _neighbours(plan: Plan, found: tuple[Suggestion, ...]) -> Iterator[tuple[int, ...]]:
    """Runs of cells, as places in found, in which each works on what the one above it gives."""
    steps = {cell: step for step in plan.steps for cell in _cells(plan, step)}
    run: list[int] = []
    for n, one in enumerate(found):
        if run and not _continues(plan, steps, found[run[-1]], one):
            yield from [tuple(run)] if len(run) > 1 else []
            run = []
        run.append(n)
    yield from [tuple(run)] if len(run) > 1 else []


def _continues(plan: Plan, steps: Mapping[int, Step], above: Suggestion, one: Suggestion) -> bool:
    first, second = steps.get(above.cell), steps.get(one.cell)
    if first is None or second is None or above.cell + 1 != one.cell:
        return False
    if first is second:
        return True
    modules = [s.tag.removeprefix("nb2pkg:").split(".") for s in (above, one)]
    is_named = all(len(parts) == 2 for parts in modules)
    statements = [f for c in plan.facts if c.cell.index == above.cell for f in c.statements]
    shows = plan.notebook.cells[above.cell].outputs or any(f.shows or f.looks for f in statements)
    works_on = {*first.returns, *first.mutates} & {*second.params}
    return is_named and modules[0][0] == modules[1][0] and not shows and bool(works_on)
