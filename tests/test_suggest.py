"""What tag --suggest selects, groups and names, and what becomes of a proposal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.status.look import look
from tests import build

ROWS = "import json\nrows = sorted(json.loads('[3, 1, 2]'))\n"

# a cell below one that makes rows, and its line in the table: a tag that it begins with, and a reason
CELLS: dict[str, tuple[str, str, str]] = {
    "a function": ("def twice(x):\n    return 2 * x", "nb2pkg:", "defines twice"),
    "a class": ("class Twice:\n    factor = 2", "nb2pkg:", "defines Twice"),
    "a transformation": (
        "kept = [r for r in rows if r > 1]\nsum(kept)",
        "nb2pkg:",
        "makes kept from rows",
    ),
    "a metric": ("mean = sum(rows) / len(rows)\nprint(mean)", "nb2pkg:", "makes mean from rows"),
    "a change": ("rows.append(4)\nrows.sort()", "nb2pkg:", "rows"),
    "a file": ("text = open('a.txt').read()\nlen(text)", "nb2pkg:", "makes text"),
    "a look": ("rows[:2]", "-", "only looks"),
    "a print": ("print(rows)", "-", "only looks"),
    "a look at what is computed": ("sorted(rows, reverse=True)[:2]", "-", "only looks"),
    "imports": ("import math", "-", "only imports"),
    "values": ("limit = 3", "-", "only names values"),
    "glue": ("first = rows[0]", "-", "glue"),
    "an installation": ("!pip install pandas", "-", "installs"),
    "an installation by a magic": ("%pip install pandas", "-", "installs"),
    "a command": ("!ls", "-", "stays: magic or shell command (NB308)"),
    "a drawing": (
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot(rows)\nplt.show()",
        "-",
        "only draws",
    ),
    "options": (
        "import matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 80",
        "-",
        "only sets options",
    ),
}


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def lines(path: Path) -> dict[int, tuple[str, str]]:
    """The table: number of the cell to tag and reason."""
    result = invoke("tag", path, "--suggest")
    assert result.exit_code == 0, result.exception
    assert max(map(len, result.stdout.splitlines())) <= 100
    found: dict[int, tuple[str, str]] = {}
    number = 0
    for line in result.stdout.splitlines():
        words = line.split()
        if line[:4].strip():
            number, tag, reason = int(words[0]), words[1], " ".join(words[2:])
            found[number] = (tag, reason)
        else:
            tag, reason = found[number]
            found[number] = (tag, f"{reason} {' '.join(words)}".strip())
    return found


@pytest.mark.parametrize("name", CELLS)
def test_what_is_selected(tmp_path: Path, name: str) -> None:
    cell, tag, reason = CELLS[name]
    found = lines(build.write(tmp_path, [ROWS, cell, "rows.copy()"]))
    assert found[2][0].startswith(tag)
    assert reason in found[2][1]


# cells below one that makes rows; which of them are one function
TOGETHER: dict[str, tuple[list[str], set[int]]] = {
    "they work on one value": (
        ["kept = [r for r in rows if r > 1]\nkept[0] = 9", "top = max(kept) + min(kept)\ntop += 1"],
        {2, 3},
    ),
    "they do not": (
        ["kept = [r for r in rows if r > 1]\nkept[0] = 9", "top = max(rows) + min(rows)\ntop += 1"],
        set(),
    ),
    "one shows something": (
        ["kept = [r for r in rows if r > 1]\nkept", "top = max(kept) + min(kept)\ntop += 1"],
        set(),
    ),
    "something stands between them": (
        [
            "kept = [r for r in rows if r > 1]\nkept[0] = 9",
            "kept[:2]",
            "top = max(kept) + min(kept)\ntop += 1",
        ],
        set(),
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_what_belongs_together(tmp_path: Path, name: str) -> None:
    cells, together = TOGETHER[name]
    notebook = build.write(tmp_path, ["rows = [3, 1, 2]\nrows.sort()\nrows", *cells, "print(top)"])
    found = lines(notebook)
    assert {cell for cell, (_, reason) in found.items() if "one function" in reason} == together
    if together:
        assert len({found[cell][0] for cell in together}) == 1
    assert invoke("tag", notebook, "--suggest", "--apply").exit_code == 0
    promoted = invoke("promote", notebook)
    assert promoted.exit_code == 0, promoted.exception
    assert "NB106" not in promoted.stderr + promoted.stdout
    assert "NB104" not in promoted.stderr + promoted.stdout


# two cells; what is said of the second
COPIES: dict[str, tuple[str, str, str]] = {
    "other names": (
        "a = sorted(r + 1 for r in rows)",
        "b = sorted(q + 1 for q in rows)",
        "the same function as cell 2",
    ),
    "names of data": (
        "a = [r * 2 for r in rows]\na.sort()",
        "b = [r * 2 for r in rows]\nb.sort()",
        "the same function as cell 2",
    ),
    "a value": (
        "a = [r * 2 for r in rows]\na.sort()",
        "b = [r * 5 for r in rows]\nb.sort()",
        "the same function as cell 2, with factor = 5",
    ),
    "a look besides": (
        "a = [r * 2 for r in rows]\na.sort()\na[:2]",
        "b = [r * 2 for r in rows]\nb.sort()",
        "the same function as cell 2",
    ),
    "another function": ("a = sorted(r * 2 for r in rows)", "b = list(r * 2 for r in rows)", ""),
    "too many values": (
        "a = [1, 2, 3, 4, 5, *rows]\na.sort()",
        "b = [6, 7, 8, 9, 5, *rows]\nb.sort()",
        "",
    ),
    "too little": ("a = len(rows)", "b = len(rows)", ""),
}


@pytest.mark.parametrize("name", COPIES)
def test_copies(tmp_path: Path, name: str) -> None:
    one, two, said = COPIES[name]
    found = lines(build.write(tmp_path, [ROWS, one, two, "print(a, b)"]))
    assert ("the same function as" in found[3][1]) is bool(said)
    assert said in found[3][1]
    assert "the same function" not in found[2][1]


def marks(path: Path) -> dict[str, object]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {c["id"]: c["metadata"].get("nb2pkg") for c in cells if "nb2pkg" in c["metadata"]}


def validated(folder: Path) -> dict[str, tuple[bool, str]]:
    rows = look(folder / "analysis-package").rows
    return {row.cell: (row.validated.holds, row.validated.text) for row in rows if row.symbol}


def test_a_proposal_is_no_validation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cells = [
        "rows = [3, 1]\nrows.sort()\nrows",
        "kept = [r for r in rows if r > 1]\nkept",
        "print(kept)",
    ]
    path = build.write(tmp_path, cells)
    tags = {number: tag for number, (tag, _) in lines(path).items()}
    assert invoke("tag", path, "--suggest", "--apply").exit_code == 0
    assert marks(path) == {"c0": {"proposed": tags[1]}, "c1": {"proposed": tags[2]}}
    assert invoke("promote", path).exit_code == 0
    assert validated(tmp_path) == {"c0": (False, "proposed"), "c1": (False, "proposed")}
    assert invoke("status", "--require", "validated").exit_code == 1
    assert "proposed" in invoke("status").stdout
    assert "2 proposed, and validated by nobody: cell 1, 2" in invoke("status").stderr
    # A person agrees with one in the notebook, and says so of the other in the project.
    assert invoke("tag", path, 1).stderr == f"tagged {tags[1]}: cells 1\n"
    assert marks(path) == {"c1": {"proposed": tags[2]}}
    assert tags[1] in path.read_text(encoding="utf-8")
    assert invoke("validate", 2, "--by", "Ada").exit_code == 0
    assert invoke("promote", path).exit_code == 0
    found = validated(tmp_path)
    assert [holds for holds, _ in found.values()] == [True, True]
    assert invoke("status", "--require", "validated").exit_code == 0


@pytest.mark.parametrize("words", [("--remove",), ("--as", "m.other")], ids=lambda w: w[0])
def test_a_person_decides_otherwise(tmp_path: Path, words: tuple[str, ...]) -> None:
    path = build.write(tmp_path, ["rows = [3, 1]\nrows.sort()\nrows"])
    before = json.loads(path.read_bytes())
    assert invoke("tag", path, "--suggest", "--apply").exit_code == 0
    assert marks(path)
    assert invoke("tag", path, 1, *words).exit_code == 0
    assert marks(path) == {}
    if words == ("--remove",):
        assert json.loads(path.read_bytes()) == before


def test_a_tag_that_was_changed_in_jupyter_is_a_persons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = build.write(tmp_path, ["rows = [3, 1]\nrows.sort()\nrows"])
    assert invoke("tag", path, "--suggest", "--apply").exit_code == 0
    document = json.loads(path.read_bytes())
    document["cells"][0]["metadata"]["tags"] = ["nb2pkg:m.own"]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert invoke("promote", path).exit_code == 0
    assert [holds for holds, _ in validated(tmp_path).values()] == [True]
