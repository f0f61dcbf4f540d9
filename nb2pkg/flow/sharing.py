"""Which values a line may change in place, and which share memory with them.

Nothing is run: statements are followed on an imagined heap.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nb2pkg.flow.functions import FunctionNode
from nb2pkg.flow.heap import NEW, Heap, Value
from nb2pkg.flow.known import Known, Summary
from nb2pkg.flow.values import Evaluator


def summarized(known_: Known, node: FunctionNode) -> Summary:
    """Follow the body once with a cell for each parameter."""
    args = node.args
    names = [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    names += [a.arg for a in (args.vararg, args.kwarg) if a is not None]
    walk = Walk(known_, Heap())
    cells = [walk.bind(name, NEW) for name in names]
    walk.block(node.body)
    heap = walk.heap
    given = walk.returned
    reached = heap.reach([*given.same, *given.holds])
    roots = [heap.root(cell) for cell in cells]
    same = {heap.root(cell) for cell in given.same}
    return Summary(
        changes=frozenset(n for n, c in enumerate(cells) if heap.meets(c, heap.changed)),
        same=frozenset(n for n, root in enumerate(roots) if root in same),
        holds=frozenset(n for n, root in enumerate(roots) if root in reached),
        links=frozenset(
            (one, other)
            for one, cell in enumerate(cells)
            for other, root in enumerate(roots)
            if one != other and root in heap.reach([cell])
        ),
        mixes=not all(_are_apart(heap, values) for values in walk.given),
        is_held=walk.yields or any(heap.meets(c, heap.held) for c in given.same | given.holds),
    )


def _are_apart(heap: Heap, values: Sequence[Value]) -> bool:
    """Can nothing be reached from two of the values that are returned at once? Of a single one nobody knows."""
    reached = [heap.reach(value.same | value.holds) for value in values]
    return len(values) > 1 and len(frozenset().union(*reached)) == sum(map(len, reached))


@dataclass(slots=True)
class Walk(Evaluator):
    """Follows statements in order."""

    def block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self.statement(statement)

    def inner(self, *blocks: Sequence[ast.stmt]) -> None:
        """Blocks that may be run any number of times: the second time finds what the first one left."""
        self.depth += 1
        for _ in range(2):
            for block in blocks:
                self.block(block)
        self.depth -= 1

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self.assign(target, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self.assign(target, value)
            case ast.AugAssign(target=target, value=value):
                self.augment(target, value)
            case ast.Expr(value=ast.Call() as call):
                self.thrown_away(call)
            case ast.Return(value=value):
                parts = value.elts if isinstance(value, ast.Tuple) else [value]
                self.given.append([self.value(part) for part in parts])
                self.returned |= self.value(value)
            case _:
                self.with_blocks(node)

    def with_blocks(self, node: ast.stmt) -> None:
        match node:
            case ast.For() | ast.AsyncFor():
                self.loop(node.target, node.iter)
                self.inner(node.body, node.orelse)
            case ast.With() | ast.AsyncWith():
                self.enter(node.items)
                self.block(node.body)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.local_function(node)
            case ast.Delete(targets=targets):
                self.delete(targets)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    self.names.pop((alias.asname or alias.name).partition(".")[0], None)
            case _:
                self.compound(node)

    def compound(self, node: ast.stmt) -> None:
        """Any other statement: its expressions, then its blocks."""
        blocks: list[list[ast.stmt]] = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
            elif isinstance(child, ast.ExceptHandler):
                blocks.append(child.body)
            elif isinstance(child, ast.match_case):
                for name in _captured(child.pattern):
                    self.bind(name, self.value(getattr(node, "subject", None)))
                blocks.append(child.body)
        own = (getattr(node, key, []) for key in ("body", "orelse", "finalbody"))
        self.inner(*(block for block in (*own, *blocks) if block))

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        pairs = isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List)
        if pairs and len(target.elts) == len(value.elts):  # type: ignore[attr-defined]
            found = [self.value(each) for each in value.elts]  # type: ignore[attr-defined]
            for one, each in zip(target.elts, found):  # type: ignore[attr-defined]
                self.store(one, each)
        else:
            self.store(target, self.value(value))

    def augment(self, target: ast.expr, value: ast.expr) -> None:
        found = self.value(value)
        base = target if isinstance(target, ast.Name) else getattr(target, "value", target)
        holds = Value(holds=found.holds | self.heap.held_by(found.same))
        self.change(self.value(base), holds)
        if isinstance(target, ast.Name) and target.id not in self.names:
            self.bind(target.id, NEW)

    def enter(self, items: Iterable[ast.withitem]) -> None:
        """A context may change what it is given, for as long as it lasts."""
        for item in items:
            found = self.value(item.context_expr)
            if isinstance(item.context_expr, ast.Call):
                self.change(self.given_to(item.context_expr), NEW)
            if item.optional_vars is not None:
                self.store(item.optional_vars, found)

    def local_function(self, node: ast.stmt) -> None:
        """A function made here keeps what it mentions, and may be called at any time."""
        mentioned = self.mentioned(node)
        before = dict(self.names)
        self.inner(getattr(node, "body", []))
        self.names = before
        self.bind(getattr(node, "name", ""), mentioned)

    def delete(self, targets: Iterable[ast.expr]) -> None:
        for target in targets:
            if isinstance(target, ast.Subscript | ast.Attribute):
                self.change(self.value(target.value), NEW)


def _captured(pattern: ast.pattern) -> list[str]:
    names = (getattr(part, "name", None) for part in ast.walk(pattern))
    return [name for name in names if name]
