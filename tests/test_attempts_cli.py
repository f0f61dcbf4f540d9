"""nb2pkg attempt, nb2pkg attempts, and the commands that record by themselves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from nb2pkg.attempts import history, store
from nb2pkg.attempts.model import Attempt
from nb2pkg.cli.main import cli
from nb2pkg.jupyter import record as recording
from nb2pkg.project import manifest
from tests import build

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

ROOT = Path(__file__).resolve().parents[1]
CELLS = """
# %% id="load" tags=["nb2pkg:orders"]
orders = [3, 1, 2]
# %% id="sort" tags=["nb2pkg:sorting.arrange"]
ranked = sorted(orders)
print(ranked)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of Ada's, and the current folder."""
    for words in (["init", "-q"], ["config", "user.name", "Ada"], ["config", "user.email", "a@b"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(cli, [*words])
    if code == 0 and result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    if not hasattr(result.exception, "message"):
        assert result.exit_code == code, result.output
    return result


def _refusal(*words: str) -> str:
    """What a command that is refused says."""
    return str(getattr(_run(*words, code=1).exception, "message", ""))


def _attempts(path: Path) -> tuple[Attempt, ...]:
    return history.read(store.required(path)).attempts


def test_an_afternoon(folder: Path) -> None:
    path = build.write(folder, CELLS)
    first = _run("attempt", "analysis.ipynb", "-m", "plain", "--metric", "score=0.9").stdout.strip()
    build.write(folder, CELLS.replace("sorted(orders)", "sorted(orders, reverse=True)"))
    _run("attempt", "analysis.ipynb", "-m", "down", "--metric", "score=0.8", "--branch", "down")
    assert [line.split()[0] for line in _run("attempts").stdout.splitlines()] == ["#1", "#2"]
    tree = _run("attempts", "tree").stdout.splitlines()
    assert [line[:4] for line in tree] == ["* #1", "|  *"]
    found = _run("attempts", "diff", "main", "down").stdout
    assert "    - ranked = sorted(orders)\n    + ranked = sorted(orders, reverse=True)\n" in found
    assert "metric score: 0.9 -> 0.8" in found
    _run("attempts", "comment", "1", "-m", "the better one")
    build.write(folder, CELLS + '# %% id="new"\n1')
    assert "cell 3 added" in _run("attempts", "diff", "1").stdout
    result = _run("attempts", "restore", first[:6])
    assert "what was there is attempt" in result.stderr
    assert path.read_text(encoding="utf-8") == build.text(CELLS)
    listed = json.loads(_run("attempts", "list", "--json").stdout)
    assert [a["trigger"] for a in listed["attempts"]] == ["command", "command", "restore"]
    assert listed["attempts"][0]["comments"][0]["text"] == "the better one"
    assert listed["current"] == "down"
    _run("attempts", "branch", "again", "1")
    assert _run("attempt", "analysis.ipynb").stderr.endswith("in again\n")
    assert _attempts(path)[-1].parent == first
    assert "the better one" in _run("attempts", "show", "1").stdout
    assert not json.loads(_run("attempts", "diff", "1", "again", "--json").stdout)["cells"]


def test_what_is_refused(folder: Path) -> None:
    assert _refusal("attempts") == "no attempt was recorded here"
    build.write(folder, CELLS)
    assert "is not NAME=NUMBER" in _run("attempt", "analysis.ipynb", "--metric", "a", code=2).stderr
    for name in ("a.ipynb", "b.ipynb"):
        build.write(folder, CELLS, name)
        _run("attempt", name)
    assert "several notebooks have attempts here: a.ipynb, b.ipynb" in _refusal("attempts")
    assert _refusal("attempts", "show", "9", "-n", "a.ipynb") == "there is no attempt 9"
    assert "Say which" in _run("attempts", "prune", "-n", "a.ipynb", code=2).stderr
    assert "already" in _refusal("attempts", "branch", "main", "1", "-n", "a.ipynb")


def test_without_git_a_person_is_told(tmp_path: Path) -> None:
    build.write(tmp_path, CELLS)
    words = [sys.executable, "-m", "nb2pkg", "attempt", "analysis.ipynb"]
    variables = {**os.environ, "PATH": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, "nb2pkg: git is not installed")
    words[3:] = ["promote", "analysis.ipynb"]
    done = subprocess.run(words, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert done.returncode == 0
    assert "warning" not in done.stderr


def test_pruning_lists_first(folder: Path) -> None:
    path = build.write(folder, CELLS)
    _run("attempt", "analysis.ipynb", "-m", "one")
    _run("promote", "analysis.ipynb")
    build.write(folder, CELLS + "# %%\n1")
    _run("attempt", "analysis.ipynb", "-m", "two")
    before = _attempts(path)
    assert "add --yes" in _run("attempts", "prune", "--before", "9999").stderr
    assert _attempts(path) == before
    _run("attempts", "prune", "--before", "9999", "--yes")
    assert [a.facts.why for a in _attempts(path)] == ["one"]  # it was promoted from


def test_secrets_are_not_pushed_unseen(folder: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", "shared.git"], cwd=folder, check=True)
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3gH5"
    build.write(folder, f"key = '{token}'")
    _run("attempt", "analysis.ipynb")
    said = _refusal("attempts", "push", "shared.git")
    assert "a GitHub token (ghp_*" in said
    assert token not in said
    listed = subprocess.run(["git", "for-each-ref"], cwd=folder / "shared.git", capture_output=True)
    assert listed.stdout == b""
    _run("attempts", "push", "shared.git", "--with-secrets")
    assert "fetched 0 attempts" in _run("attempts", "fetch", "shared.git").stderr


# ----------------------------------------------------------------------- functions and attempts


def test_functions_know_the_attempt_that_they_came_from(folder: Path) -> None:
    path = build.write(folder, CELLS)
    _run("promote", "analysis.ipynb")
    project = folder / "analysis-package"
    (first,) = _attempts(path)
    assert {made.attempt for made in manifest.required(project).made} == {first.id}
    before = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    build.write(folder, CELLS + "# %% [markdown]\n# looks better")
    _run("attempt", "analysis.ipynb")
    build.write(folder, CELLS)
    assert "nothing was written" in _run("promote", "analysis.ipynb").stderr
    assert {p: p.read_bytes() for p in project.rglob("*") if p.is_file()} == before
    build.write(folder, CELLS.replace("sorted(orders)", "sorted(orders)[::-1]"))
    _run("promote", "analysis.ipynb")
    last = _attempts(path)[-1]
    made = {made.symbol: made.attempt for made in manifest.required(project).made}
    assert made == {"orders.orders": first.id, "sorting.arrange": last.id}
    status = _run("status", "analysis-package").stdout
    assert f"promoted from attempt {first.short}: orders.orders" in status
    assert f"promoted from attempt {last.short}: sorting.arrange" in status
    page = _run("review", "analysis-package", "-o", "-").stdout
    assert f"Promoted from attempt <code>{last.short}</code>" in page
    shown = json.loads(_run("attempts", "show", first.short, "--json").stdout)
    assert shown["promoted"] == ["analysis.orders.orders"]
    assert "analysis.sorting.arrange" in Path(_run("attempts", "page").stdout.strip()).read_text()


def test_without_a_repository_a_package_is_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    build.write(tmp_path, CELLS)
    _run("promote", "analysis.ipynb")
    assert not (tmp_path / ".nb2pkg").exists()
    assert '"attempt"' not in (tmp_path / "analysis-package/.nb2pkg/manifest.json").read_text()


def test_looking_records_nothing(folder: Path) -> None:
    path = build.write(folder, CELLS)
    _run("promote", "analysis.ipynb", "--dry-run")
    _run("promote", "analysis.ipynb", "--diff")
    assert _attempts(path) == ()


def test_what_cannot_be_recorded_stops_no_command(folder: Path) -> None:
    build.write(folder, CELLS)
    (folder / ".git" / "HEAD").write_text("nonsense")
    result = _run("promote", "analysis.ipynb")
    lines = [line for line in result.stderr.splitlines() if line.startswith("warning: ")]
    assert len(lines) == 1
    assert lines[0].startswith("warning: no attempt was recorded: git refused")
    assert (folder / "analysis-package/pyproject.toml").is_file()


def test_runs_say_what_they_gave(folder: Path) -> None:
    path = build.write(folder, CELLS)
    _run("promote", "analysis.ipynb")
    _run("verify", "analysis-package")
    assert [a.result.text for a in _attempts(path)] == ["ran: exact"]
    build.write(folder, CELLS + "# %%\nint('secret 7')")
    _run("check", "--run", "analysis.ipynb", code=1)
    last = _attempts(path)[-1]
    assert (last.facts.trigger, last.result.text) == ("check", "failed: cell 3: ValueError")


def test_recording_keeps_an_attempt_of_each_save(folder: Path, shell: InteractiveShell) -> None:
    path = build.write(folder, "x = 1")
    shell.run_cell(f"%load_ext nb2pkg\n%nb2pkg record on {path}")
    saves = recording.active[id(shell)]._saves
    saves.wait()
    shell.run_cell("1")  # nothing was saved since
    saves.wait()
    time.sleep(0.01)
    build.write(folder, "x = 2")
    shell.run_cell("1")
    saves.wait()
    shell.run_cell("%unload_ext nb2pkg")
    saves.wait()
    assert [attempt.facts.trigger for attempt in _attempts(path)] == ["record", "record"]
