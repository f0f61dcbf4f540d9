"""Writing: what stands in its way is one message, and commands do not get into each other's way."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from nb2pkg import files
from nb2pkg.cli.main import _COMMANDS, cli
from nb2pkg.cli.project_options import SettledPath
from nb2pkg.errors import ConflictError, Nb2pkgError
from nb2pkg.files import alone
from tests import build
from tests.faults import state

CELLS = "# %% [markdown]\n# # Sum\n# %%\nrows = [1, 2]\nrows.append(3)\n# %%\ntotal = sum(rows)\nprint(total)"
KILLED_AT = """
import os, signal, sys
real, left, here = os.replace, [int(sys.argv.pop(1))], os.getcwd()
def replace(*args, **kwargs):
    if str(args[1]).startswith(here):  # and not in the cache of the user
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), SIGNAL)
    real(*args, **kwargs)
os.replace = replace
from nb2pkg.cli.main import main
main()
"""
needs_posix = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
is_root = os.name != "nt" and os.geteuid() == 0


def nb2pkg(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nb2pkg", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


def cut(name: str, at: int, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A command that gets a signal at the n-th file that it puts in its place."""
    code = KILLED_AT.replace("SIGNAL", f"signal.{name}")
    command = [sys.executable, "-c", code, str(at), *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120)


@needs_posix
@pytest.mark.parametrize("at", [2, 20])
def test_a_kill_in_place_is_finished_by_the_next_command(tmp_path: Path, at: int) -> None:
    build.write(tmp_path, CELLS)
    done = cut(
        "SIGKILL", at, "promote", "analysis.ipynb", "--all", "--in-place", "-o", "p", cwd=tmp_path
    )
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "analysis.ipynb").exists()
    again = nb2pkg("status", "p", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("cut off") == 1
    assert not [path for path in state(tmp_path) if files.FOLDER in path]
    assert "from analysis" in (tmp_path / "analysis.ipynb").read_text(encoding="utf-8")
    assert "cut off" not in nb2pkg("status", "p", cwd=tmp_path).stderr


@needs_posix
def test_ctrl_c_says_what_is_true(tmp_path: Path) -> None:
    build.write(tmp_path, CELLS)
    before = state(tmp_path)
    done = cut("SIGINT", 9, "promote", "analysis.ipynb", "--all", "--in-place", cwd=tmp_path)
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1] == "interrupted; nothing was written"
    assert state(tmp_path) == before


def test_the_second_command_waits(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from nb2pkg.files import alone\n"
            "with alone(Path(sys.argv[1])):\n    print('has it', flush=True); time.sleep(1.0)",
            str(tmp_path),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    began = time.monotonic()
    with alone(tmp_path):
        assert time.monotonic() - began > 0.3
    holder.wait()
    holder.stdout.close()
    assert state(tmp_path) == {}


def test_the_second_command_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nb2pkg.files.locks.WAIT", 0.2)
    (tmp_path / "a.txt").write_text("a")
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from nb2pkg.files import alone\n"
            "with alone(Path(sys.argv[1])):\n    print('has it', flush=True); sys.stdin.read()",
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    with pytest.raises(Nb2pkgError, match="another nb2pkg command"):
        files.put(tmp_path / "a.txt", b"b", b"a")
    holder.kill()  # the lock dies with its process
    holder.communicate()
    files.put(tmp_path / "a.txt", b"b", b"a")
    assert (tmp_path / "a.txt").read_text() == "b"


def test_what_was_written_meanwhile_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a")
    change = files.compare(tmp_path, {"a.txt": "new"}, ())
    path.write_text("somebody's")
    with pytest.raises(ConflictError, match="was changed while"):
        files.apply(tmp_path, {"a.txt": "new"}, change)
    assert path.read_text() == "somebody's"


def test_an_edit_after_a_kill_is_not_lost(tmp_path: Path) -> None:
    """Somebody writes to a file that had yet to be exchanged: the rest is taken back."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("old")
    texts = {"a.txt": "new", "b.txt": "new"}
    code = (
        "import os, sys\nreal = os.replace\n"
        "def replace(source, target):\n"
        "    real(source, target)\n"
        "    if str(target).endswith('a.txt'): os._exit(9)\n"
        "os.replace = replace\n"
        "from pathlib import Path; from nb2pkg import files\n"
        f"t = {texts!r}; p = Path(sys.argv[1])\nfiles.apply(p, t, files.compare(p, t, ()))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)])
    assert done.returncode == 9
    (tmp_path / "b.txt").write_text("mine")
    said: list[str] = []
    files.settle(tmp_path, said.append)
    assert len(said) == 1
    assert "took back" in said[0]
    assert state(tmp_path) == {"a.txt": b"old", "b.txt": b"mine"}


def test_an_exchange_that_came_from_elsewhere_writes_nothing(tmp_path: Path) -> None:
    """A repository may bring such a folder along, and must not reach what is around it."""
    (tmp_path / "bashrc").write_text("mine")
    inside = tmp_path / "repository" / files.FOLDER
    (inside / "new").mkdir(parents=True)
    (inside / "new" / "0").write_text("theirs")
    entry = {"path": "../bashrc", "before": hashlib.sha256(b"mine").hexdigest(), "after": "1"}
    (inside / "forward.json").write_text(
        json.dumps({"entries": [entry], "made": [], "emptied": [], "owner": "1:1"})
    )
    with pytest.raises(Nb2pkgError, match="was not left here"):
        files.settle(tmp_path / "repository")
    assert (tmp_path / "bashrc").read_text() == "mine"


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "bashrc").write_text("mine")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.py").symlink_to(tmp_path / "bashrc")
    with pytest.raises(ConflictError, match="link out of the project"):
        files.compare(tmp_path / "project", {"a.py": "theirs"}, ())


def test_folders_that_point_to_each_other_are_removed(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name / files.FOLDER).mkdir(parents=True)
        (tmp_path / name / files.FOLDER / "elsewhere").write_text(f"../{other}")
    files.settle(tmp_path / "a")
    files.settle(tmp_path / "b")
    assert state(tmp_path) == {"a": None, "b": None}


@pytest.mark.skipif(is_root or os.name == "nt", reason="root may write everywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    build.write(tmp_path, CELLS)
    tmp_path.chmod(0o500)
    before = state(tmp_path)
    done = nb2pkg("promote", "analysis.ipynb", "--all", cwd=tmp_path)
    tmp_path.chmod(0o700)
    assert done.returncode == 1
    assert "permission denied" in done.stderr
    assert "Traceback" not in done.stderr
    assert state(tmp_path) == before


@pytest.mark.parametrize("place", ["file", "dead", "file/inner", "."])
def test_a_place_where_nothing_can_be(tmp_path: Path, place: str) -> None:
    build.write(tmp_path, CELLS)
    (tmp_path / "file").touch()
    (tmp_path / "dead").symlink_to("nowhere")
    before = state(tmp_path)
    done = nb2pkg("promote", "analysis.ipynb", "--all", "-o", place, cwd=tmp_path)
    assert done.returncode == 1
    assert len([line for line in done.stderr.splitlines() if line.startswith("nb2pkg: ")]) == 1
    assert state(tmp_path) == before


@pytest.mark.parametrize("other", ["bb.ipynb", "Analysis.ipynb"])
def test_a_second_notebook_does_not_take_the_folder(tmp_path: Path, other: str) -> None:
    path = build.write(tmp_path, CELLS)
    assert nb2pkg("promote", "analysis.ipynb", "--all", "-o", "p q", cwd=tmp_path).returncode == 0
    second = tmp_path / other
    if second.exists():
        pytest.skip("the file system does not tell large letters from small ones")
    second.write_bytes(path.read_bytes())
    before = state(tmp_path)
    done = nb2pkg("promote", other, "--all", "-o", "p q", cwd=tmp_path)
    assert done.returncode == 1
    assert "--into 'p q'" in done.stderr
    assert state(tmp_path) == before
    path.unlink()  # now it is the same one with another name
    assert nb2pkg("promote", other, "--all", "-o", "p q", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("name", sorted(_COMMANDS))
def test_every_command_settles_what_it_is_given(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    paths = [p for p in command.params if isinstance(p.type, click.Path)]
    subjects = {"notebook", "project", "folder", "places", "subject", "output", "into"}
    assert [
        p.name for p in paths if p.name in subjects and not isinstance(p.type, SettledPath)
    ] == []
