"""Which examples hold in a process where nothing was run before, as a test is run.

Some need a statement that sets something up, such as a library that draws: it stands in their tests. Of
those that do not hold even so, the lines are kept that do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import alone, expected, outcome, targets
from .bench import names_of
from .targets import Notebook, Target

_SECONDS = 8.0  # of a call: the first one loads what a library needs
_MOST_SET_UPS = 4
Case = Mapping[str, Any]
SetUp = Sequence[Any]  # a statement, and the imports that it needs


@dataclass(frozen=True)
class _Tried:
    """A case, and those of its asserts that hold: None where the call fails."""

    case: Case
    lines: list[str] | None

    @property
    def is_held(self) -> bool:
        """Do all of them?"""
        return self.lines is not None and self.lines == [*self.case["asserts"]]


def hold(specification: Mapping[str, Any], say: Callable[[str, str, Any], None]) -> None:
    """Say by symbol which cases hold."""
    expected.OWN.update({specification["package"].partition(".")[0], "notebook"})
    notebook = Notebook([*specification["imports"].values(), *targets.passed(specification)])
    tools = alone.tools(str(specification["cases"]))
    names = {**tools, **names_of(specification, notebook).package}
    found = [Target(**each) for each in specification["targets"]]
    tried: dict[str, list[_Tried]] = {}
    for target in found:
        say("begin example", target.symbol, None)
        cases = specification["cases"].get(target.symbol, ())
        tried[target.symbol] = [_Tried(case, _lines(target, case, names)) for case in cases]
        say("held", target.symbol, [each.case for each in tried[target.symbol] if each.is_held])
    ready: list[SetUp] = []
    for set_up in specification["set_ups"][:_MOST_SET_UPS]:
        if all(each.is_held for cases in tried.values() for each in cases):
            break
        say("begin example", set_up[0], None)
        _run(set_up, names)
        ready.append(set_up)
        for target in found:
            tried[target.symbol] = [_again(target, t, ready, names) for t in tried[target.symbol]]
    for symbol, cases in tried.items():
        say("held", symbol, [*_kept(cases)])


def _lines(target: Target, case: Case, names: Mapping[str, Any]) -> list[str] | None:
    run = targets.called(target.function, target.parameters())
    return alone.holding(run, case, names, _SECONDS)


def _run(set_up: SetUp, names: dict[str, Any]) -> None:
    source, imports = set_up
    errors = (Exception, SystemExit, outcome.TooLongError)  # whatever the notebook's code may raise
    with contextlib.suppress(*errors):
        for line in imports:
            exec(line, names)
        with outcome.quiet(), outcome.within(_SECONDS):  # the pipeline has run it as well
            exec(source, names)


def _again(
    target: Target, tried: _Tried, ready: Sequence[SetUp], names: Mapping[str, Any]
) -> _Tried:
    """Once more, behind some statements: as it was where that does not help."""
    sources = [source for source, _ in ready if source != f"{target.name}()"]
    if tried.is_held or not sources or any("capsys" in line for line in tried.case["asserts"]):
        return tried
    imports = [*tried.case["imports"], *(line for _, lines in ready for line in lines)]
    case = {**tried.case, "before": [*tried.case["before"], *sources], "imports": imports}
    found = _Tried(case, _lines(target, tried.case, names))
    return found if found.is_held else tried


def _kept(cases: Iterable[_Tried]) -> Iterable[Case]:
    for each in cases:
        if each.is_held:
            yield each.case
        elif each.lines:
            yield {**each.case, "asserts": each.lines}
