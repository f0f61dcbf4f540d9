"""Which made-up inputs are worth a test: those on which a wrong function would be found out."""

from __future__ import annotations

import ast
import builtins
import datetime
import inspect
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import alone, expected, files, guess, inputs, machine, outcome, targets
from .files import Desk, Used
from .inputs import Maker
from .kinds import Kind
from .observe import Observer
from .outcome import Outcome
from .targets import Notebook, Run, Target

_MOST = 5  # examples of a function
_CALL_SECONDS = 1.0
_SECONDS = 2.0  # for the mutants of one function
_LONGEST = 800  # of a call that makes a value
_ROWS = (6, 12, 24)


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

    def outcome(self, run: Run, arguments: Sequence[tuple[str, str]]) -> Outcome | None:
        """What a run makes of arguments, each made anew; None where nothing can be said."""
        names = self.names.original if run is self.original else self.names.package
        with self.desk.cleared() as folder:
            try:
                given = {name: eval(text, dict(names)) for name, text in arguments}
            except Exception:  # what was made up is no value: a date that is none, say
                return None
            found = outcome.of_call(lambda: run(given), given, self.target.returns, _CALL_SECONDS)
            written = self.desk.written(folder)
        return replace(found, asserts=(*found.asserts, *written)) if found and written else found

    def case(self, shape: str, arguments: Sequence[tuple[str, str]]) -> Case | None:
        """What the notebook makes of it, if that is the same each time, and the package's too."""
        found = self.outcome(self.original, arguments)
        if found is None or not (found.asserts or found.raised):
            self.why = "its result cannot be written as code"
            return None
        if found != self.outcome(self.original, arguments):
            self.why = "its result differs from call to call"
            return None
        if found.raised:
            self.why = f"it raises {found.raised} on made-up values"
        is_private = any(map(self.is_data, _constants(found.asserts)))
        if is_private or machine.is_told_by("\n".join(found.asserts)):
            self.why = "its result may be a value of the data, or of this machine"
            return None
        other = self.outcome(self.package, arguments)
        if other != found:
            self.differs = self.differs or shape
            return None
        return Case(shape, tuple(arguments), found)


def examples(
    specification: Mapping[str, Any], observer: Observer, say: Callable[[str, str, Any], None]
) -> None:
    """The examples of each function, as they are found."""
    expected.OWN.update({specification["package"].partition(".")[0], "notebook"})
    notebook = Notebook(specification["notebook"])
    names = _names(specification, notebook)
    until = time.monotonic() + specification["seconds"]
    workshop = Workshop(notebook, names, observer, until)
    for each in specification["targets"]:
        target = Target(**each)
        say("begin example", target.symbol, None)
        try:
            found = workshop.of_target(target)
        except Exception as error:  # of the libraries that made-up values are given to
            found = _nothing(f"{type(error).__name__} was raised while inputs were made up")
        say("examples", target.symbol, found)


def hold(specification: Mapping[str, Any], say: Callable[[str, str, Any], None]) -> None:
    """Which cases hold in a process where nothing was run before, as a test is run: by their places."""
    expected.OWN.update({specification["package"].partition(".")[0], "notebook"})
    names = {
        **alone.tools(str(specification["cases"])),
        **_names(specification, Notebook(())).package,
    }
    for each in specification["targets"]:
        target = Target(**each)
        cases = specification["cases"].get(target.symbol, ())
        say("begin example", target.symbol, None)
        run = targets.called(target.function, target.parameters())
        held = [n for n, c in enumerate(cases) if alone.holds(run, c, names, _CALL_SECONDS)]
        say("held", target.symbol, held)


def _nothing(reason: str, differs: str = "") -> dict[str, Any]:
    return {"cases": [], "reason": reason, "differs": differs}


def _names(specification: Mapping[str, Any], notebook: Notebook) -> Names:
    common: dict[str, Any] = {"datetime": datetime, "random": random}
    for short, module in (("np", "numpy"), ("pd", "pandas")):
        if module in sys.modules:
            common[short] = sys.modules[module]
    package = dict(common)
    for target in specification["targets"]:
        package[target["name"]] = getattr(sys.modules[target["module"]], target["name"])
    return Names({**package, **notebook.names, **common}, package)


def _constants(lines: Sequence[str]) -> Iterator[Any]:
    for line in lines:
        for node in ast.walk(ast.parse(line)):
            if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str)):
                yield node.value


class Workshop:
    """Where examples are made, one function after the other; what one gives may be another's input."""

    def __init__(self, notebook: Notebook, names: Names, observer: Observer, until: float) -> None:
        self.notebook, self.names, self.observer, self.until = notebook, names, observer, until
        self.makers: dict[str, str] = {}

    def of_target(self, target: Target) -> dict[str, Any]:
        """The examples of a function, or why there are none."""
        if target.method:
            self._make_receiver(target)
        original = self.notebook.run(target)
        if original is None:
            return _nothing("the notebook has no function of that name")
        bench = Bench(target, original, self.names, self.observer.eyes.is_data)
        tree = ast.parse(target.source())
        hints = inputs.hints_of(tree, target.function.__globals__)
        eyes = self.observer.eyes
        maker = Maker(hints, eyes.seen, year=eyes.free_year, makers=self.makers)
        used = self.observer.files.get(target.key, Used())
        texts = files.made(used, maker)
        if texts is None:
            return _nothing("it reads a file that cannot be made up")
        bench.desk = Desk(texts, used.folders)
        best: list[Case] = []
        for kinds in _kinds(target, self.observer, bench, tree):
            best = _cases(bench, maker, kinds, self.until)
            if any(not case.outcome.raised for case in best):
                break
        good = [case for case in best if _is_kept(case, tree)]
        if not good:
            return _nothing(bench.why, bench.differs)
        self._remember(bench, good[0])
        cases = [_to_json(bench, case) for case in _chosen(bench, good, self.until)]
        return {"cases": cases, "reason": "", "differs": bench.differs}

    def _remember(self, bench: Bench, case: Case) -> None:
        """What the function gives can be made by calling it, where it cannot be written down."""
        kinds = self.observer.gives.get(bench.target.key, ())
        text = f"{bench.target.name}({_listed(bench, case.arguments)})"
        if bench.target.method or len(text) > _LONGEST:
            return
        for place, kind in enumerate(kinds):
            self.makers.setdefault(kind, f"{text}[{place}]" if len(kinds) > 1 else text)

    def _make_receiver(self, target: Target) -> None:
        """An object of the class, made with made-up arguments."""
        cls = getattr(sys.modules[target.module], target.name)
        kind = f"{cls.__module__}.{cls.__qualname__}"
        if kind in self.makers:
            return
        seen = self.observer.given.get(f"{kind}.__init__", {})
        kinds = {name: each for name, each in seen.items() if name != "self"}
        if not seen:
            wanted = [*inspect.signature(cls).parameters.values()]
            kinds = dict(next(guess.kinds(wanted, ast.parse("")), {}))
        eyes = self.observer.eyes
        maker = Maker(seen=eyes.seen, year=eyes.free_year, makers=self.makers)
        texts = {name: maker.source(each, place=n) for n, (name, each) in enumerate(kinds.items())}
        if None not in texts.values():
            inner = ", ".join(f"{name}={text}" for name, text in texts.items())
            self.makers[kind] = f"{cls.__name__}({inner})"


def _listed(bench: Bench, arguments: Sequence[tuple[str, str]]) -> str:
    named = {p.name for p in bench.parameters if p.kind is p.KEYWORD_ONLY}
    return ", ".join(f"{n}={text}" if n in named else text for n, text in arguments)


def _kinds(
    target: Target, observer: Observer, bench: Bench, tree: ast.AST
) -> Iterator[Mapping[str, Kind]]:
    """What the arguments are: as they were seen; else what the code makes likely."""
    seen = observer.given.get(target.key)
    if seen is not None:
        yield seen
        return
    own = {"self": Kind("other", type=target.key.rpartition(".")[0])} if target.method else {}
    others = [p for p in bench.parameters if p.name not in own]
    for found in guess.kinds(others, tree):
        yield {**own, **found}


def _is_kept(case: Case, tree: ast.AST) -> bool:
    """An error is something to assert only where the function raises it itself."""
    if not case.outcome.raised:
        return True
    raised = [n.exc for n in ast.walk(tree) if isinstance(n, ast.Raise) and n.exc is not None]
    names = {ast.unparse(e.func if isinstance(e, ast.Call) else e) for e in raised}
    return case.outcome.raised in names and hasattr(builtins, case.outcome.raised)


def _cases(bench: Bench, maker: Maker, kinds: Mapping[str, Kind], until: float) -> list[Case]:
    """Some values, in the smallest form on which the function works; then the other shapes of that."""
    for fitting in _fitting(bench, maker, kinds):
        first = _case(bench, fitting, kinds, inputs.USUAL)
        if first is not None and not first.outcome.raised:
            break
        if time.monotonic() > until:
            return []
    else:
        return [first] if first is not None else []
    found = [first]
    for shape in inputs.SHAPES[1:]:
        case = _case(bench, fitting, kinds, shape)
        if case is not None and all(case.arguments != other.arguments for other in found):
            found.append(case)
    return found


def _case(bench: Bench, maker: Maker, kinds: Mapping[str, Kind], shape: str) -> Case | None:
    arguments = []
    for place, (name, kind) in enumerate(kinds.items()):
        text = bench.target.fixed.get(name) or maker.source(kind, shape, place)
        if text is None:
            return None
        arguments.append((name, text))
    return bench.case(shape, arguments)


def _fitting(bench: Bench, maker: Maker, kinds: Mapping[str, Kind]) -> Iterator[Maker]:
    """Makers of few columns and rows, then of more."""
    texts = targets.texts(bench.target)
    tables = [kind for kind in kinds.values() if kind.word in ("table", "series")]
    labels = {label: part for kind in tables for label, part in kind.parts.items() if label}
    mentioned = frozenset(
        label for label in labels if any(_mentions(text, label) for text in texts)
    )
    few = mentioned | frozenset(_of_each_word(labels))
    names = {kind.index_name for kind in tables} - {""}
    has_index = any(text in texts for text in (*_INDEXED, *names)) or any(
        kind.index is not None and kind.index.word == "date" for kind in tables
    )
    found = [each for each in dict.fromkeys((mentioned, few)) if each] or [frozenset[str]()]
    for rows in _ROWS:
        for columns in found:
            for is_small in (True, False):
                fitting = replace(maker, rows=rows, columns=columns, has_index=has_index)
                yield replace(fitting, is_small=is_small)
    yield replace(maker, rows=_ROWS[0], columns=None, is_small=False)
    yield replace(maker, rows=_ROWS[1], columns=None, is_small=False)


def _mentions(text: str, label: str) -> bool:
    """Is it the label, or a formula or query in which the label is a word?"""
    return text == label or bool(label and re.search(rf"\b{re.escape(label)}\b", text))


_INDEXED = ("index", "loc", "reset_index", "join", "reindex", "set_index", "sort_index")


def _of_each_word(labels: Mapping[str, Kind]) -> list[str]:
    """Columns of all kinds: the first of each, and another one of numbers."""
    words: dict[str, list[str]] = {}
    for label, kind in labels.items():
        words.setdefault(kind.word, []).append(label)
    return [label for found in words.values() for label in found[:1]][:3]


def _chosen(bench: Bench, cases: Sequence[Case], until: float) -> list[Case]:
    """The first, and each that finds out a wrong function that those before it do not."""
    end = min(until, time.monotonic() + _SECONDS)
    waiting = [*targets.wrong(bench.target)]
    chosen: list[Case] = []
    for case in cases:
        if len(chosen) == _MOST:
            break
        left = []
        for run in waiting:
            is_late = time.monotonic() > end
            if is_late or bench.outcome(run, case.arguments) == case.outcome:
                left.append(run)
        if not chosen or len(left) < len(waiting):
            chosen.append(case)
        waiting = left
    return chosen


def _to_json(bench: Bench, case: Case) -> dict[str, Any]:
    found = case.outcome
    return {
        "files": [list(each) for each in bench.desk.texts.items()],
        "folders": list(bench.desk.folders),
        "shape": case.shape,
        "arguments": [list(each) for each in case.arguments],
        "named": [p.name for p in bench.parameters if p.kind is p.KEYWORD_ONLY],
        "returns": list(bench.target.returns),
        "asserts": list(found.asserts),
        "wrap": found.wrap,
        "raised": found.raised,
        "seeds": list(found.seeds),
    }
