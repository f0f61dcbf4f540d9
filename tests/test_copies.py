"""The same code twice is one function: what merges, and what must not."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from nb2pkg import facts
from nb2pkg.plan.make import make
from nb2pkg.plan.model import Plan, Step
from nb2pkg.plan.request import Options
from nb2pkg.promote.build import Request, promote
from nb2pkg.render import modules, pipeline
from tests import build

START = """
# %%
import math
import statistics
# %% tags=["nb2pkg:data.load"]
north = list(reversed([8, 2, 1, 3]))
south = [n + 3 for n in north]
table = {name: [n, n + 2] for n, name in enumerate("ab")}
"""


def plan(*cells: str, head: str = START) -> Plan:
    """What is made of cells, of which each has a tag for one module, and of one that shows it all."""
    text = head
    for cell in cells:
        tag, _, code = cell.rpartition("|")
        text += f'# %% tags=["nb2pkg:{tag or "work"}"]\n{code}\n'
    notebook = build.notebook(text)
    return make(notebook, facts.analyze(notebook), Options())


def functions(made: Plan) -> list[str]:
    return [step.name for step in made.functions if step.module == "work"]


def called(step: Step) -> str:
    parameters = [keyword.parameter for keyword in step.keywords]
    return "\n".join([*step.remarks, pipeline.call(step, parameters)])


def module(made: Plan) -> str:
    (item,) = (item for item in made.modules if item.name == "work")
    return modules.module(made, item)


def calls(made: Plan) -> list[str]:
    """The calls of the functions as the narrative has them."""
    return [called(step) for step in made.steps if step.module == "work"]


# What two cells say, the function that they become, and how they call it.
MERGES = {
    "but for names": (
        "low = sorted(north)[1:]\nleast = low[0] * 2",
        "few = sorted(south)[1:]\nfirst = few[0] * 2",
        ["data"],
        [],
    ),
    "but for a number": (
        "a_low = sorted(x for x in north if x > 2)",
        "b_low = sorted(x for x in north if x > 5)",
        ["north"],
        ["x_limit=2", "x_limit=5"],
    ),
    "but for a keyword argument": (
        "one = sorted(round(x / 3, ndigits=1) for x in north)",
        "two = sorted(round(x / 3, ndigits=2) for x in north)",
        ["north"],
        ["ndigits=1", "ndigits=2"],
    ),
    "but for a column": (
        "a_top = max(table['a']) + min(table['a'])",
        "b_top = max(table['b']) + min(table['b'])",
        ["table"],
        ["column='a'", "column='b'"],
    ),
    "but for a list": (
        "one = sum(max(table[c]) for c in table)\nmany = one + sum([1, 2])",
        "two = sum(max(table[c]) for c in table)\nfew = two + sum([3])",
        ["table"],
        ["[1, 2]", "[3]"],
    ),
    "but for two lists that are alike": (
        "one = [1, 2]\ntwo = [1, 2]\none.append(len(north))\nboth = one + two",
        "few = [3]\nall_ = [3]\nfew.append(len(north))\nmany = few + all_",
        ["north"],
        ["[1, 2]", "[3]"],
    ),
    "but for a column, inside a lambda with an argument of that name": (
        "one = list(map(lambda column: table['a'][0] + len(north), north))",
        "two = list(map(lambda column: table['b'][0] + len(north), north))",
        ["north", "table"],
        ["'a'", "'b'"],
    ),
    "but for a text that stands right before a word": (
        "one = 'p'if len(north) > 2 else'q'\nleast = one * len(north) + one",
        "two = 'r'if len(south) > 2 else'q'\nfirst = two * len(south) + two",
        ["data"],
        ["='p'", "='r'"],
    ),
    "but for what is bound to names that differ": (
        "least_one = 1\nleast_all = [least_one + len(north)] + north",
        "most_one = 5\nmost_all = [most_one + len(north)] + north",
        ["north"],
        ["one_value=1", "one_value=5"],
    ),
    "but for a unit in a text that is filled in": (
        "low = sorted(north)\nleast = f'{low[0]} kg'",
        "few = sorted(south)\nfirst = f'{few[0]} lb'",
        ["data"],
        ["name='kg'", "name='lb'"],
    ),
    "but for a file, in a path and alone": (
        "low = sorted(north)\nleast = [f'{low[0]}/raw/may.csv', 'may.csv']",
        "few = sorted(south)\nfirst = [f'{few[0]}/raw/june.csv', 'june.csv']",
        ["data"],
        ["file_name='may.csv'", "file_name='june.csv'"],
    ),
    "but for a text of letters of several bytes": (
        "low = sorted(north)\nleast = ['ü', f'ä {low[0]} für {low[1]} März']",
        "few = sorted(south)\nfirst = ['ü', f'ä {few[0]} für {few[1]} Mai']",
        ["data"],
        ["name='März'", "name='Mai'"],
    ),
    "but for a sign": (
        "one = [abs(x) - -1 for x in north]\nprint(len(one))\nleast = min(one)",
        "two = [abs(x) - -2 for x in south]\nprint(len(two))\nfirst = min(two)",
        ["data"],
        ["=1", "=2"],
    ),
}


@pytest.mark.parametrize("name", MERGES)
def test_what_is_one_function(name: str) -> None:
    first, second, params, passed = MERGES[name]
    made = plan(first, second)
    assert len(functions(made)) == 1
    one, other = [step for step in made.steps if step.module == "work"]
    assert list(one.inside(one.params)) == params
    assert other.copy_of == one.name
    for call, given in zip(calls(made), passed):
        assert given in call
    values, original = _values(made), _original(first, second)
    assert {name for step in made.steps for name in step.returns} <= {*values}
    assert values == {name: original[name] for name in values}


def _values(made: Plan) -> Mapping[str, Any]:
    """What the functions give when they are called as the narrative calls them."""
    scope: dict[str, Any] = {}
    for item in made.modules:
        text = "\n".join(x for x in modules.module(made, item).split("\n") if "from ." not in x)
        exec(text, scope)  # in one namespace: they import each other's names
    for step in made.steps:
        exec(called(step), scope)
    return _data(scope)


def _original(*cells: str) -> Mapping[str, Any]:
    scope: dict[str, Any] = {}
    exec("\n".join([START, *(cell.rpartition("|")[2] for cell in cells)]), scope)
    return _data(scope)


def _data(scope: Mapping[str, Any]) -> dict[str, Any]:
    kinds = (int, float, str, list, dict)
    return {n: v for n, v in scope.items() if n[0] != "_" and isinstance(v, kinds)}


# What two cells say that look alike, and do not become one function.
STAY_APART = {
    "a value that only one hands on, and that a later cell replaces": (
        "low = sorted(north)\nleast = low[0] * 2",
        "few = sorted(south)\nfirst = few[0] * 2",
        "print(low)",
        "few = [first]\nlast = few[0] + 1",
        "print(last)",
    ),
    "another function is called": (
        "low = sorted(north)[1:]\nleast = min(low)",
        "few = sorted(south)[1:]\nfirst = max(few)",
    ),
    "an attribute is another": (
        "low = math.floor(north[0] / 2)\nleast = low + 1",
        "few = math.ceil(south[0] / 2)\nfirst = few + 1",
    ),
    "an argument has another name": (
        "low = sorted(north, key=abs)\nleast = low[0] + 1",
        "few = sorted(south, reverse=abs)\nfirst = few[0] + 1",
    ),
    "a name is used twice in one of them": (
        "low = [x + y for x, y in zip(north, south)]\nleast = low[0] + 1",
        "few = [x + y for x, y in zip(north, north)]\nfirst = few[0] + 1",
    ),
    "names change places": (
        "low = north[0] - south[0]\nleast = [low, north]",
        "few = north[0] - south[0]\nfirst = [few, south]",
    ),
    "too many constants": (
        "low = [x + 1 for x in north if x > 2 and x < 7]\nleast = low[0] * 3",
        "few = [x + 2 for x in south if x > 3 and x < 8]\nfirst = few[0] * 4",
    ),
    "a constant of several lines": (
        'low = sorted(north)\nleast = f(low) if low else """one\ntwo"""'.replace(
            "f(low)", "str(low)"
        ),
        'few = sorted(south)\nfirst = str(few) if few else """one\nthree"""',
    ),
    "a constant and a value": (
        "low = sorted(north)\nleast = low[0] + 1",
        "few = sorted(south)\nfirst = few[0] + few[1]",
    ),
    "a number and a text": (
        "low = sorted(north)\nleast = [low, 1]",
        "few = sorted(south)\nfirst = [few, 'one']",
    ),
    "None and a number": (
        "low = sorted(north)\nleast = low[None:2]",
        "few = sorted(south)\nfirst = few[1:2]",
    ),
    "the format of a text": (
        "low = sorted(north)\nleast = f'{low[0]:>3} kg'",
        "few = sorted(south)\nfirst = f'{few[0]:>5} kg'",
    ),
    "a text that stands twice": (
        "low = sorted(north)\nleast = f'a{low[0]}a'",
        "few = sorted(south)\nfirst = f'b{few[0]}b'",
    ),
    "a text with braces": (
        "low = sorted(north)\nleast = f'{low[0]} {{kg}}'",
        "few = sorted(south)\nfirst = f'{few[0]} {{lb}}'",
    ),
    "a text in two pieces": (
        "low = sorted(north)\nleast = f'{low[0]}' ' of kg'",
        "few = sorted(south)\nfirst = f'{few[0]}' ' of lb'",
    ),
    "a pattern": (
        "match sorted(north):\n    case [1, *_]:\n        least = 1\n    case _:\n        least = 0",
        "match sorted(south):\n    case [4, *_]:\n        first = 1\n    case _:\n        first = 0",
    ),
    "a list that is made again and again": (
        "low = []\nfor x in north:\n    box = [1, 2]\n    box.append(x)\n    low.append(box)",
        "few = []\nfor x in south:\n    box = [3]\n    box.append(x)\n    few.append(box)",
    ),
    "names in a text": (
        "low = sorted(north)\nleast = eval('low[0]')",
        "few = sorted(south)\nfirst = eval('few[0]')",
    ),
    "a person gave two names": (
        "work.lowest|low = sorted(north)\nleast = low[0] + 1",
        "work.earliest|few = sorted(south)\nfirst = few[0] + 1",
    ),
    "the argument of a lambda has the name of a value": (
        "low = sorted(north, key=lambda n: -n)\nleast = low[0] + 1",
        "n = sorted(south, key=lambda n: -n)\nfirst = n[0] + 1",
    ),
}


@pytest.mark.parametrize("name", STAY_APART)
def test_what_is_not_one_function(name: str) -> None:
    made = plan(*STAY_APART[name])
    assert not any(step.copy_of for step in made.steps)


def test_what_only_one_is_known_to_have_bound_is_not_returned_by_all() -> None:
    """A run showed which path it takes; the other takes another one perhaps."""
    cells = [
        "north = list(reversed([8, 2]))\nsouth = north[:1]\nprint(north)",
        "if len(south) > 1:\n    least = min(south) + 1",
        "print(north)",
        "if len(north) > 1:\n    first = min(north) + 1",
        "print(north)",
        "last = first * 2 + 1\nlast += first",
    ]
    notebook = build.notebook(
        [
            {"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": n}
            for n, c in enumerate(cells, start=1)
        ]
    )
    made = make(notebook, facts.analyze(notebook), Options(everything=True))
    assert "first" in {name for step in made.steps for name in step.returns}
    assert not any(step.copy_of for step in made.steps)


def test_a_list_of_two_lengths_is_one_parameter_outside_of_loops() -> None:
    made = plan(
        "low = sum(north[i] for i in range(2))\nleast = low + len([1, 2])",
        "few = sum(south[i] for i in range(2))\nfirst = few + len([3])",
    )
    assert len(functions(made)) == 1


def test_what_one_of_them_needs_all_return() -> None:
    made = plan(
        "part = sorted(north)\nleast = part[0] + 1",
        "other = sorted(south)\nfirst = other[0] + 1",
        "work.total|total = sum(other) + len(other)",
    )
    one, other, _ = (step for step in made.steps if step.module == "work")
    assert one.returns == ("least", "part") or one.returns == ("part", "least")
    assert [*other.returns] == ["other" if n == "part" else "first" for n in one.returns]


def test_what_only_the_last_of_them_leaves_behind_all_return() -> None:
    """The first one's value is bound anew below, so nobody reads it."""
    made = plan(
        "best = sorted(north)\nbest += [1]",
        "work.between|between = max(south) + min(south)",
        "best = sorted(south)\nbest += [1]",
    )
    one, _, other = (step for step in made.steps if step.module == "work")
    assert one.returns == other.returns == ("best",)


def test_the_name_that_a_person_gave_counts() -> None:
    made = plan(
        "low = sorted(north)\nleast = low[0] + 1",
        "work.lowest|few = sorted(south)\nfirst = few[0] + 1",
    )
    assert functions(made) == ["lowest"]


def test_comments_that_are_not_true_of_all_stay_at_the_call() -> None:
    made = plan(
        "# The birds of the north.\nlow = sorted(north)\n# the least, and one\nleast = low[0] + 1",
        "# Now the south.\nfew = sorted(south)\n# the least, and one\nfirst = few[0] + 1",
    )
    one, other = calls(made)
    assert one.startswith("# The birds of the north.\n")
    assert other.startswith("# Now the south.\n")
    assert "# the least, and one" in module(made)
    assert "north" not in module(made)
    assert "south" not in module(made)


def test_three_copies_are_one_function_and_the_pipeline_calls_it() -> None:
    made = plan(
        "low = sorted(x for x in north if x > 2)\nleast = low[0] + 1",
        "few = sorted(x for x in south if x > 4)\nfirst = few[0] + 1",
        "all_ = sorted(x for x in south if x > 5)\nnext_ = all_[0] + 1",
    )
    assert len(functions(made)) == 1
    text = pipeline.pipeline(made)
    assert text.count(f" = {functions(made)[0]}(") == 3
    run = next(part for part in ast.parse(text).body if isinstance(part, ast.FunctionDef))
    assert ast.unparse(run).count("x_limit=") == 3


def test_parameters_of_the_analysis_are_passed_too() -> None:
    head = START + '# %% tags=["parameters"]\nTOP = 2\n'
    made = plan(
        "low = sorted(north)[:TOP]\nleast = low[0] * 2",
        "few = sorted(south)[:TOP]\nfirst = few[0] * 3",
        head=head,
    )
    assert len(functions(made)) == 1
    assert "factor, top=TOP):" in module(made)


def test_both_cells_are_in_the_manifest(tmp_path: Path) -> None:
    cells = (
        '# %% id="one" tags=["nb2pkg:work"]\nlow = sorted(north)\nleast = low[0] + 1\n'
        '# %% id="two" tags=["nb2pkg:work"]\nfew = sorted(south)\nfirst = few[0] + 2\n'
    )
    promotion = promote(build.write(tmp_path, START + cells), Request(tmp_path / "out"))
    known = json.loads(promotion.files[".nb2pkg/manifest.json"])["cells"]
    assert list(known["one"]["made"]) == list(known["two"]["made"])
