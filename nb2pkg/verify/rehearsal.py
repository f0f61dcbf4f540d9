"""Run the pipeline of a package as its tests will run it, and write down what its steps gave.

Run by its path, with the Python of the notebook: it needs nothing but the standard library, the
package with its tests, and the probe. What it writes down holds no data value: see recorded.py. A
line is written when a step begins, and when it has ended.

    python rehearsal.py SPECIFICATION.json TOLD.jsonl
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from time import monotonic, time
from typing import Any

Values = dict[str, Any]
Say = Callable[[str, str, Any], None]

_LONG_TEXT = 300


class Rehearsal:
    """The modules that are at work."""

    def __init__(self, specification: Mapping[str, Any], probe: Any, say: Say) -> None:
        self.words = frozenset(specification["words"])
        self.probe, self.say = probe, say
        self.probe.start(
            specification["folders"], specification["writable"], specification["guarded"]
        )
        self.recorded = _loaded("_nb2pkg_recorded", specification["recorded"])
        self.traced = _loaded("_nb2pkg_traced", specification["traced"])
        self.stored = _loaded("_nb2pkg_stored", specification["stored"])
        self.steps, self.labels = specification["steps"], specification["labels"]
        self.rows = specification["rows"]
        self.trials = specification["trials"]
        self.made_up = _loaded("_nb2pkg_made_up", specification["made_up"])
        self.pipelines = [importlib.import_module(name) for name in specification["pipelines"]]
        self.observer = self.made_up.Observer(self._modules(), self.trials["package"], self.words)

    def _modules(self) -> list[Any]:
        """Those in which functions of the package have names."""
        names = dict.fromkeys(target["module"] for target in self.trials["targets"])
        if not names:
            return []
        found = [importlib.import_module(name) for name in names]
        own = self.trials["package"] + "."
        return [
            *found,
            *(m for n, m in sys.modules.items() if n.startswith(own) and m not in found),
        ]

    def describe(self, value: object) -> dict[str, Any]:
        """A label is shown if it is the notebook's own text: it may be a data value otherwise."""
        found: dict[str, Any] = self.recorded.describe(value, self.words.__contains__)
        return found

    def summary(self, value: object) -> Any:
        """What tests/recorded.py says of it."""
        return self.traced.summary(value, self.words.__contains__)

    def play(self) -> None:
        """Run the pipeline: say what each step gave, up to the one that raises an error.

        Where it fails with an observer or with its looks, it is run once more without them.
        """
        attempts = self.pipelines[:1] + self.pipelines[-1:] * self.observer.is_used
        for pipeline in attempts:
            watcher = _Watcher(self, "stages")
            if watcher.sees(pipeline):
                return
            self.observer.stop()
        if attempts:
            self.say("stages", watcher.step, {"error": watcher.error})

    def play_again(self) -> None:
        """Run the pipeline once more: does it give the same when it is not the first to run?"""
        for pipeline in self.pipelines[-1:]:
            _Watcher(self, "again").sees(pipeline)

    def entry(self, step: str, values: Values) -> dict[str, Any]:
        """What is written down of a step."""
        wanted = self.steps[step]
        return {
            "values": {name: self.describe(value) for name, value in values.items()},
            "summaries": {name: self.summary(value) for name, value in values.items()},
            "fingerprints": self.probe.fingerprints(values),
            "stored": dict(self._stored({n: values[n] for n in wanted["stored"] if n in values})),
        }

    def _stored(self, values: Values) -> Iterator[tuple[str, dict[str, Any]]]:
        """The values that a person asked for, as the text of files."""
        for name, value in values.items():
            written = self.stored.written(value, self.rows)
            if written is not None:
                text, entry = written
                yield name, {"text": text, "entry": entry}

    def make_up(self) -> None:
        """Try the functions of the package on made-up inputs, beside the notebook's own code.

        Where examples are given, say which of them hold here, where no step was run before.
        """
        if self.trials["cases"]:
            self.made_up.hold(self.trials, self.say)
        else:
            self.made_up.examples(self.trials, self.observer, self.say)

    def call(self, module: str, source: str) -> dict[str, Any]:
        """What a call gives that stands in the notebook. Its text is told if no file was read,
        and if it tells nothing of this machine.
        """
        home = vars(importlib.import_module(module))
        self.probe.files()
        try:
            result, again = eval(source, dict(home)), eval(source, dict(home))
        except (Exception, SystemExit) as error:  # whatever the notebook's code may raise
            return {"error": type(error).__name__}
        if self.describe(result) != self.describe(again):
            return {"error": "it gives something else when it is called again"}
        text = "" if self.probe.files()["read"] else _literal(result)
        text = "" if self.made_up.machine.is_told_by(text) else text
        return {"description": self.describe(result), "text": text}


class _Watcher:
    """Hears of the steps of a pipeline that runs; kind is that of the lines that it writes."""

    def __init__(self, rehearsal: Rehearsal, kind: str) -> None:
        self.rehearsal, self.kind = rehearsal, kind
        self.summaries: dict[str, Any] = {}  # of the values that steps made or changed last
        self.step = self.error = ""
        self.began = 0.0

    def sees(self, pipeline: Any) -> bool:
        """Run it to its end, and say what it gave; False if a step raises an error, which is kept."""
        labels = self.rehearsal.labels[pipeline.__name__]
        functions = {label.split()[0] for label in labels}
        self.labels = labels
        _close_figures()
        try:
            results = self.rehearsal.traced.trace(pipeline, functions, self)
        except BaseException as error:  # whatever the notebook's code may raise
            self.error = type(error).__name__
            return not self.step  # what raises it is no step: run() will end before that
        self._say("run", {n: results[n] for n in self.rehearsal.steps["run"]["changes"]})
        return True

    def begin(self, call: str) -> None:
        self.step = self.labels.get(call) or call
        if self.kind == "stages":
            self.rehearsal.say("begin", self.step, None)
        self.began = monotonic()

    def end(self, call: str, args: Sequence[Any], result: Any, variables: Values) -> None:
        seconds = round(monotonic() - self.began, 1)
        self.step, step = "", self.labels.get(call)
        if not step:
            return  # it only looks: run() does not call it
        wanted = self.rehearsal.steps[step]
        made = self.rehearsal.traced.named(wanted["returns"], result)
        given = {n for n, v in variables.items() if self.rehearsal.traced.is_any(v, args)}
        changed = {
            name: variables[name]
            for name in variables
            if name not in made
            and (name in wanted["changes"] or (name in given and self._is_another(name, variables)))
        }
        self._say(step, {**made, **changed}, seconds)

    def _is_another(self, name: str, variables: Values) -> bool:
        """Is the value no longer as the step that made it left it?"""
        known = self.summaries.get(name)
        return known is not None and known != self.rehearsal.summary(variables[name])

    def _say(self, step: str, values: Values, seconds: float = 0.0) -> None:
        entry = {**self.rehearsal.entry(step, values), "seconds": seconds}
        self.summaries |= entry["summaries"]
        self.rehearsal.say(self.kind, step, entry)


def _close_figures() -> None:
    """As the tests begin with none."""
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


def _literal(value: object) -> str:
    """The text of a value that can be written as a literal, and read again; else nothing."""
    text = repr(value)
    try:
        same = type(ast.literal_eval(text)) is type(value) and repr(ast.literal_eval(text)) == text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return text if same and len(text) <= _LONG_TEXT else ""


def _loaded(name: str, path: str) -> Any:
    """A module or, if that is its __init__.py, a package by its path."""
    inside = [os.path.dirname(path)] if os.path.basename(path) == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=inside)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Report:
    """The file to which it is written what was seen, with all that writing takes."""

    def __init__(self, path: str, encode: Callable[[Any], str]) -> None:
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND)
        self.encode, self.write, self.clock = encode, os.write, time
        self.process, self.asked, self.leave = os.getpid(), os.getpid, os._exit

    def __call__(self, kind: str, name: str, content: Any) -> None:
        if self.asked() != self.process:
            self.leave(0)  # a copy of this process, that the notebook's code made and let go on
        self.write(
            self.file, (self.encode([kind, name, content, self.clock()]) + "\n").encode("utf-8")
        )


def main() -> None:
    """Read what is to be run, run it, and write what was seen."""
    with open(sys.argv[1], encoding="utf-8") as file:
        specification = json.load(file)
    probe = _loaded("_nb2pkg_probe", specification["probe"])
    report = Report(sys.argv[2], probe.ENCODE)
    try:
        rehearsal = Rehearsal(specification, probe, report)
        rehearsal.play()
        rehearsal.observer.stop()
        if specification["runs_again"]:
            rehearsal.play_again()
        for module, source in specification["calls"]:
            report("begin calls", source, None)
            report("calls", source, rehearsal.call(module, source))
        rehearsal.make_up()
    except BaseException as error:  # whatever the notebook's code may raise
        report("stopped", "", f"{type(error).__name__}: they cannot be run at all")
    report("done", "", None)


if __name__ == "__main__":
    main()
