"""Run the stages of a package as its tests will run them, and write down what they gave.

Run by its path, with the Python of the notebook: it needs nothing but the standard library, the
package with its tests, and the probe. What it writes down holds no data value: see recorded.py. A
line is written when a step begins, and when it has ended.

    python rehearsal.py SPECIFICATION.json TOLD.jsonl
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import json
import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from time import monotonic
from typing import Any

Values = dict[str, Any]
Stage = Callable[..., Values]
Say = Callable[[str, str, Any], None]

QUICK_SECONDS = 2.0  # a step that takes longer is not called once more, here or in a test
_LONG_TEXT = 300
_OTHER_SEED = 20_011
_NOTHING = object()


class Rehearsal:
    """The modules that are at work."""

    def __init__(self, specification: Mapping[str, Any], probe: Any, say: Say) -> None:
        self.words = frozenset(specification["words"])
        self.probe, self.say = probe, say
        self.probe.start(
            specification["folders"], specification["writable"], specification["guarded"]
        )
        sys.path.insert(0, specification["tests"])
        self.recorded = _loaded("_nb2pkg_recorded", specification["recorded"])
        self.stages: dict[str, tuple[Stage, Any, Any]] = {}
        if specification["takes"]:
            self.stages = importlib.import_module("stages").STAGES
            self.summary = importlib.import_module("recorded").summary
            self.copied = importlib.import_module("recorded").copied
        self.calls_again = specification["calls_again"]
        self.takes = specification["takes"]
        self.changes = specification["changes"]
        self.wanted = specification["stored"]
        self.rows = specification["rows"]
        if self.wanted:
            self.stored = _loaded("stored", specification["library"])
        self.trials = specification["trials"]
        self.made_up = _loaded("_nb2pkg_made_up", specification["made_up"])
        self.observer = self.made_up.Observer(self._modules(), self.trials["package"], self.words)

    def _modules(self) -> list[Any]:
        """Those in which functions of the package have names."""
        names = dict.fromkeys(target["module"] for target in self.trials["targets"])
        if not names:
            return []
        found = [importlib.import_module(name) for name in names]
        own = self.trials["package"] + "."
        found += [m for n, m in sys.modules.items() if n.startswith(own) and m not in found]
        return [*found, *filter(None, [sys.modules.get("stages")])]

    def describe(self, value: object) -> dict[str, Any]:
        """A label is shown if it is the notebook's own text: it may be a data value otherwise."""
        found: dict[str, Any] = self.recorded.describe(value, self.words.__contains__)
        return found

    def play(self) -> None:
        """Each stage, up to the one that raises an error: say what it gave."""
        values: Values = {}
        before = ""
        for name, (stage, _, _) in self.stages.items():
            self.say("begin", name, None)
            try:
                entry, after = self._watched_stage(name, stage, values, before)
            except BaseException as error:  # whatever the notebook's code may raise
                self.say("stages", name, {"error": type(error).__name__})
                return
            self.say("stages", name, entry)
            values |= after
            before = name

    def _shown(self, name: str) -> list[dict[str, Any]]:
        """What the stage printed, and each figure that it drew."""
        effects = self.recorded.EFFECTS[name]
        return [effects["printed"], *({"items": 1} for _ in effects["figures"])]

    def _watched_stage(
        self, name: str, stage: Stage, before: Values, former: str
    ) -> tuple[dict[str, Any], Values]:
        """The stage, and once more without an observer around its functions, if it fails with one."""
        try:
            return self._stage(name, stage, before, former)
        except Exception:  # such as pickle's, for a function that is another one by its name
            if not self.observer.is_watching:
                raise
            self.observer.stop()
        return self._stage(name, stage, before, former)

    def _given(self, name: str, values: Values) -> Values:
        """Copies of what the stage takes."""
        return dict(self.copied({key: values[key] for key in self.takes[name] if key in values}))

    def _stage(
        self, name: str, stage: Stage, before: Values, former: str
    ) -> tuple[dict[str, Any], Values]:
        given = self._given(name, before)
        began = monotonic()
        with self.recorded.watched(name, former):
            state = _random_state()
            after = {**given, **stage(**given)}
            draws = state != _random_state()
        seconds = monotonic() - began
        changed = self.changes.get(name, ())
        made = {
            key: value
            for key, value in after.items()
            if key in changed or given.get(key, _NOTHING) is not value
        }
        entry = {
            "values": {key: self.describe(value) for key, value in made.items()},
            "summaries": {k: self.summary(v, self.words.__contains__) for k, v in made.items()},
            "fingerprints": self.probe.fingerprints(made),
            "seconds": round(seconds, 1),
            "draws": draws,
            "shows": any(each.get("items") for each in self._shown(name)),
        }
        if name in self.wanted:
            entry["stored"] = dict(
                self._stored({n: made[n] for n in self.wanted[name] if n in made})
            )
        if self.calls_again and seconds <= QUICK_SECONDS:
            entry |= self._once_more(name, stage, before, former, entry["values"])
        return entry, after

    def _stored(self, values: Values) -> Iterator[tuple[str, dict[str, Any]]]:
        """The values that a person asked for, as the text of files."""
        for name, value in values.items():
            written = self.stored.written(value, self.rows)
            if written is None:
                continue
            text, entry = written
            yield name, {"text": text, "entry": entry}

    def _once_more(
        self, name: str, stage: Stage, before: Values, former: str, wanted: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Does it change what it is given, and does it give the same when it is called again?

        "counts": what it gives depends on how often it was called.
        """
        given = self._given(name, before)
        if any(given[key] is before[key] for key in given if not _is_constant(before[key])):
            return {}  # what cannot be copied may be changed for good
        inputs = {key: self.describe(value) for key, value in given.items()}
        _seed(_OTHER_SEED)
        is_same = self._gives(stage, given, "", wanted)
        changed = self.recorded.changed(inputs, given)
        if is_same:
            return {"repeatable": True, "changed": changed}
        given = self._given(name, before)
        if self._gives(stage, given, former, wanted):
            return {"changed": changed}  # with the same random numbers it gives the same
        return {"counts": True}

    def _gives(self, stage: Stage, given: Values, former: str, wanted: Mapping[str, Any]) -> bool:
        """Does a call give what is wanted, with the random numbers that come behind that stage?"""
        try:
            with self.recorded.watched("again", former):
                found = {**given, **stage(**given)}
        except (Exception, SystemExit):  # whatever the notebook's code may raise
            return False
        return all(self.describe(found.get(key)) == wanted[key] for key in wanted)

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


def _is_constant(value: object) -> bool:
    """Is it of a kind that a copy may share with what it is a copy of?"""
    with contextlib.suppress(TypeError):
        hash(value)
        return not hasattr(value, "__dict__") or isinstance(value, type) or callable(value)
    return False


def _literal(value: object) -> str:
    """The text of a value that can be written as a literal, and read again; else nothing."""
    text = repr(value)
    try:
        same = type(ast.literal_eval(text)) is type(value) and repr(ast.literal_eval(text)) == text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return ""
    return text if same and len(text) <= _LONG_TEXT else ""


def _seed(number: int) -> None:
    random.seed(number)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(number)


def _random_state() -> str:
    """Of the generators that all share."""
    numpy = sys.modules.get("numpy")
    return repr((random.getstate(), numpy.random.get_state(legacy=False) if numpy else None))


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
        self.encode, self.write = encode, os.write
        self.process, self.asked, self.leave = os.getpid(), os.getpid, os._exit

    def __call__(self, kind: str, name: str, content: Any) -> None:
        if self.asked() != self.process:
            self.leave(0)  # a copy of this process, that the notebook's code made and let go on
        self.write(self.file, (self.encode([kind, name, content]) + "\n").encode("utf-8"))


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
        for module, source in specification["calls"]:
            report("begin calls", source, None)
            report("calls", source, rehearsal.call(module, source))
        rehearsal.make_up()
    except BaseException as error:  # whatever the notebook's code may raise
        report("stopped", "", f"{type(error).__name__}: they cannot be run at all")
    report("done", "", None)


if __name__ == "__main__":
    main()
