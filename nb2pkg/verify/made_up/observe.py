"""Which kinds of values the functions of a package are given while its pipeline runs."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterable
from typing import Any

from . import files, guard
from .files import Used
from .kinds import Eyes, Kind, dotted

_CALLS = 3  # of each function that are looked at


class Observer:
    """Stands around the functions of some modules, until it is told to stop.

    given: name of a function to the kinds of its arguments, of the first call that went well.
    gives: to the type of what it returned, or to those of the items of a tuple. files: to those that it
    used. is_used: has it something to stand around?
    """

    def __init__(self, modules: Iterable[types.ModuleType], own: str, words: Iterable[str]) -> None:
        self.eyes = Eyes(frozenset(words))
        self.given: dict[str, dict[str, Kind]] = {}
        self.gives: dict[str, tuple[str, ...]] = {}
        self.files: dict[str, Used] = {}
        self._counts: dict[str, int] = {}
        self._undo: list[Callable[[], None]] = []
        self._watch([*modules], own.partition(".")[0])

    def _watch(self, modules: list[types.ModuleType], top: str) -> None:
        wrappers: dict[int, Any] = {}
        for module in modules:
            for name, value in [*vars(module).items()]:
                if not isinstance(value, (types.FunctionType, type)):
                    continue
                if str(value.__module__).partition(".")[0] != top:
                    continue
                if isinstance(value, types.FunctionType):
                    wrapper = wrappers.setdefault(id(value), self._around(value))
                    setattr(module, name, wrapper)
                    self._undo.append(functools.partial(setattr, module, name, value))
                elif id(value) not in wrappers:
                    wrappers[id(value)] = value
                    self._watch_class(value)

    def _watch_class(self, cls: type) -> None:
        for name, value in [*vars(cls).items()]:
            if isinstance(value, types.FunctionType) and (name == "__init__" or name[0] != "_"):
                wrapper = self._around(value)
                setattr(cls, name, wrapper)
                self._undo.append(functools.partial(setattr, cls, name, value))

    @property
    def is_used(self) -> bool:
        return bool(self._undo)

    def stop(self) -> None:
        """Put everything back."""
        while self._undo:
            self._undo.pop()()

    def _around(self, function: types.FunctionType) -> Callable[..., Any]:
        key = f"{function.__module__}.{function.__qualname__}"
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):
            return function
        if inspect.iscoroutinefunction(function):
            return function

        @functools.wraps(function)
        def watched(*args: Any, **named: Any) -> Any:
            kinds = None
            if key not in self.given and self._counts.get(key, 0) < _CALLS:
                self._counts[key] = self._counts.get(key, 0) + 1
                kinds = self._kinds(signature, args, named)
            if kinds is None:
                return function(*args, **named)
            with guard.watched() as opened:
                result = function(*args, **named)
            self.files[key] = found = files.used(opened, self.eyes)
            self.given[key] = {n: _as_path(kind, found) for n, kind in kinds.items()}
            items = result if type(result) is tuple else [result]
            self.gives[key] = tuple(map(dotted, items))
            return result

        return watched

    def _kinds(
        self, signature: inspect.Signature, args: tuple[Any, ...], named: dict[str, Any]
    ) -> dict[str, Kind] | None:
        """Of the arguments; None where they cannot be looked at."""
        try:
            bound = signature.bind(*args, **named)
            return {name: self.eyes.kind(value) for name, value in bound.arguments.items()}
        except Exception:  # values of a library may raise anything when they are looked at
            return None


def _as_path(kind: Kind, used: Used) -> Kind:
    """The text of the notebook that leads to a file stays what it is."""
    leads = [
        label
        for label in kind.labels
        if any(path.startswith(label) for path in (*used.read, *used.folders))
    ]
    return Kind("path", labels=tuple(leads)) if kind.word == "text" and leads else kind
