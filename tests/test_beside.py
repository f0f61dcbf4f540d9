"""What is run outside of Jupyter while the narrative runs: it gives the same, and nothing of it is left behind."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from nb2pkg.cli.main import cli
from nb2pkg.execution import kernels, workspace
from nb2pkg.execution.model import Conditions
from nb2pkg.execution.session import Session, opened
from nb2pkg.promote.outside import Outside
from nb2pkg.verify import pipeline
from nb2pkg.verify.expected import Expected
from nb2pkg.verify.package import Package
from nb2pkg.verify.pipeline import ending
from nb2pkg.verify.rehearsing import Rehearsed, Wanted
from tests import build
from tests.test_verify import FAULTY, STORY


@pytest.mark.parametrize("cells", [STORY, FAULTY], ids=["first_time", "second_round"])
def test_runs_side_by_side_give_what_they_give_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cells: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    found = []
    for is_free in (True, False):
        monkeypatch.setattr(workspace, "has_core_beside", lambda _, free=is_free: free)
        folder = tmp_path / str(is_free)
        folder.mkdir()
        path = build.write(folder, cells)
        result = CliRunner().invoke(cli, ["promote", str(path), "--verify"])
        assert ("NB601" in result.output) == (cells is FAULTY)
        made = [p for p in (folder / "analysis-package").rglob("*") if p.is_file()]
        assert made
        found.append({p.relative_to(folder).as_posix(): p.read_bytes() for p in made})
    assert found[0] == found[1]


# ---------------------------------------------------------------------------------- what is left behind

NEVER_ENDS = "import time\n\n\ndef step():\n    time.sleep(600)\n    return 1\n"
PIPELINE = "from slow.one import step\n\n\ndef run():\n    a = step()\n    return {'a': a}\n"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    path = build.write(tmp_path, "# %%\na = 1\n")
    with opened(path, Conditions(cell_timeout=2), lambda *_: None) as waiting:
        yield waiting


def outside(session: Session, source: str = NEVER_ENDS) -> Outside:
    """Of a package with one step."""
    files = {"__init__.py": "", "one.py": source, "pipeline.py": PIPELINE}
    package = Package(
        files={f"src/slow/{name}": text.encode() for name, text in files.items()},
        narrative="notebooks/analysis.ipynb",
        variable="SLOW_DATA_DIR",
        expected=Expected(),
        is_built=True,
        name="slow",
    )
    steps = {"step": Wanted(("a",)), "run": Wanted(())}
    return Outside(session, package, ending("slow", (), None), Rehearsed((), steps=steps))


def running() -> set[int]:
    """Processes that this one has started, and that have not ended."""
    children = psutil.Process().children(recursive=True)
    return {child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE}


def until(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 60
    while not (found := is_so()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def test_all_that_began_is_ended_where_the_narrative_fails(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "has_core_beside", lambda _: True)
    before = running()

    def narrative_fails() -> None:
        with outside(session) as runs, pipeline.begun(session, runs.package, runs.where):
            runs.begin()
            assert until(lambda: len(running() - before) == 2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        narrative_fails()
    assert running() == before


def test_a_step_takes_as_long_as_it_took_and_not_as_long_as_nobody_looked(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are judged by the limit of a cell: one that was within it, and one that was not, while something else ran."""
    monkeypatch.setattr(workspace, "has_core_beside", lambda _: True)
    for seconds, reason in ((0.5, ""), (4, "step took longer than 2 seconds outside of Jupyter")):
        source = NEVER_ENDS.replace("600", str(seconds))
        with outside(session, source) as runs:
            runs.begin()
            told = runs.rehearsals.runs[0].home / "told.jsonl"
            assert until(lambda told=told: b'"done"' in told.read_bytes())
            time.sleep(3)  # the narrative runs
            first, _ = runs.rehearsals.answers(lambda: None)
            assert first["stopped"] == reason


@pytest.mark.skipif(sys.platform == "win32", reason="kernels are reached by ports there")
def test_kernels_are_reached_by_ports_where_a_path_is_too_long_for_a_socket() -> None:
    assert kernels.transport(Path("/tmp/nb2pkg/kernel-1")) == "ipc"
    assert kernels.transport(Path("/tmp") / ("x" * 120)) == "tcp"


WITHOUT_SOCKETS = """
import json, runpy, sys
if json.load(open(sys.argv[2]))["transport"] == "ipc":
    sys.exit("this file system has no sockets")
runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
"""


def test_ports_are_used_where_no_socket_can_be_made(tmp_path: Path) -> None:
    home = kernels.Home(tmp_path, tmp_path, kernels.environment(None, 0, {}))
    command = (sys.executable, "-c", WITHOUT_SOCKETS, "-f", "{connection_file}")

    async def transport() -> str:
        async with kernels.started(command, home, []) as client:
            await kernels.ask(client, "1")
            assert client.km is not None
            return str(client.km.transport)

    assert asyncio.run(transport()) == "tcp"
