"""The statements of a cell of tests: what each binds for the others, and what it reads from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.statements import imported_names, kind_of
from nb2pkg.model import CellFacts, Facts, StatementKind
from nb2pkg.notebook.test_cells import FREE

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_OF_THE_CLASS = {"setUpClass", "tearDownClass", "setup_class", "teardown_class"}
_RUNNERS = ("unittest.main", "ipytest.", "doctest.", "pytest.main")


@dataclass(frozen=True, slots=True)
class Part:
    """One statement. binds and needs are names of the cell, outside those of the notebook.

    requests are parameters of functions, which may name fixtures. Those of needs and outside that
    are in early are looked up when a definition is made: by its decorators, say.
    """

    position: int
    facts: Facts
    binds: frozenset[str]
    needs: frozenset[str]
    requests: frozenset[str]
    early: frozenset[str]
    outside: tuple[str, ...]

    @property
    def node(self) -> ast.stmt:
        return self.facts.node

    @property
    def source(self) -> str:
        text = self.facts.source
        return f"{self.facts.leading}\n{text}" if self.facts.leading else text

    @property
    def imports(self) -> tuple[str, ...]:
        return tuple(imported.text for imported in imported_names(self.node))

    @property
    def is_fixture(self) -> bool:
        decorators = getattr(self.node, "decorator_list", [])
        called = (d.func if isinstance(d, ast.Call) else d for d in decorators)
        return any(dotted(decorator).rpartition(".")[2] == "fixture" for decorator in called)

    @property
    def may_be_shared(self) -> bool:
        """Does making it once, for all tests, do nothing but make it?"""
        kinds = (StatementKind.FUNCTION, StatementKind.CLASS, StatementKind.LITERAL)
        return kind_of(self.node) in kinds

    @property
    def is_nothing(self) -> bool:
        """A look at something, or what runs tests in a notebook: pytest does that."""
        match self.node:
            case ast.Expr(value=ast.Call(func=function)):
                name = dotted(function)
                return self.facts.looks or name.startswith((*_RUNNERS, "test"))
        return self.facts.looks or isinstance(self.node, ast.Pass)


def read(cell: CellFacts, start: int) -> tuple[Part, ...]:
    """The parts of a cell, without its magic."""
    own = {name for facts in cell.statements for name in facts.own or facts.bound}
    known: set[str] = set()
    found = []
    for offset, facts in enumerate(cell.statements):
        binds = frozenset(facts.own or facts.bound)
        now = [name for name in facts.reads if name not in known]
        later = [name for name in facts.late_reads if name not in own]
        part = Part(
            position=start + offset,
            facts=facts,
            binds=binds,
            needs=frozenset(own.intersection(free(facts.node))),
            requests=frozenset(_requests(facts.node)),
            early=frozenset(_early(facts.node)),
            outside=tuple(dict.fromkeys(n for n in [*now, *later] if n not in FREE)),
        )
        known |= binds
        if facts.magic is None or not facts.magic.text.startswith("%%"):
            found.append(part)
    return tuple(found)


def mentions(node: ast.AST) -> Iterator[str]:
    """Names that are read somewhere inside."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id


def free(node: ast.AST) -> Iterator[str]:
    """Names that are read inside, but for the parameters of the function or of the methods."""
    if isinstance(node, ast.ClassDef):
        yield from _early(node)
        for part in node.body:
            yield from free(part)
    elif isinstance(node, _FUNCTIONS):
        yield from _early(node)
        taken = set(_arguments(node))
        yield from (n for part in node.body for n in mentions(part) if n not in taken)
    else:
        yield from mentions(node)


def _requests(node: ast.AST) -> Iterator[str]:
    """Names of fixtures, as far as there are fixtures of these names."""
    for part in getattr(node, "body", []) if isinstance(node, ast.ClassDef) else [node]:
        if isinstance(part, _FUNCTIONS):
            yield from _arguments(part)
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and dotted(part.func).endswith("usefixtures"):
            yield from (str(a.value) for a in part.args if isinstance(a, ast.Constant))


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    yield from (part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg))


def _early(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _FUNCTIONS):
        made: Iterable[ast.AST | None] = [
            *node.decorator_list,
            *node.args.defaults,
            *node.args.kw_defaults,
        ]
        yield from (name for part in made if part is not None for name in mentions(part))
    elif isinstance(node, ast.ClassDef):
        for part in (*node.bases, *node.keywords, *node.decorator_list, *node.body):
            yield from _early(part) if isinstance(part, _FUNCTIONS) else mentions(part)


def reads_for_the_class(node: ast.stmt, names: Iterable[str]) -> bool:
    """Does a method that belongs to the whole class, not to one test, read one of the names?"""
    names = set(names)
    return any(
        isinstance(part, _FUNCTIONS)
        and (part.name in _OF_THE_CLASS or not part.args.args)
        and names & set(mentions(part))
        for part in getattr(node, "body", [])
    )
