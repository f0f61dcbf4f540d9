"""A function of the package beside the notebook's own code for the same."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import textwrap
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import mutants

Run = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Target:
    """A function, and what it is called with. method: of the class that symbol names.

    returns: names for what it gives; body: the statements of the notebook, for a step; bound: what
    these call its parameters; fixed: constants of the notebook that are parameters in the package, as
    source.
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

    @property
    def function(self) -> Any:
        """The function of the package."""
        found = getattr(importlib.import_module(self.module), self.name)
        return getattr(found, self.method) if self.method else found

    @property
    def key(self) -> str:
        """As the observer knows it."""
        return ".".join(filter(None, (self.module, self.name, self.method)))

    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """Those that are passed by name or place."""
        found = inspect.signature(self.function).parameters.values()
        return tuple(p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))

    def source(self) -> str:
        """The code of the package's function."""
        return textwrap.dedent(inspect.getsource(self.function))


def passed(specification: Mapping[str, Any]) -> list[str]:
    """The imports of libraries that functions are passed."""
    return [f"import {module} as {name}" for name, module in specification["passed"].items()]


def texts(target: Target) -> frozenset[str]:
    """All texts in the code of a function, in what it calls of its package, and in constants it reads."""
    own = target.module.partition(".")[0]
    waiting, known = [target.function], set()
    found: set[str] = set()
    while waiting:
        function = waiting.pop()
        if id(function) in known:
            continue
        known.add(id(function))
        for code in _codes(function.__code__):
            constants = [value for value in code.co_consts if value != function.__doc__]
            read = [function.__globals__.get(name) for name in code.co_names]
            for value in [*constants, *read]:
                if isinstance(value, types.FunctionType) and value.__module__.startswith(own):
                    waiting.append(value)
                else:
                    found.update(_texts(value))
            found.update(code.co_names)
    return frozenset(found)


def numbers(target: Target) -> list[int]:
    """The whole numbers in the code of a function."""
    constants = [value for code in _codes(target.function.__code__) for value in code.co_consts]
    items = [item for each in constants for item in (each if type(each) is tuple else (each,))]
    return [item for item in items if type(item) is int]


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function, and of the functions inside it."""
    yield code
    for value in code.co_consts:
        if isinstance(value, types.CodeType):
            yield from _codes(value)


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    if not isinstance(value, (list, tuple, set, frozenset, dict)):
        return set()
    items = [*value, *value.values()] if isinstance(value, dict) else value
    return {item for item in items if isinstance(item, str)}


def called(function: Any, parameters: Sequence[inspect.Parameter]) -> Run:
    """Calls a function with arguments by name."""

    def run(given: Mapping[str, Any]) -> Any:
        named = {p.name: given[p.name] for p in parameters if p.name in given and _is_named(p)}
        placed = [given[p.name] for p in parameters if p.name in given and not _is_named(p)]
        return function(*placed, **named)

    return run


def _is_named(parameter: inspect.Parameter) -> bool:
    return parameter.kind is parameter.KEYWORD_ONLY


class Notebook:
    """The notebook's own definitions, and its statements run on other values."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.names: dict[str, Any] = {"__name__": "notebook"}
        for source in sources:
            with contextlib.suppress(
                Exception
            ):  # an import that is not there: what needs it raises
                exec(compile(source, "<notebook>", "exec"), self.names)

    def run(self, target: Target) -> Run | None:
        """What the notebook does where the package calls that function."""
        if target.body:
            return self._of_body(target)
        own = self.names.get(target.name)
        own = getattr(own, target.method, None) if target.method else own
        if own is None:
            return None
        known = inspect.signature(own).parameters
        injected = [p.name for p in target.parameters() if p.name not in known]
        call = called(own, [p for p in target.parameters() if p.name in known])

        def run(given: Mapping[str, Any]) -> Any:
            self.names.update({name: given[name] for name in injected if name in given})
            return call(given)

        return run

    def _of_body(self, target: Target) -> Run:
        tree = ast.parse(target.body)
        end, last = tree.body[-1], None
        if (target.gives_last or target.shown) and isinstance(end, ast.Expr):
            tree.body.pop()
            last = ast.Expression(end.value)
        code = compile(tree, "<notebook>", "exec")
        value = compile(last, "<notebook>", "eval") if last is not None else None

        def run(given: Mapping[str, Any]) -> Any:
            names = dict(self.names)
            names.update({target.bound.get(name, name): v for name, v in given.items()})
            exec(code, names)
            shown = eval(value, names) if value is not None else None
            found = [shown if name == target.shown else names[name] for name in target.returns]
            if target.gives_last:
                return shown
            return found[0] if len(found) == 1 else tuple(found) if found else None

        return run


def wrong(target: Target) -> Iterable[Run]:
    """The package's function with one thing wrong, again and again."""
    tree = ast.parse(target.source()).body[0]
    if not isinstance(tree, ast.FunctionDef):
        return []
    tree.decorator_list = []
    return [run for run in (_compiled(target, each) for each in mutants.of(tree)) if run]


def _compiled(target: Target, mutant: ast.FunctionDef) -> Run | None:
    names = dict(vars(importlib.import_module(target.module)))
    names["_same"] = mutants.same
    try:
        code = compile(ast.Module([mutant], []), "<mutant>", "exec")
        exec(code, names)
    except Exception:  # a default that cannot be computed
        return None
    return called(names[mutant.name], target.parameters())
