"""What the project's own ruff says of a package that was promoted into it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli
from nb2pkg.paths import PackagePaths, Project
from nb2pkg.promote.linted import lint
from tests import build

CELLS = """\
import json
# %%
def heavy(weights):
    return [w for w in weights if w > 60]
# %%
found = heavy(json.loads("[61, 74, 58]"))
# %%
print(found)
"""
PROJECT = '[project]\nname = "zoo"\nversion = "1"\n'
RULES = 'select = ["ANN", "D103", "T201", "I"]\n'
SETTINGS = {
    "pyproject.toml": f"{PROJECT}[tool.ruff.lint]\n{RULES}",
    "ruff.toml": f"[lint]\n{RULES}",
}


def project(tmp_path: Path, settings: str) -> Path:
    (tmp_path / "src/zoo").mkdir(parents=True)
    (tmp_path / "src/zoo/__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    if settings:
        (tmp_path / settings).write_text(SETTINGS[settings], encoding="utf-8")
    return build.write(tmp_path, CELLS)


def promote(path: Path, *options: str) -> str:
    words = ["promote", str(path), "--all", "--into", str(path.parent), *options]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    return done.stdout if "--json" in options else done.output


def ruff(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "src", "tests", "notebooks"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_lines_that_are_offered_make_ruff_content(tmp_path: Path, settings: str) -> None:
    said = promote(project(tmp_path, settings))
    assert f"or allow them in {settings} for now:" in said
    assert " D103" in said
    assert ruff(tmp_path).returncode == 1
    lines = [line.strip() for line in said.partition("for now:\n")[2].splitlines()]
    offered = [line for line in lines if line.startswith(("[", '"'))]
    with (tmp_path / settings).open("a", encoding="utf-8") as file:
        file.write("\n".join(offered) + "\n")
    assert (done := ruff(tmp_path)).returncode == 0, done.stdout


def test_json_has_counts_and_lines(tmp_path: Path) -> None:
    lint = json.loads(promote(project(tmp_path, "pyproject.toml"), "--json"))["lint"]
    assert {"D103", "T201"} <= set(lint["counts"])
    assert lint["exceptions"][0] == "[tool.ruff.lint.per-file-ignores]"


def test_no_word_of_it_where_the_project_does_not_use_it(tmp_path: Path) -> None:
    assert "ruff has" not in promote(project(tmp_path, ""))


def test_nothing_is_checked_where_nothing_is_written(tmp_path: Path) -> None:
    path = project(tmp_path, "pyproject.toml")
    assert "ruff has" not in promote(path, "--dry-run")
    promote(path)
    assert "ruff has" not in promote(path)


def test_settings_that_ruff_cannot_read_are_its_own_matter(tmp_path: Path) -> None:
    path = project(tmp_path, "pyproject.toml")
    (tmp_path / "ruff.toml").write_text("[lint]\nselect = 7\n", encoding="utf-8")
    assert "findings" not in promote(path)


def test_findings_behind_a_link_are_named_by_the_link(tmp_path: Path) -> None:
    project_ = tmp_path / "project"
    project_.mkdir()
    path = project(project_, "pyproject.toml")
    (project_ / "src").rename(tmp_path / "elsewhere")
    try:
        (project_ / "src").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("links cannot be made here")
    paths = PackagePaths("zoo.birds")
    (project_ / "src/zoo/birds.py").write_text("def sing(tune):\n    print(tune)\n", "utf-8")
    found = lint(Project(path.parent, paths), ["src/zoo/birds.py"])
    assert found is not None
    assert list(found.places) == ["src/zoo/*"]
