"""A long pipeline has a function for each section; run() reads like a table of contents."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli
from nb2pkg.promote.build import Request, promote
from nb2pkg.render.pipeline import line_at
from tests import build

LOAD = """
# %% tags=["parameters"]
FACTOR = 2
# %% tags=["nb2pkg:load.read"]
raw = sorted([3, 1, 2, 9])
raw.append(4)
# %% tags=["nb2pkg:load.drop"]
kept = [r for r in raw if r < 9]
kept.sort()
# %%
first = kept[0]
# %% tags=["nb2pkg:load.scale"]
scaled = [k * FACTOR + first for k in kept]
scaled.sort()
"""
COUNT = """
# %% tags=["nb2pkg:count.add_up"]
total = sum(scaled) + len(scaled)
assert total > 0
# %% tags=["nb2pkg:count.average"]
mean = total / len(scaled)
mean = round(mean, 3)
# %% tags=["nb2pkg:count.measure"]
spread = max(scaled) - min(scaled)
spread = spread + mean
# %%
print(total, mean)
# %% tags=["nb2pkg:count.remember"]
scaled.append(int(spread))
scaled.sort()
"""
LOOK = """
# %% tags=["nb2pkg:look.find_largest"]
largest = max(scaled) + first
largest = largest + 1
# %% tags=["nb2pkg:look.spell"]
words = [str(s) for s in scaled]
words.sort()
# %% tags=["nb2pkg:look.join_words"]
joined = "-".join(words)
joined = joined + str(largest)
# %% tags=["nb2pkg:look.shorten"]
short = joined[:4] + joined[-2:]
short = short.upper()
# %%
print(short)
"""


def functions(text: str) -> dict[str, str]:
    """The functions of a module: name to code."""
    nodes = ast.parse(text).body
    return {node.name: ast.unparse(node) for node in nodes if isinstance(node, ast.FunctionDef)}


def pipeline(folder: Path, *parts: str) -> str:
    return promote(build.write(folder, "".join(parts)), Request()).files["src/analysis/pipeline.py"]


def test_each_section_is_a_function(tmp_path: Path) -> None:
    found = functions(pipeline(tmp_path, LOAD, COUNT, LOOK))
    assert [*found] == ["run", "load", "count", "look"]
    assert "scaled, first = load(factor=factor)" in found["run"].replace(
        "first, scaled", "scaled, first"
    )
    assert found["load"].startswith("def load(*, factor: int) -> tuple[Any, ...]:")
    assert "first = kept[0]" in found["load"]
    assert "def count(scaled: Any) -> tuple[Any, ...]:" in found["count"]
    assert "short = look(scaled, first)" in found["run"]


def test_a_short_pipeline_has_none(tmp_path: Path) -> None:
    assert [*functions(pipeline(tmp_path, LOAD, COUNT))] == ["run"]


@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("a branch", "first = kept[0]", "if kept:\n    first = kept[0]\nelse:\n    first = 0"),
        ("a function that reads later", "first = kept[0]", "first = (lambda: kept)()[0]"),
        (
            "a name that is bound inside an expression",
            "first = kept[0]",
            "first = (again := kept)[0]",
        ),
        (
            "more values than a reader wants",
            "print(short)",
            "print(short, raw, kept, first, scaled)",
        ),
    ],
)
def test_a_section_stays_in_run(tmp_path: Path, what: str, old: str, new: str) -> None:
    found = functions(pipeline(tmp_path, (LOAD + COUNT + LOOK).replace(old, new)))
    assert [*found] == ["run", "count", "look"], what


def test_a_name_that_a_function_of_run_reads_when_it_is_called_is_bound_in_run(
    tmp_path: Path,
) -> None:
    """In a function of its own, count would bind another first than the one that peek finds."""
    load = LOAD.replace(
        "first = kept[0]", "first = kept[0]\n# %%\ndef peek(n):\n    return n * first"
    )
    count = COUNT.replace("mean = round(mean, 3)", "first = round(mean, 3)")
    last = LOOK.replace("# %% tags", "# %%\nbest = max(scaled, key=peek)\n# %% tags", 1)
    text = pipeline(tmp_path, load, count, last.replace("largest + 1", "largest + best"))
    assert "    def peek(n):" in text
    found = functions(text)
    assert [*found] == ["run", "look"]
    assert "mean, first = average(total, scaled)" in found["run"]


def test_each_line_is_found_in_its_function(tmp_path: Path) -> None:
    plan = promote(build.write(tmp_path, LOAD + COUNT + LOOK), Request()).plan
    text = pipeline(tmp_path, LOAD, COUNT, LOOK)
    places = [line_at(plan, number) for number, _ in enumerate(text.splitlines(), start=1)]
    lines = plan.pipeline.lines
    for number, line in enumerate(lines):
        (at,) = (n for n, place in enumerate(places) if place == number)
        wanted = line.source if line.step is None else f"{line.step.function}("
        assert wanted in text.splitlines()[at]


def test_its_steps_are_verified_and_tested(tmp_path: Path) -> None:
    """The statement that needs Jupyter is in a section: the pipeline ends before it."""
    needs = 'top = os.environ["JPY_PARENT_PID"]\n# %% tags=["nb2pkg:look.shorten"]\n'
    text = LOOK.replace('# %% tags=["nb2pkg:look.shorten"]\n', f"# %%\nimport os\n{needs}")
    text = text.replace("short = joined[:4]", "short = top[:0] + joined[:4]")
    path = build.write(tmp_path, LOAD + COUNT + text)
    told = CliRunner().invoke(cli, ["promote", str(path), "--verify"])
    assert told.exit_code == 0, told.output
    assert "verified: 11 steps exact" in told.stderr
    assert "NB505" in told.stderr
    project = tmp_path / "analysis-package"
    found = functions((project / "src/analysis/pipeline.py").read_text(encoding="utf-8"))
    assert "joined" in found["run"]
    assert "top" not in found["run"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=project,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "after_add_up" in (project / "tests/test_count.py").read_text(encoding="utf-8")
