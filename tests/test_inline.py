"""Code of the package goes back into its cell, and promoting that gives the same package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.errors import Nb2pkgError
from nb2pkg.notebook.reader import read
from tests import build

STORY = """
# %% id="imports"
import math
# %% tags=["parameters"]
LIMIT = 2
# %% id="load" tags=["nb2pkg:m.load"]
# The weights of the lab.
weights = [50.5, 61.5, 72.0]
heaviest = max(weights)
# %% id="scale" tags=["nb2pkg:m.scale"]
shares = [w / heaviest for w in weights if w > LIMIT]
print(len(shares))
# %% id="count" tags=["nb2pkg:m.count"]
many = len(shares)
# %% id="round" tags=["nb2pkg:m"]
# Two digits.
def rounded(share):
    return round(share, 2)
# %% id="spread" tags=["nb2pkg:m.spread"]
low = min(shares)
math.hypot(*shares)
# %% id="show"
print([rounded(s) for s in shares], many, heaviest, low)
"""
MODULE = "src/analysis/m.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook and its package; the tests are called from there."""
    build.write(tmp_path, STORY)
    monkeypatch.chdir(tmp_path)
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    return tmp_path


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def edited(folder: Path, *changes: tuple[str, str]) -> str:
    """The module with other texts."""
    file = folder / "analysis-package" / MODULE
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return text


def source(folder: Path, cell: str) -> str:
    return next(c.source for c in read(folder / "analysis.ipynb").cells if c.id == cell)


INLINED: dict[str, tuple[str, str, list[tuple[str, str]], str]] = {
    "a step": (
        "load",
        "load",
        [("heaviest = max(weights)", "heaviest = sorted(weights)[-1]")],
        "# The weights of the lab.\nweights = [50.5, 61.5, 72.0]\nheaviest = sorted(weights)[-1]",
    ),
    "a parameter of the analysis": (
        "m.scale",
        "scale",
        [("if w > limit]", "if w > limit + 1]")],
        "shares = [w / heaviest for w in weights if w > LIMIT + 1]\nprint(len(shares))",
    ),
    "a returned expression": (
        "count",
        "count",
        [("return len(shares)", "return 1 * len(shares)")],
        "many = 1 * len(shares)",
    ),
    "lines before the return": (
        "count",
        "count",
        [("return len(shares)", "found = shares\n    # all\n    return len(found)  # now")],
        "found = shares\n# all\nmany = len(found)  # now",
    ),
    "what is shown": (
        "spread",
        "spread",
        [("shown = math.hypot(*shares)", "shown = math.hypot(*sorted(shares))")],
        "low = min(shares)\nmath.hypot(*sorted(shares))",
    ),
    "a definition": (
        "rounded",
        "round",
        [("return round(share, 2)", "return round(\n        share,\n        3,\n    )")],
        "# Two digits.\ndef rounded(share):\n    return round(\n        share,\n        3,\n    )",
    ),
    "a string of several lines": (
        "count",
        "count",
        [("return len(shares)", 'text = """a\n  b"""\n    return len(shares) + len(text)')],
        'text = """a\n  b"""\nmany = len(shares) + len(text)',
    ),
}


@pytest.mark.parametrize("name", INLINED)
def test_what_is_put_back(folder: Path, name: str) -> None:
    symbol, cell, changes, wanted = INLINED[name]
    text = edited(folder, *changes)
    before = {c.id: c.source for c in read(folder / "analysis.ipynb").cells}
    result = invoke("inline", symbol)
    assert result.exit_code == 0, result.exception
    after = {c.id: c.source for c in read(folder / "analysis.ipynb").cells}
    assert after == before | {cell: wanted}
    again = invoke("promote", "analysis.ipynb")
    assert again.exit_code == 0, again.exception
    assert (folder / "analysis-package" / MODULE).read_text(encoding="utf-8") == text
    assert "kept" not in again.stderr
    assert "all in step" in invoke("status").stderr


def test_an_import_comes_along(folder: Path) -> None:
    edited(
        folder,
        ("max(weights)", "statistics.mean(weights)"),
        ("import math\n", "import math\nimport statistics\n"),
    )
    assert invoke("inline", "load").exit_code == 0
    assert source(folder, "load") == (
        "import statistics\n# The weights of the lab.\nweights = [50.5, 61.5, 72.0]\n"
        "heaviest = statistics.mean(weights)"
    )


def test_exploring_goes_on_and_comes_back(folder: Path) -> None:
    edited(folder, ("return len(shares)", "return 1 * len(shares)"))
    assert invoke("inline", "count").exit_code == 0
    path = folder / "analysis.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("1 * len(shares)", "3 * len(shares)"), encoding="utf-8")
    assert invoke("promote", path).exit_code == 0
    module = (folder / "analysis-package" / MODULE).read_text(encoding="utf-8")
    assert "return 3 * len(shares)" in module


REFUSED: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    "nothing changed": ("count", [], "there is nothing to put back"),
    "an early return": (
        "count",
        [("return len(shares)", "if not shares:\n        return 0\n    return len(shares)")],
        "it returns from the midst of it",
    ),
    "one more argument": (
        "count",
        [("def count(shares):", "def count(shares, more=1):")],
        "it takes other arguments",
    ),
    "one result less": (
        "load",
        [("    return weights, heaviest", "    return weights, heaviest, 1")],
        "it returns something else",
    ),
    "a function that only the package has": (
        "count",
        [("return len(shares)", "return helped(shares)")],
        "it uses helped, which it does not have",
    ),
    "a renamed argument": (
        "count",
        [("def count(shares", "def count(parts"), ("len(shares)\n", "2 * len(parts)\n")],
        "promoting it again would give another function",
    ),
    "a function that is gone": (
        "rounded",
        [("def rounded(share):\n    return round(share, 2)\n", "")],
        "is no longer in the package",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(folder: Path, name: str) -> None:
    symbol, changes, message = REFUSED[name]
    edited(folder, *changes)
    before = (folder / "analysis.ipynb").read_bytes()
    result = invoke("inline", symbol)
    assert isinstance(result.exception, Nb2pkgError)
    assert message in result.exception.message
    assert (folder / "analysis.ipynb").read_bytes() == before


def test_what_was_renamed_has_its_old_name_in_the_notebook(folder: Path) -> None:
    """The step, the function that it calls, and that function itself."""
    edited(folder, ("def rounded(", "def shortened("), ("round(share, 2)", "round(share, 3)"))
    assert invoke("inline", "shortened").exit_code == 0
    assert "def rounded(share):\n    return round(share, 3)" in source(folder, "round")
    assert invoke("status").exit_code == 0


def test_a_cell_that_changed_too(folder: Path) -> None:
    edited(folder, ("return len(shares)", "return 1 * len(shares)"))
    build.write(folder, STORY.replace("many = len", "many = 2 * len"))
    result = invoke("inline", "count")
    assert isinstance(result.exception, Nb2pkgError)
    assert "its cell has changed too" in result.exception.message


def test_only_the_cell_changes_in_the_file(folder: Path) -> None:
    edited(folder, ("return len(shares)", "return 1 * len(shares)"))
    before = (folder / "analysis.ipynb").read_text(encoding="utf-8").splitlines()
    diff = invoke("inline", "count", "--diff").stdout.splitlines()
    assert [line for line in diff[2:] if line[0] in "+-"] == [
        "-many = len(shares)",
        "+many = 1 * len(shares)",
    ]
    assert (folder / "analysis.ipynb").read_text(encoding="utf-8").splitlines() == before
    assert invoke("inline", "count").exit_code == 0
    after = (folder / "analysis.ipynb").read_text(encoding="utf-8").splitlines()
    assert [(b, a) for b, a in zip(before, after) if a != b] == [
        ('    "many = len(shares)"', '    "many = 1 * len(shares)"')
    ]
    assert len(before) == len(after)
    assert json.loads("\n".join(after))
