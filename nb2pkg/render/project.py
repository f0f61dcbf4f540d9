"""The text of pyproject.toml and README.md."""

from __future__ import annotations

import ast
import sys

from nb2pkg import escape
from nb2pkg.flow.engines import TARGETS
from nb2pkg.observed import Observed, verdict_line
from nb2pkg.plan.model import Check, CheckKind, Module, Plan, Step
from nb2pkg.render import pinned
from nb2pkg.render.fixtures import is_slow
from nb2pkg.render.pipeline import options, variable
from nb2pkg.requirements.model import Requirements, Use
from nb2pkg.templates import fill

# ruff's default rules that speak of style alone, and what shows that a notebook breaks them.
_STYLE = (
    "E402",
    "E701",
    "E702",
    "E711",
    "E712",
    "E713",
    "E714",
    "E721",
    "E722",
    "E731",
    "E741",
    "F841",
)


def pyproject(
    plan: Plan,
    requirements: Requirements,
    observed: Observed | None,
    constraints: str,
    engine: str = "",
) -> str:
    return fill(
        "pyproject.toml",
        distribution=plan.package.replace("_", "-"),
        package=plan.package,
        description=escape.toml(plan.title),
        python=requirements.python,
        requirements=pinned.ranges(requirements, Use.PACKAGE),
        extras={"test": pinned.ranges(requirements, Use.TESTS)}
        | {"notebook": pinned.ranges(requirements, Use.NOTEBOOK)}
        | ({engine: [f'"{TARGETS[engine].requires}",']} if engine else {}),
        constraints=escape.toml(constraints) if constraints else "",
        typed=observed is not None,
        slow=is_slow(observed.recording if observed else None),
        style=", ".join(f'"{code}"' for code in style(plan)),
    )


def oldest_syntax(plan: Plan) -> int:
    """The minor version of the oldest supported Python whose syntax the moved code fits."""
    sources = [*(item.source for item in plan.definitions), *(step.body for step in plan.steps)]
    sources += [check.source for check in plan.checks]
    for minor in range(10, sys.version_info.minor):
        if all(_fits(source, minor) for source in sources):
            return minor
    return max(10, sys.version_info.minor)


def _fits(source: str, minor: int) -> bool:
    try:
        tree = ast.parse(source, feature_version=(3, minor))
    except SyntaxError:
        return False
    starred = any(
        isinstance(part, ast.Subscript)
        and isinstance(part.slice, ast.Tuple)
        and any(isinstance(element, ast.Starred) for element in part.slice.elts)
        for part in ast.walk(tree)
    )
    return minor >= 11 or not starred  # the parser does not check this one


def style(plan: Plan) -> tuple[str, ...]:
    """The rules of style that the notebook's own code breaks: its meaning must not be fixed."""
    positions = {p for step in plan.steps for p in step.positions}
    positions |= {definition.position for definition in plan.definitions}
    statements = [facts for cell in plan.facts for facts in cell.statements]
    found: set[str] = set()
    for position in positions:
        found.update(_broken(statements[position].node))
    for check in plan.checks:
        found.update(_broken(ast.parse(check.source)))
    unused = any(_has_unused_name(step) for step in plan.steps if not step.copy_of)
    if unused or any(_brings_unused_name(check) for check in plan.checks):
        found.add("F841")
    return tuple(code for code in _STYLE if code in found)


def _broken(node: ast.AST) -> set[str]:
    found: set[str] = set()
    for part in ast.walk(node):
        match part:
            case ast.Assign(targets=[ast.Name()], value=ast.Lambda()):
                found.add("E731")
            case ast.Compare(ops=operators, comparators=others):
                found.update(_broken_comparison(operators, others, part.left))
            case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(ops=[ast.In()])):
                found.add("E713")
            case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(ops=[ast.Is()])):
                found.add("E714")
            case ast.FunctionDef() | ast.AsyncFunctionDef() if _has_unused_local(part):
                found.add("F841")
            case ast.ExceptHandler(type=None):
                found.add("E722")
            case ast.Name(id="l" | "O" | "I", ctx=ast.Store()) | ast.arg(arg="l" | "O" | "I"):
                found.add("E741")
    return found


def _has_unused_name(step: Step) -> bool:
    """Does the notebook bind a name there, again and again perhaps, that nobody reads?"""
    names = [part for part in ast.walk(ast.parse(step.body)) if isinstance(part, ast.Name)]
    read = {name.id for name in names if isinstance(name.ctx, ast.Load)}
    read |= {*step.inside(step.returns)}
    return any(name.id not in read for name in names if isinstance(name.ctx, ast.Store))


def _brings_unused_name(check: Check) -> bool:
    """Are names bound for a test that it, or one of its methods, does not read?"""
    before = [part for text in check.before for part in ast.walk(ast.parse(text))]
    tree = ast.parse(check.source)
    functions = [p for p in ast.walk(tree) if isinstance(p, ast.FunctionDef)]
    for scope in [tree] if check.kind is CheckKind.CODE else functions:
        inside = ast.walk(scope)
        names = [part for part in [*before, *inside] if isinstance(part, ast.Name)]
        read = {name.id for name in names if isinstance(name.ctx, ast.Load)}
        if any(name.id not in read for name in names if isinstance(name.ctx, ast.Store)):
            return True
    return False


def _has_unused_local(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = [inner for inner in ast.walk(node) if isinstance(inner, ast.Name)]
    read = {name.id for name in names if not isinstance(name.ctx, ast.Store)}
    return any(isinstance(name.ctx, ast.Store) and name.id not in read for name in names)


def _broken_comparison(
    operators: list[ast.cmpop], others: list[ast.expr], left: ast.expr
) -> set[str]:
    found = set()
    for operator, other in zip(operators, others):
        if isinstance(operator, ast.Eq | ast.NotEq):
            constants = [v.value for v in (left, other) if isinstance(v, ast.Constant)]
            if any(value is None for value in constants):
                found.add("E711")
            if any(isinstance(value, bool) for value in constants):
                found.add("E712")
            if any(_is_type_call(value) for value in (left, other)):
                found.add("E721")
    return found


def _is_type_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "type"


def readme(plan: Plan, data_folder: str, observed: Observed | None) -> str:
    end, name = plan.pipeline.ends_before, f"{plan.notebook.stem}.ipynb"
    return fill(
        "README.md",
        title=plan.title,
        summary=plan.summary or f"Made from {escape.code(name)}.",
        package=plan.package,
        story=f"notebooks/{name}",
        options=options(plan.pipeline.parameters),
        files=plan.touches_files,
        data_folder=data_folder,
        variable=variable(plan),
        modules=[_contents(module) for module in plan.modules],
        parameters=plan.parameters,
        verdict=verdict_line(observed, name),
        data=_data(plan, observed) if observed else [],
        ends_before=end + 1 if end is not None else 0,
    )


def _data(plan: Plan, observed: Observed) -> list[str]:
    """Which files the notebook read and wrote when it was run, and where."""
    found: dict[str, list[str]] = {}
    for cell in plan.notebook.code:
        moment = observed.cells.get(cell.id)
        if moment is None:
            continue
        for path in (*moment.read, *moment.written):
            word = "written" if path in moment.written else "read"
            found.setdefault(f"{escape.code(path)}: {word} in cell", []).append(str(cell.index + 1))
    return [f"{what} {', '.join(dict.fromkeys(cells))}" for what, cells in found.items()]


def _contents(module: Module) -> dict[str, object]:
    names = [f"`{item.name}`" for item in module.definitions]
    lines = [", ".join(names)] if names else []
    lines += [
        f"`{step.name}`: {step.doc}" if step.doc else f"`{step.name}`" for step in module.functions
    ]
    return {"name": module.name, "doc": " ".join(module.doc.split()), "contents": lines}
