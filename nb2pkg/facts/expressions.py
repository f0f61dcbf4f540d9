"""Names in expressions, in evaluation order; flow.py adds the statements around them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from nb2pkg.facts import scopes
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.parts import children

IsKnown = Callable[[str, str], bool]


class Expressions:
    """What is read and bound so far. knows(section, dotted) asks the table of libraries."""

    def __init__(self, knows: IsKnown) -> None:
        self.knows = knows
        self.must: set[str] = set()
        self.may: dict[str, None] = {}
        self.reads: dict[str, None] = {}
        self.uses: dict[str, None] = {}
        self.late_reads: dict[str, None] = {}
        self.late_writes: dict[str, None] = {}
        self.deletes: dict[str, None] = {}
        self.loop_targets: dict[str, None] = {}
        self._hidden: list[frozenset[str]] = []  # names of comprehensions around this point
        self._class: list[set[str]] = []  # names bound so far by the class bodies around this point
        self._owner = ""

    # ---- names

    def read(self, name: str) -> None:
        name = scopes.mangled(name, self._owner)
        if any(name in names for names in self._hidden) or any(name in n for n in self._class[-1:]):
            return
        self.uses[name] = None
        if name not in self.must:
            self.reads[name] = None

    def bind(self, name: str) -> None:
        name = scopes.mangled(name, self._owner)
        if any(name in names for names in self._hidden):
            return
        if self._class:
            self._class[-1].add(name)
            return
        self.must.add(name)
        self.may[name] = None
        self.deletes.pop(name, None)

    def delete(self, name: str) -> None:
        self.read(name)
        self.must.discard(name)
        self.deletes[name] = None

    def late(self, free: scopes.Free) -> None:
        for name in sorted(free.reads):
            if not any(name in names for names in self._hidden):
                self.uses[name] = None
                self.late_reads[name] = None
        for name in sorted(free.writes):
            self.uses[name] = None
            self.late_writes[name] = None

    @contextmanager
    def maybe(self) -> Iterator[None]:
        """What is bound inside is bound on some paths only."""
        before = set(self.must)
        yield
        self.must = before

    def branches(self, branches: Iterable[Callable[[], bool]]) -> bool:
        """Walk each branch from here; behind them surely bound is what all that go on have bound."""
        before, ends = set(self.must), []
        for branch in branches:
            self.must = set(before)
            if branch():
                ends.append(self.must)
        self.must = set.intersection(*ends) if ends else before
        return bool(ends)

    # ---- expressions

    def children(self, node: ast.AST) -> None:
        for child in children(node):
            if isinstance(child, ast.expr):
                self.expression(child)
            else:
                self.children(child)

    def expression(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.read(name)
            case ast.Constant():
                pass
            case ast.Attribute(value=value):
                self.expression(value)
            case ast.Call():
                self._call(node)
            case ast.NamedExpr(target=target, value=value):
                self.expression(value)
                self._walrus(target.id)
            case ast.Lambda():
                self._lambda(node)
            case ast.GeneratorExp():
                self._comprehension(node, lazy=True)
            case ast.ListComp() | ast.SetComp() | ast.DictComp():
                self._comprehension(node, lazy=False)
            case ast.BoolOp(values=values):
                self.expression(values[0])
                with self.maybe():
                    for value in values[1:]:
                        self.expression(value)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.expression(test)
                self.branches([lambda: self._value(body), lambda: self._value(orelse)])
            case _:
                self.children(node)

    def _value(self, node: ast.expr) -> bool:
        self.expression(node)
        return True

    def _walrus(self, name: str) -> None:
        hidden, self._hidden = self._hidden, []  # it binds outside the comprehensions around it
        self.bind(name)
        self._hidden = hidden

    def _call(self, node: ast.Call) -> None:
        self.expression(node.func)
        called = dotted(node.func)
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            match argument:
                case ast.GeneratorExp() if self.knows("eager", called):
                    self._comprehension(argument, lazy=False)
                case ast.Lambda():
                    at_once = self.knows("calls_at_once", called) and _leaves_values(argument)
                    self._lambda(argument, now=at_once)
                case ast.List() | ast.Tuple() | ast.Dict() if self.knows("calls_listed", called):
                    self._listed(argument)
                case _:
                    self.expression(argument)

    def _listed(self, node: ast.List | ast.Tuple | ast.Dict) -> None:
        """Functions in a list or dictionary that are called at once, each by itself."""
        for part in children(node):
            if isinstance(part, ast.Lambda):
                self._lambda(part, now=_leaves_values(part))
            elif isinstance(part, ast.List | ast.Tuple):
                self._listed(part)
            elif isinstance(part, ast.expr):
                self.expression(part)

    def _lambda(self, node: ast.Lambda, now: bool = False) -> None:
        """now: it is called before the call that it is given to returns, and then forgotten."""
        for expression in scopes.signature_expressions(node):
            self.expression(expression)
        free = scopes.body_free(node, self._owner)
        if not now:
            self.late(free)
        for name in sorted(free.reads):
            self.read(name)

    def _comprehension(self, node: scopes.Comprehension, lazy: bool) -> None:
        self.expression(node.generators[0].iter)  # evaluated outside, at once
        names = {
            name.id
            for part in node.generators
            for name in ast.walk(part.target)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        classes, self._class = self._class, []  # class variables are not seen inside
        self._hidden.append(frozenset(names))
        with self.maybe():
            self._comprehension_parts(node)
        self._hidden.pop()
        self._class = classes
        if lazy:
            later = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
            now = {id(part) for part in ast.walk(node.generators[0].iter)}
            mentioned = {part.id for part in later if id(part) not in now} - names
            self.late_reads.update((name, None) for name in self.uses if name in mentioned)

    def _comprehension_parts(self, node: scopes.Comprehension) -> None:
        for position, part in enumerate(node.generators):
            if position:
                self.expression(part.iter)
            self.target_parts(part.target)
            for condition in part.ifs:
                self.expression(condition)
        if isinstance(node, ast.DictComp):
            self.expression(node.key)
            self.expression(node.value)
        else:
            self.expression(node.elt)

    def target_parts(self, node: ast.expr) -> None:
        """The reads of a comprehension's target, such as ``d`` in ``for d[k] in ...``."""
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute | ast.Subscript):
                self.children(part)


def _leaves_values(node: ast.Lambda) -> bool:
    """Nothing in what it returns can read a name later."""
    late = (ast.Lambda, ast.GeneratorExp, ast.Yield, ast.YieldFrom)
    return not any(isinstance(part, late) for part in ast.walk(node.body))
