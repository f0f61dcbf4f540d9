"""Faults to seed into what the promoter made: each is one that a promoter could make.

A fault is a changed copy of the project's files. Only places are taken where it should change what
the notebook does; whether it did is for the verifier to see.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nb2pkg.plan.provenance import Link

Files = Mapping[str, str]
_PLOTS = {"plot", "scatter", "hist", "bar", "barh", "boxplot", "fill_between", "imshow", "step"}


@dataclass(frozen=True)
class Fault:
    """A kind, the place, and the project with the fault in it."""

    kind: str
    place: str
    files: Files


@dataclass(frozen=True)
class Project:
    """What was promoted, as the faults need it."""

    files: Files
    package: str
    narrative: str
    steps: tuple[Link, ...]

    def module(self, step: Link) -> str:
        """Path of the module of a step."""
        return f"src/{self.package}/{step.symbol.partition('.')[0]}.py"

    def function(self, step: Link) -> tuple[ast.Module, ast.FunctionDef]:
        """A fresh tree of the module, and the step in it."""
        tree = ast.parse(self.files[self.module(step)])
        name = step.symbol.partition(".")[2]
        found = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name)
        return tree, found

    def with_module(self, step: Link, tree: ast.Module) -> Files:
        """The files with another module."""
        return {**self.files, self.module(step): ast.unparse(ast.fix_missing_locations(tree))}


def all_faults(project: Project) -> Iterator[Fault]:
    """Every fault of every kind that this project has a place for."""
    for step in project.steps:
        for kind, seed in _IN_STEPS.items():
            for files in seed(project, step):
                yield Fault(kind, step.symbol, files)
    for kind, between in _BETWEEN.items():
        for one, two in zip(project.steps, project.steps[1:]):
            changed = between(project, one, two)
            if changed is not None:
                yield Fault(kind, f"{one.symbol}, {two.symbol}", changed)


# ---- in one step


def _drop_a_return(project: Project, step: Link) -> Iterator[Files]:
    """The last name is neither returned nor bound by the call."""
    tree, function = project.function(step)
    last = function.body[-1]
    if not isinstance(last, ast.Return) or not step.returns or step.shown:
        return
    if len(step.returns) > 1 and not isinstance(last.value, ast.Tuple):
        return
    last.value = _shortened(last.value) if isinstance(last.value, ast.Tuple) else None

    def without(node: ast.stmt) -> ast.stmt:
        if not isinstance(node, ast.Assign):
            return node
        target = node.targets[0]
        if not isinstance(target, ast.Tuple):
            return ast.Expr(node.value)
        node.targets = [_shortened(target)]
        return node

    files = project.with_module(step, tree)
    story = _with_call(project, step, without)
    if story is not None:
        yield {**files, project.narrative: story}


def _drop_a_parameter(project: Project, step: Link) -> Iterator[Files]:
    """The first parameter is gone from the function and from its call."""
    tree, function = project.function(step)
    if not function.args.args:
        return
    function.args.args.pop(0)

    def without(node: ast.stmt) -> ast.stmt:
        call = _call_in(node)
        if call is not None and call.args:
            call.args.pop(0)
        return node

    story = _with_call(project, step, without)
    if story is not None:
        yield {**project.with_module(step, tree), project.narrative: story}


def _copy_an_argument(project: Project, step: Link) -> Iterator[Files]:
    """What the step changes in place, it changes in a copy."""
    for name in step.changes[:1]:
        tree, function = project.function(step)
        _insert(function, f"{name} = __import__('copy').deepcopy({name})")
        yield project.with_module(step, tree)


def _draw_a_number(project: Project, step: Link) -> Iterator[Files]:
    """One more number is drawn from the generators that everything shares."""
    tree, function = project.function(step)
    _insert(function, "__import__('numpy').random.random()")
    yield project.with_module(step, tree)


def _change_a_constant(project: Project, step: Link) -> Iterator[Files]:
    """The first number in the body is another one."""
    tree, function = project.function(step)
    for node in ast.walk(ast.Module(function.body, [])):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            node.value = node.value + 1  # type: ignore[operator]
            yield project.with_module(step, tree)
            return


def _change_plotted_data(project: Project, step: Link) -> Iterator[Files]:
    """A plot draws its last positional argument one per cent larger."""
    tree, function = project.function(step)
    for node in ast.walk(function):
        is_plot = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_plot and node.func.attr in _PLOTS and node.args:  # type: ignore[attr-defined]
            place = 1 if len(node.args) > 1 else 0  # type: ignore[attr-defined]
            argument = node.args[place]  # type: ignore[attr-defined]
            if isinstance(argument, ast.Constant | ast.Starred):
                continue
            larger = ast.parse("__import__('numpy').asarray(0) * 1.01", mode="eval").body
            assert isinstance(larger, ast.BinOp)
            assert isinstance(larger.left, ast.Call)
            larger.left.args = [argument]
            node.args[place] = larger  # type: ignore[attr-defined]
            yield project.with_module(step, tree)
            return


def _drop_a_print(project: Project, step: Link) -> Iterator[Files]:
    """The first print of the body is gone; or else that of the cell in which it is called."""
    tree, function = project.function(step)
    for parent in ast.walk(function):
        for block in (getattr(parent, "body", []), getattr(parent, "orelse", [])):
            for node in block if isinstance(block, list) else []:
                if isinstance(node, ast.Expr) and _is_print(node.value):
                    block[block.index(node)] = ast.Pass()
                    yield project.with_module(step, tree)
                    return
    story = _without_print(project, step)
    if story is not None:
        yield {**project.files, project.narrative: story}


# ---- between two steps


def _swap_steps(project: Project, one: Link, two: Link) -> Files | None:
    """Two neighbours of which the second needs the first are called the other way round."""
    if not set(two.params) & {*one.returns, *one.changes}:
        return None
    return _exchanged(project, one.cells[-1], two.cells[-1])


def _hoist_over_a_mutation(project: Project, one: Link, two: Link) -> Files | None:
    """A step is called before the one that changes what it reads."""
    if not set(two.params) & set(one.changes):
        return None
    return _exchanged(project, one.cells[-1], two.cells[-1])


def _merge_plotting_cells(project: Project, one: Link, two: Link) -> Files | None:
    """Two cells that draw with pyplot are run as one."""
    story = json.loads(project.files[project.narrative])
    cells = {cell["id"]: cell for cell in story["cells"]}
    first, second = cells[one.cells[-1]], cells[two.cells[-1]]
    if first is second or not all(map(_draws, (first, second))):
        return None
    second["source"] = "".join(first["source"]) + "\n" + "".join(second["source"])
    first["source"] = "pass"
    return {**project.files, project.narrative: json.dumps(story)}


_IN_STEPS: Mapping[str, Callable[[Project, Link], Iterator[Files]]] = {
    "drop a return": _drop_a_return,
    "drop a parameter": _drop_a_parameter,
    "copy an argument": _copy_an_argument,
    "extra random draw": _draw_a_number,
    "change a constant": _change_a_constant,
    "change a plot's data": _change_plotted_data,
    "drop a print": _drop_a_print,
}
_BETWEEN: Mapping[str, Callable[[Project, Link, Link], Files | None]] = {
    "swap two steps": _swap_steps,
    "hoist over a mutation": _hoist_over_a_mutation,
    "merge two plotting cells": _merge_plotting_cells,
}
KINDS = (*_IN_STEPS, *_BETWEEN)


# ---- trees and cells


def _insert(function: ast.FunctionDef, line: str) -> None:
    """Below the docstring, which comes first."""
    function.body[1:1] = ast.parse(line).body


def _shortened(items: ast.Tuple) -> ast.expr:
    """Without the last; one alone needs no tuple."""
    items.elts.pop()
    return items if len(items.elts) > 1 else items.elts[0]


def _is_print(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    )


def _call_in(node: ast.stmt) -> ast.Call | None:
    value = getattr(node, "value", None)
    return value if isinstance(value, ast.Call) else None


def _with_call(project: Project, step: Link, change: Callable[[ast.stmt], ast.stmt]) -> str | None:
    """The narrative with another call of the step; None if its cell is no plain Python."""
    story: dict[str, Any] = json.loads(project.files[project.narrative])
    cell = next(cell for cell in story["cells"] if cell["id"] == step.cells[-1])
    try:
        tree = ast.parse("".join(cell["source"]))
    except SyntaxError:
        return None
    name = step.symbol.partition(".")[2]
    for place, node in enumerate(tree.body):
        call = _call_in(node)
        if call is not None and isinstance(call.func, ast.Name) and call.func.id == name:
            tree.body[place] = change(copy.deepcopy(node))
            cell["source"] = ast.unparse(ast.fix_missing_locations(tree))
            return json.dumps(story)
    return None


def _without_print(project: Project, step: Link) -> str | None:
    """The narrative without the first print of a cell; None if there is none at its top level."""
    story: dict[str, Any] = json.loads(project.files[project.narrative])
    cell = next(cell for cell in story["cells"] if cell["id"] == step.cells[-1])
    try:
        tree = ast.parse("".join(cell["source"]))
    except SyntaxError:
        return None
    for node in tree.body:
        if isinstance(node, ast.Expr) and _is_print(node.value):
            tree.body.remove(node)
            cell["source"] = ast.unparse(tree)
            return json.dumps(story)
    return None


def _exchanged(project: Project, one: str, two: str) -> Files | None:
    """The sources of two cells, exchanged; the lines that find the package stay on top."""
    story = json.loads(project.files[project.narrative])
    cells = {cell["id"]: cell for cell in story["cells"]}
    first, second = cells[one], cells[two]
    texts = ["".join(cell["source"]) for cell in (first, second)]
    if first is second or any("sys.path" in text for text in texts):
        return None
    first["source"], second["source"] = texts[1], texts[0]
    return {**project.files, project.narrative: json.dumps(story)}


def _draws(cell: dict[str, Any]) -> bool:
    pictures = [o for o in cell.get("outputs", []) if "image/png" in o.get("data", {})]
    return bool(pictures)
