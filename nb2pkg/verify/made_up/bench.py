"""Tries made-up inputs on one function: the notebook's own code says what is right."""

from __future__ import annotations

import ast
import datetime
import itertools
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import machine, outcome, targets
from .files import Desk
from .outcome import Outcome
from .targets import Notebook, Run, Target

CALL_SECONDS = 2.0
_SEEDS = itertools.count(1000)
_TOO_LONG = "its inputs cannot be made, or it takes too long"


@dataclass(frozen=True)
class Case:
    """Arguments as source, by the name of the parameter, and what comes of them."""

    shape: str
    arguments: tuple[tuple[str, str], ...]
    outcome: Outcome


@dataclass(frozen=True)
class Names:
    """What the source of made-up values may mention: for the notebook's code, and for the package's."""

    original: Mapping[str, Any]
    package: Mapping[str, Any]


def names_of(specification: Mapping[str, Any], notebook: Notebook) -> Names:
    """Of the libraries that made-up values are made with, and of the package."""
    common: dict[str, Any] = {"datetime": datetime, "random": random}
    for short, module in (("np", "numpy"), ("pd", "pandas"), ("plt", "matplotlib.pyplot")):
        if module in sys.modules:
            common[short] = sys.modules[module]
    imported = [*specification["imports"], *specification["passed"]]
    known = {name: notebook.names[name] for name in imported if name in notebook.names}
    package = {**known, **common}
    for target in specification["targets"]:
        package[target["name"]] = getattr(sys.modules[target["module"]], target["name"])
    return Names({**package, **notebook.names, **common}, package)


class Bench:
    """Tries inputs on one function: the notebook's own code says what is right."""

    def __init__(
        self, target: Target, original: Run, names: Names, is_data: Callable[[Any], bool]
    ) -> None:
        self.is_data = is_data
        self.target, self.original, self.names = target, original, names
        self.parameters = target.parameters()
        self.package = targets.called(target.function, self.parameters)
        self.differs = ""
        self.why = "no value can be made up for its parameters"
        self.desk = Desk()
        self.worked: tuple[tuple[str, str], ...] | None = None  # arguments with which it went well

    def outcome(self, run: Run, arguments: Sequence[tuple[str, str]]) -> Outcome | None:
        """What a run makes of arguments, each made anew; None where they cannot be made, or not in time."""
        names = self.names.original if run is self.original else self.names.package
        with self.desk.cleared() as folder:
            outcome.seed(next(_SEEDS))  # arguments that are drawn are others each time
            try:
                with outcome.quiet(), outcome.within(CALL_SECONDS):
                    given = {name: eval(text, dict(names)) for name, text in arguments}
            except (Exception, outcome.TooLongError):  # a date that is none, say
                return None
            found = outcome.of_call(lambda: run(given), given, self.target.returns, CALL_SECONDS)
            written = self.desk.written(folder)
        return replace(found, asserts=(*found.asserts, *written)) if found and written else found

    def case(self, shape: str, arguments: Sequence[tuple[str, str]]) -> Case | None:
        """What the notebook makes of it, if that is the same each time, and the package's too."""
        found = self.outcome(self.original, arguments)
        if found is None:
            self.why = _TOO_LONG
            return None
        if not found.raised:
            self.worked = self.worked or tuple(arguments)
        if not (found.asserts or found.raised):
            self.why = "its result cannot be written as code"
            return None
        again = self.outcome(self.original, arguments)
        lasting = _in_both(found, again)
        if lasting is None:
            self.why = "its result differs from call to call"
            return None
        if found.raised:
            self.why = f"it raises {found.raised} on made-up values"
        packaged = self.outcome(self.package, arguments)
        if packaged is None:
            self.why = _TOO_LONG
            return None
        shared = _in_both(lasting, packaged)
        if shared is None or shared.asserts != lasting.asserts:
            self.differs = self.differs or shape
            return None
        lasting = shared
        public = tuple(filter(self._is_public, lasting.asserts))
        if lasting.asserts and not public:
            self.why = "its result may be a value of the data, or of this machine"
            return None
        more = tuple(filter(self._is_public, lasting.further))
        return Case(shape, tuple(arguments), replace(lasting, asserts=public, further=more))

    def failing(self, run: Run, case: Case) -> frozenset[str]:
        """The lines of a case that a wrong function fails: all of them where it fails itself."""
        wanted = frozenset((*case.outcome.asserts, *case.outcome.further))
        found = self.outcome(run, case.arguments)
        if found is None or found.raised != case.outcome.raised:
            return wanted or frozenset(("it raises",))
        return wanted - {*found.asserts, *found.further}

    def _is_public(self, line: str) -> bool:
        """Does it tell neither a value of the data nor anything of this machine?"""
        is_data = any(map(self.is_data, _constants(line)))
        return not (is_data or machine.is_told_by(line))


def _in_both(one: Outcome, two: Outcome | None) -> Outcome | None:
    """What two calls have in common: libraries number what they make."""
    if two is None or (one.raised, one.wrap, one.seeds) != (two.raised, two.wrap, two.seeds):
        return None
    common = tuple(line for line in one.asserts if line in two.asserts)
    more = tuple(line for line in one.further if line in two.further)
    return replace(one, asserts=common, further=more) if common or one.raised else None


def _constants(line: str) -> Iterator[Any]:
    """The values that a line mentions, and what stands in its texts."""
    for node in ast.walk(ast.parse(line)):
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
            yield node.value
            if isinstance(node.value, str):
                yield from _pieces(node.value)


def _pieces(text: str) -> Iterator[Any]:
    """Words, parts between marks, and numbers of a text."""
    parts = [*re.split(r"[\n,;:|'\"()=\[\]{}]+|  +", text), *re.findall(r"[\w.+-]+", text)]
    for part in map(str.strip, parts):
        if part:
            yield part
    for number in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", text):
        yield float(number) if set(number) & set(".e") else int(number)
