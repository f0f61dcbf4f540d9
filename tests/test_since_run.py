"""nb2pkg verify --if-changed: the verdict of the manifest counts as long as all that it speaks of is as it was."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg import environment
from nb2pkg.cli.main import cli
from tests import build

CELLS = """
# %%
from pathlib import Path

import helpers
import packaging.version
# %%
words = Path("words.txt").read_text().split()
longest = max(words, key=len)
# %%
print(longest, helpers.LIMIT, len([*Path("more").iterdir()]))
"""
PACKAGE = "analysis-package"
CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a module": (
        lambda top: add(top / PACKAGE / "src" / "analysis" / "config.py", "# a remark\n"),
        "the package has changed",
    ),
    "a test": (
        lambda top: add(top / PACKAGE / "tests" / "test_more.py", "def test_a(): pass\n"),
        "the package has changed",
    ),
    "a cell": (
        lambda top: build.write(top, CELLS.replace("(longest,", "(longest, 1,")),
        "the notebook has changed",
    ),
    "the data": (lambda top: add(top / "words.txt", " more"), "words.txt has changed"),
    "no data": (lambda top: (top / "words.txt").unlink(), "words.txt is missing"),
    "a module beside it": (
        lambda top: (top / "helpers.py").write_text("LIMIT = 4\n"),
        "the folder of the notebook has changed",
    ),
    "more data in a folder": (
        lambda top: (top / "more" / "b.bin").write_text("b"),
        "the folder of the notebook has changed",
    ),
    "a distribution": (lambda top: recorded(top, "packaging", "0.1"), "instead of 0.1"),
    "one that is gone": (
        lambda top: recorded(top, "no-such-thing", "1.0"),
        "no-such-thing is no longer installed",
    ),
}


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def recorded(top: Path, name: str, version: str) -> None:
    """As if the run had had another version."""
    path = top / PACKAGE / ".nb2pkg" / "manifest.json"
    content = json.loads(path.read_text())
    content["run"]["environment"]["versions"][name] = version
    path.write_text(json.dumps(content))


def run(top: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["verify", str(top / PACKAGE), *words])


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a notebook and its package, which was verified."""
    top = tmp_path_factory.mktemp("verified")
    build.write(top, CELLS)
    (top / "words.txt").write_text("owl magpie jay")
    (top / "helpers.py").write_text("LIMIT = 3\n")
    (top / "more").mkdir()
    (top / "more" / "a.bin").write_text("a")
    made = CliRunner().invoke(cli, ["promote", str(top / "analysis.ipynb"), "--all"])
    assert made.exit_code == 0, made.stderr
    first = run(top, "--if-changed")
    assert "Running it: no run of nb2pkg verify has verified it so far." in first.stderr
    assert first.exit_code == 0, first.stderr
    return top


@pytest.fixture
def top(verified: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(verified, tmp_path / "work"))


@pytest.mark.xdist_group("since_run")
def test_nothing_is_run_when_nothing_has_changed(top: Path) -> None:
    again = run(top, "--if-changed")
    assert again.exit_code == 0
    assert "nothing has changed since, so nothing was run" in again.stderr
    assert "ran original" not in again.stderr
    document = json.loads(run(top, "--if-changed", "--json").stdout)
    assert (document["verified"], document["run"]) == (True, False)


@pytest.mark.xdist_group("since_run")
def test_a_remark_in_the_readme_and_another_notebook_change_nothing(top: Path) -> None:
    add(top / PACKAGE / "README.md", "\nMore.\n")
    build.write(top, "# %%\na = 1", "another.ipynb")
    assert "nothing was run" in run(top, "--if-changed").stderr


@pytest.mark.xdist_group("since_run")
@pytest.mark.parametrize(("change", "reason"), CHANGES.values(), ids=CHANGES)
def test_what_has_changed_is_said(
    top: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object], reason: str
) -> None:
    def recheck(*_: object) -> None:
        raise SystemExit(3)

    monkeypatch.setattr("nb2pkg.cli.verify.recheck", recheck)  # it takes a kernel
    change(top)
    found = run(top, "--if-changed")
    assert found.exit_code == 3
    assert reason in found.stderr


@pytest.mark.xdist_group("since_run")
def test_an_editable_install_may_have_changed(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = environment.ask(sys.executable)
    edited = replace(there.distributions["packaging"], origin={"dir_info": {"editable": True}})
    changed = replace(there, distributions={**there.distributions, "packaging": edited})
    monkeypatch.setattr(environment, "ask", lambda _: changed)
    monkeypatch.setattr("nb2pkg.cli.verify.recheck", lambda *_: sys.exit(3))
    assert "packaging is an editable install" in run(top, "--if-changed").stderr


@pytest.mark.parametrize("other", [["--env", "fresh"], ["--engine", "dask"]])
def test_it_does_not_go_with_what_the_manifest_does_not_know(
    tmp_path: Path, other: list[str]
) -> None:
    found = CliRunner().invoke(cli, ["verify", str(tmp_path), "--if-changed", *other])
    assert found.exit_code == 2
    assert "--if-changed cannot be used with" in found.stderr
