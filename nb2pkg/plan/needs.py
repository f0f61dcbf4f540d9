"""What does a test of the notebook need, and where in the package does it belong?"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nb2pkg.model import Facts
from nb2pkg.notebook import test_cells
from nb2pkg.plan import cellparts, modules
from nb2pkg.plan.cellparts import Part
from nb2pkg.plan.layout import Arranged
from nb2pkg.plan.model import Check, Parameter
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import BUILTINS, Binding
from nb2pkg.plan.values import Values


class StaysError(Exception):
    """Why a test cannot be one of the package."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What code reads: values of the notebook, what has to be imported, and lines with literals."""

    data: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()


@dataclass(slots=True)
class Scene:
    """What does not change in a walk through the notebook, and where the walk is."""

    state: PlanState
    arranged: Arranged
    values: Values
    homes: dict[str, str]
    parameters: tuple[Parameter, ...] = ()
    shared: dict[tuple[str, str], Check] = field(default_factory=dict)


def look(facts: Facts) -> None:
    """What means something else outside the notebook."""
    if facts.magic is not None:
        raise StaysError(f"it uses {facts.magic.text.strip().splitlines()[0]}")
    if facts.opaque:
        raise StaysError(f"{facts.opaque[0].what} means something else there")
    sets = [name for p in ast.walk(facts.node) if isinstance(p, ast.Global) for name in p.names]
    if sets:
        raise StaysError(f"it sets {sets[0]} through global")
    if "await" in facts.effects or isinstance(facts.node, ast.AsyncFunctionDef):
        raise StaysError("it awaits")


def parts_needed(part: Part, parts: list[Part], names: frozenset[str] | None = None) -> list[Part]:
    """The other parts of the cell that bind what a part needs, closed over their own needs."""
    found: dict[Part, None] = {}
    waiting = [(part, part.needs if names is None else part.needs & names)]
    while waiting:
        current, wanted = waiting.pop()
        for other in parts:
            asked = other.is_fixture and other.binds & current.requests
            if other is not part and other not in found and (other.binds & wanted or asked):
                found[other] = None
                waiting.append((other, other.needs))
    return sorted(found, key=lambda other: other.position)


def of_parts(scene: Scene, parts: Iterable[Part], needed: Iterable[Part]) -> Needs:
    """What the parts read of the notebook, with the imports of their cell that they need."""
    parts = tuple(parts)
    found = [of_names(scene, part.outside, part.position) for part in parts]
    imports = [line for other in needed for line in other.imports]
    beside = {module(line) for line in imports} & scene.state.options.local_modules
    if beside:
        raise StaysError(f"it imports {min(beside)}, a file beside the notebook")
    mentioned = {name for part in parts for name in cellparts.mentions(part.node)}
    imports += [f"import {name}" for name in sorted(test_cells.FREE & mentioned)]
    imports += [line for needs in found for line in needs.imports]
    return Needs(
        tuple(dict.fromkeys(name for needs in found for name in needs.data)),
        tuple(dict.fromkeys(imports)),
        tuple(dict.fromkeys(line for needs in found for line in needs.literals)),
    )


def of_names(scene: Scene, names: Iterable[str], position: int) -> Needs:
    """What the names of the notebook mean to a test that is made from a statement."""
    scope, data, literals = scene.state.scope, dict[str, None](), list[str]()
    imports: list[str] = []
    parameters = {parameter.name for parameter in scene.parameters}
    for name in names:
        if scope.is_local(name, position) and scope.binding(name) is not Binding.GUARDED:
            imports += [i.text for i in modules.imported(scene.state, name)]
            imports += [f"from .{scene.homes[name]} import {name}"] if name in scene.homes else []
        elif name in scene.values.since:
            data[name] = None
        elif name in parameters:
            imports.append(f"from .config import {name}")
        elif scope.binding(name) is Binding.PARAMETER:
            literals.append(scene.state.timeline.statements[scope.parameters[name]].source)
        elif name not in BUILTINS or scene.state.timeline.binders(name):
            raise StaysError(f"it reads {name}, which the package does not make")
    return Needs(tuple(data), tuple(dict.fromkeys(imports)), tuple(dict.fromkeys(literals)))


def placed(scene: Scene, check: Check, needs: Needs, mutates: Iterable[tuple[str, str]]) -> Check:
    """The check in the module that it speaks of, behind the step that it needs."""
    home = scene.values.home(needs.data)
    read = [line.split(" ")[1][1:] for line in needs.imports if line.startswith("from .")]
    read = [module for module in read if module != "config"]
    steps = list(scene.values.steps.values())
    first = scene.arranged.modules[0].name
    module = read[-1] if read else steps[-1].module if steps else first
    module = scene.values.steps[home].module if home else module
    changed = {name for name, _ in mutates}
    return replace(
        check,
        name=check.name or f"{home or module}_as_asserted",
        module=module,
        after=scene.values.fixture(needs.data) if needs.data else "",
        data=needs.data,
        changed=tuple(name for name in needs.data if name in changed),
        imports=needs.imports,
    )


def module(line: str) -> str:
    """The top-level module of an import; empty for one of the package itself."""
    return line.split(" ")[1].partition(".")[0]
