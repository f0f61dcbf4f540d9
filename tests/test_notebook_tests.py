"""Tests that stand in the notebook become tests of the package, or stay with a reason."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nb2pkg import facts
from nb2pkg.notebook import tags
from nb2pkg.plan.make import make
from nb2pkg.plan.request import Options
from nb2pkg.promote.build import Promotion, Request, promote
from tests import build

pytestmark = pytest.mark.xdist_group("notebook_tests")  # its fixtures are made once

WEIGHTS = """
# %%
%load_ext nb2pkg
import math
import unittest
# %% tags=["nb2pkg:weigh.collect"]
weights = [61, 74, 58]
weights.sort()
# %% tags=["nb2pkg:units"]
def pounds(kg):
    return round(kg * 2.2, 1)
# %% tags=["nb2pkg:summary.summarise"]
mean = sum(weights) / len(weights)
heavy = [w for w in weights if w > 60]
"""


def promoted(tmp_path: Path, cells: str, everything: bool = False) -> tuple[Promotion, str]:
    """The package on disk, and what its own tests say."""
    made = promote(build.write(tmp_path, cells), Request(tmp_path / "out", everything=everything))
    for where, text in made.files.items():
        path = made.project / where
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", "--no-header"]
    command += ["-p", "no:randomly"]  # the order is looked at
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    done = subprocess.run(
        command, cwd=made.project, capture_output=True, text=True, env=environment
    )
    return made, done.stdout


def own(said: str, earlier: str = "") -> list[str]:
    """``file::test outcome`` of the tests in the second report that are not in the first."""
    found = re.findall(r"^tests/(\S+) (PASSED|FAILED|ERROR)", said, re.MULTILINE)
    before = re.findall(r"^tests/(\S+) (PASSED|FAILED|ERROR)", earlier, re.MULTILINE)
    return [
        f"{test} {outcome}".removesuffix(" PASSED")
        for test, outcome in found
        if (test, outcome) not in before
    ]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the tests of the package say without a cell of tests."""
    return promoted(tmp_path_factory.mktemp("plain"), WEIGHTS)[1]


MOVE = {
    "plain code with its own names": (
        "%%nbtest weights are plausible\nexpected = 3\nassert len(weights) == expected",
        ["test_weigh.py::test_weights_are_plausible"],
    ),
    "plain code without a name": (
        "%%nbtest\nimport numbers\nassert isinstance(mean, numbers.Real)",
        ["test_summary.py::test_summarise_as_asserted"],
    ),
    "beside the last step whose values it reads": (
        "%%nbtest\ndef test_lightest(): assert weights[0] == 58\n"
        "def test_mean():\n    assert weights[0] < mean < weights[-1]",
        ["test_summary.py::test_mean", "test_weigh.py::test_lightest"],
    ),
    "parameters and fixtures": (
        "%%nbtest\nCASES = [(1, 2.2), (10, 22.0)]\n@pytest.fixture\ndef light():\n"
        "    return min(weights)\n@pytest.mark.parametrize('kg, lb', CASES)\n"
        "def test_of_pounds(kg, lb, tmp_path, light):\n    # close\n"
        "    assert math.isclose(pounds(kg), lb) and light == 58",
        [
            "test_units.py::test_of_pounds[1-2.2]",
            "test_units.py::test_of_pounds[10-22.0]",
        ],
    ),
    "helpers": (
        "%%nbtest\nlow, high = weights[0], weights[-1]\ndef between(x): return low <= x <= high\n"
        "def close(a, b): return math.isclose(a, b)\n"
        "def test_between(): assert between(mean) and close(1, 1)",
        ["test_summary.py::test_between"],
    ),
    "classes": (
        "%%nbtest\nclass Weights(unittest.TestCase):\n    def setUp(self):\n"
        "        self.first = weights[0]\n    def test_first(self):\n"
        "        self.assertEqual(self.first, 58)\nclass TestHeavy:\n"
        "    @pytest.mark.parametrize('i', [0, 1])\n    def test_it(self, i): assert heavy[i] > 60",
        [
            "test_summary.py::TestHeavy::test_it[0]",
            "test_summary.py::TestHeavy::test_it[1]",
            "test_weigh.py::Weights::test_first",
        ],
    ),
    "what it changes is copied": (
        "%%nbtest\ndef test_a():\n    heavy.append(1)\n    assert len(heavy) == 3\n"
        "def test_b():\n    heavy.append(1)\n    assert len(heavy) == 3",
        ["test_summary.py::test_a", "test_summary.py::test_b"],
    ),
    "a name that is taken": (
        "%%nbtest\ndef test_summarise(): assert mean",
        ["test_summary.py::test_summarise"],
    ),
    "a name of the notebook that the cell binds": (
        "%%nbtest shorter\nweights = weights[1:]\nassert len(weights) == 2",
        ["test_weigh.py::test_shorter"],
    ),
}


@pytest.mark.parametrize(("cell", "wanted"), MOVE.values(), ids=MOVE.keys())
def test_what_moves(tmp_path: Path, plain: str, cell: str, wanted: list[str]) -> None:
    made, said = promoted(tmp_path, f"{WEIGHTS}# %%\n{cell}\n")
    assert own(said, plain) == wanted, said
    story = json.loads(made.files["notebooks/analysis.ipynb"])
    assert "".join(story["cells"][-1]["source"]) == cell


def test_a_tagged_cell_is_the_same_without_the_magic(tmp_path: Path, plain: str) -> None:
    cell = (
        "limit = 60\ndef test_limit():\n    assert mean > limit\n"
        "class Mean(unittest.TestCase):\n    def test_it(self): assert mean\n"
        "test_limit()\nunittest.main(argv=[''], exit=False)\nassert heavy == [61, 74]"
    )
    made, said = promoted(tmp_path, f'{WEIGHTS}# %% tags=["nb2pkg-test"]\n{cell}\n')
    assert own(said, plain) == [
        "test_summary.py::test_limit",
        "test_summary.py::Mean::test_it",
        "test_summary.py::test_summarise_as_asserted",
    ]
    assert not [problem for problem in made.problems if problem.code == "NB506"]


STAY = {
    "a value that nothing makes": ("assert ghost", "it reads ghost"),
    "a function over it": ("def test_a(): assert ghost", "it reads ghost"),
    "code from text": ("def test_a():\n    exec('assert weights')", "exec means something else"),
    "a decorator over values": (
        "@pytest.mark.parametrize('w', weights)\ndef test_w(w): assert w",
        "what it is made from",
    ),
    "the class as a whole": (
        "class A(unittest.TestCase):\n    @classmethod\n    def setUpClass(cls): cls.w = weights\n"
        "    def test_a(self): assert self.w",
        "a method of the whole class",
    ),
    "a variable that it sets": (
        "def test_a():\n    global n\n    n = 1\n    assert n",
        "it sets n",
    ),
    "a test that awaits": ("async def test_a(): assert weights", "it awaits"),
    "a helper that awaits": (
        "async def wait(): return 1\ndef test_wait(): assert wait() and weights",
        "it awaits",
    ),
    "a magic": ("files = !ls\nassert files", "it uses !ls"),
    "a fixture for all": (
        "@pytest.fixture(autouse=True)\ndef always(): pass\ndef test_a(): assert 1",
        "a fixture for all tests",
    ),
}


@pytest.mark.parametrize(("cell", "why"), STAY.values(), ids=STAY.keys())
def test_what_stays_and_why(cell: str, why: str) -> None:
    notebook = build.notebook(f"{WEIGHTS}# %%\n%%nbtest\n{cell}\n")
    made = make(notebook, facts.analyze(notebook), Options())
    told = [problem for problem in made.problems if problem.code == "NB506"]
    assert told
    assert why in told[0].message
    assert made.checks == ()


def test_a_value_that_the_notebook_changed_since_is_not_taken_from_the_step() -> None:
    cells = f"{WEIGHTS}# %%\nheavy.append(1)\n# %%\n%%nbtest\nassert len(heavy) == 3\n"
    notebook = build.notebook(cells)
    made = make(notebook, facts.analyze(notebook), Options())
    assert made.checks == ()
    assert [p.code for p in made.problems] == ["NB506"]


def test_what_a_cell_of_tests_binds_is_its_own() -> None:
    """Nothing of it is a value of the notebook, whatever it is called."""
    cells = (
        f"{WEIGHTS}# %%\n%%nbtest\nmean = 0\ndel mean\ndef pounds(): pass\nassert 1\n# %%\nmean\n"
    )
    notebook = build.notebook(cells)
    found = facts.analyze(notebook)
    body = [f for cell in found for f in cell.statements if cell.cell.source.startswith("%%nb")]
    assert not any(f.bound or f.deletes or f.late_writes for f in body)
    made = make(notebook, found, Options(everything=True))
    assert [step.returns for step in made.steps][-1] == ("mean",)
    assert [definition.name for definition in made.definitions] == ["pounds"]


def test_a_test_calls_a_function_with_the_data_that_it_is_passed(tmp_path: Path) -> None:
    cells = """
    # %%
    rates = [1, 2]
    rates.append(3)
    # %%
    def tax(x):
        return x * len(rates)
    # %%
    t = [tax(i) for i in range(3)]
    # %%
    %%nbtest
    def test_tax():
        assert tax(2) == 6
    """
    made, said = promoted(tmp_path, cells, everything=True)
    assert "test_tax PASSED" in said
    source = "".join(json.loads(made.files["notebooks/analysis.ipynb"])["cells"][-1]["source"])
    assert source == "%%nbtest\ndef test_tax():\n    assert tax(2, rates=rates) == 6"


def test_markdown_above_and_comments_inside_come_along(tmp_path: Path) -> None:
    cells = (
        f"{WEIGHTS}# %% [markdown]\n# Nobody is lighter than 50 kg.\n"
        "# %%\n%%nbtest\n# above\ndef test_light():\n    # inside\n    assert min(weights) > 50\n"
    )
    made, _ = promoted(tmp_path, cells)
    assert (
        "# above\ndef test_light(after_collect: dict[str, Any]):\n"
        '    """Nobody is lighter than 50 kg."""\n    weights = after_collect["weights"]\n'
        "    # inside\n    assert min(weights) > 50\n"
    ) in made.files["tests/test_weigh.py"]


EXAMPLES = '''
# %% tags=["nb2pkg:units"]
RATE = 2.2
def pounds(kg):
    """In pounds.

    >>> pounds(10)
    22.0
    """
    return kg * RATE
def shown(frame):
    """Needs what is not here.

    >>> shown(birds)
    1
    """
    return len(frame)
class Scale:
    """Weighs.

    >>> scale = Scale()
    >>> scale.weigh(3)
    6.6
    """
    def weigh(self, kg):
        """
        >>> Scale().weigh(0)
        0.0
        """
        return round(pounds(kg), 1)
# %%
weights = [pounds(1), 2]
'''


def test_examples_in_docstrings_are_run(tmp_path: Path) -> None:
    made, said = promoted(tmp_path, EXAMPLES)
    assert '@pytest.mark.parametrize("item", [pounds, Scale])' in made.files["tests/test_units.py"]
    assert "test_examples[pounds] PASSED" in said
    assert "test_examples[Scale] PASSED" in said


def test_an_example_that_is_wrong_fails(tmp_path: Path) -> None:
    _, said = promoted(tmp_path, EXAMPLES.replace("22.0", "23.0"))
    assert "test_examples[pounds] FAILED" in said


def test_the_files_are_clean(tmp_path: Path) -> None:
    ruff = pytest.importorskip("ruff")
    cells = "".join(f"# %%\n{cell}\n" for cell, _ in MOVE.values())
    made, said = promoted(tmp_path, WEIGHTS + cells)
    assert "FAILED" not in said
    command = [ruff.find_ruff_bin(), "check", "--no-cache", "."]
    done = subprocess.run(command, cwd=made.project, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_magic_is_a_tag_that_gives_way_to_skip() -> None:
    source = "%%nbtest\nassert 1"
    cells = build.notebook([source, "%%nbtest\n# nb2pkg: skip\nassert 1"]).cells
    assert [tag.action for tag, _ in map(tags.tag_of, cells) if tag] == ["test", "skip"]
    (cell,) = build.notebook('# %% tags=["nb2pkg:clean"]\n%%nbtest\nassert 1').cells
    tag, problems = tags.tag_of(cell)
    assert tag is None
    assert [problem.code for problem in problems] == ["NB102"]
