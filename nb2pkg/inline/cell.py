"""The code of a symbol as statements of its cell."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from nb2pkg.errors import Nb2pkgError
from nb2pkg.merge import imports
from nb2pkg.merge.names import bound_by, renamed
from nb2pkg.merge.symbols import PROVENANCE, split
from nb2pkg.model import Facts
from nb2pkg.plan.model import Definition, Plan, Step
from nb2pkg.project.manifest import Made
from nb2pkg.render.code import dedented

Function = ast.FunctionDef | ast.AsyncFunctionDef


def refused(made: Made, why: str, hint: str = "Change the cell by hand.") -> Nb2pkgError:
    return Nb2pkgError(f"{made.symbol} cannot be put back into the notebook: {why}", hint)


def definition(text: str) -> ast.stmt:
    return ast.parse(text).body[-1]


def statements(node: Function) -> list[ast.stmt]:
    """The body without its docstring."""
    return node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body


@dataclass(frozen=True, slots=True)
class CellOf:
    """The cell of a symbol, as the plan of the notebook sees it."""

    plan: Plan
    made: Made
    index: int

    def with_code(self, current: str, module: str) -> str:
        """The text of the cell with the new code, and the imports that it needs."""
        item, facts = self._item(), self._facts()
        own = [facts[position] for position in _positions(item)]
        text = current if isinstance(item, Definition) else self._unwrapped(item, current)
        text = "\n".join(x for x in text.split("\n") if not x.startswith(PROVENANCE)).strip("\n")
        wanted = "\n".join(self._imports(text, module, min(_positions(item))))
        source = self.plan.notebook.cells[self.index].source.split("\n")
        first = min(f.line - _height(f.leading) for f in own)
        last = max(f.end_line for f in own)
        others = [f for f in facts.values() if f.cell == self.index and f not in own]
        if any(f.line <= last and f.end_line >= first for f in others):
            raise refused(self.made, "other statements stand between its own, or on the same line")
        head = [*source[: first - 1], *([wanted] if wanted else [])]
        return "\n".join([*head, text, *source[last:]])

    def _item(self) -> Step | Definition:
        items: list[Step | Definition] = [*self.plan.steps, *self.plan.definitions]
        named = (item for item in items if f"{item.module}.{item.name}" == self.made.generated)
        found = next(named, None)
        if found is None:
            raise refused(self.made, "the notebook no longer makes it")
        if isinstance(found, Step) and len(self.plan.calling(found)) > 1:
            raise refused(self.made, "several cells call it, and each would need its own code")
        return found

    def _facts(self) -> dict[int, Facts]:
        return dict(enumerate(f for cell in self.plan.facts for f in cell.statements))

    def _unwrapped(self, step: Step, current: str) -> str:
        """The body of a function as statements with the names of the notebook."""
        node = definition(current)
        if not isinstance(node, Function):
            raise refused(self.made, "it is no longer a function")
        names = self._names(step, node)
        return renamed(self._without_return(step, node, current), names)

    def _names(self, step: Step, node: Function) -> dict[str, str]:
        """Parameters to what the notebook calls them."""
        given = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
        defaults = dict(zip((arg.arg for arg in node.args.kwonlyargs), node.args.kw_defaults))
        constants = {n: d.id for n, d in defaults.items() if isinstance(d, ast.Name)}
        parameters = {keyword.parameter for keyword in step.keywords}
        is_plain = not (node.args.vararg or node.args.kwarg or node.args.defaults)
        if not is_plain or len(given) != len(step.params) or {*constants.values()} != parameters:
            raise refused(self.made, "it takes other arguments than its cell gives")
        if len(constants) != len(defaults):
            raise refused(self.made, "it has an argument that the notebook does not know")
        return {**dict(zip(given, step.params)), **constants}

    def _without_return(self, step: Step, node: Function, current: str) -> str:
        """The lines of the body; what was returned is bound to the names of the notebook."""
        lines = current.rstrip("\n").split("\n")
        body = statements(node)
        first = body[0].lineno if body else len(lines) + 1
        while first > 1 and lines[first - 2].lstrip().startswith("#"):
            first -= 1
        last = body[-1] if body else None
        early = body[:-1] if isinstance(last, ast.Return) else body
        if any(map(_returns, early)):
            raise refused(self.made, "it returns from the midst of it")
        if step.shown:
            self._show(step, body, lines)
        if isinstance(last, ast.Return):
            start, end = last.lineno - 1, last.end_lineno or last.lineno
            lines[start:end] = self._in_place_of(step, last, lines[start:end])
        elif step.returns:
            raise refused(self.made, f"it does not return {', '.join(step.returns)}")
        width = body[0].col_offset if body else 4
        return dedented("\n".join(lines[first - 1 :]), width).rstrip("\n")

    def _show(self, step: Step, body: list[ast.stmt], lines: list[str]) -> None:
        """What is returned to be shown is the last expression of the cell again."""
        match body[-2:]:
            case [ast.Assign(targets=[ast.Name(id=name)]) as bound, ast.Return()] if (
                name == step.shown
            ):
                line = lines[bound.lineno - 1]
                lines[bound.lineno - 1] = line.replace(f"{name} = ", "", 1)
            case _:
                raise refused(self.made, f"what is shown ({step.shown}) is not made at its end")

    def _in_place_of(self, step: Step, node: ast.Return, lines: list[str]) -> list[str]:
        """The lines that bind to the notebook's names what the function returns."""
        parts = _parts(node.value)
        names = [part.id for part in parts if isinstance(part, ast.Name)]
        comment = "".join(lines[-1].encode()[node.end_col_offset :].decode().partition("#")[1:])
        returned = [*step.returns, *([step.shown] if step.shown else [])]
        if not step.returns_shown and names == returned and len(parts) == len(names):
            return [lines[0][: node.col_offset] + comment] if comment else []
        fits = len(parts) in (1, len(step.returns)) and step.returns and not step.shown
        if not step.returns_shown and not fits:
            raise refused(self.made, "it returns something else than its cell gives")
        bound = "" if step.returns_shown else f"{', '.join(step.returns)} = "
        return [lines[0].replace("return ", bound, 1), *lines[1:]]

    def _imports(self, text: str, module: str, position: int) -> Iterator[str]:
        """Imports for names that the new code has and the notebook does not, up to there."""
        above = [f for p, f in self._facts().items() if p < position]
        known = {name for facts in above for name in facts.bound} | {*dir(builtins)}
        known |= {item.name for item in self.plan.definitions}
        tree = ast.parse(text)
        nodes = list(ast.walk(tree))
        known |= {name for node in nodes for name in bound_by(node)}
        used = {n.id for n in nodes if isinstance(n, ast.Name)} - known
        parsed = split(module)
        entries = imports.of(n for i in (parsed.items if parsed else ()) for n in i.nodes)
        for entry in entries:
            if entry.bound in used and not entry.module.startswith((".", self.plan.package)):
                used.discard(entry.bound)
                yield entry.statement
        if used:
            raise refused(self.made, f"it uses {', '.join(sorted(used))}, which it does not have")


def _positions(item: Step | Definition) -> tuple[int, ...]:
    return item.positions if isinstance(item, Step) else (item.position,)


def _height(text: str) -> int:
    return text.count("\n") + 1 if text else 0


def _parts(value: ast.expr | None) -> list[ast.expr]:
    if value is None:
        return []
    return value.elts if isinstance(value, ast.Tuple) else [value]


def _returns(node: ast.AST) -> bool:
    """Does a statement return from the function that it stands in?"""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return False
    if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
        return True
    return any(map(_returns, ast.iter_child_nodes(node)))
