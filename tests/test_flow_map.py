"""``python -m PACKAGE map``: the pipeline for each of many files or parameters."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from nb2pkg.flow.model import Engine
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.update import update, write
from tests.flows import STOPS, Cluster, begun, kill_who_waits, promoted, started, until, work

ADDS = """
# %% tags=["parameters"]
COUNT = 2
NAME = "owl"
# %%
birds = [NAME] * COUNT
text = "-".join(birds)
# %%
size = len(text)
half = size / (COUNT - 1)
# %%
print(birds, size, half)
"""

FILES = """
# %% tags=["parameters"]
SOURCE = "data/one.csv"
# %%
from pathlib import Path

import stops

words = Path(SOURCE).read_text().split()
first = words[0]
# %%
def waited(word):
    return stops.here(word) if word == "seven" else word

last = waited(words[-1])
size = len(words)
# %%
print(first, last, size)
"""

# Each run says what it finds, and leaves something else behind.
STATE = """
# %% tags=["parameters"]
DIGITS = 5
# %%
import decimal
import os
import random

import numpy as np

found = decimal.getcontext().prec
seen = os.environ.get("SEEN", "nothing")
drawn = random.random()
numbers = np.random.rand()
# %%
decimal.getcontext().prec = DIGITS
os.environ["SEEN"] = str(DIGITS)
np.random.seed(3)
random.seed(3)
left = str(decimal.Decimal(1) / 3)
# %%
print(found, seen, drawn, numbers, left)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return work(tmp_path, monkeypatch, stops=STOPS)


def mapped(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "analysis", "map", *options]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


def with_files(folder: Path, count: int) -> None:
    """Files of which number 7 makes its run wait."""
    (folder / "data").mkdir()
    (folder / "data" / "one.csv").write_text("a")
    for number in range(count):
        last = "seven" if number == 7 else f"w{number}"
        (folder / "data" / f"{number:02}.txt").write_text(f"begin {last}")


def test_all_combinations_are_rows_and_what_fails_is_one_of_them(folder: Path) -> None:
    promoted(folder, ADDS)
    table = folder / "table.csv"
    options = ["--over", "count=1,3", "--over", "name=jay,tit", "--table", str(table)]
    done = mapped(folder, *options)
    assert done.stdout.splitlines() == [
        "count  name  birds      size  half  error",
        "1      jay                          ZeroDivisionError: division by zero",
        "1      tit                          ZeroDivisionError: division by zero",
        "3      jay   list of 3  11    5.5",
        "3      tit   list of 3  11    5.5",
    ]
    assert done.stderr == "2 of 4 runs failed\n"
    assert done.returncode == 1
    assert table.read_text().splitlines()[3] == "3,jay,list of 3,11,5.5,"


def test_elsewhere_each_run_is_a_new_process(folder: Path) -> None:
    promoted(folder, ADDS)
    module = folder / "analysis-package" / "src" / "analysis" / "_runs.py"
    text = module.read_text()
    method = 'METHOD = "forkserver" if sys.platform == "linux" else "spawn"'
    assert method in text
    module.write_text(text.replace(method, 'METHOD = "spawn"'))
    done = mapped(folder, "--over", "count=3,5")
    assert [row.split()[-2:] for row in done.stdout.splitlines()[1:]] == [
        ["11", "5.5"],
        ["19", "4.75"],
    ], done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--over", "size=1"], "no parameter size, but count, name"),
        (["--over", "count=many"], "invalid int value: 'many'"),
        (["--over", "name=*.csv"], "there is no such file in "),
        (["--over", "*.csv"], "say of which parameter"),
        (["--over", "count=1", "--over", "count=2"], "count is given twice"),
        (["--over", "count=1", "--table", "no/where.csv"], "there is no folder"),
    ],
)
def test_what_cannot_be_varied_is_an_error(folder: Path, options: list[str], message: str) -> None:
    promoted(folder, ADDS)
    done = mapped(folder, *options)
    assert done.returncode == 2
    assert message in done.stderr


def test_without_parameters_it_says_how_to_get_one(folder: Path) -> None:
    promoted(folder, "# %%\nxs = [3]\nn = len(xs)\n# %%\nys = [n]\nm = ys[0]\n# %%\nprint(m, xs)\n")
    done = mapped(folder, "--over", "n=1")
    assert done.returncode == 2
    assert "the pipeline has no parameters: tag the cell" in done.stderr


def test_a_pipeline_that_writes_files_is_refused(folder: Path) -> None:
    saves = "from pathlib import Path\nPath('size.txt').write_text(str(size))\nsaved = [size]"
    promoted(folder, ADDS.replace("# %%\nprint", f"# %%\n{saves}\n# %%\nprint"))
    done = mapped(folder, "--over", "count=1,2")
    assert done.returncode == 2
    assert "the steps write files" in done.stderr
    assert "ANALYSIS_DATA_DIR" in done.stderr


def test_no_run_finds_what_another_one_left(folder: Path) -> None:
    promoted(folder, STATE)
    done = mapped(folder, "--over", "digits=3,4,5,6", "--workers", "1")
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["digits", "found", "seen", "drawn", "numbers", "left"], done.stderr
    found = {name: column for name, *column in zip(*rows)}
    assert found["found"] == ["28"] * 4
    assert found["seen"] == ["nothing"] * 4
    assert found["left"] == ["0.333", "0.3333", "0.33333", "0.333333"]
    assert len({*found["drawn"]}) == len({*found["numbers"]}) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_run_whose_process_is_killed_is_done_again(folder: Path) -> None:
    with_files(folder, 60)
    promoted(folder, FILES)
    argv = ["-m", "analysis", "map", "--over", "data/*.txt", "--workers", "2"]
    with started(folder.parent, *argv) as running:
        kill_who_waits(folder, running)
        stdout, stderr = running.communicate()
    assert running.returncode == 0, stderr
    head, *rows = stdout.splitlines()
    assert head.split() == ["source", "first", "last", "size"]
    assert len(rows) == 60
    assert rows[7].split() == ["data/07.txt", "begin", "seven", "2"]
    assert rows[59].split() == ["data/59.txt", "begin", "w59", "2"]
    assert len(begun(folder)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
def test_ctrl_c_ends_all_runs_and_shows_those_that_are_done(folder: Path) -> None:
    with_files(folder, 9)
    promoted(folder, FILES)
    argv = ["-m", "analysis", "map", "--over", "source=data/*.txt", "--workers", "1"]
    with started(folder.parent, *argv) as running:
        until(lambda: begun(folder), running)
        children = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate()
    assert running.returncode == 130
    assert len(stdout.splitlines()) == 8, stderr
    assert stderr == "stopped: 7 of 9 runs are done\n"
    assert not psutil.wait_procs(children, timeout=10)[1]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_cluster_does_the_runs_of_a_lost_worker_again(folder: Path) -> None:
    with_files(folder, 9)
    promoted(folder, FILES)
    with ExitStack() as stack:
        cluster = Cluster(folder, stack)
        worker = cluster.add_worker()
        argv = ["-m", "analysis", "map", "--over", "source=data/*.txt"]
        running = stack.enter_context(started(folder, *argv, "--scheduler", cluster.address))
        until(lambda: begun(folder), running)
        cluster.add_worker()
        worker.kill()
        (folder.parent / "marks" / "go").touch()
        stdout, stderr = running.communicate()
    assert running.returncode == 0, stderr
    assert [row.split()[2] for row in stdout.splitlines()][8] == "seven"
    assert len(stdout.splitlines()) == 10


ROOT = Path(__file__).parents[1]


def test_the_table_in_the_docs_is_what_the_sample_gives(tmp_path: Path) -> None:
    for name in ("penguins.ipynb", "penguins.csv"):
        shutil.copy(ROOT / "sample_project" / name, tmp_path)
    made = promote(tmp_path / "penguins.ipynb", Request(engine=Engine("dask")))
    write(update(made))
    argv = [sys.executable, "-m", "penguins", "map", "--over", "seed=1,2,3"]
    argv += ["--over", "test-size=0.2,0.3"]
    variables = {**os.environ, "PYTHONPATH": str(made.project / "src")}
    done = subprocess.run(
        argv, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"```text\n{done.stdout}```" in (ROOT / "docs" / "flow.md").read_text()
