"""The text of the tests that a run makes possible: what steps gave, what held of it, what calls gave."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nb2pkg.observed import Call, Description, Recorded, Recording
from nb2pkg.plan.model import Plan, Style
from nb2pkg.render import invariants, stages
from nb2pkg.render.code import fitted, function
from nb2pkg.render.invariants import Holds, Invariant
from nb2pkg.render.stages import Stage
from nb2pkg.templates import verbatim

LIBRARY = tuple(
    f"recorded/{name}.py" for name in ("__init__", "described", "digested", "drawn", "workspace")
)


def data(recording: Recording) -> str:
    """recorded.json: structure and digests."""
    content = {
        "steps": {name: _entry(step) for name, step in recording.steps.items()},
        "calls": {text: call.result for text, call in recording.calls.items() if not call.text},
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _entry(step: Recorded) -> dict[str, object]:
    found: dict[str, object] = {"values": step.values}
    if step.printed is not None:
        found["printed"] = step.printed
    if step.figures is not None:
        found["figures"] = step.figures
    return found


def files(recording: Recording, style: Style) -> dict[str, str]:
    """What stands beside the tests: path, as seen from their folder, to text."""
    found = {"recorded/recorded.json": data(recording)}
    index: dict[str, dict[str, object]] = {}
    for name, step in recording.steps.items():
        for value, stored in step.stored.items():
            index.setdefault(name, {})[value] = dict(stored.entry)
            found[f"recorded/values/{name}/{value}.{stored.entry['format']}"] = stored.text
    if index:
        found["recorded/stored.py"] = fitted(style, verbatim("recorded/stored.py"))
        found["recorded/values/index.json"] = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
    return found


# ---- steps


def of_step(stage: Stage, recording: Recording, plan: Plan) -> list[str]:
    """The tests of a step that was recorded."""
    step, recorded = stage.step, recording.steps[stage.step.name]
    after = f"after_{step.name}"
    tests = [
        function(
            stage.style,
            f"test_{step.name}_as_recorded({after}: dict[str, Any]) -> None",
            "It gives what it gave when the notebook was run.",
            [f'assert recorded.as_recorded("{step.name}", {after}) == []'],
        )
    ]
    if recorded.stored:
        tests.append(
            function(
                stage.style,
                f"test_{step.name}_as_stored({after}: dict[str, Any]) -> None",
                "Row by row it gives what was stored: see tests/recorded/values.",
                [f'assert stored.differences_from_stored("{step.name}", {after}) == []'],
            )
        )
    found = invariants.of(step, recorded, _inputs(stage, recording, plan), _words(step.body))
    can_be_asked = (one for one in found if one.kind is not Holds.INPUTS or _taken(stage))
    return [*tests, *(_invariant(stage, one) for one in _one_of_a_name(can_be_asked))]


def _taken(stage: Stage) -> list[str]:
    """What the step is given that is there before its stage, which may make the rest itself."""
    return [name for name in stage.step.params if name in stage.taken]


def _inputs(stage: Stage, recording: Recording, plan: Plan) -> Mapping[str, Description]:
    """What the values were before the stage, as far as it is known."""
    known: dict[str, Description] = {}
    for earlier in stages.of(plan):
        if earlier.step.name == stage.step.name:
            break
        known.update(recording.steps[earlier.step.name].values)
    return known


def _words(body: str) -> frozenset[str]:
    constants = [part for part in ast.walk(ast.parse(body)) if isinstance(part, ast.Constant)]
    return frozenset(part.value for part in constants if isinstance(part.value, str))


def _one_of_a_name(found: Iterable[Invariant]) -> Iterator[Invariant]:
    """Invariants of one kind become one test, but for those that compare with something."""
    merged: dict[tuple[Holds, str], list[str]] = {}
    for one in found:
        merged.setdefault((one.kind, one.other), []).extend(one.names)
    for (kind, other), names in merged.items():
        yield Invariant(kind, tuple(names), other)


def _invariant(stage: Stage, one: Invariant) -> str:
    name = stage.step.name
    match one.kind:
        case Holds.COMPLETE:
            return _of_tables(stage, one, "leaves_no_gaps", "No value is missing in {}.", _GAPS)
        case Holds.SORTED:
            return _of_tables(stage, one, "sorts_its_index", "The index of {} is sorted.", _SORTED)
        case Holds.UNIQUE:
            says = "No label of the index of {} is there twice."
            return _of_tables(stage, one, "has_unique_labels", says, _UNIQUE)
        case Holds.KEY:
            says = f"No {one.other} is there twice in {{}}."
            text = _KEY.replace("COLUMN", json.dumps(one.other, ensure_ascii=False))
            return _of_tables(stage, one, f"has_unique_{_as_name(one.other)}", says, text)
        case Holds.ROWS:
            return _keeps_rows(stage, one)
        case Holds.INPUTS:
            return _inputs_alone(stage, one)
        case Holds.AGAIN:
            return _again(stage, one, name)


_GAPS = 'assert recorded.gaps(NAME) == {}, "values are missing in NAME"'
_SORTED = 'assert NAME.index.is_monotonic_increasing, "the index of NAME is not sorted"'
_UNIQUE = 'assert NAME.index.is_unique, "labels of the index of NAME are there twice"'
_KEY = 'assert NAME[COLUMN].is_unique, "values of this column are there twice in NAME"'


def _as_name(text: str) -> str:
    return re.sub(r"\W+", "_", text).strip("_").lower() or "keys"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _of_tables(stage: Stage, one: Invariant, what: str, says: str, line: str) -> str:
    after = f"after_{stage.step.name}"
    body = [f'{name} = {after}["{name}"]' for name in one.names]
    body += [line.replace("NAME", name) for name in one.names]
    head = f"test_{stage.step.name}_{what}({after}: dict[str, Any]) -> None"
    return function(stage.style, head, says.format(_listed(one.names)), body)


def _keeps_rows(stage: Stage, one: Invariant) -> str:
    after, name = f"after_{stage.step.name}", stage.step.name
    body = [
        f'before, behind = len({after}["{one.other}"]), len({after}["{made}"])'
        for made in one.names
    ]
    checks = ['assert behind == before, f"{before} rows became {behind}"'] * len(body)
    lines = [line for pair in zip(body, checks) for line in pair]
    head = f"test_{name}_keeps_the_rows({after}: dict[str, Any]) -> None"
    return function(
        stage.style, head, f"{_listed(one.names)} has as many rows as {one.other}.", lines
    )


def _given(stage: Stage) -> tuple[str, str]:
    """The argument of a test that calls the stage itself, and what it is called with."""
    if not stage.before:
        return "", "{}"
    return f"{stage.source}: dict[str, Any]", f"stages.copied({stage.source})"


def _inputs_alone(stage: Stage, one: Invariant) -> str:
    argument, given = _given(stage)
    name, names = stage.step.name, _taken(stage)
    changed = [name for name in one.names if name in names]
    what = f"changes_only_{'_and_'.join(changed)}" if changed else "leaves_its_inputs_alone"
    says = (
        f"It changes {_listed(changed)} in place, and nothing else that it is given."
        if changed
        else "It changes nothing that it is given."
    )
    body = [
        f"values = {given}",
        f"before = {{name: recorded.describe(values[name]) for name in {_quoted(names)}}}",
        f"stages.stage_{name}(values)",
        f"assert recorded.changed(before, values) == {_quoted(changed)}",
    ]
    return function(stage.style, f"test_{name}_{what}({argument}) -> None", says, body)


def _quoted(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _again(stage: Stage, one: Invariant, name: str) -> str:
    argument, given = _given(stage)
    after = f"after_{name}: dict[str, Any]"
    body = [
        f"again = stages.stage_{name}({given})",
        f"for name in {_quoted(one.names)}:",
        f"    before = recorded.describe(after_{name}[name])",
        "    assert recorded.differences(before, again[name], name) == []",
    ]
    head = f"test_{name}_gives_the_same_again({', '.join(filter(None, [argument, after]))}) -> None"
    return function(
        stage.style, head, "A second call gives the same: nothing in it is left to chance.", body
    )


# ---- calls


def of_calls(style: Style, name: str, known_as: str, calls: Mapping[str, Call]) -> list[str]:
    """One test for the calls of a definition whose results are literals, one for the others."""
    written = {text: call for text, call in calls.items() if call.text}
    digests = [text for text, call in calls.items() if not call.text]
    tests = []
    if written:
        cases = [_case(text, known_as, call.text) for text, call in written.items()]
        tests.append(
            _parametrized(
                style,
                '("result", "wanted")',
                cases,
                f"test_{name}_as_called(result: Any, wanted: Any) -> None",
                ["assert result() == wanted"],
            )
        )
    if digests:
        cases = [
            f"pytest.param(lambda: {_renamed(text, known_as)}, {json.dumps(text)}, id={json.dumps(text)})"
            for text in digests
        ]
        tests.append(
            _parametrized(
                style,
                '("result", "call")',
                cases,
                f"test_{name}_as_recorded(result: Any, call: str) -> None",
                ["assert recorded.as_called(call, result()) == []"],
            )
        )
    return tests


def _case(text: str, known_as: str, wanted: str) -> str:
    value = ast.literal_eval(wanted)
    has_floats = any(isinstance(part, float) for part in _leaves(value))
    written = f"pytest.approx({wanted}, nan_ok=True)" if has_floats else wanted
    return f"pytest.param(lambda: {_renamed(text, known_as)}, {written}, id={json.dumps(text)})"


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from (leaf for item in value.values() for leaf in _leaves(item))
    elif isinstance(value, list | tuple):
        yield from (leaf for item in value for leaf in _leaves(item))
    else:
        yield value


def _renamed(text: str, known_as: str) -> str:
    """The call by the name under which the test knows the definition."""
    return known_as + text[text.index("(") :]


def _parametrized(
    style: Style, names: str, cases: Sequence[str], head: str, body: Sequence[str]
) -> str:
    lines = "".join(f"        {case},\n" for case in cases)
    test = function(style, head, "The calls in the notebook give what they gave there.", body)
    return f"@pytest.mark.parametrize(\n    {names},\n    [\n{lines}    ],\n)\n{test}"


# ---- marks


def marked(test: str, recording: Recording, staged: Iterable[str], slow: frozenset[str]) -> str:
    """The test, marked when it asks for a step that is slow, or of which nothing is known."""
    asked = set(re.findall(r"(?<!stored_)\bafter_(\w+)", test)) & set(staged)
    unknown = sorted(name for name in asked if recording.unknown(name))
    if unknown:
        reason = f"{recording.unknown(unknown[0])}, so nothing is known of {unknown[0]}"
        return f"@pytest.mark.skip(reason={json.dumps(reason, ensure_ascii=False)})\n{test}"
    return f"@pytest.mark.slow\n{test}" if slow & asked else test
