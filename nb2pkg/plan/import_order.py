"""Which modules of the package can be imported at the top of the narrative?

Importing one imports the libraries that it needs. Where the notebook prepares that, by a variable of
the environment, an installation, a seed, they are imported no earlier than the notebook does it.

    [1] os.environ["KERAS_BACKEND"] = "jax"
    [2] import keras
    [3] model = keras.Sequential()     -> the module that needs keras is imported in [3]
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nb2pkg.facts.libraries import known
from nb2pkg.facts.parts import parts_of
from nb2pkg.model import Facts, MagicKind, StatementKind
from nb2pkg.plan.definitions import DEFINITIONS
from nb2pkg.plan.model import Module, Parameter
from nb2pkg.plan.plan_state import PlanState

_PREPARING = {"NB301", "NB315"}  # code that is run from a text; what all modules share
_INSTALLING = re.compile(r"[!%]\s*(?:pip3?|conda|mamba|uv|python3? -m pip)\b")
_FROM_FILES = re.compile(r"\s(?:-r|-e|--requirement|--editable)\b|\s\.")


@dataclass(frozen=True, slots=True)
class Conflict:
    """A statement that must have run before a module of the package is imported."""

    module: str
    position: int


def conflicts(
    state: PlanState, modules: Iterable[Module], parameters: Iterable[Parameter], top: int
) -> Mapping[str, Conflict]:
    """By name, the modules that must not be imported below the statement at the position top."""
    preparing = [p for p in _preparing(state) if p > top]
    first = _first_imports(state)
    found: dict[str, Conflict] = {}
    for name, needed in _needs(modules, parameters).items():
        last = max((first[module] for module in needed if module in first), default=-1)
        speaking = [p for p in sorted({first.get(m, -1) for m in needed}) if _speaks(state, p, top)]
        before = [p for p in preparing if p < last] + speaking
        if before:
            found[name] = Conflict(name, before[0])
    return found


def _needs(modules: Iterable[Module], parameters: Iterable[Parameter]) -> dict[str, frozenset[str]]:
    """Each module of the package, to the libraries that importing it imports."""
    lines = {module.name: [*module.imports, *module.guarded] for module in modules}
    lines["config"] = [line for parameter in parameters for line in parameter.imports]
    direct = {name: set(_imported(texts)) for name, texts in lines.items()}
    while True:
        closed = {
            name: needed.union(*(direct.get(one[1:], ()) for one in needed if one[:1] == "."))
            for name, needed in direct.items()
        }
        if closed == direct:
            return {name: frozenset(needed) for name, needed in direct.items()}
        direct = closed


def _imported(lines: Iterable[str]) -> Iterator[str]:
    """The modules in import statements; those of the package with a dot before them."""
    for node in (node for line in lines for node in ast.walk(ast.parse(line))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def _first_imports(state: PlanState) -> dict[str, int]:
    """Each module that the notebook imports, with those around it, to where it does so first."""
    found: dict[str, int] = {}
    for position, facts in enumerate(state.timeline.statements):
        for one in facts.imports:
            parts = ("." * one.level + one.module).split(".")
            for end in range(1, len(parts) + 1):
                found.setdefault(".".join(parts[:end]), position)
    return found


def _speaks(state: PlanState, position: int, top: int) -> bool:
    """Was something shown below a cell further down because of what it imports?"""
    statements = state.timeline.statements
    if position <= top or (top >= 0 and statements[position].cell == statements[top].cell):
        return False
    cell = state.notebook.cells[statements[position].cell]
    inside = [facts for facts in statements if facts.cell == cell.index]
    is_alone = all(facts.kind is StatementKind.IMPORT for facts in inside)
    return any(is_alone or output.name == "stderr" for output in cell.outputs)


def _preparing(state: PlanState) -> list[int]:
    """Positions of statements after which an import may do something else."""
    statements = state.timeline.statements
    found = {p for p, facts in enumerate(statements) if _prepares(state, facts)}
    names = {
        name for p in found if statements[p].kind in DEFINITIONS for name in statements[p].bound
    }
    while True:  # whoever calls a function that prepares, prepares
        callers = {p for p, facts in enumerate(statements) if names & set(facts.uses)} - found
        if not callers:
            return sorted(p for p in found if statements[p].kind not in DEFINITIONS)
        found |= callers
        names |= {
            n for p in callers if statements[p].kind in DEFINITIONS for n in statements[p].bound
        }


def _prepares(state: PlanState, facts: Facts) -> bool:
    if facts.magic is not None:
        quiet = known("magics", "looking") - {"pip", "conda", "env", "time"}
        return facts.magic.kind is not MagicKind.HELP and facts.magic.name not in quiet
    if any(use.code in _PREPARING for use in facts.opaque):
        return True
    called = {name for _, name in parts_of(facts.node).calls(state.aliases)}
    names = known("import_order", "functions")
    return any(name in names or f".{name.rpartition('.')[2]}" in names for name in called)


def may_precede_folder(facts: Facts, local_modules: frozenset[str]) -> bool:
    """Does a statement do the same in whichever folder it runs?"""
    if facts.magic is not None:
        if _INSTALLING.match(facts.magic.text):
            return not _FROM_FILES.search(facts.magic.text)
        quiet = (known("magics", "setup") | known("magics", "looking")) - {"ls", "env", "time"}
        return facts.magic.kind is MagicKind.HELP or facts.magic.name in quiet - {"pwd", "timeit"}
    if facts.kind in (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT):
        tops = {one.module.partition(".")[0] for one in facts.imports}
        return not tops & local_modules and not any(one.level for one in facts.imports)
    return facts.kind is StatementKind.LITERAL or facts.kind in DEFINITIONS
