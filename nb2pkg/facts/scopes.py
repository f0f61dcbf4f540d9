"""Which names does a function, lambda or class take from outside itself?

Python's own rules: a name bound anywhere in a function is local to it unless declared global or
nonlocal; class bodies are no scope for the functions inside them; names with two leading
underscores are mangled inside classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nb2pkg.facts.parts import children

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True)
class Free:
    """Names of the enclosing module scope that a scope reads and, by ``global``, writes."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    def __or__(self, other: Free) -> Free:
        return Free(self.reads | other.reads, self.writes | other.writes)


def mangled(name: str, owner: str) -> str:
    """The name as Python sees it inside class owner (empty: not in a class)."""
    if not owner or not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    stripped = owner.lstrip("_")
    return f"_{stripped}{name}" if stripped else name


def body_free(node: FunctionNode, owner: str = "") -> Free:
    """Free names of a function's body: what is read when it is called, not when it is made."""
    scope = _Scope(owner)
    for argument in arguments_of(node):
        scope.stores.add(mangled(argument.arg, owner))
    scope.visit_all(node.body if isinstance(node.body, list) else [node.body])
    return scope.free()


def arguments_of(node: FunctionNode) -> Iterable[ast.arg]:
    spec = node.args
    yield from spec.posonlyargs
    yield from spec.args
    yield from spec.kwonlyargs
    yield from (argument for argument in (spec.vararg, spec.kwarg) if argument)


def local_names(node: FunctionNode) -> frozenset[str]:
    """Every name that is local to the function itself (not to functions inside it)."""
    scope = _Scope("")
    scope.stores.update(argument.arg for argument in arguments_of(node))
    scope.visit_all(node.body if isinstance(node.body, list) else [node.body])
    return frozenset(scope.stores - scope.globals - scope.nonlocals)


def signature_expressions(node: FunctionNode) -> Iterable[ast.expr]:
    """What is evaluated when a function is made: decorators, defaults and annotations."""
    if not isinstance(node, ast.Lambda):
        yield from node.decorator_list
        yield from (a.annotation for a in arguments_of(node) if a.annotation)
        if node.returns:
            yield node.returns
    yield from node.args.defaults
    yield from (default for default in node.args.kw_defaults if default)


@dataclass(slots=True)
class _Scope:
    """One function scope while it is being read. Inner scopes have passed their free names up."""

    owner: str
    loads: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    inner: Free = Free()

    def free(self) -> Free:
        local = self.stores - self.globals - self.nonlocals
        # A name declared global here is global whatever the enclosing functions bind, so it goes
        # up as a read only; enclosing locals of the same name make us report it once too often.
        reads = (self.loads | set(self.inner.reads)) - local
        return Free(frozenset(reads), frozenset(self.stores & self.globals) | self.inner.writes)

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=context):
                target = self.loads if isinstance(context, ast.Load) else self.stores
                target.add(mangled(name, self.owner))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                if not isinstance(node, ast.Lambda):
                    self.stores.add(mangled(node.name, self.owner))
                self.visit_all(signature_expressions(node))
                self.inner |= body_free(node, self.owner)
            case ast.ClassDef():
                self.stores.add(mangled(node.name, self.owner))
                self.inner |= class_free(node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._comprehension(node)
            case ast.Global(names=names):
                self.globals.update(names)
            case ast.Nonlocal(names=names):
                self.nonlocals.update(names)
            case ast.AugAssign(target=ast.Name(id=name)):
                self.loads.add(mangled(name, self.owner))  # n += 1 reads n first
                self.visit_all(children(node))
            case ast.Import() | ast.ImportFrom():
                self.stores.update(bound_name(alias) for alias in node.names)
            case _:
                self._bind_plain_name(node)
                self.visit_all(children(node))

    def _bind_plain_name(self, node: ast.AST) -> None:
        """Nodes that bind a name which they hold as a string."""
        match node:
            case ast.ExceptHandler(name=str(name)) | ast.MatchMapping(rest=str(name)):
                self.stores.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                self.stores.add(name)

    def _comprehension(self, node: Comprehension) -> None:
        inner = _Scope(self.owner)
        inner.visit_all(children(node))
        walrus = {mangled(name, self.owner) for name in walrus_targets(node)}
        targets = inner.stores - walrus
        self.loads |= inner.loads - targets
        self.stores |= walrus
        self.inner |= Free(inner.inner.reads - targets, inner.inner.writes)


def class_free(node: ast.ClassDef) -> Free:
    """Free names of a class statement: read at once (bases, body) and late (methods) together."""
    outer = _Scope("")
    outer.visit_all(node.decorator_list)
    outer.visit_all(node.bases)
    outer.visit_all(keyword.value for keyword in node.keywords)
    body = _Scope(node.name)
    body.visit_all(node.body)
    # A class variable hides the global of its name in the body only, and only once it is bound.
    # Reporting it as free all the same is the safe side.
    return outer.free() | Free(
        frozenset(body.loads) | body.inner.reads,
        frozenset(body.stores & body.globals) | body.inner.writes,
    )


def methods_free(node: ast.ClassDef) -> Free:
    """Free names of the methods alone: what is read when they are called."""
    free = Free()
    for function in outermost_functions(node):
        free |= body_free(function, node.name)
    return free


def outermost_functions(node: ast.AST) -> Iterable[FunctionNode]:
    """The functions and lambdas below node that stand in no other function."""
    for child in children(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
        else:
            yield from outermost_functions(child)


def walrus_targets(node: ast.AST) -> frozenset[str]:
    return frozenset(
        inner.target.id for inner in ast.walk(node) if isinstance(inner, ast.NamedExpr)
    )


def bound_name(alias: ast.alias) -> str:
    """The name that an import binds: ``a`` for ``import a.b``."""
    return alias.asname or alias.name.split(".")[0]


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all that is inside it, but for the bodies of functions."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from outside_functions(child)
