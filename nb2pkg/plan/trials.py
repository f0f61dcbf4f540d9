"""What of a package can be tried on made-up inputs, and which code of the notebook it must agree with."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nb2pkg.model import StatementKind
from nb2pkg.plan.model import Definition, Plan, Step

_IMPORTS = (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT)


@dataclass(frozen=True, slots=True)
class Trial:
    """A function of the package, or a method of its class, and the notebook's own code for it.

    body: the statements of a step; bound: its parameters to what these call them; gives_last: the
    value of the last one is all that it gives; shown: what that is called beside others. fixed:
    constants that are parameters now.
    """

    symbol: str
    module: str
    name: str
    method: str = ""
    returns: tuple[str, ...] = ()
    body: str = ""
    bound: Mapping[str, str] = field(default_factory=dict)
    gives_last: bool = False
    shown: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)


def of(plan: Plan) -> tuple[Trial, ...]:
    """All that can be tried: definitions first, then steps, in the order of the notebook."""
    found = [trial for item in plan.definitions for trial in _of_definition(plan, item)]
    steps = [step for step in plan.functions if not step.is_async]
    statements = [facts for cell in plan.facts for facts in cell.statements]
    for step in sorted(steps, key=lambda step: (step.cell, step.line)):
        body = "\n".join(ast.unparse(statements[place].node) for place in step.positions)
        found.append(_of_step(plan, step, body))
    return tuple(found)


def namespace(plan: Plan) -> tuple[str, ...]:
    """The statements of the notebook that make what its functions need: imports, what moved, constants."""
    moved = {item.position for item in plan.definitions}
    parameters = {parameter.name for parameter in plan.parameters}
    statements = [facts for cell in plan.facts for facts in cell.statements]
    return tuple(
        ast.unparse(facts.node)
        for place, facts in enumerate(statements)
        if facts.kind in _IMPORTS
        or place in moved
        or (facts.kind is StatementKind.LITERAL and facts.name in parameters)
    )


def imports(plan: Plan) -> dict[str, str]:
    """Names of libraries that modules of the package have, and the statement that gives each."""
    found: dict[str, str] = {}
    lines = (line for module in plan.modules for line in module.imports)
    for node in (node for line in lines for node in ast.parse(line).body):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found.setdefault(name, ast.unparse(ast.Import([alias])))
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module != "__future__":
            for alias in node.names:
                line = ast.unparse(ast.ImportFrom(node.module, [alias], 0))
                found.setdefault(alias.asname or alias.name, line)
    return found


def passed(plan: Plan) -> dict[str, str]:
    """Libraries that functions of the package are passed, by name: the notebook imports them where it
    can, or installs them.
    """
    statements = (facts.node for cell in plan.facts for facts in cell.statements)
    guarded = (node for node in statements if isinstance(node, ast.If | ast.Try | ast.With))
    nodes = (inner for node in guarded for inner in ast.walk(node))
    aliases = (alias for node in nodes if isinstance(node, ast.Import) for alias in node.names)
    taken = {name for step in plan.functions for name in step.params}
    return {a.asname or a.name: a.name for a in aliases if (a.asname or a.name) in taken}


def set_ups(plan: Plan) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Statements of the pipeline that take and make no values, and the imports that each needs."""
    found: dict[str, tuple[str, ...]] = {}
    for line in plan.pipeline.lines:
        step = line.step
        if step is None and not (line.binds or line.data) and not line.source.startswith(_TALK):
            found[line.source] = line.imports
        elif step is not None and not (step.params or step.returns or step.shown):
            found[f"{step.name}()"] = ()
    return tuple((source, imports) for source, imports in found.items())


_TALK = ("print(", "display(", "warnings.", "import ", "from ")


def _of_definition(plan: Plan, item: Definition) -> Iterator[Trial]:
    if item.shared_from is not None:
        return
    module, symbol = f"{plan.package}.{item.module}", f"{item.module}.{item.name}"
    node = ast.parse(item.source).body[0]
    if isinstance(node, ast.FunctionDef):
        yield Trial(symbol, module, item.name)
    elif isinstance(node, ast.ClassDef):
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and _is_plain(method):
                yield Trial(f"{symbol}.{method.name}", module, item.name, method.name)


def _is_plain(method: ast.FunctionDef) -> bool:
    return not method.name.startswith("_") and not method.decorator_list


def _of_step(plan: Plan, step: Step, body: str) -> Trial:
    bound = dict(zip(step.inside(step.params), step.params))
    bound |= {keyword.name: keyword.parameter for keyword in step.keywords if keyword.parameter}
    returns = (*step.returns, *([step.shown] if step.shown else []))
    return Trial(
        f"{step.module}.{step.name}",
        f"{plan.package}.{step.module}",
        step.name,
        returns=returns,
        body=body,
        bound=bound,
        gives_last=step.returns_shown,
        shown=step.shown,
        fixed={setting.name: setting.source for setting in step.settings},
    )
