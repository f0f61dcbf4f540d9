"""The command line: data on stdout, words on stderr, exit codes, one clear error for bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import build

CELLS = """
# %% [markdown]
# # Prices
# %% id="load"
prices = [3, 4]
prices.append(5)
# %% id="mean"
mean = sum(p for p in prices) / len(prices)
mean
# %% id="stays"
exec("x = 1")
"""


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parent.parent
    return subprocess.run(
        [sys.executable, "-m", "nb2pkg", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"},
    )


def test_promote_says_what_moved_and_what_stayed(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    done = run("promote", notebook, "--all")
    assert done.returncode == 0
    assert done.stdout.strip() == str(tmp_path / "analysis-package")
    assert "define_prices" in done.stderr
    assert "cell 4, line 1: NB301 exec runs code from text" in done.stderr
    assert '      exec("x = 1")\n      ^^^^\n' in done.stderr
    assert "hint:" in done.stderr


def test_promote_twice_says_that_nothing_was_written(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    run("promote", notebook, "--all")
    done = run("promote", notebook, "--all")
    assert done.returncode == 0
    assert "up to date: nothing was written" in done.stderr


def test_dry_run_and_diff_write_nothing(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    dry = run("promote", notebook, "--all", "--dry-run")
    assert dry.returncode == 0
    assert "this is a dry run" in dry.stderr
    diff = run("promote", notebook, "--all", "--diff")
    assert diff.returncode == 0
    assert "+def define_prices():" in diff.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["analysis.ipynb"]


def test_json(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    content = json.loads(run("promote", notebook, "--all", "--json", "--dry-run").stdout)
    steps = [step for module in content["modules"] for step in module["steps"]]
    assert [(step["cell"], step["params"], step["returns"]) for step in steps] == [
        (2, [], ["prices"]),
        (3, ["prices"], ["mean"]),
    ]
    assert [problem["code"] for problem in content["problems"]] == ["NB301", "NB505"]


def test_name_and_output(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    done = run("promote", notebook, "--all", "--name", "costs", "-o", tmp_path / "out" / "here")
    assert done.returncode == 0
    assert (tmp_path / "out" / "here" / "src" / "costs" / "pipeline.py").is_file()


@pytest.mark.parametrize("name", ["class", "not a name", "1st", "json", "Caps"])
def test_bad_names_are_wrong_calls(tmp_path: Path, name: str) -> None:
    notebook = build.write(tmp_path, CELLS)
    done = run("promote", notebook, "--all", "--name", name)
    assert done.returncode == 2
    assert name in done.stderr


def test_without_tags_it_says_what_to_do(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    done = run("promote", notebook)
    assert done.returncode == 1
    assert "nothing to promote" in done.stderr
    assert "nb2pkg tag" in done.stderr
    assert not (tmp_path / "analysis-package").exists()


BAD = {
    "missing": None,
    "empty": b"",
    "text": b"hello",
    "truncated": b'{"cells": [{"cell_type": "code", "sour',
    "no notebook": b'{"a": 1}',
    "no code": build.text("# %% [markdown]\n# # Title").encode(),
    "syntax error": build.text(["x = ("]).encode(),
    "python 2": build.text(["print 'x'"]).encode(),
    "not utf-8": b'{"cells": "\xff\xfe"}',
    "newer format": b'{"nbformat": 5, "nbformat_minor": 0, "metadata": {}, "cells": []}',
    "R": build.text(
        ["x <- 1"], kernelspec={"name": "ir", "language": "R", "display_name": "R"}
    ).encode(),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize(
    "command", [["promote", "--all"], ["show"], ["tag", "--suggest"]], ids=lambda c: c[0]
)
def test_bad_input_gets_one_clear_error(
    tmp_path: Path, data: bytes | None, command: list[str]
) -> None:
    path = tmp_path / "bad.ipynb"
    if data is not None:
        path.write_bytes(data)
    done = run(command[0], path, *command[1:])
    assert done.returncode == (2 if data is None else 1)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.count("nb2pkg: ") == 1
    assert "hint: " in done.stderr
    assert [entry.name for entry in tmp_path.iterdir()] == (
        ["bad.ipynb"] if data is not None else []
    )


def test_wrong_calls_exit_with_2(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    assert run("promote").returncode == 2
    assert run("unknown").returncode == 2
    assert run("tag", notebook).returncode == 2
    assert run("tag", notebook, "2", "--apply").returncode == 2


def test_show(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    done = run("show", notebook)
    assert done.returncode == 0
    assert "\n   2  load  -> prices (3); changes prices\n" in done.stdout
    assert "NB301" in done.stderr
    mermaid = run("show", notebook, "--graph", "mermaid").stdout
    assert 'c2 -->|"prices"| c3' in mermaid
    assert "c2 -> c3" in run("show", notebook, "--graph", "dot").stdout
    edges = json.loads(run("show", notebook, "--graph", "json").stdout)["edges"]
    assert edges == [{"from": 2, "to": 3, "names": ["prices"]}]
    cells = json.loads(run("show", notebook, "--json").stdout)["cells"]
    assert cells[1]["feeds"] == [{"cell": 3, "names": ["prices"], "definitions": [], "imports": []}]


FLOWS = """
# %% [markdown]
# # Weights
# %% id="imports"
import math
from statistics import mean, stdev
# %% id="helper"
LIMIT = 3
def root(x):
    return math.sqrt(x)
# %% id="caller"
def rooted(values):
    return [root(v) for v in values if v > LIMIT]
# %% id="data"
weights = [4, 9]
# %% id="call"
roots = rooted(weights)
# %% id="use"
spread = mean(roots)
# %% id="other"
text = "nothing of it"
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            [],
            {
                3: "helper  -> LIMIT (6); root (4)",
                4: "caller  -> rooted (6)",
                5: "data  -> weights (6)",
                6: "call  rooted, weights -> roots (7)",
                7: "use  roots -> spread",
                8: "other  -> text",
                2: "imports  3 imports",
            },
        ),
        (
            ["--imports"],
            {2: "imports  -> math (3); mean (7); stdev", 7: "use  mean, roots -> spread"},
        ),
    ],
)
def test_flows_that_are_shown_are_true(
    options: list[str], expected: dict[int, str], tmp_path: Path
) -> None:
    """A definition feeds those that mention it, not the callers of these; data goes to the call."""
    done = run("show", build.write(tmp_path, FLOWS), *options)
    lines = {int(line[:4]): line[6:] for line in done.stdout.splitlines()[1:]}
    assert lines | expected == lines


def test_sixty_cells_fit_on_two_screens(tmp_path: Path) -> None:
    cells = "".join(
        f"# %% [markdown]\n# {'Long words about the next step. ' * 9}\n"
        f'# %% id="analysis-cell-{i}" tags=["nb2pkg:a_module.a_function_of_{i}"]\n'
        f"values_{i}, others_{i} = list(range({i})), [v for v in "
        f"{f'values_{i - 1} + others_{i - 1} + values_{i // 2}' if i else '[1]'}]\n"
        f"{'; '.join(f'a_{i}_{k} = {k}' for k in range(40))}\n"
        for i in range(30)
    )
    done = run("show", build.write(tmp_path, cells))
    lines = done.stdout.splitlines()
    assert sum(line[:4].strip().isdigit() for line in lines) == 60
    assert len(lines) <= 100
    assert max(map(len, lines)) <= 100


def test_tag_changes_nothing_but_tags(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    before = notebook.read_bytes()
    assert run("tag", notebook, "load", "3", "--as", "stats.average").returncode == 0
    content = json.loads(notebook.read_text(encoding="utf-8"))
    assert [cell["metadata"].get("tags") for cell in content["cells"]] == [
        None,
        ["nb2pkg:stats.average"],
        ["nb2pkg:stats.average"],
        None,
    ]
    assert run("tag", notebook, "2-3", "--remove").returncode == 0
    assert json.loads(notebook.read_bytes())["cells"] == json.loads(before)["cells"]


def test_suggest_changes_nothing_unless_applied(tmp_path: Path) -> None:
    notebook = build.write(tmp_path, CELLS)
    before = notebook.read_bytes()
    done = run("tag", notebook, "--suggest")
    assert "nb2pkg:prices_steps.define_prices" in done.stdout
    assert "makes prices" in done.stdout
    assert notebook.read_bytes() == before
    assert run("tag", notebook, "--suggest", "--apply").returncode == 0
    assert run("promote", notebook).returncode == 0
