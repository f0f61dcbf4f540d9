"""Parameters of the analysis: papermill's cells, typed and computed ones, and what is no option."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nb2pkg import facts
from nb2pkg.plan.make import make
from nb2pkg.plan.request import Options
from nb2pkg.promote.build import Promotion, Request, promote
from nb2pkg.promote.update import update, write
from tests import build

HEAD = "# %%\nfrom pathlib import Path\nfrom datetime import date\nimport datetime as dt\n"
CELL = '# %% tags=["parameters"]\n'
INJECTED = '# %% tags=["injected-parameters"]\n# Parameters\n'


def made(folder: Path, parameters: str, uses: str, injected: str = "") -> Promotion:
    text = HEAD + CELL + parameters + "\n"
    text += INJECTED + injected + "\n" if injected else ""
    path = build.write(folder, text + f"# %%\nfound = [{uses}]\n")
    return promote(path, Request(everything=True))


# the cell, what was injected, and each parameter with its default and its type in run()
ROWS: list[tuple[str, str, dict[str, tuple[str, str]]]] = [
    ("n = 5 * 60", "", {"n": ("5 * 60", "Any")}),
    ("low = -3", "", {"low": ("-3", "int")}),
    ("rate: float = 2", "", {"rate": ("2", "float")}),
    ("folder = Path('data')", "", {"folder": ("Path('data')", "Path")}),
    ("start: date = date(2020, 1, 1)", "", {"start": ("date(2020, 1, 1)", "date")}),
    ("end = dt.date(2020, 1, 1)", "", {"end": ("dt.date(2020, 1, 1)", "dt.date")}),
    ("n = 3\nlabel = f'run_{n}'", "", {"n": ("3", "int"), "label": ("f'run_{n}'", "str")}),
    ("year = 2007", "year = 2008", {"year": ("2008", "int")}),
    ("year = 2007\nkind = 'a'", "kind = 'b'", {"year": ("2007", "int"), "kind": ("'b'", "str")}),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "injected", "options"), ROWS, ids=[row[0] for row in ROWS])
def test_options(
    tmp_path: Path, cell: str, injected: str, options: dict[str, tuple[str, str]]
) -> None:
    found = made(tmp_path, cell, ", ".join(options), injected)
    assert {p.name: p.source for p in found.plan.parameters} == {
        name: source for name, (source, _) in options.items()
    }
    pipeline = found.files["src/analysis/pipeline.py"]
    for name, (_, kind) in options.items():
        assert f"{name}: {kind} = {name}" in pipeline
    assert not [p for p in found.problems if p.code == "NB514"]


NOT: list[tuple[str, str, str, str]] = [
    ("nobody reads it", "n = 3", "1", ""),
    ("its value is read from somewhere", "n = len(open('a').read())", "n", ""),
    ("it is read before it has its last value", "n = 3\nm = n + 1", "n", "n = 4"),
    ("it is changed later", "n = 3", "n", "n = 4\nn += 1"),
]


@pytest.mark.parametrize(
    ("cell", "uses", "injected"), [row[1:] for row in NOT], ids=[row[0] for row in NOT]
)
def test_what_is_no_option_is_told(tmp_path: Path, cell: str, uses: str, injected: str) -> None:
    found = made(tmp_path, cell, uses, injected)
    assert "n" not in {parameter.name for parameter in found.plan.parameters}
    assert "n" in {p.message.split(" ")[2] for p in found.problems if p.code == "NB514"}


def test_the_narrative_keeps_both_cells(tmp_path: Path) -> None:
    found = made(tmp_path, "year = 2007", "year", "year = 2008")
    cells = build.cells_of(found.files["notebooks/analysis.ipynb"])
    assert cells[1] == "year = 2007"
    assert cells[2] == "# Parameters\nyear = 2008"


def test_options_are_read_as_what_they_are(tmp_path: Path) -> None:
    found = made(
        tmp_path, "folder = Path('data')\nstart = date(2020, 1, 1)\nn = 2", "folder / 'x', start, n"
    )
    write(update(found))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "analysis",
            "--folder",
            "other",
            "--start",
            "2021-02-03",
            "--n",
            "5",
        ],
        cwd=found.project / "src",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "other" in done.stdout
    assert "2021, 2, 3" in done.stdout
    assert "5]" in done.stdout


LIMIT = """
# %%
import pandas as pd
orders = pd.read_csv("a.csv").dropna()
# %%
LIMIT = orders.amount.quantile(0.9) + 1
"""

# What a step does with LIMIT, and what its function takes.
LOWERED = [
    ("large = orders[orders.amount > LIMIT].head()", ("orders", "limit")),
    ("scaled = orders.amount.map(lambda x: x > LIMIT).sum()", ("orders", "limit")),
    ("note = f'{LIMIT:.1f}' + str(LIMIT)", ("limit",)),
    # it stays as it is
    ("limit = LIMIT * 2 + 1", ("LIMIT",)),
    ("large = orders.query('amount > @LIMIT').head()", ("orders", "LIMIT")),
    ("cut = [min(limit, 3) for limit in [LIMIT]]", ("LIMIT",)),
    ("X = orders.to_numpy() + 1", ("orders",)),
]


@pytest.mark.parametrize(("code", "takes"), LOWERED, ids=[row[0] for row in LOWERED])
def test_data_in_capitals_are_parameters_in_lower_case(code: str, takes: tuple[str, ...]) -> None:
    notebook = build.notebook(f"{LIMIT}# %%\n{code}")
    step = make(notebook, facts.analyze(notebook), Options(everything=True)).steps[-1]
    assert step.inside(step.params) == takes
    assert ("LIMIT" in step.body) is ("LIMIT" in takes)


def test_a_matrix_keeps_its_letter() -> None:
    notebook = build.notebook(f"{LIMIT}# %%\nX = orders.to_numpy() + 1\n# %%\nY = X.T + X.mean()")
    step = make(notebook, facts.analyze(notebook), Options(everything=True)).steps[-1]
    assert step.inside(step.params) == ("X",)


def test_copies_take_it_in_lower_case_too() -> None:
    notebook = build.notebook(
        f"{LIMIT}# %%\nlarge = orders[orders.amount > LIMIT].head(3)\n"
        "# %%\nnext_large = orders[orders.amount > LIMIT].head(4)"
    )
    made = make(notebook, facts.analyze(notebook), Options(everything=True))
    assert [step.inside(step.params) for step in made.steps[-2:]] == [("orders", "limit")] * 2
    assert made.steps[-1].copy_of


def test_an_option_in_lower_case_hides_no_inner_name() -> None:
    text = "# %%\nLIMIT = 3\n# %%\ncut = [min(limit, LIMIT) for limit in [[1] * 2]]"
    notebook = build.notebook(text)
    step = make(notebook, facts.analyze(notebook), Options(everything=True)).steps[-1]
    assert [keyword.name for keyword in step.keywords] == ["LIMIT"]
