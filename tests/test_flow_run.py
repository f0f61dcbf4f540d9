"""Running a flow: what fails is named, nothing stays behind, and verification sees what is not the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

import psutil
import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli
from nb2pkg.errors import VerificationError
from nb2pkg.execution.model import Conditions
from nb2pkg.flow.model import Engine
from nb2pkg.project import locate
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.reverify import recheck
from nb2pkg.promote.update import update, write
from nb2pkg.promote.verified import VerifiedPromotion, promote_verified
from tests import build

DASK = Engine("dask")

FILES = """
# %%
from pathlib import Path

LIMIT = 3
# %%
words = Path("words.txt").read_text().split()
short = [word for word in words if len(word) < LIMIT]
# %%
longest = max(words, key=len)
share = len(short) / len(words)
# %%
print(longest, share)
"""

SLEEPS = """
# %%
import time
# %%
time.sleep(60)
late = [1, 2]
# %%
print(late)
"""

# operator.iconcat changes its first argument and returns it: no reading of the code tells that.
HIDDEN = """
# %%
import operator

birds = ["owl", "jay"]
count = len(birds)
# %%
more = operator.iconcat(birds, ["tit"])
last = more[-1]
# %%
names = sorted(birds)
size = len(names) + count
# %%
import threading

gate = threading.Lock()
is_free = not gate.locked()
# %%
print(names, size, last, gate, is_free)
"""


def promoted(folder: Path, text: str) -> Path:
    made = promote(build.write(folder, text), Request(everything=True, engine=DASK))
    write(update(made))
    return made.project


def command(project: Path, *options: str) -> tuple[list[str], dict[str, str]]:
    """``python -m analysis --engine dask``, and its environment."""
    argv = [sys.executable, "-m", "analysis", "--engine", "dask", "--workers", "2", *options]
    return argv, {**os.environ, "PYTHONPATH": str(project / "src")}


def ran(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv, variables = command(project, *options)
    return subprocess.run(
        argv, env=variables, cwd=project.parent.parent, capture_output=True, text=True, check=False
    )


def test_steps_find_their_files_in_worker_processes(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a bee in the garden")
    project = promoted(tmp_path, FILES)
    done = ran(project)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "longest: 'garden'\nshare: 0.4\n"


def test_a_step_that_fails_is_named_with_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("")
    project = promoted(tmp_path, FILES)
    done = ran(project)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert "(words" in line
    assert line.endswith("max() iterable argument is empty") or "ValueError" in line


def test_threads_are_refused_where_steps_need_a_folder(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a bee")
    done = ran(promoted(tmp_path, FILES), "--scheduler", "threads")
    assert done.returncode == 1
    assert "use --scheduler processes" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    argv, variables = command(promoted(tmp_path, SLEEPS))
    running = subprocess.Popen(argv, env=variables, stderr=subprocess.DEVNULL)
    began = psutil.Process(running.pid)
    children = _when_started(began)
    running.send_signal(signal.SIGINT)
    assert running.wait(20) != 0
    assert not psutil.wait_procs(children, timeout=10)[1]


def _when_started(process: psutil.Process) -> list[psutil.Process]:
    """The worker processes, and what watches them, once the step is asleep."""
    for _ in range(300):
        children = process.children(recursive=True)
        if len(children) >= 2:
            time.sleep(2)
            return process.children(recursive=True)
        time.sleep(0.1)
    raise AssertionError("no worker was started")


def test_a_cluster_runs_the_flow(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a bee in the garden")
    project = promoted(tmp_path, FILES)
    script = tmp_path / "cluster.py"
    script.write_text(
        "from distributed import LocalCluster\n"
        "from analysis import flow, pipeline\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as found:\n"
        "        assert flow.run(scheduler=found.scheduler_address) == pipeline.run()\n"
        "        print('same')\n"
    )
    variables = {**os.environ, "PYTHONPATH": str(project / "src")}
    done = subprocess.run(
        [sys.executable, str(script)], env=variables, capture_output=True, text=True, check=False
    )
    assert done.stdout == "same\n", done.stderr


# ----------------------------------------------------------------------------- verification


@pytest.fixture(scope="module")
def verified(tmp_path_factory: pytest.TempPathFactory) -> VerifiedPromotion:
    path = build.write(tmp_path_factory.mktemp("hidden"), HIDDEN)
    wanted = Request(everything=True, engine=DASK)
    found = promote_verified(path, wanted, Conditions(), _silent)
    write(update(found.promotion))
    return found


def _silent(_name: str, _done: int, _total: int) -> None:
    """Nobody watches the runs."""


def test_what_differs_in_other_processes_is_kept_together(verified: VerifiedPromotion) -> None:
    listed = verified.promotion.listed["engine"]
    assert listed["together"]
    flow = verified.verification.flow
    assert flow is not None
    assert flow.is_sound
    assert flow.same
    assert flow.left_out == ("gate",)
    assert "gate" in verified.promotion.plan.pipeline.results
    text = verified.promotion.files["src/analysis/flow.py"]
    alone = promote(
        Path(verified.promotion.plan.notebook.path), Request(everything=True, engine=DASK)
    )
    assert text != alone.files["src/analysis/flow.py"]


def test_an_edit_that_makes_the_flow_differ_is_found(verified: VerifiedPromotion) -> None:
    project = verified.promotion.project
    place = project / "src" / "analysis" / "flow.py"
    before = place.read_text()
    results = before.index("return Flow(")
    place.write_text(f"{before[:results]}size = step(len)([1, 2])\n    {before[results:]}")
    verification, _ = recheck(locate.only(project), Conditions(), _silent, False, "dask")
    place.write_text(before)
    assert verification.flow is not None
    assert verification.flow.different == ("size",)
    assert not verification.verdict.is_verified


def test_the_engine_is_remembered_until_it_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("a bee")
    path = build.write(tmp_path, FILES)
    source = tmp_path / "analysis-package" / "src" / "analysis"
    runner = CliRunner()
    for options, has_flow in (
        (["--all", "--verify", "--engine", "dask"], True),
        (["--verify"], True),
        (["--verify", "--engine", "none"], False),
    ):
        result = runner.invoke(cli, ["promote", str(path), *options])
        assert result.exit_code == 0, result.output
        assert (source / "flow.py").exists() is has_flow
        assert (source / "_dask.py").exists() is has_flow
        assert ("--engine" in (source / "__main__.py").read_text()) is has_flow
    with pytest.raises(VerificationError, match="has no flow"):
        recheck(locate.only(tmp_path / "analysis-package"), Conditions(), _silent, False, "dask")


def test_a_flow_is_only_written_when_it_was_run(tmp_path: Path) -> None:
    path = build.write(tmp_path, FILES)
    result = CliRunner().invoke(cli, ["promote", str(path), "--all", "--engine", "dask"])
    assert result.exit_code == 2
    assert "--engine dask needs --verify" in result.output
    assert not (tmp_path / "analysis-package").exists()


def test_dask_is_an_extra_and_nothing_that_the_package_needs(tmp_path: Path) -> None:
    made = promote(build.write(tmp_path, HIDDEN), Request(everything=True, engine=DASK))
    project = tomllib.loads(made.files["pyproject.toml"])["project"]
    assert project["dependencies"] == []
    assert [text.partition(">")[0] for text in project["optional-dependencies"]["dask"]] == [
        "dask[distributed]"
    ]
    assert "dask" not in made.files["requirements.txt"]


def test_a_package_without_an_engine_is_as_it_was(tmp_path: Path) -> None:
    path = build.write(tmp_path, HIDDEN)
    plain = Request(everything=True)
    assert promote(path, plain).files == promote(path, replace(plain, engine=Engine())).files
