"""The text of the tests on made-up inputs: a call, and what the notebook's own code gave for it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nb2pkg.observed import Example, Examples
from nb2pkg.plan.model import Style
from nb2pkg.render.code import formatted, indented

_LINE = 80  # characters of an assert that stays in one line
_INLINE = 30  # characters of an argument that stands in the call itself
_SUFFIXES = {
    "some_values": "",
    "its_limit": "_at_its_limit",
    "below_its_limit": "_below_its_limit",
    "above_its_limit": "_above_its_limit",
    "ties": "_with_ties",
    "missing_values": "_with_missing_values",
    "other_values": "_of_other_values",
    "one_value": "_of_one_value",
    "nothing": "_of_nothing",
    "many_values": "_of_many_values",
}
_IMPORTS = {
    r"\bpd\.": "import pandas as pd",
    r"\bnp\.": "import numpy as np",
    r"\bplt\.": "import matplotlib.pyplot as plt",
    r"\bmath\.": "import math",
    r"(?<!\.)\brandom\.": "import random",
    r"\bdatetime\.": "import datetime",
    r"\bdecimal\.": "import decimal",
    r"\bPath\b": "from pathlib import Path",
    r"\bpytest\.": "import pytest",
    r"\bassert_frame_equal\b": "from pandas.testing import assert_frame_equal",
    r"\bassert_series_equal\b": "from pandas.testing import assert_series_equal",
}
_SHORT = {"pd", "np", "plt", "math", "random", "datetime", "decimal", "pytest", "result"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A function that is tested: what the tests call it, and the class of which it is a method.

    known: names of the package's functions, and what the tests call these.
    """

    name: str
    known_as: str
    cls: str = ""
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def test(self) -> str:
        """What its tests begin with."""
        owner = f"{_snake(self.cls)}_" if self.cls else ""
        return f"test_{owner}{self.name.strip('_')}"


def imports(code: str) -> list[str]:
    """Of libraries, for what the code mentions."""
    return [line for pattern, line in _IMPORTS.items() if re.search(pattern, code)]


def tests(style: Style, subject: Subject, found: Examples) -> list[str]:
    """The tests of one function: one that is skipped where nothing could be made up."""
    if not found.cases:
        reason = f"no test on made-up inputs: {found.reason}".replace('"', "'")
        return [f'@pytest.mark.skip(reason="{reason}")\ndef {subject.test}() -> None: ...']
    if len(found.cases) > 1 and all(map(_is_short, found.cases)):
        texts = [_as_table(subject, found.cases)]
    else:
        texts = [_as_function(subject, case) for case in found.cases]
    return [formatted(style, text).rstrip() for text in texts]


def _is_short(case: Example) -> bool:
    """Is it one line: an assert on what a call of literals gives?"""
    is_one = len(case.asserts) == 1 and case.asserts[0].startswith("assert result == ")
    is_plain = not (case.files or case.seeds or case.wrap or case.raised or case.before)
    return is_one and is_plain and all(len(text) <= _INLINE for _, text in case.arguments)


def _as_table(subject: Subject, cases: Sequence[Example]) -> str:
    names = [name for name, _ in cases[0].arguments]
    quoted = ", ".join(f'"{name}"' for name in [*names, "expected"])
    rows = [
        f"pytest.param({', '.join([*(text for _, text in case.arguments), _wanted(case)])}, "
        f'id="{case.shape}"),'
        for case in cases
    ]
    given = [(name, name) for name in names]
    call = _call(subject, given, cases[0].named)
    lines = "\n".join(rows)
    return (
        f"@pytest.mark.parametrize(({quoted}), [\n{lines}\n])\n"
        f"def {subject.test}({', '.join([*names, 'expected'])}):\n    assert {call} == expected\n"
    )


def _wanted(case: Example) -> str:
    return case.asserts[0].partition(" == ")[2]


def _as_function(subject: Subject, case: Example) -> str:
    fresh = _fresh_names(subject, case)
    asserts = [_renamed(line, fresh) for line in case.asserts]
    has_files = bool(case.files) or any("Path(" in line for line in asserts)
    lines = _files(case) if has_files else []
    lines += [_as_known(subject, source) for source in case.before]
    given: list[tuple[str, str]] = []
    for name, text in case.arguments:
        text = _as_known(subject, text)
        is_read = any(re.search(rf"\b{fresh.get(name, name)}\b", line) for line in asserts)
        if (len(text) <= _INLINE and not is_read) or (name == "self" and not is_read):
            given.append((name, text))
        else:
            local = fresh.get(name, name)
            lines.append(f"{local} = {text}")
            given.append((name, local))
    lines += [f"{generator}.seed(7)" for generator in case.seeds]
    call = _call(subject, given, case.named)
    call = f"{case.wrap}({call})" if case.wrap else call
    if case.raised:
        lines += [f"with pytest.raises({case.raised}):", f"    {call}"]
    else:
        lines += _asserted(call, case, asserts, fresh)
    needs = [
        *(["tmp_path", "monkeypatch"] if has_files else []),
        *(["capsys"] if any("capsys" in line for line in asserts) else []),
    ]
    head = f"def {subject.test}{_SUFFIXES[case.shape]}({', '.join(needs)}):"
    return f"{head}\n{indented(chr(10).join(lines))}\n"


def _files(case: Example) -> list[str]:
    lines = ["monkeypatch.chdir(tmp_path)"]
    lines += [f"Path({folder!r}).mkdir(parents=True)" for folder in case.folders]
    return lines + [f"Path({path!r}).write_text({_joined(text)})" for path, text in case.files]


def _joined(text: str) -> str:
    """A text as one string for each of its lines."""
    return " ".join(repr(line) for line in text.splitlines(keepends=True)) or '""'


def _asserted(
    call: str, case: Example, asserts: Sequence[str], fresh: Mapping[str, str]
) -> list[str]:
    """The call and what is asserted: in one line, where that is one assert about its only value."""
    names = [fresh.get(name, name) for name in case.returns] or ["result"]
    found = _compared(asserts[0], names[0]) if len(asserts) == len(names) == 1 else None
    if found is None:
        return [*_result(call, case, asserts, fresh), *_with_axes(asserts)]
    head, expected, options = found
    if head == "assert ":
        return [f"assert {call} == {expected}"]
    if len(head + call + expected + options) < _LINE:
        return [f"{head}{call}, {expected}{options})"]
    return [f"expected = {expected}", f"{head}{call}, expected{options})"]


def _with_axes(asserts: Sequence[str]) -> list[str]:
    """With a name for the axes of the open figure, where several lines say something of them."""
    text = "\n".join(asserts)
    places = {*re.findall(rf"{re.escape(_AXES)}\[\d+\]", text)}
    if text.count(_AXES) < 2 or re.search(r"(?<!\.)\baxes\b", text):
        return [*asserts]
    named = places.pop() if len(places) == 1 else _AXES
    first = next(n for n, line in enumerate(asserts) if named in line)
    short = [line.replace(named, "axes") for line in asserts]
    return [*short[:first], f"axes = {named}", *short[first:]]


_AXES = "plt.gcf().axes"


def _compared(line: str, subject: str) -> tuple[str, str, str] | None:
    """What an assert begins with, what it compares the subject with, and its options."""
    node = ast.parse(line).body[0]
    match node:
        case ast.Assert(ast.Compare(ast.Name(name), [ast.Eq()], [wanted])) if name == subject:
            return "assert ", ast.get_source_segment(line, wanted) or "", ""
        case ast.Expr(ast.Call(function, [ast.Name(name), wanted], keywords)) if name == subject:
            options = "".join(f", {ast.unparse(keyword)}" for keyword in keywords)
            return f"{ast.unparse(function)}(", ast.get_source_segment(line, wanted) or "", options
    return None


def _result(
    call: str, case: Example, asserts: Iterable[str], fresh: Mapping[str, str]
) -> list[str]:
    """The line that calls it: its values get names where something is said of them."""
    text = "\n".join(asserts)
    names = [fresh.get(name, name) for name in case.returns] or ["result"]
    used = [name if re.search(rf"\b{name}\b", text) else "_" for name in names]
    if {*used} == {"_"}:
        return [call]
    return [f"{', '.join(used)} = {call}"]


def _call(subject: Subject, given: Sequence[tuple[str, str]], named: Collection[str]) -> str:
    owner = ""
    if subject.cls:
        (_, owner), *given = given
    listed = ", ".join(f"{name}={text}" if name in named else text for name, text in given)
    return f"{owner}.{subject.name}({listed})" if owner else f"{subject.known_as}({listed})"


def _as_known(subject: Subject, source: str) -> str:
    """The source with functions of the package as the tests call them."""
    for name, known in subject.known.items():
        if name != known:
            source = re.sub(rf"(?<![\w.'\"]){re.escape(name)}(?=\()", known, source)
    return source


def _imported(case: Example) -> set[str]:
    """The names that its imports bind."""
    nodes = [node for line in case.imports for node in ast.parse(line).body]
    aliases = [a for n in nodes if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names]
    return {alias.asname or alias.name.partition(".")[0] for alias in aliases}


def _fresh_names(subject: Subject, case: Example) -> dict[str, str]:
    """New names for values that are called like a function or a library of the test."""
    taken = {subject.known_as, *subject.known.values(), *_SHORT, *_imported(case)}
    taken -= {"result"} if not case.returns else set()
    given = {name: f"given_{name}" for name, _ in case.arguments if name in taken}
    made = {name: f"made_{name}" for name in case.returns if name in taken}
    return given | made | ({"self": _snake(subject.cls)} if subject.cls else {})


def _renamed(line: str, fresh: Mapping[str, str]) -> str:
    for old, new in fresh.items():
        line = re.sub(rf"(?<![\w.'\"]){re.escape(old)}\b(?!['\"(=])", new, line)
    return line


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
