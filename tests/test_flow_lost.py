"""A worker that is lost in the middle of a flow: what may be run again is, and the rest says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.flows import STOPS, Cluster, begun, kill_who_waits, promoted, started, until, work

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")

VALUES = """
# %%
import decimal

import stops

decimal.getcontext().prec = 5
# %%
def part(x):
    return str(decimal.Decimal(x) / 3)

def waited(x):
    return stops.here(x) + part(x)[:0]

first = part(1)
size = len(first)
# %%
second = waited(first)
drawn = stops.backend()
# %%
third = part(size)
found = [first, second, third, drawn]
# %%
print(found)
"""

WRITES = """
# %%
from pathlib import Path

import stops
# %%
def noted(x):
    with open("log.txt", "a") as file:
        file.write("begun\\n")
    return stops.here(x)

size = len("owl")
# %%
done = noted(size)
more = done + 1
# %%
print(more)
"""


READS = """
# %%
from pathlib import Path

import stops

words = Path("words.txt").read_text().split()
first = words[0]
# %%
def waited(x):
    return stops.here(x) + "!"

last = waited(first)
size = len(words)
# %%
def saved(text):
    Path("last.txt").write_text(str(len(text)))
    return len(text)

done = saved(last)
more = done + size
# %%
print(done, more)
"""


SIZED = """
# %% tags=["parameters"]
SIZE = 3
# %%
import stops

def waited(x):
    return stops.here(x) * 10

seen = waited(SIZE)
more = [seen]
# %%
print(seen, more)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return work(tmp_path, monkeypatch, stops=STOPS)


def flow(folder: Path, *options: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return started(folder, "-m", "analysis", "--engine", "dask", *options)


@contextmanager
def on_cluster(
    folder: Path, workers: int = 1, threads: int = 1
) -> Iterator[tuple[Cluster, subprocess.Popen[str]]]:
    """A flow that has begun on a cluster of its own."""
    with ExitStack() as stack:
        cluster = Cluster(folder, stack)
        for _ in range(workers):
            cluster.add_worker(threads)
        yield cluster, stack.enter_context(flow(folder, "--scheduler", cluster.address))


EXPECTED = """\
found: ['0.33333', '0.33333', '2.3333', 'Agg']
"""


def test_a_lost_process_is_replaced(folder: Path) -> None:
    promoted(folder, VALUES)
    with flow(folder, "--workers", "2") as running:
        kill_who_waits(folder, running)
        stdout, stderr = running.communicate()
    assert stdout.endswith(EXPECTED), stderr
    assert running.returncode == 0
    assert len(begun(folder)) == 2


def test_what_may_not_be_run_again_is_named(folder: Path) -> None:
    promoted(folder, WRITES)
    with flow(folder, "--workers", "2") as running:
        kill_who_waits(folder, running)
        _, stderr = running.communicate()
    assert running.returncode == 1
    assert stderr.startswith("error: compute_more_and_more() failed: a worker process was lost")
    assert len(stderr.splitlines()) == 1
    assert (folder / "log.txt").read_text() == "begun\n"


def test_what_is_done_is_kept_when_another_step_loses_its_process(folder: Path) -> None:
    (folder / "words.txt").write_text("owl jay")
    promoted(folder, READS)
    assert "final=True" in (folder / "analysis-package/src/analysis/flow.py").read_text()
    with flow(folder, "--workers", "2") as running:
        until(lambda: begun(folder), running)
        (folder / "words.txt").write_text("other words by now")
        kill_who_waits(folder, running)
        stdout, stderr = running.communicate()
    assert stdout == "done: 4\nmore: 6\n", stderr


# ----------------------------------------------------------------------------- clusters


def test_a_worker_that_joins_later_takes_over(folder: Path) -> None:
    promoted(folder, VALUES)
    with on_cluster(folder) as (cluster, running):
        until(lambda: begun(folder), running)
        cluster.add_worker()
        kill_who_waits(folder, running)
        stdout, stderr = running.communicate()
    assert stdout.endswith(EXPECTED), stderr
    assert len(begun(folder)) == 2


def test_a_cluster_does_not_run_again_what_may_not_be(folder: Path) -> None:
    promoted(folder, WRITES)
    with on_cluster(folder, workers=2) as (_, running):
        kill_who_waits(folder, running)
        _, stderr = running.communicate()
    assert running.returncode == 1
    assert stderr.startswith("error: compute_more_and_more() failed: its worker was lost")
    assert len(stderr.splitlines()) == 1
    assert (folder / "log.txt").read_text() == "begun\n"


def test_a_cluster_does_not_read_files_again_that_may_have_changed(folder: Path) -> None:
    (folder / "words.txt").write_text("owl jay")
    promoted(folder, READS)
    with on_cluster(folder) as (cluster, running):
        until(lambda: begun(folder), running)
        cluster.add_worker()
        kill_who_waits(folder, running)
        _, stderr = running.communicate()
    assert running.returncode == 1
    assert stderr.endswith("its worker was lost; the files that it reads may have changed since\n")
    assert not (folder / "last.txt").exists()


def test_workers_with_several_threads_are_refused_where_steps_need_a_folder(folder: Path) -> None:
    promoted(folder, WRITES)
    with on_cluster(folder, threads=2) as (_, running):
        _, stderr = running.communicate()
    assert running.returncode == 1
    assert stderr.endswith("start the workers with --nthreads 1\n")
    assert not (folder / "log.txt").exists()


FAILS = """
# %%
import stops
# %%
def missing(text):
    import nowhere_to_be_found
    return stops.here(text)

first = "owl"
size = len(first)
# %%
answer = missing(first)
more = [answer, size]
# %%
print(answer, more)
"""


def test_a_step_that_fails_on_a_cluster_is_named(folder: Path) -> None:
    promoted(folder, FAILS)
    with on_cluster(folder) as (_, running):
        _, stderr = running.communicate()
    (line,) = stderr.splitlines()
    assert "(first" in line
    assert line.endswith("failed: ModuleNotFoundError: No module named 'nowhere_to_be_found'")


LOCAL_CLUSTER = """
from analysis import flow
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print("found:", flow.run(scheduler=cluster.scheduler_address)["found"])
"""


def test_two_runs_on_one_cluster_do_not_take_each_others_values(folder: Path) -> None:
    promoted(folder, SIZED)
    with ExitStack() as stack:
        cluster = Cluster(folder, stack)
        cluster.add_worker()
        cluster.add_worker()
        options = ["--scheduler", cluster.address, "--size"]
        one = stack.enter_context(flow(folder, *options, "1"))
        until(lambda: len(begun(folder)) == 1, one)
        two = stack.enter_context(flow(folder, *options, "2"))
        until(lambda: len(begun(folder)) == 2, two)
        (folder.parent / "marks" / "go").touch()
        said = [running.communicate()[0] for running in (one, two)]
    assert said == ["seen: 10\nmore: [10]\n", "seen: 20\nmore: [20]\n"]


def test_a_terminal_shows_how_far_a_cluster_is(folder: Path) -> None:
    import pty

    (folder.parent / "marks" / "go").touch()
    promoted(folder, VALUES)
    with ExitStack() as stack:
        cluster = Cluster(folder, stack)
        cluster.add_worker()
        ours, theirs = pty.openpty()
        argv = [sys.executable, "-m", "analysis", "--engine", "dask"]
        argv += ["--scheduler", cluster.address]
        done = subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, stderr=theirs, check=False)
        seen = os.read(ours, 100_000).decode()
        os.close(theirs)
        os.close(ours)
    assert done.stdout.decode().endswith(EXPECTED), seen
    assert "dashboard: http://" in seen
    assert "3 of 3 steps done" in seen


def test_a_cluster_without_the_package_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promoted(folder, VALUES)
    path = os.environ["PYTHONPATH"]
    with ExitStack() as stack:
        monkeypatch.delenv("PYTHONPATH")
        cluster = Cluster(folder, stack)
        cluster.add_worker()
        monkeypatch.setenv("PYTHONPATH", path)
        running = stack.enter_context(flow(folder, "--scheduler", cluster.address))
        _, stderr = running.communicate()
    assert "Traceback" not in stderr, stderr
    assert stderr.startswith("error: the cluster lacks what the steps need: No module named")
    assert running.returncode == 1


def test_a_restarted_worker_is_made_ready(folder: Path) -> None:
    promoted(folder, VALUES)
    (folder / "local.py").write_text(LOCAL_CLUSTER)
    with started(folder, "local.py") as running:
        kill_who_waits(folder, running)
        stdout, stderr = running.communicate()
    assert stdout == EXPECTED, stderr
    assert len(begun(folder)) == 2


def test_a_scheduler_that_does_not_answer_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    promoted(folder, VALUES)
    with flow(folder, "--scheduler", "tcp://127.0.0.1:1") as running:
        _, stderr = running.communicate()
    assert running.returncode == 1
    assert "error: no scheduler of Dask answers at tcp://127.0.0.1:1" in stderr
    assert "Traceback" not in stderr, stderr
