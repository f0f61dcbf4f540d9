"""Which tests of the notebook become tests of the package, and what does each of them need?

Asserts of promoted cells are tests behind the step whose values they read. So is what stands in
cells of tests: functions, classes, and other code. A test that needs more than the pipeline makes,
or that means something else outside the notebook, stays there with a reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nb2pkg.model import CellFacts, Facts, Problem
from nb2pkg.notebook import test_cells
from nb2pkg.plan import cellparts, line_imports, needs, values
from nb2pkg.plan.cellparts import Part
from nb2pkg.plan.layout import Arranged
from nb2pkg.plan.model import Check, CheckKind, Pipeline
from nb2pkg.plan.needs import Scene, StaysError
from nb2pkg.plan.plan_state import PlanState, starts
from nb2pkg.problems import at

Found = tuple[tuple[Check, ...], tuple[Problem, ...]]


def find(state: PlanState, arranged: Arranged, piped: Pipeline) -> Found:
    """All checks in the order of the notebook, and why others stay."""
    steps = [step for module in arranged.modules for step in module.steps]
    homes = line_imports.homes(state, arranged)
    scene = Scene(state, arranged, values.of(piped, steps), homes, piped.parameters)
    checks: list[Check] = []
    problems: list[Problem] = []
    for cell, start in starts(state.cells) if arranged.modules else ():
        if cell.cell.index in state.request.tests:
            found, staying = _of_cell(scene, cell, start)
            checks.extend(found)
            problems.extend(staying)
        for position, facts in enumerate(cell.statements, start):
            if cell.cell.index in state.request.cells and isinstance(facts.node, ast.Assert):
                checks.extend(_assert(scene, position, facts))
            scene.values.pass_by(position, facts)
    return _joined(checks), tuple(problems)


def _assert(scene: Scene, position: int, facts: Facts) -> Iterator[Check]:
    """An assert between the statements of a promoted cell."""
    try:
        needs.look(facts)
        reads = needs.of_names(scene, (*facts.reads, *facts.late_reads), position)
    except StaysError:
        return
    source = "\n".join([*reads.literals, facts.source])
    yield needs.placed(
        scene, Check(CheckKind.CODE, "", source, facts.cell, ""), reads, facts.mutates
    )


def _joined(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Asserts of one cell behind one step are one test."""
    found: list[Check] = []
    for check in checks:
        last = found[-1] if found else check
        same = (last.cell, last.module, last.after, last.name)
        joins = found and CheckKind.CODE is check.kind is last.kind
        if joins and same == (check.cell, check.module, check.after, check.name):
            found[-1] = replace(
                last,
                source=f"{last.source}\n{check.source}",
                data=tuple(dict.fromkeys([*last.data, *check.data])),
                changed=tuple(dict.fromkeys([*last.changed, *check.changed])),
                imports=(*last.imports, *check.imports),
            )
        else:
            found.append(check)
    return tuple(found)


# ---- cells of tests


def _of_cell(scene: Scene, cell: CellFacts, start: int) -> tuple[list[Check], list[Problem]]:
    parts = cellparts.read(cell, start)
    split = test_cells.split(part.node for part in parts)
    ready = [part for part in parts if part.node in split.ready]
    checks: list[Check] = []
    problems: list[Problem] = []
    for part in parts:
        if part.node in split.tests:
            kind = CheckKind.CLASS if isinstance(part.node, ast.ClassDef) else CheckKind.FUNCTION
            try:
                checks.extend(_definition(scene, part, ready, kind))
            except StaysError as why:
                problems.append(at(part.facts, "NB506", str(why)))
    if split.loose:
        loose = [part for part in parts if part.node in split.loose]
        found, staying = _code(scene, loose, ready, _name(cell))
        checks.extend(found)
        problems.extend(staying)
    remark = scene.state.story.remark(cell.cell.index)
    tests = [check for check in checks if check.kind not in (CheckKind.SHARED, CheckKind.FIXTURE)]
    if len(tests) == 1 and remark:
        checks = [replace(check, doc=remark) if check is tests[0] else check for check in checks]
    return checks, problems


def _name(cell: CellFacts) -> str:
    if not test_cells.is_isolated(cell.masked):
        return ""
    try:
        return test_cells.slug(test_cells.parse_request(cell.masked.magics[0].argument).name)
    except ValueError:
        return ""


def _definition(scene: Scene, part: Part, ready: list[Part], kind: CheckKind) -> Iterator[Check]:
    """A test, with what it needs of its cell before it."""
    if any("autouse" in other.source for other in ready if other.is_fixture):
        raise StaysError("its cell has a fixture for all tests")
    yield from _made(scene, part, ready, kind)


def _made(scene: Scene, part: Part, ready: list[Part], kind: CheckKind) -> Iterator[Check]:
    needs.look(part.facts)
    needed = needs.parts_needed(part, ready)
    early = needs.parts_needed(part, ready, part.early)
    checks: list[Check] = []
    before: list[Part] = []
    for other in needed:
        if other.is_fixture:
            checks.extend(_made(scene, other, ready, CheckKind.FIXTURE))
        elif other.imports:
            continue
        elif not _share(scene, other, ready, checks):
            before.append(other)
    reads = needs.of_parts(scene, [part, *before], needed)
    late = {name for other in before for name in other.binds} | set(reads.data)
    if late & part.early or any(other in before for other in early):
        raise StaysError("what it is made from is only there when tests run")
    if isinstance(part.node, ast.ClassDef) and cellparts.reads_for_the_class(part.node, late):
        raise StaysError("a method of the whole class reads values of the notebook")
    name = str(getattr(part.node, "name", ""))
    lines = (*reads.literals, *(other.source for other in before))
    own = Check(kind, name, part.source, part.facts.cell, "", before=lines)
    changes = [pair for other in (part, *before) for pair in other.facts.mutates]
    placed = needs.placed(scene, own, reads, changes)
    checks = [replace(check, module=placed.module) for check in checks]
    yield from (check for check in checks if _is_new(scene, check))
    if kind is not CheckKind.FIXTURE or _is_new(scene, placed):
        yield placed


def _code(
    scene: Scene, loose: list[Part], ready: list[Part], name: str
) -> tuple[list[Check], list[Problem]]:
    """All code of the cell that is no test by itself, as one test."""
    kept: list[Part] = []
    problems: list[Problem] = []
    lost: set[str] = set()
    for part in loose:
        if part.imports or part.is_nothing:
            continue
        try:
            gone = sorted(part.needs & lost)
            if gone:
                raise StaysError(f"it needs {gone[0]}, which stays")
            needs.look(part.facts)
            needs.of_parts(scene, [part], [])
            kept.append(part)
        except StaysError as why:
            lost |= part.binds
            problems.append(at(part.facts, "NB506", str(why)))
    if not any(_tests(part.node) for part in kept):
        return [], problems
    everything = [*ready, *loose]
    before = [p for part in kept for p in needs.parts_needed(part, ready) if not p.imports]
    before = [part for part in dict.fromkeys(before) if not part.is_fixture]
    imported = [
        p for part in [*kept, *before] for p in needs.parts_needed(part, everything) if p.imports
    ]
    try:
        for part in before:
            needs.look(part.facts)
        reads = needs.of_parts(scene, [*before, *kept], imported)
    except StaysError as why:
        return [], [*problems, at(kept[0].facts, "NB506", str(why))]
    lines = [*reads.literals, *(part.source for part in [*before, *kept])]
    own = Check(CheckKind.CODE, name, "\n".join(lines), kept[0].facts.cell, "")
    changes = [pair for part in (*before, *kept) for pair in part.facts.mutates]
    return [needs.placed(scene, own, reads, changes)], problems


def _tests(node: ast.stmt) -> bool:
    """An assert, or a call that may raise."""
    return any(isinstance(part, ast.Assert) for part in ast.walk(node)) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    )


# ---- what tests of a cell share


def _share(scene: Scene, part: Part, ready: list[Part], checks: list[Check]) -> bool:
    """Can the part stand for itself above the tests? Only if nothing else has its name."""
    needed = needs.parts_needed(part, ready)
    others = [other for other in needed if not other.imports]
    taken = scene.state.timeline.binders(next(iter(part.binds)))
    simple = part.may_be_shared and not others and set(taken) <= {part.position}
    if not simple or len(part.binds) != 1:
        return False
    needs.look(part.facts)
    reads = needs.of_parts(scene, [part], needed)
    if reads.data or reads.literals:
        return False
    name = next(iter(part.binds))
    check = Check(CheckKind.SHARED, name, part.source, part.facts.cell, "", imports=reads.imports)
    known = [c for (_, n), c in scene.shared.items() if n == name]
    if any(other.source != check.source for other in known):
        return False
    checks.append(check)
    return True


def _is_new(scene: Scene, check: Check) -> bool:
    """False for what the tests of the module share already; StaysError if it is another of that name."""
    known = scene.shared.setdefault((check.module, check.name), check)
    if known.source != check.source:
        raise StaysError(f"another cell of tests has another {check.name}")
    return known is check
