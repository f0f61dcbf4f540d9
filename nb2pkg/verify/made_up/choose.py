"""Which made-up inputs are worth a test: those on which a wrong function would be found out."""

from __future__ import annotations

import ast
import builtins
import inspect
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from . import expected, files, guess, inputs, options, targets
from .bench import Bench, Case, Names, names_of
from .budget import Budget
from .files import Desk, Used
from .fitting import makers_of
from .inputs import Maker
from .kinds import Kind
from .limits import Limits, limits_of
from .makers import Makers
from .observe import Observer
from .targets import Notebook, Target, passed

_MOST = 5  # examples of a function
_MOST_FURTHER = 6  # lines of an example that only tell wrong functions apart
_SECONDS = 2.5  # for the mutants of one function
_SEARCH_SECONDS = 4.0  # for inputs on which one function works
_MOST_INSTEAD = 5  # ways to have arguments made by steps
_USUAL = {"np", "pd", "plt", "random", "datetime", "result"}  # tests have them without being asked
MADE = Kind("other")  # what a step gives under that name


def examples(
    specification: Mapping[str, Any], observer: Observer, say: Callable[[str, str, Any], None]
) -> None:
    """The examples of each function, as they are found."""
    expected.OWN.update({specification["package"].partition(".")[0], "notebook"})
    notebook = Notebook([*specification["notebook"], *passed(specification)])
    names = names_of(specification, notebook)
    budget = Budget.of(specification["seconds"])
    options.use_defaults()
    workshop = Workshop(notebook, names, observer, specification)
    for each in specification["targets"]:
        target = Target(**each)
        say("begin example", target.symbol, None)
        try:
            found = workshop.of_target(target, budget)
        except Exception as error:  # of the libraries that made-up values are given to
            found = _nothing(f"{type(error).__name__} was raised while inputs were made up")
        say("examples", target.symbol, found)


def _nothing(reason: str, differs: str = "") -> dict[str, Any]:
    return {"cases": [], "reason": reason, "differs": differs}


class Workshop:
    """Where examples are made, one function after the other; what one gives may be another's input."""

    def __init__(
        self, notebook: Notebook, names: Names, observer: Observer, said: Mapping[str, Any]
    ) -> None:
        self.notebook, self.names, self.observer = notebook, names, observer
        self.imports, self.passed = said["imports"], said["passed"]
        self.makers = Makers(names, [*self.imports, *self.passed])

    def of_target(self, target: Target, budget: Budget) -> dict[str, Any]:
        """The examples of a function, or why there are none."""
        if target.method:
            self._make_receiver(target)
        original = self.notebook.run(target)
        if original is None:
            return _nothing("the notebook has no function of that name")
        bench = Bench(target, original, self.names, self.observer.eyes.is_data)
        tree = ast.parse(target.source())
        used = self.observer.files.get(target.key, Used())
        maker = self._maker(limits_of(tree, target.function.__globals__))
        texts = files.made(used, maker)
        if texts is None:
            return _nothing("it reads a file that cannot be made up")
        bench.desk = Desk(texts, used.folders)
        best = self._best(bench, maker, tree, budget.part(_SEARCH_SECONDS))
        if bench.worked is not None:
            self.makers.remember(bench, bench.worked, self.observer.gives.get(target.key, ()))
        good = [case for case in best if _is_kept(case, tree)]
        if not good:
            return _nothing(bench.why, bench.differs)
        cases = [self._to_json(bench, case) for case in chosen(good, bench, budget)]
        return {"cases": cases, "reason": "", "differs": bench.differs}

    def _maker(self, limits: Limits) -> Maker:
        eyes, makers = self.observer.eyes, self.makers
        return Maker(
            limits, eyes.seen, year=eyes.free_year, makers=makers.by_type, code=makers.code
        )

    def _best(self, bench: Bench, maker: Maker, tree: ast.AST, budget: Budget) -> list[Case]:
        """The cases of the first kinds of arguments with which it does not fail."""
        best: list[Case] = []
        why = ""
        for kinds in self._kinds(bench, tree):
            best = self._cases(bench, maker, kinds, budget) or best
            why = why or bench.why  # of the likeliest kinds
            if any(not case.outcome.raised for case in best) or budget.is_spent:
                break
        bench.why = why or bench.why
        return best

    def _kinds(self, bench: Bench, tree: ast.AST) -> Iterator[Mapping[str, Kind]]:
        """What the arguments are: as they were seen, or what steps give under their names; else what
        the code makes likely.
        """
        target = bench.target
        seen = self.observer.given.get(target.key)
        made = {p.name: MADE for p in bench.parameters if p.name in self.makers.by_name}
        if seen is not None:
            yield seen
            others = [{name: kind} for name, kind in made.items() if name in seen]
            for instead in [*others, made][-_MOST_INSTEAD:]:
                yield {name: instead.get(name, kind) for name, kind in seen.items()}
        own = {"self": Kind("other", type=target.key.rpartition(".")[0])} if target.method else {}
        for known in [own | made, own] if seen is None and target.body and made else [own]:
            unknown = [p for p in bench.parameters if p.name not in known]
            for found in guess.kinds(unknown, tree):
                guessed = {**known, **found}
                yield {p.name: guessed[p.name] for p in bench.parameters if p.name in guessed}

    def _cases(
        self, bench: Bench, maker: Maker, kinds: Mapping[str, Kind], budget: Budget
    ) -> list[Case]:
        """Some values, in the smallest form on which the function works; then the other shapes of that."""
        first, fitting = self._first(bench, maker, kinds, budget)
        if first is None or first.outcome.raised:
            return [first] if first is not None else []
        found = [first]
        for shape in inputs.SHAPES:
            if budget.is_spent:
                break
            rows = max(fitting.rows, inputs.MANY_ROWS) if shape == inputs.MANY else fitting.rows
            arguments = self._arguments(bench, replace(fitting, rows=rows), kinds, shape)
            if arguments is None or any(arguments == other.arguments for other in found):
                continue
            case = self._case(bench, shape, arguments)
            found += [case] if case is not None else []
        return found

    def _first(
        self, bench: Bench, maker: Maker, kinds: Mapping[str, Kind], budget: Budget
    ) -> tuple[Case | None, Maker]:
        """Some values on which it works, or one on which it does not, and their maker.

        Values at the limits that the code compares with are tried where others are refused.
        """
        first: Case | None = None
        failed: list[tuple[tuple[str, str], ...]] = []
        shapes = (inputs.USUAL, inputs.LIMIT) if maker.limits.numbers else (inputs.USUAL,)
        for fitting, shape in itertools.product(makers_of(bench, maker, kinds), shapes):
            arguments = self._arguments(bench, fitting, kinds, shape)
            if arguments is None or arguments in failed:
                continue
            case = self._case(bench, shape, arguments)
            if case is not None and not case.outcome.raised:
                return case, fitting
            first = first or case
            failed.append(arguments)
            if budget.is_spent:
                break
        return first, maker

    def _case(
        self, bench: Bench, shape: str, arguments: tuple[tuple[str, str], ...]
    ) -> Case | None:
        own = bench.desk
        bench.desk = self.makers.desk(own, arguments)
        try:
            return bench.case(shape, arguments)
        finally:
            bench.desk = own

    def _arguments(
        self, bench: Bench, maker: Maker, kinds: Mapping[str, Kind], shape: str
    ) -> tuple[tuple[str, str], ...] | None:
        """As source; None where one of them cannot be made up."""
        found = []
        for place, (name, kind) in enumerate(kinds.items()):
            text = bench.target.fixed.get(name)
            if text is None and kind.word == "other":
                text = self.makers.by_name.get(name)
            text = maker.source(kind, shape, place) if text is None else text
            if text is None:
                return None
            found.append((name, text))
        return tuple(found)

    def _to_json(self, bench: Bench, case: Case) -> dict[str, Any]:
        found, desk = case.outcome, self.makers.desk(bench.desk, case.arguments)
        text = "\n".join([*(text for _, text in case.arguments), *found.asserts])
        used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
        return {
            "files": [list(each) for each in desk.texts.items()],
            "folders": list(desk.folders),
            "shape": case.shape,
            "arguments": [list(each) for each in case.arguments],
            "named": [p.name for p in bench.parameters if p.kind is p.KEYWORD_ONLY],
            "returns": list(bench.target.returns),
            "asserts": list(found.asserts),
            "wrap": found.wrap,
            "raised": found.raised,
            "seeds": list(found.seeds),
            "before": [
                f'{name} = pytest.importorskip("{module}")'
                for name, module in self.passed.items()
                if name in used
            ],
            "imports": [line for name, line in self.imports.items() if name in used - _USUAL],
        }

    def _make_receiver(self, target: Target) -> None:
        """An object of the class, made with made-up arguments."""
        cls = getattr(sys.modules[target.module], target.name)
        kind = f"{cls.__module__}.{cls.__qualname__}"
        if kind in self.makers.by_type:
            return
        seen = self.observer.given.get(f"{kind}.__init__", {})
        kinds = {name: each for name, each in seen.items() if name != "self"}
        if not seen:
            wanted = [*inspect.signature(cls).parameters.values()]
            kinds = dict(next(guess.kinds(wanted, ast.parse("")), {}))
        maker = self._maker(Limits())
        texts = {name: maker.source(each, place=n) for n, (name, each) in enumerate(kinds.items())}
        if None not in texts.values():
            inner = ", ".join(f"{name}={text}" for name, text in texts.items())
            self.makers.by_type[kind] = f"{cls.__name__}({inner})"


def _is_kept(case: Case, tree: ast.AST) -> bool:
    """An error is something to assert only where the function raises it itself."""
    if not case.outcome.raised:
        return True
    raised = [n.exc for n in ast.walk(tree) if isinstance(n, ast.Raise) and n.exc is not None]
    names = {ast.unparse(e.func if isinstance(e, ast.Call) else e) for e in raised}
    return case.outcome.raised in names and hasattr(builtins, case.outcome.raised)


def chosen(cases: Sequence[Case], bench: Bench, budget: Budget) -> list[Case]:
    """The first, and each that finds out a wrong function that those before it do not."""
    own = budget.part(_SECONDS)
    waiting = [*targets.wrong(bench.target)]
    found: list[Case] = []
    for case in cases:
        if len(found) == _MOST:
            break
        failing = [
            frozenset[str]() if own.is_spent else bench.failing(run, case) for run in waiting
        ]
        if not found or any(failing):
            found.append(_with_further(case, failing))
        waiting = [run for run, lines in zip(waiting, failing) if not lines]
    return found


def _with_further(case: Case, failing: Sequence[frozenset[str]]) -> Case:
    """With the further lines that find out what its own do not: first those that find out most."""
    own = {*case.outcome.asserts, "it raises"}
    left = [lines for lines in failing if lines and not lines & own]
    added: set[str] = set()
    while left and len(added) < _MOST_FURTHER:
        counts = Counter(line for lines in left for line in lines)
        best = max(case.outcome.further, key=lambda line: counts[line])
        added.add(best)
        left = [lines for lines in left if best not in lines]
    more = tuple(line for line in case.outcome.further if line in added)
    asserts = (*case.outcome.asserts, *more)
    return replace(case, outcome=replace(case.outcome, asserts=asserts, further=()))
