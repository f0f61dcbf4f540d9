"""A promotion that changed nothing is not done again while all that it had read is as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nb2pkg.files.reads import Reads
from tests import build

CELLS = """
# %%
import json

import helpers
# %%
birds = {"owl": 3, "jay": 4}
total = sum(birds.values())
# %%
print(json.dumps(birds), total, helpers.LIMIT)
"""
COMMAND = """
import sys
from nb2pkg.cli.main import main
try:
    main()
finally:
    print("DONE" if "nb2pkg.plan.make" in sys.modules else "REPEATED")
"""
LONG_AGO = time.time() - 3600
CHANGES: dict[str, Callable[[Path], object]] = {
    "the notebook": lambda top: build.write(top, CELLS.replace("3", "5")),
    "its module": lambda top: (top / "helpers.py").unlink(),
    "a file of the package": lambda top: edit(top / "analysis-package/src/analysis/config.py"),
    "a file less": lambda top: (top / "analysis-package/README.md").unlink(),
    "a module more": lambda top: (top / "birds.py").write_text("a = 1\n"),
    "a file more in the package": lambda top: edit(top / "analysis-package/src/analysis/more.py"),
    "what is declared here": lambda top: (top / "requirements.txt").write_text("numpy<2\n"),
    "what is declared above": lambda top: (top.parent / "setup.cfg").write_text("[metadata]\n"),
    "the settings above": lambda top: (top.parent / "pyproject.toml").write_text(
        "[tool.nb2pkg]\nattempts = false\n"
    ),
    "what is installed": lambda top: install(top.parent / "site", "fish"),
}


def edit(path: Path) -> None:
    with path.open("a") as file:
        file.write("# a remark\n")


def install(site: Path, name: str) -> None:
    (site / f"{name}-1.0.dist-info").mkdir(parents=True)
    (site / f"{name}-1.0.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")


def promote(top: Path, *more: str) -> tuple[str, str, bool]:
    """What the command prints, and whether it was done."""
    own = {"NB2PKG_CACHE_DIR": str(top.parent / "cache"), "PYTHONPATH": str(top.parent / "site")}
    command = [sys.executable, "-c", COMMAND, "promote", "analysis.ipynb", "--all", *more]
    done = subprocess.run(
        command, cwd=top, env=os.environ | own, capture_output=True, text=True, check=True
    )
    out, _, last = done.stdout.rstrip().rpartition("\n")
    return out, done.stderr, last == "DONE"


def long_ago(top: Path) -> None:
    """As if nobody had touched anything for an hour."""
    for path in (top, *top.rglob("*")):
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """A folder with a notebook and its package, which the command has just found unchanged."""
    top = tmp_path / "work"
    top.mkdir()
    build.write(top, CELLS)
    (top / "helpers.py").write_text("LIMIT = 3\n")
    install(tmp_path / "site", "birds")
    long_ago(tmp_path)
    promote(top)
    long_ago(tmp_path)
    assert promote(top)[2]
    return top


def test_the_same_is_printed_again(settled: Path) -> None:
    out, err, was_done = promote(settled)
    assert not was_done
    assert out == "analysis-package"
    assert "analysis-package is up to date: nothing was written." in err
    (settled / "more.txt").touch()  # so that it is done again
    assert promote(settled) == (out, err, True)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_is_done_again_when_something_is_different(
    settled: Path, change: Callable[[Path], object]
) -> None:
    change(settled)
    assert promote(settled)[2]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"said": [["say"]]}', '{"said": []}'])
def test_a_damaged_entry_is_no_answer(settled: Path, content: str) -> None:
    (entry,) = (settled.parent / "cache" / "promote").glob("*.json")
    entry.write_text(content)
    assert promote(settled)[2]


def test_another_command_is_done(settled: Path) -> None:
    assert promote(settled, "--json")[2]


def test_an_attempt_at_another_notebook_in_between_is_seen(settled: Path) -> None:
    subprocess.run(["git", "init", "-q", "."], cwd=settled, check=True)
    for _ in range(2):
        promote(settled)
    long_ago(settled)
    promote(settled)
    assert not promote(settled)[2]
    reference = settled / ".git" / "refs" / "nb2pkg"
    assert reference.is_dir()
    subprocess.run(["git", "add", "helpers.py"], cwd=settled, check=True)
    assert not promote(settled)[2]
    (reference / "other").write_text("0" * 40)
    assert promote(settled)[2]


def test_what_was_written_a_moment_ago_may_be_changing_still(tmp_path: Path) -> None:
    build.write(tmp_path, CELLS)
    promote(tmp_path)
    assert promote(tmp_path)[2]
    assert promote(tmp_path)[2]


def test_bytecode_of_another_program_counts_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.cpython-311-pytest-9.1.1.pyc").touch()
    monkeypatch.setattr("sys.addaudithook", lambda _: None)  # nobody could take it away again
    heard = Reads()
    heard.opened.add(str(tmp_path / "a.cpython-311-pytest-9.1.1.pyc"))
    files, _ = heard.paths(()) or ([], [])
    assert files == [str(tmp_path / "a.cpython-311-pytest-9.1.1.pyc")]
