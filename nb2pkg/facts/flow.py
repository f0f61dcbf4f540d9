"""Which names does a statement read and bind, in the order in which it would run?

One pass over the tree of a top-level statement. ``must`` is what is surely bound at this point,
``may`` what is bound on some path. A read counts when the name is not in ``must``. Expressions and
blocks are walked in evaluation order; branches are walked apart and joined.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from nb2pkg.facts import scopes
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.expressions import Expressions
from nb2pkg.facts.statements import is_literal


class Flow(Expressions):
    """The names of one statement."""

    # ---- statements; each tells whether control can go on behind it

    def block(self, body: Iterable[ast.stmt]) -> bool:
        goes_on = True
        for statement in body:  # to the end, even behind a return: names are bound there too
            goes_on = self.statement(statement) and goes_on
        return goes_on

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
                self._read_target(target)
                self.expression(value)
                self.target(target)
            case ast.AnnAssign(target=target, value=None, annotation=annotation):
                self.expression(annotation)
            case ast.AnnAssign(target=target, value=ast.expr() as value, annotation=annotation):
                self.expression(value)
                self.expression(annotation)
                self.target(target)
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._delete_target(target)
            case _:
                self.children(node)

    def _read_target(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.read(target.id)
        else:
            self.expression(target)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self.bind(scopes.bound_name(alias))

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

    def _if(self, node: ast.If) -> bool:
        self.expression(node.test)
        if isinstance(node.test, ast.Constant) and node.test.value:
            with self.maybe():
                self.block(node.orelse)
            return self.block(node.body)
        return self.branches([lambda: self.block(node.body), lambda: self.block(node.orelse)])

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

        first = _surely_bound_first(node.body)

        def handler(part: ast.ExceptHandler) -> Callable[[], bool]:
            return lambda: self._handler(part, first)

        def body() -> bool:
            return self.block(node.body) and self.block(node.orelse)

        goes_on = self.branches([body, *(handler(part) for part in node.handlers)])
        if not goes_on:
            self.must = before
        ends = self.block(node.finalbody)
        return goes_on and ends

    def _handler(self, node: ast.ExceptHandler, first: list[str]) -> bool:
        for name in first:
            self.bind(name)
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
        if not self.branches(branches):
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


def _surely_bound_first(body: list[ast.stmt]) -> list[str]:
    """What a block binds to literals before anything in it can fail."""
    names = []
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if is_literal(value):
                names.append(name)
            case _:
                break
    return names


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
