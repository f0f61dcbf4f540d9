"""A worker that is lost in the middle of a flow: what may be run again is, and the rest says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from nb2pkg.flow.model import Engine
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.update import update, write
from tests import build

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")

# What the steps call: nothing of it can be told from the code of the notebook.
STOPS = """
import os
import time
from pathlib import Path

FOLDER = Path(os.environ["STOPS"])

def here(value):
    (FOLDER / f"{os.getpid()}.begun").touch()
    while not (FOLDER / "go").exists():
        time.sleep(0.01)
    return value

def backend():
    return os.environ.get("MPLBACKEND")
"""

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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a package and for what the steps call, on the path of all that is started."""
    work, library, marks = (tmp_path / name for name in ("work", "library", "marks"))
    for each in (work, library, marks):
        each.mkdir()
    (library / "stops.py").write_text(STOPS)
    source = work / "analysis-package" / "src"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(source), str(library)]))
    monkeypatch.setenv("STOPS", str(marks))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    return work


def promoted(folder: Path, text: str) -> None:
    made = promote(build.write(folder, text), Request(everything=True, engine=Engine("dask")))
    write(update(made))


def until(is_so: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait for what a program does."""
    end = time.monotonic() + 60
    while not is_so():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError("\n".join(process.communicate()))
        time.sleep(0.02)


@contextmanager
def started(folder: Path, *argv: str) -> Iterator[subprocess.Popen[str]]:
    """A program that ends with the test."""
    with subprocess.Popen(
        [sys.executable, *argv],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def flow(folder: Path, *options: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return started(folder, "-m", "analysis", "--engine", "dask", *options)


def kill_who_waits(folder: Path, process: subprocess.Popen[str]) -> None:
    """Kill the process in which a step waits, and let the next one go on."""
    until(lambda: begun(folder), process)
    (number,) = begun(folder)
    os.kill(number, signal.SIGKILL)
    (folder.parent / "marks" / "go").touch()


def begun(folder: Path) -> list[int]:
    """The processes that have begun the step that waits."""
    return [int(mark.stem) for mark in (folder.parent / "marks").glob("*.begun")]


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


# ----------------------------------------------------------------------------- clusters


class Cluster:
    """A scheduler of Dask, and workers with one thread each, as programs of their own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack = folder, stack
        self.file = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        scheduler = self.start("scheduler", *options, "--scheduler-file", str(self.file))
        until(lambda: self.file.exists() and self.file.read_text(), scheduler)
        self.address: str = json.loads(self.file.read_text())["address"]

    def start(self, *argv: str) -> subprocess.Popen[str]:
        return self.stack.enter_context(started(self.folder, "-m", "dask", *argv))

    def add_worker(self) -> None:
        number = len([*self.folder.glob("worker-*")])
        own = self.folder / f"worker-{number}"
        own.mkdir()
        places = ["--local-directory", str(own), "--scheduler-file", str(self.file)]
        self.start("worker", *places, "--nthreads", "1", "--no-nanny", "--no-dashboard")


def test_a_worker_that_joins_later_takes_over(folder: Path) -> None:
    promoted(folder, VALUES)
    with ExitStack() as stack:
        cluster = Cluster(folder, stack)
        cluster.add_worker()
        running = stack.enter_context(flow(folder, "--scheduler", cluster.address))
        until(lambda: begun(folder), running)
        cluster.add_worker()
        kill_who_waits(folder, running)
        stdout, stderr = running.communicate()
    assert stdout.endswith(EXPECTED), stderr
    assert len(begun(folder)) == 2


def test_a_cluster_does_not_run_again_what_may_not_be(folder: Path) -> None:
    promoted(folder, WRITES)
    with ExitStack() as stack:
        cluster = Cluster(folder, stack)
        cluster.add_worker()
        cluster.add_worker()
        running = stack.enter_context(flow(folder, "--scheduler", cluster.address))
        kill_who_waits(folder, running)
        _, stderr = running.communicate()
    assert running.returncode == 1
    assert stderr.startswith("error: compute_more_and_more() failed: its worker was lost")
    assert len(stderr.splitlines()) == 1
    assert (folder / "log.txt").read_text() == "begun\n"


LOCAL_CLUSTER = """
from analysis import flow
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print("found:", flow.run(scheduler=cluster.scheduler_address)["found"])
"""


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
    assert "Traceback" not in stderr
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
    assert "Traceback" not in stderr
