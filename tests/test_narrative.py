"""Going on in the narrative: what is changed there is promoted, in the project or in place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.errors import ConflictError, Nb2pkgError
from nb2pkg.project import manifest
from nb2pkg.status.look import look
from tests import build

STORY = """
# %% [markdown] id="title"
# # Bears
# %% id="imports"
import math
# %% id="load" tags=["nb2pkg:m.load"]
weights = [50.5, 61.5, 72.0]
heaviest = max(weights)
print(len(weights))
# %% id="round" tags=["nb2pkg:m"]
def rounded(share):
    return round(share, 2)
# %% id="scale" tags=["nb2pkg:m.scale"]
# Shares of the heaviest.
shares = [w / heaviest for w in weights]
shares
# %% id="show"
print([rounded(s) for s in shares])
"""
NARRATIVE = "notebooks/analysis.ipynb"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook and its package; the tests are called from there."""
    build.write(tmp_path, STORY)
    monkeypatch.chdir(tmp_path)
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    return tmp_path


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def story(folder: Path) -> Path:
    return folder / "analysis-package" / NARRATIVE


def sources(path: Path) -> dict[str, str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {cell["id"]: "".join(cell["source"]) for cell in cells}


def changed(path: Path, cell: str, old: str, new: str) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    for raw in document["cells"]:
        if raw["id"] == cell:
            text = "".join(raw["source"])
            assert old in text, text
            raw["source"] = text.replace(old, new).splitlines(keepends=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def added(path: Path, behind: str, source: str, **metadata: Any) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    ids = [cell["id"] for cell in document["cells"]]
    fresh = build.cell("code", source, id=f"new-{len(ids)}", **metadata)
    document["cells"].insert(ids.index(behind) + 1, fresh)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def deleted(path: Path, cell: str) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    document["cells"] = [raw for raw in document["cells"] if raw["id"] != cell]
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def module(folder: Path) -> str:
    return (folder / "analysis-package/src/analysis/m.py").read_text(encoding="utf-8")


def ran(folder: Path, path: Path | None = None) -> str:
    """What the narrative prints, cell by cell, when it is run as it is, with its package installed."""
    import os
    import subprocess
    import sys

    path = path or story(folder)
    text = "\n".join(sources(path).values()).replace("# Bears", "")
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=path.parent,
        env={**os.environ, "PYTHONPATH": str(folder / "analysis-package/src")},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_narrative_in_which_nothing_changed(folder: Path) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    result = invoke("promote", story(folder))
    assert result.exit_code == 0, result.exception
    assert "is up to date" in result.stderr
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_new_tagged_cell(folder: Path) -> None:
    before = (folder / "analysis.ipynb").read_bytes()
    added(story(folder), "scale", "total = sum(shares)", tags=["nb2pkg:m.add_up"])
    result = invoke("promote", story(folder))
    assert result.exit_code == 0, result.exception
    assert "Taken from the narrative: new new-6" in result.stderr
    assert "def add_up(shares):" in module(folder)
    assert "total = m.add_up(shares)" in sources(story(folder))["new-6"]
    assert (folder / "analysis.ipynb").read_bytes() == before
    assert ran(folder) == "3\n[0.7, 0.85, 1.0]\n"
    assert invoke("status").exit_code == 0
    again = invoke("promote", story(folder))
    assert "is up to date" in again.stderr


def test_the_original_does_not_take_it_back(folder: Path) -> None:
    added(story(folder), "scale", "total = sum(shares)", tags=["nb2pkg:m.add_up"])
    assert invoke("promote", story(folder)).exit_code == 0
    result = invoke("promote", "analysis.ipynb")
    assert isinstance(result.exception, ConflictError)
    assert "goes on from the narrative" in result.exception.message
    assert "def add_up" in module(folder)


CHANGES: dict[str, tuple[str, str, str, str, str]] = {
    # cell, old and new text in the narrative, what is in the module, what is in the kept notebook
    "what stayed": (
        "load",
        "print(len(weights))",
        "print(len(weights), heaviest)",
        "heaviest = max(weights)",
        "weights = [50.5, 61.5, 72.0]\nheaviest = max(weights)\nprint(len(weights), heaviest)",
    ),
    "a statement more": (
        "scale",
        ")\nshares",
        ")\nlast = shares[-1]\nshares",
        "last = shares[-1]",
        "# Shares of the heaviest.\nshares = [w / heaviest for w in weights]\nlast = shares[-1]\n"
        "shares",
    ),
    "a definition's cell": (
        "round",
        "# rounded: see analysis.m",
        "# rounded: see analysis.m\n\nprint(rounded(0.123))",
        "def rounded",
        "def rounded(share):\n    return round(share, 2)\n\nprint(rounded(0.123))",
    ),
    "a cell that is not tagged": (
        "show",
        "print([",
        "print(1, [",
        "def scale",
        "print(1, [rounded(s) for s in shares])",
    ),
    "a function of the package by its module": (
        "show",
        "print([",
        "print(m.rounded(0.5), [",
        "def rounded",
        "print(rounded(0.5), [rounded(s) for s in shares])",
    ),
    "a module more, to use it": (
        "imports",
        "import m\n",
        "import config, m\n",
        "def scale",
        "import math",
    ),
    "code in place of a call": (
        "scale",
        "shares = m.scale(weights, heaviest)",
        "shares = [2 * w / heaviest for w in weights]",
        "return [2 * w / heaviest for w in weights]",
        "shares = [2 * w / heaviest for w in weights]\nshares",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_cell(folder: Path, name: str) -> None:
    cell, old, new, in_module, in_notebook = CHANGES[name]
    changed(story(folder), cell, old, new)
    result = invoke("promote", story(folder))
    assert result.exit_code == 0, result.exception
    assert f"changed {cell}" in result.stderr
    assert in_module in module(folder)
    kept = folder / "analysis-package" / manifest.KEPT
    assert sources(kept)[cell] == in_notebook
    assert {**sources(kept), cell: ""} == {**sources(folder / "analysis.ipynb"), cell: ""}
    ran(folder)
    assert "is up to date" in invoke("promote", story(folder)).stderr


def test_statements_on_one_line_and_a_semicolon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = STORY.replace("print(len(weights))", "print(1); weights.append(80.5); len(weights);")
    build.write(tmp_path, cells + '# %% id="empty"\n')
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    before = module(tmp_path)
    for cell in ("load", "empty"):
        text = sources(story(tmp_path))[cell]
        changed(story(tmp_path), cell, text, f"{text}\n# a remark")
    assert invoke("promote", story(tmp_path)).exit_code == 0
    assert module(tmp_path) == before
    assert sources(story(tmp_path))["load"].endswith("len(weights);\n# a remark")


REMARKS = {
    # cell, old and new text, is it carried back?
    "above what stayed": ("load", "print(len(", "# a remark\nprint(len(", True),
    "behind what stayed": ("load", "print(len(weights))", "print(len(weights))  # a remark", True),
    "above what is shown": ("scale", ")\nshares", ")\n# a remark\nshares", True),
    "above a call": ("scale", "shares = m.scale(", "# a remark\nshares = m.scale(", False),
    "behind a call": ("scale", "heaviest)", "heaviest)  # a remark", False),
    "above an import": (
        "imports",
        "from analysis import",
        "# a remark\nfrom analysis import",
        False,
    ),
    "in place of where it is": ("round", "# rounded: see analysis.m", "# a remark", True),
}


@pytest.mark.parametrize("name", REMARKS)
def test_a_remark_is_never_lost(folder: Path, name: str) -> None:
    cell, old, new, is_carried = REMARKS[name]
    changed(story(folder), cell, old, new)
    code = module(folder)
    result = invoke("promote", story(folder))
    assert result.exit_code == 0, result.exception
    assert sources(story(folder))[cell].count("# a remark") == 1
    assert (f"Left in the narrative as it is: {cell}" in result.stderr) is not is_carried
    if is_carried:
        kept = folder / "analysis-package" / manifest.KEPT
        assert sources(kept)[cell].count("# a remark") == 1
    assert module(folder) == code
    assert invoke("promote", story(folder)).exit_code == 0
    assert sources(story(folder))[cell].count("# a remark") == 1


LEFT = {
    "a module as a value": ("show", "print([", "print(m)\nprint(["),
    "another call of a step": ("scale", "scale(weights, heaviest)", "scale(weights, 2)"),
    "a call more of a step": (
        "show",
        "print([",
        "from analysis.m import scale\nscale(1, [2])\nprint([",
    ),
    "something that only the package has": (
        "show",
        "print([",
        "from analysis.m import helper\nprint([",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_what_cannot_be_told_stays_as_it_is(folder: Path, name: str) -> None:
    cell, old, new = LEFT[name]
    changed(story(folder), cell, old, new)
    before = sources(story(folder))
    code = module(folder)
    result = invoke("promote", story(folder))
    assert result.exit_code == 0, result.exception
    assert f"Left in the narrative as it is: {cell}" in result.stderr
    assert sources(story(folder)) == before
    assert module(folder) == code


def test_a_deleted_cell(folder: Path) -> None:
    deleted(story(folder), "show")
    deleted(story(folder), "round")
    result = invoke("promote", story(folder))
    assert result.exit_code == 0, result.exception
    assert "rounded" not in module(folder)
    assert "round" not in sources(story(folder))
    ran(folder)


def test_the_engineers_names_and_edits_stay(folder: Path) -> None:
    project = folder / "analysis-package"
    for path in project.rglob("*"):
        if path.suffix in (".py", ".ipynb") and ".nb2pkg" not in path.parts:
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("rounded", "shortened"), encoding="utf-8")
    file = project / "src/analysis/m.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("max(weights)", "sorted(weights)[-1]"), encoding="utf-8")
    added(story(folder), "scale", "short = shortened(shares[0])", tags=["nb2pkg:m.shorten"])
    result = invoke("promote", story(folder))
    assert result.exit_code == 0, result.exception
    assert "short = rounded(shares[0])" in "".join(sources(project / manifest.KEPT).values())
    code = module(folder)
    assert "def shortened(share):" in code
    assert "sorted(weights)[-1]" in code
    assert "return shortened(shares[0])" in code
    assert "rounded" not in code
    ran(folder)


def test_status_sees_what_was_changed_in_a_narrative_that_goes_on(folder: Path) -> None:
    added(story(folder), "scale", "total = sum(shares)", tags=["nb2pkg:m.add_up"])
    assert invoke("promote", story(folder)).exit_code == 0
    changed(story(folder), "show", "print([", "print(1, [")
    added(story(folder), "scale", "most = max(shares)", tags=["nb2pkg:m.most"])
    states = {r.symbol or r.cell: r.state.value for r in look(folder / "analysis-package").rows}
    assert states["show"] == "notebook changed"
    assert states["new-7"] == "not promoted yet"
    assert states["m.add_up"] == "in step"


# ---------------------------------------------------------------------------------------- in place


def test_in_place_and_back_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = build.write(tmp_path, STORY)
    path.write_bytes(path.read_bytes().replace(b'"cells": [', b'"cells":   ['))
    before = path.read_bytes()
    result = invoke("promote", path, "--in-place")
    assert result.exit_code == 0, result.exception
    project = tmp_path / "analysis-package"
    assert "heaviest = m.load()" in sources(path)["load"]
    assert not (project / NARRATIVE).exists()
    assert invoke("status").exit_code == 0
    assert "is up to date" in invoke("promote", path).stderr
    assert invoke("restore").exit_code == 0
    assert path.read_bytes() == before
    assert "heaviest = m.load()" in sources(project / NARRATIVE)["load"]
    assert not (project / manifest.ORIGINAL).exists()
    assert "is up to date" in invoke("promote", path).stderr
    ran(tmp_path)


def test_in_place_the_narrative_runs_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.txt").write_text("50 61\n", encoding="utf-8")
    text = STORY.replace(
        "[50.5, 61.5, 72.0]", 'list(map(float, open("weights.txt").read().split()))'
    )
    path = build.write(tmp_path, text)
    before = path.read_bytes()
    assert invoke("promote", path, "--in-place").exit_code == 0
    added(path, "scale", "total = sum(shares)", tags=["nb2pkg:m.add_up"])
    result = invoke("promote", path)
    assert result.exit_code == 0, result.exception
    assert ran(tmp_path, path) == "2\n[0.82, 1.0]\n"
    assert invoke("restore").exit_code == 0
    assert path.read_bytes() == before
    # What came from the narrative is not in the original: the package goes on from the narrative.
    assert isinstance(invoke("promote", path).exception, ConflictError)
    assert "is up to date" in invoke("promote", story(tmp_path)).stderr


def test_in_place_of_a_package_that_is_there(folder: Path) -> None:
    before = (folder / "analysis.ipynb").read_bytes()
    added(story(folder), "scale", "# a remark of the engineer\nprint(1)")
    assert invoke("promote", "analysis.ipynb", "--in-place").exit_code == 0
    assert "print(1)" in "".join(sources(folder / "analysis.ipynb").values())
    assert not story(folder).exists()
    assert invoke("restore").exit_code == 0
    assert (folder / "analysis.ipynb").read_bytes() == before


def test_nothing_to_restore(folder: Path) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    result = invoke("restore")
    assert isinstance(result.exception, Nb2pkgError)
    assert "there is nothing to restore" in result.exception.message
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_inline_goes_into_a_narrative_that_goes_on(folder: Path) -> None:
    added(story(folder), "scale", "total = sum(shares)", tags=["nb2pkg:m.add_up"])
    assert invoke("promote", story(folder)).exit_code == 0
    file = folder / "analysis-package/src/analysis/m.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("return sum(shares)", "return sum(shares) * 1"), encoding="utf-8")
    result = invoke("inline", "add_up")
    assert result.exit_code == 0, result.exception
    assert sources(story(folder))["new-6"] == "total = sum(shares) * 1"
    changed(story(folder), "new-6", "* 1", "* 3")
    assert invoke("promote", story(folder)).exit_code == 0
    assert "return sum(shares) * 3" in module(folder)
    assert "add_up(shares)" in sources(story(folder))["new-6"]


def test_a_variable_with_the_name_of_a_step_may_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step is called by its module; to call it anew is another thing."""
    text = STORY.replace("nb2pkg:m.scale", "nb2pkg:m.shares")
    build.write(tmp_path, text)
    monkeypatch.chdir(tmp_path)
    assert invoke("promote", "analysis.ipynb").exit_code == 0
    assert sources(story(tmp_path))["scale"].endswith(
        "shares = m.shares(weights, heaviest)\nshares"
    )
    changed(story(tmp_path), "show", "print([", "print(max(shares), [")
    result = invoke("promote", story(tmp_path))
    assert "changed show" in result.stderr
    assert "Left in the narrative" not in result.stderr
    changed(story(tmp_path), "show", "print(max(shares), [", "print(m.shares([1], 2), [")
    result = invoke("promote", story(tmp_path))
    assert "Left in the narrative as it is: show (it calls shares" in result.stderr
