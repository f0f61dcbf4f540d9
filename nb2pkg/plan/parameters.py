"""Parameters of the analysis: what config.py has, and python -m takes as an option.

They are what stands in cells for parameters (papermill's too: what was injected last counts), and
what a person wrote in capitals. A value may be computed from other parameters, as long as it is the
same when config.py computes it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import Aliases, known, knows_call
from nb2pkg.graph.timeline import Timeline
from nb2pkg.model import Facts, ImportedName, Problem
from nb2pkg.plan.model import Line, Parameter, Step
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.scope import BUILTINS
from nb2pkg.problems import at

_PARSERS = {  # what makes a value of such a type from the text of an option
    "pathlib.Path": "",
    "decimal.Decimal": "",
    "fractions.Fraction": "",
    "datetime.date": ".fromisoformat",
    "datetime.datetime": ".fromisoformat",
    "datetime.time": ".fromisoformat",
    "uuid.UUID": "",
}
_TEXTS = {"str", "int", "float"}


def tagged(lines: Timeline, cells: frozenset[int], aliases: Aliases) -> dict[str, int]:
    """Names that only cells for parameters bind: each with the last statement that does.

    The others of these cells are values like any other.
    """
    found: dict[str, int] = {}
    for facts in lines.statements:
        name = facts.name
        if facts.cell not in cells or name in found or value_of(facts) is None:
            continue
        binders = lines.binders(name)
        makers = [lines.statements[position] for position in binders]
        if lines.is_deleted(name) or any(m.cell not in cells or m.name != name for m in makers):
            continue
        if any(user < binders[-1] and user not in binders for user in lines.uses_of(name)):
            continue  # it is read before it has its last value
        if _is_the_same_elsewhere(lines, binders[-1], found, aliases):
            found[name] = binders[-1]
    return found


def value_of(facts: Facts) -> ast.expr | None:
    """The value of ``name = value`` or ``name: type = value``; None for any other statement."""
    node = facts.node
    return node.value if isinstance(node, ast.Assign | ast.AnnAssign) and facts.name else None


def _is_the_same_elsewhere(
    lines: Timeline, position: int, above: dict[str, int], aliases: Aliases
) -> bool:
    """Is the value made of constants, imports, and parameters that already have their last value?"""
    facts = lines.statements[position]
    for name in facts.reads:
        if name in above:
            if above[name] > position:
                return False
        elif not _imports(lines, name) and (name not in BUILTINS or lines.binders(name)):
            return False
    calls = (part for part in ast.walk(facts.node) if isinstance(part, ast.Call))
    names = [aliases.dotted(dotted(call.func)) for call in calls]
    silent = known("module_level") | known("constants")
    known_calls = all(name in silent or knows_call("look", name) for name in names)
    return (
        known_calls and not facts.late_reads and not facts.opaque and facts.bound == (facts.name,)
    )


def _imports(lines: Timeline, name: str) -> tuple[ImportedName, ...]:
    """What the one import statement of a name binds; nothing for names that are something else."""
    binders = lines.binders(name)
    found = [i for p in binders for i in lines.statements[p].imports if i.name == name]
    return tuple(found) if len(set(found)) == 1 and len(found) == len(binders) else ()


def used(
    state: PlanState, steps: Iterable[Step], lines: Iterable[Line] = ()
) -> tuple[Parameter, ...]:
    """The parameters that steps take and lines of the pipeline read, in the notebook's order."""
    wanted = {keyword.parameter for step in steps for keyword in step.keywords}
    wanted |= {name for line in lines for name in line.reads}
    places = state.scope.parameters
    for name in sorted(places, key=lambda name: -places[name]):
        if name in wanted:  # what it is computed from has to be there too
            wanted.update(state.timeline.statements[places[name]].reads)
    return tuple(
        _parameter(state, name, state.timeline.statements[position])
        for name, position in sorted(places.items(), key=lambda item: item[1])
        if name in wanted
    )


def _parameter(state: PlanState, name: str, facts: Facts) -> Parameter:
    source = facts.source.split("=", 1)[1].strip()
    option = name.lower() if name.lower() not in state.names() else name
    parser, types = _parser(state, facts)
    mentioned = {part.id for part in ast.walk(facts.node) if isinstance(part, ast.Name)}
    imports = tuple(
        dict.fromkeys(i.text for read in sorted(mentioned) for i in _imports(state.timeline, read))
    )
    return Parameter(name, source, facts.cell, option, imports, parser, types)


def _parser(state: PlanState, facts: Facts) -> tuple[str, str]:
    """(what makes a value from the text of an option, its type), where the statement tells."""
    value = value_of(facts)
    said = facts.node.annotation if isinstance(facts.node, ast.AnnAssign) else None
    for kind in (said, value.func if isinstance(value, ast.Call) else None):
        name = state.aliases.dotted(dotted(kind)) if kind is not None else ""
        if kind is not None and name in _PARSERS:
            return dotted(kind) + _PARSERS[name], dotted(kind)
        if name in _TEXTS:
            return name, name
    return ("str", "str") if isinstance(value, ast.JoinedStr) else ("", "")


def not_options(state: PlanState, made: Iterable[Parameter]) -> Iterator[Problem]:
    """What a person marked as a parameter, and that is no option of the package."""
    options = {parameter.name for parameter in made}
    marked = {
        facts.name: facts
        for facts in state.timeline.statements
        if facts.cell in state.request.parameters and facts.name and facts.bound
    }
    for name, facts in marked.items():
        if name not in options and value_of(facts) is not None:
            yield at(facts, "NB514", name)
