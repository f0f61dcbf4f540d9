"""Which names does a statement read and bind, in the order in which it would run?

One pass over the tree of a top-level statement. ``must`` is what is surely bound at this point,
``may`` what is bound on some path. A read counts when the name is not in ``must``. Expressions and
blocks are walked in evaluation order; branches are walked apart and joined.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from nb2pkg.facts import scopes
from nb2pkg.facts.dotted import dotted

IsKnown = Callable[[str, str], bool]


class Flow:
    """The names of one statement. knows(section, dotted) asks the table of libraries."""

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

    # ---- statements; each tells whether control can go on behind it

    def block(self, body: Iterable[ast.stmt]) -> bool:
        return all([self.statement(statement) for statement in body])

    def statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.If():
                return self._if(node)
            case ast.For() | ast.AsyncFor():
                self._for(node)
            case ast.While():
                self._while(node)
            case ast.Try():
                return self._try(node)
            case ast.With() | ast.AsyncWith():
                return self._with(node)
            case ast.Match():
                self._match(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node)
                self.bind(node.name)
            case ast.ClassDef():
                self._class_statement(node)
            case ast.Raise() | ast.Return() | ast.Continue() | ast.Break():
                self.children(node)
                return False
            case _ if hasattr(ast, "TryStar") and isinstance(node, ast.TryStar):
                return self._try(node)
            case _:
                self._simple(node)
        return True

    def _simple(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                self.expression(value)
                for target in targets:
                    self.target(target)
            case ast.AugAssign(target=target, value=value):
                if isinstance(target, ast.Name):
                    self.read(target.id)
                else:
                    self.expression(target)
                self.expression(value)
                self.target(target)
            case ast.AnnAssign(target=target, value=value, annotation=annotation):
                if value is not None:
                    self.expression(value)
                self.expression(annotation)
                if value is not None:
                    self.target(target)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    if alias.name != "*":
                        self.bind(scopes.bound_name(alias))
            case ast.Delete(targets=targets):
                for target in targets:
                    self._delete_target(target)
            case ast.Global():
                pass
            case _:
                self.children(node)

    def _delete_target(self, target: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self.delete(name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._delete_target(part)
            case _:
                self.children(target)

    def target(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name):
                self.bind(name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.target(part)
            case ast.Starred(value=value):
                self.target(value)
            case _:  # an attribute or a subscript: reads its parts, binds nothing
                self.children(node)

    def _branches(self, branches: Iterable[Callable[[], bool]]) -> bool:
        """Walk each branch from here; behind them surely bound is what all that go on have bound."""
        before, ends = set(self.must), []
        for branch in branches:
            self.must = set(before)
            if branch():
                ends.append(self.must)
        self.must = set.intersection(*ends) if ends else before
        return bool(ends)

    def _if(self, node: ast.If) -> bool:
        self.expression(node.test)
        if isinstance(node.test, ast.Constant) and node.test.value:
            with self.maybe():
                self.block(node.orelse)
            return self.block(node.body)
        return self._branches([lambda: self.block(node.body), lambda: self.block(node.orelse)])

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self.expression(node.iter)
        names = [n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)]
        self.loop_targets.update(dict.fromkeys(names))
        before = set(self.must)
        self.target(node.target)
        bound = set(self.must)
        goes_on = self.block(node.body)
        straight = goes_on and not any(_is_jump(n) for n in node.body)
        if runs_at_least_once(node.iter):
            self.must = self.must if straight else bound
        else:
            self.must = before
        with self.maybe():
            self.block(node.orelse)

    def _while(self, node: ast.While) -> None:
        self.expression(node.test)
        with self.maybe():
            self.block(node.body)
            self.block(node.orelse)

    def _try(self, node: ast.Try) -> bool:
        before = set(self.must)

        def handler(part: ast.ExceptHandler) -> Callable[[], bool]:
            return lambda: self._handler(part)

        def body() -> bool:
            return self.block(node.body) and self.block(node.orelse)

        goes_on = self._branches([body, *(handler(part) for part in node.handlers)])
        if not goes_on:
            self.must = before
        ends = self.block(node.finalbody)
        return goes_on and ends

    def _handler(self, node: ast.ExceptHandler) -> bool:
        if node.type:
            self.expression(node.type)
        known_before = node.name in self.may
        if node.name:
            self.bind(node.name)
        goes_on = self.block(node.body)
        if node.name:  # Python deletes it at the end of the handler
            self.must.discard(node.name)
            self.deletes[node.name] = None
            if not known_before:
                self.may.pop(node.name, None)
        return goes_on

    def _with(self, node: ast.With | ast.AsyncWith) -> bool:
        swallows = False
        for item in node.items:
            self.expression(item.context_expr)
            called = item.context_expr
            name = dotted(called.func) if isinstance(called, ast.Call) else ""
            swallows = swallows or self.knows("swallows", name) or name.endswith(".assertRaises")
            if item.optional_vars:
                self.target(item.optional_vars)
        if swallows:
            with self.maybe():
                self.block(node.body)
            return True
        return self.block(node.body)

    def _match(self, node: ast.Match) -> None:
        self.expression(node.subject)

        def case(part: ast.match_case) -> Callable[[], bool]:
            return lambda: self._case(part)

        branches = [case(part) for part in node.cases]
        last = node.cases[-1]
        if last.guard or not _is_irrefutable(last.pattern):
            branches.append(lambda: True)
        before = set(self.must)
        captured = {name for part in node.cases for name in _captures(part.pattern)}
        if not self._branches(branches):
            self.must = before
        for name in captured:  # a capture binds even when its case fails in the end
            self.may[name] = None

    def _case(self, node: ast.match_case) -> bool:
        for value in ast.walk(node.pattern):
            if isinstance(value, ast.MatchValue):
                self.expression(value.value)
            elif isinstance(value, ast.MatchClass):
                self.expression(value.cls)
        for name in _captures(node.pattern):
            self.bind(name)
        if node.guard:
            self.expression(node.guard)
        return self.block(node.body)

    def _function(self, node: scopes.FunctionNode) -> None:
        for expression in scopes.signature_expressions(node):
            self.expression(expression)
        free = scopes.body_free(node, self._owner)
        self.late(free)

    def _class_statement(self, node: ast.ClassDef) -> None:
        for expression in [*node.decorator_list, *node.bases]:
            self.expression(expression)
        for keyword in node.keywords:
            self.expression(keyword.value)
        outer, self._owner = self._owner, node.name
        self._class.append({"__module__", "__qualname__"})
        self.block(node.body)
        self._class.pop()
        self._owner = outer
        self.bind(node.name)

    # ---- expressions

    def children(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expression(child)
            elif isinstance(child, ast.stmt):
                self.statement(child)
            elif not isinstance(child, ast.expr_context | ast.operator):
                self.children(child)

    def expression(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                self.read(name)
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
                self._branches([lambda: self._value(body), lambda: self._value(orelse)])
            case ast.Call():
                self._call(node)
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
        eager = self.knows("eager", dotted(node.func))
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
            if isinstance(argument, ast.GeneratorExp) and eager:
                self._comprehension(argument, lazy=False)
            elif isinstance(argument, ast.Lambda) and eager:
                self._lambda(argument, now=True)
            else:
                self.expression(argument)

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
            mentioned = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)} - names
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


def _captures(pattern: ast.pattern) -> list[str]:
    names = []
    for part in ast.walk(pattern):
        if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name:
            names.append(part.name)
        elif isinstance(part, ast.MatchMapping) and part.rest:
            names.append(part.rest)
    return names


def _is_irrefutable(pattern: ast.pattern) -> bool:
    return isinstance(pattern, ast.MatchAs) and (
        pattern.pattern is None or _is_irrefutable(pattern.pattern)
    )


def _is_jump(node: ast.stmt) -> bool:
    return any(isinstance(inner, ast.Break | ast.Continue) for inner in ast.walk(node))


def runs_at_least_once(node: ast.expr) -> bool:
    """Is the iterable of a loop surely not empty? Only literals and range of literals are sure."""
    match node:
        case ast.List(elts=[_, *_]) | ast.Tuple(elts=[_, *_]) | ast.Set(elts=[_, *_]):
            return not all(isinstance(part, ast.Starred) for part in node.elts)
        case ast.Constant(value=str(text)):
            return bool(text)
        case ast.Call(func=ast.Name(id="enumerate"), args=[first, *_]):
            return runs_at_least_once(first)
        case ast.Call(func=ast.Name(id="zip"), args=[_, *_] as parts):
            return all(runs_at_least_once(part) for part in parts)
        case ast.Call(func=ast.Name(id="range"), args=parts) if not node.keywords:
            try:
                return len(range(*(ast.literal_eval(part) for part in parts))) > 0
            except (ValueError, TypeError):
                return False
    return False
