"""What both sides changed: said before anything is run, written with markers, settled, and never forgotten."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.merge import Choices, Resolve, lines
from nb2pkg.promote import foreseen, source
from nb2pkg.promote.build import Request
from tests import build

CELLS = """
# %% [markdown]
# # Tides
# %% tags=["nb2pkg:tides.heights"] id="heights"
raw = [3, 1, 2]
heights = [2 * r for r in raw]
# %% tags=["nb2pkg:tides.highest"] id="highest"
highest = max(heights) + 1
# %% id="shown"
print(highest)
"""
MARKED = "<<<<<<< package\na\n||||||| generated before\nb\n=======\nc\n>>>>>>> notebook\n"


class Both:
    """A promoted notebook, of which both sides changed the same line."""

    def __init__(self, folder: Path) -> None:
        self.path = build.write(folder, CELLS)
        self.project = folder / "analysis-package"
        self.call("promote", "NOTEBOOK")
        (self.module,) = self.project.glob("src/*/tides.py")
        self.edit("max(heights) + 1", "max(heights) + 20")
        build.write(folder, CELLS.replace("+ 1", "+ 300"))

    def edit(self, old: str, new: str) -> None:
        text = self.module.read_text(encoding="utf-8")
        assert old in text
        self.module.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def text(self) -> str:
        return self.module.read_text(encoding="utf-8")

    def call(self, *words: str) -> Result:
        known = {"NOTEBOOK": str(self.path), "PROJECT": str(self.project)}
        return CliRunner().invoke(cli, [known.get(word, word) for word in words])

    def error(self, *words: str) -> str:
        result = self.call(*words)
        assert result.exit_code == 1, result.output
        return str(result.exception)

    def states(self) -> dict[str, str]:
        rows = json.loads(self.call("status", "PROJECT", "--json").stdout)["rows"]
        return {row["symbol"]: row["state"] for row in rows if row["symbol"]}


@pytest.fixture
def both(tmp_path: Path) -> Both:
    return Both(tmp_path)


def test_a_conflict_is_said_before_anything_is_run(both: Both) -> None:
    result = both.call("promote", "NOTEBOOK", "--verify")
    assert result.exit_code == 1
    assert "the notebook and the package both changed" in str(result.exception)
    assert "ran" not in result.stderr.split()
    assert "+ 20" in both.text


def test_what_only_one_side_changed_is_left_to_the_run(both: Both) -> None:
    build.write(both.path.parent, CELLS.replace("2 * r", "3 * r"))
    foreseen.check(source.requested(both.path, Request()), Choices())


def both_twice(both: Both) -> str:
    """Another conflict, about the other function; the path of the module as it is printed."""
    both.edit("2 * r", "20 * r")
    build.write(both.path.parent, CELLS.replace("+ 1", "+ 300").replace("2 * r", "300 * r"))
    return both.module.relative_to(both.project).as_posix()


def test_each_conflict_is_settled_by_its_name(both: Both) -> None:
    path = both_twice(both)
    sides = (f"--settle={path}: heights=ours", f"--settle={path}: highest=theirs")
    result = both.call("promote", "NOTEBOOK", *sides)
    assert result.exit_code == 0, result.output
    assert "300 * r" in both.text
    assert "max(heights) + 20" in both.text
    assert "dropped, of the package:" in result.stderr
    assert "dropped, of the notebook:" in result.stderr


def test_what_is_not_settled_stops_all(both: Both) -> None:
    path = both_twice(both)
    before = both.text
    said = both.error("promote", "NOTEBOOK", f"--settle={path}: heights=ours")
    assert f"{path}: highest" in said
    assert f"{path}: heights:" not in said
    assert both.text == before
    others = ("--conflicts=theirs", f"--settle={path}: heights=ours")
    assert both.call("promote", "NOTEBOOK", *others).exit_code == 0
    assert "300 * r" in both.text
    assert "max(heights) + 20" in both.text


def test_markers_of_one_conflict(both: Both) -> None:
    path = both_twice(both)
    sides = (f"--settle={path}: heights=markers", f"--settle={path}: highest=ours")
    said = both.error("promote", "NOTEBOOK", *sides)
    assert f"CONFLICT in {path}: heights" in said
    assert "highest" not in said
    assert both.text.count("<<<<<<<") == 1
    assert "max(heights) + 300" in both.text


@pytest.mark.parametrize(
    ("given", "exit_code", "message"),
    [
        ("src/analysis/tides.py: higest=ours", 1, "there is no conflict"),
        ("src/analysis/tides.py: highest=stop", 2, "is not NAME=SIDE"),
        ("ours", 2, "is not NAME=SIDE"),
    ],
)
def test_a_name_that_is_no_conflict(both: Both, given: str, exit_code: int, message: str) -> None:
    before = both.text
    result = both.call("promote", "NOTEBOOK", f"--settle={given}")
    assert result.exit_code == exit_code
    assert message in f"{result.exception}{result.output}"
    assert both.text == before


def test_the_sides_are_called_notebook_and_package(both: Both) -> None:
    said = both.error("promote", "NOTEBOOK")
    assert "--- package" in said
    assert "+++ notebook" in said
    assert "-    highest = max(heights) + 20" in said.replace("return", "highest =")


def test_both_sides_are_written_with_markers_that_editors_know(both: Both) -> None:
    said = both.error("promote", "NOTEBOOK", "--conflicts", "markers")
    path = both.module.relative_to(both.project).as_posix()
    assert f"CONFLICT in {path}: highest" in said
    assert f"do not parse until that is settled: {path}" in said
    marks = [line for line in both.text.split("\n") if line[:7] in ("<" * 7, "=" * 7, ">" * 7)]
    assert marks == ["<<<<<<< package", "=======", ">>>>>>> notebook"]


def test_what_is_not_settled_is_not_up_to_date(both: Both) -> None:
    both.call("promote", "NOTEBOOK", "--conflicts", "markers")
    before = both.text
    assert both.states() == {"tides.heights": "unmerged", "tides.highest": "unmerged"}
    for words in ((), ("--conflicts", "markers"), ("--verify",), ("--dry-run",), ("--diff",)):
        assert "not settled yet" in both.error("promote", "NOTEBOOK", *words)
        assert both.text == before
    assert "settle the places" in both.call("status", "PROJECT").output


def test_after_settling_one_command_goes_on(both: Both) -> None:
    both.call("promote", "NOTEBOOK", "--conflicts", "markers")
    text = both.text
    start, end = text.index("<<<<<<< "), text.index(">>>>>>> notebook\n")
    settled = "    return max(heights) + 320\n" if "return max" in text else "    highest = 320\n"
    text = text[:start] + settled + text[end + len(">>>>>>> notebook\n") :]
    both.module.write_text(text, encoding="utf-8")
    assert both.call("promote", "NOTEBOOK").exit_code == 0
    assert both.text == text
    assert both.states()["tides.highest"] == "package changed"


@pytest.mark.parametrize(
    ("side", "taken", "gone", "of"),
    [("ours", "+ 300", "+ 20", "package"), ("theirs", "+ 20", "+ 300", "notebook")],
)
def test_what_gives_way_is_shown(both: Both, side: str, taken: str, gone: str, of: str) -> None:
    result = both.call("promote", "NOTEBOOK", "--conflicts", side)
    assert result.exit_code == 0, result.output
    below = result.output.partition(f"dropped, of the {of}:\n")[2].split("\n")[0]
    assert gone in below
    assert taken in both.text
    assert gone not in both.text


@pytest.mark.parametrize(("side", "taken"), [("ours", "+ 300"), ("theirs", "+ 20")])
def test_a_side_can_be_taken_where_both_were_written(both: Both, side: str, taken: str) -> None:
    both.call("promote", "NOTEBOOK", "--conflicts", "markers")
    result = both.call("promote", "NOTEBOOK", "--conflicts", side)
    assert result.exit_code == 0
    assert "(both sides stood in the file)\n    dropped, of the" in result.output
    assert "<<<<<<<" not in both.text
    assert both.text.count("max(heights)") == 1
    assert taken in both.text


def test_markers_of_git_are_for_a_person_to_settle(both: Both) -> None:
    both.edit(
        "max(heights) + 20\n", "max(heights)\n<<<<<<< HEAD\nA = 1\n=======\nA = 2\n>>>>>>> b\n"
    )
    assert "not settled yet" in both.error("promote", "NOTEBOOK", "--conflicts", "ours")
    assert "<<<<<<< HEAD" in both.text


def test_markers_in_any_file_of_the_package_are_seen(both: Both) -> None:
    build.write(both.path.parent, CELLS)
    both.edit("max(heights) + 20", "max(heights) + 1")
    readme = both.project / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8") + MARKED, encoding="utf-8")
    assert both.states()["README.md"] == "unmerged"
    assert "README.md" in both.error("promote", "NOTEBOOK")


def test_both_sides_of_a_cell_are_written_into_the_narrative(both: Both) -> None:
    story = both.project / "notebooks/analysis.ipynb"
    text = story.read_text(encoding="utf-8").replace("print(highest)", "print(highest, 20)")
    story.write_text(text, encoding="utf-8")
    both.edit("max(heights) + 20", "max(heights) + 300")
    build.write(both.path.parent, CELLS.replace("print(highest)", "print(highest, 300)"))
    assert "CONFLICT in notebooks/analysis.ipynb: shown" in both.error(
        "promote", "NOTEBOOK", "--conflicts", "markers"
    )
    assert "not settled yet" in both.error("promote", "NOTEBOOK")
    assert both.call("promote", "NOTEBOOK", "--conflicts", "theirs").exit_code == 0
    text = story.read_text(encoding="utf-8")
    assert "print(highest, 20)" in text
    assert "<<<<<<<" not in text


def test_conflicts_are_in_the_json(both: Both) -> None:
    result = both.call("promote", "NOTEBOOK", "--conflicts", "theirs", "--json")
    (found,) = json.loads(result.stdout)["conflicts"]
    assert (found["symbol"], found["settled"]) == ("highest", "theirs")
    assert "+ 300" in "".join(found["dropped"])


@pytest.mark.parametrize(
    ("text", "is_unmerged"),
    [
        (MARKED, True),
        (MARKED.replace("\n", "\r\n"), True),
        ("<<<<<<< HEAD\n=======\nb\n>>>>>>> other", True),
        ("x = 1\n", False),
        ("Title\n=======\n", False),
        ('TEXT = """<<<<<<< HEAD"""\n=======\n', False),
        (">>>>>>> b\n=======\n<<<<<<< a\n", False),
    ],
)
def test_markers_are_recognized(text: str, is_unmerged: bool) -> None:
    assert lines.is_unmerged(text) == is_unmerged


def test_one_side_is_taken_of_what_nb2pkg_marked() -> None:
    assert lines.without_markers(f"x\n{MARKED}y\n", Resolve.OURS) == "x\nc\ny\n"
    assert lines.without_markers(f"x\n{MARKED}y\n", Resolve.THEIRS) == "x\na\ny\n"
