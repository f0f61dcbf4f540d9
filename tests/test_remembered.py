"""What would be generated is asked in one way: as it was promoted, and as the last run saw it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.paths import Project
from nb2pkg.project import locate, manifest
from nb2pkg.promote import remembered
from tests import build, venvs

# one kernel for all: a step with a parameter, one that changes what it takes, one that is refused
STORY = """
# %% id="limit" tags=["parameters"]
LIMIT = 2
# %% id="load" tags=["nb2pkg:data.load"]
rows = [3, 1, 2]
names = {"a": 1.5}
# %% id="sort" tags=["nb2pkg:data.sort"]
rows.sort()
top = rows[:LIMIT]
# %% id="told" tags=["nb2pkg:data.tell"]
import logging, io
said = io.StringIO()
logging.basicConfig(stream=said, format="%(funcName)s", force=True)
logging.warning("x")
told = said.getvalue()
# %% id="sum" tags=["nb2pkg:data.summed"]
total = sum(top) + len(names)
# %% id="look"
total
"""


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of a notebook that was promoted with --verify."""
    folder = tmp_path_factory.mktemp("verified")
    invoke("promote", build.write(folder, STORY), "--verify")
    project = folder / "analysis-package"
    assert (project / manifest.PATH).is_file()
    return project


def test_what_would_be_generated_is_what_was_generated(verified: Path) -> None:
    known = manifest.required(verified)
    promotion = remembered.generated(verified, known, locate.notebook(verified, known))
    modules = [path for path in promotion.files if path.startswith("src/analysis/data")]
    base = locate.generated(verified)
    assert modules
    assert {path: promotion.files[path] for path in modules} == {
        path: base[path] for path in modules
    }
    assert "list[int]" in base[modules[0]]  # annotated, as the run showed
    assert "told" in known.refused
    assert "getvalue" not in base[modules[0]]


def test_a_diff_shows_what_was_changed_and_no_more(verified: Path) -> None:
    path = verified.parent / "analysis.ipynb"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("sum(top) + ", "max(top) + "), encoding="utf-8")
    try:
        lines = invoke("diff", "summed", "--project", verified).stdout.splitlines()
    finally:
        path.write_text(before, encoding="utf-8")
    assert [line for line in lines[2:] if line[0] in "+-"] == [
        "-    return max(top) + len(names)",
        "+    return sum(top) + len(names)",
    ]


def test_a_manifest_without_what_is_new_is_read(verified: Path) -> None:
    content = json.loads((verified / manifest.PATH).read_text(encoding="utf-8"))
    old = {key: value for key, value in content.items() if key not in ("python", "refused")}
    for record in old["cells"].values():
        for made in record["made"].values():
            made.get("step", {}).pop("keywords", None)
    known = manifest.parsed(old)
    assert (known.python, known.refused) == ("", {})
    assert [made.symbol for made in known.made] == [
        made.symbol for made in manifest.required(verified).made
    ]


# ------------------------------------------------------------------------------- the environment


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> venvs.Environment:
    """One with something that is nowhere else."""
    found = venvs.create(tmp_path_factory.mktemp("other") / "env")
    venvs.add(found, "elsewhere", "1.0")
    return found


def test_the_interpreter_is_remembered(tmp_path: Path, other: venvs.Environment) -> None:
    path = build.write(tmp_path, "x = 1\ny = [x]")
    assert invoke("promote", path, "--all", "--python", other.python).exit_code == 0
    project = tmp_path / "analysis-package"
    known = manifest.required(project)
    assert not os.path.isabs(known.python) or os.name == "nt"
    assert remembered.request(Project(project), known).python == str(other.python)
    invoke("promote", path, "--all")
    assert manifest.required(project).python == known.python


def test_an_interpreter_that_is_gone_is_not_missed(tmp_path: Path) -> None:
    path = build.write(tmp_path, "x = 1\ny = [x]")
    invoke("promote", path, "--all")
    file = tmp_path / "analysis-package" / manifest.PATH
    content = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**content, "python": "../gone/bin/python"}), encoding="utf-8")
    assert invoke("promote", path, "--all").exit_code == 0
    assert invoke("show", path).exit_code == 0


# Where it is not installed, it is the file of the project that is called like it.
ELSEWHERE = "# %%\nimport elsewhere\n# %%\nvalue = elsewhere.value()\n# %%\nprint(value)"


@pytest.mark.parametrize("remembers", [False, True], ids=["option", "package"])
@pytest.mark.parametrize("words", [("show",), ("tag", "--suggest")], ids=lambda w: w[0])
def test_the_environment_of_the_promotion_is_asked(
    words: tuple[str, ...], remembers: bool, tmp_path: Path, other: venvs.Environment
) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "elsewhere.py").touch()
    path = build.write(tmp_path, ELSEWHERE)
    command, *options = words
    usual = invoke(command, path, *options)
    arguments = [] if remembers else ["--python", other.python]
    if remembers:
        invoke("promote", path, "--all", "--python", other.python)
    asked = invoke(command, path, *options, *arguments)
    assert (usual.exit_code, asked.exit_code) == (0, 0)
    told = {"show": "NB502 elsewhere is a file", "tag": "makes value from elsewhere"}[command]
    assert told in usual.output
    assert told not in asked.output


@pytest.mark.skipif(os.name == "nt", reason="a script that is started as an interpreter")
def test_an_interpreter_that_a_repository_names_is_not_started(tmp_path: Path) -> None:
    """Nobody who looks at a project of somebody else said that this program may run."""
    path = build.write(tmp_path, "# %%\nrows = sorted([3, 1])\n")
    invoke("promote", path, "--all")
    project = tmp_path / "analysis-package"
    program = tmp_path / "venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n", encoding="utf-8")
    program.chmod(0o755)
    content = json.loads((project / manifest.PATH).read_text(encoding="utf-8"))
    content["python"] = "../venv/bin/python"
    (project / manifest.PATH).write_text(json.dumps(content), encoding="utf-8")
    for words in (
        ("status", project),
        ("show", path),
        ("tag", path, "--suggest"),
        ("promote", path),
    ):
        assert invoke(*words).exit_code == 0, words
    assert not (tmp_path / "started").exists()
