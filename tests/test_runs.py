"""Runs of foreign code stay in their place: they end, and all that they started ends with them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from tests import build

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="daemons are found in /proc")


def promote(folder: Path, cells: str, *options: str) -> Result:
    path = build.write(folder, cells)
    return CliRunner().invoke(cli, ["promote", str(path), "--verify", *options])


def _living(mark: str) -> list[str]:
    """Processes whose arguments hold this."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(mark.encode() == word for word in words):
            found.append(place.parent.name)
    return found


STARTS = """
# %% tags=["nb2pkg:one.start"]
import subprocess, sys
numbers = [1, 2, 3]
for apart in (False, True):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)", "{mark}"], start_new_session=apart)
"""
SPINS = """
# %% tags=["nb2pkg:one.spin"]
total = sum(numbers)
while "ipykernel" not in sys.modules:
    pass
# %% tags=["nb2pkg:one.last"]
twice = 2 * total
"""


@LINUX
def test_a_step_that_does_not_end_is_ended_with_all_that_was_started(tmp_path: Path) -> None:
    """Its children hold on to what they inherit, and one of them left the session."""
    mark = f"mark-{tmp_path.name}-{os.getpid()}"
    done = promote(tmp_path, STARTS.replace("{mark}", mark) + SPINS, "--timeout", "3")
    assert done.exit_code == 0, done.output
    assert "NB604 spin took longer than 3 seconds outside of Jupyter" in done.output
    assert "1 of 3 steps recorded" in done.output
    assert _living(mark) == []


ENDS = {
    "leaves": ("os._exit(0)", "step ended Python"),
    "forks": ('os.fork() or print("a copy goes on")', ""),
    "replaces the json": ("json.dumps = json.dump = json.JSONEncoder = None", ""),
    "replaces builtins": ("builtins.open = builtins.print = builtins.sorted = None", ""),
    "is interrupted": ("raise KeyboardInterrupt", "step raises KeyboardInterrupt"),
    "replaces the clock": ("time.monotonic = time.time = None", ""),
}


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_whatever_a_step_does_what_it_gave_is_written_down(tmp_path: Path) -> None:
    """The script itself, as it is started for the tests of a package."""
    from nb2pkg.verify import rehearsing

    for name, (source, _) in ENDS.items():
        _package(tmp_path / name, source)
    told = {name: _rehearsed(tmp_path / name) for name in ENDS}
    for name, (_, stopped) in ENDS.items():
        assert _outcome(told[name]) == stopped, name
    assert rehearsing.TESTS == "tests"


def _package(folder: Path, source: str) -> None:
    package = folder / "analysis"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (folder / "pytest.py").write_text("raise ImportError('a kernel has none')\n")
    (package / "one.py").write_text(
        f"import builtins, json, os, time\ndef step():\n    {source}\n    return [1, 'x']\n"
    )
    (package / "pipeline.py").write_text(
        "from analysis.one import step\ndef run():\n    a = step()\n    return {}\n"
    )


def _rehearsed(folder: Path) -> list[list[object]]:
    from nb2pkg.execution.run import PROBE
    from nb2pkg.templates import folder as templates
    from nb2pkg.verify.rehearsing import _MADE_UP, _RECORDED, _SCRIPT

    library = templates() / "package"
    content = {
        **{key: [] for key in ("folders", "writable", "guarded", "words", "calls")},
        "steps": {
            "step": {"returns": ["a"], "changes": [], "stored": []},
            "run": {"returns": [], "changes": [], "stored": []},
        },
        "pipelines": ["analysis.pipeline"],
        "labels": {"analysis.pipeline": {"step": "step"}},
        "runs_again": True,
        "rows": 0,
        "probe": str(PROBE),
        "stored": str(library / "stored.py"),
        "traced": str(library / "recorded.py"),
        "recorded": str(_RECORDED),
        "made_up": str(_MADE_UP),
        "trials": {
            "package": "analysis",
            "targets": [],
            "notebook": [],
            "seconds": 1,
            "cases": {},
        },
    }
    (folder / "specification.json").write_text(json.dumps(content))
    target = folder / "told.jsonl"
    target.touch()
    words = [sys.executable, str(_SCRIPT), str(folder / "specification.json"), str(target)]
    place = {**os.environ, "PYTHONPATH": str(folder)}
    subprocess.run(words, timeout=60, capture_output=True, check=False, env=place)
    return [json.loads(line) for line in target.read_text().splitlines()]


def _outcome(told: list[list[object]]) -> str:
    kinds = [kind for kind, *_ in told]
    assert kinds.count("begin") == 1
    if "done" not in kinds:
        return "step ended Python"
    found = next(content for kind, _, content, _ in told if kind == "stages")
    assert isinstance(found, dict)
    return f"step raises {found['error']}" if "error" in found else ""


@LINUX
def test_ctrl_c_ends_what_the_notebook_started(tmp_path: Path) -> None:
    mark = f"mark-{tmp_path.name}-{os.getpid()}"
    path = build.write(tmp_path, STARTS.replace("{mark}", mark) + "# %%\nwhile True: pass\n")
    words = [sys.executable, "-m", "nb2pkg", "promote", str(path), "--verify"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    until = time.monotonic() + 60
    while len(_living(mark)) < 4 and time.monotonic() < until:  # two runs, two children each
        time.sleep(0.2)
    assert len(_living(mark)) >= 2
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert _living(mark) == []


REPLACES = """
# %% tags=["nb2pkg:one.load"]
numbers = [1, 2, 3]
# %%
import builtins, json, pickle
class Encoder(json.JSONEncoder): pass
json.JSONEncoder.default = lambda self, value: str(value)
json.dump = pickle.dumps = builtins.print = builtins.open = None
# %% tags=["nb2pkg:one.add"]
total = sum(numbers)
total
"""


def test_a_notebook_that_replaces_what_the_probe_uses_ends_properly(tmp_path: Path) -> None:
    done = promote(tmp_path, REPLACES, "--timeout", "20")
    assert done.exit_code == 0, done.output
    assert "one.add  exact" in done.output
    assert "verified" in done.output


LOUD = """
# %%
for _ in range(300):
    print("x" * 10_000)
print("LAST")
# %%
print("quiet")
"""


def test_of_long_outputs_the_end_is_known_by_a_digest(tmp_path: Path) -> None:
    from nb2pkg.execution import outputs, session
    from nb2pkg.execution.model import Conditions

    cells = build.write(tmp_path, LOUD)
    with session.opened(cells, Conditions(), lambda *_: None) as opened:
        one, same = (opened.run(opened.notebook.cells) for _ in range(2))
        path = build.write(tmp_path, LOUD.replace("LAST", "ANOTHER"), "other.ipynb")
        with session.opened(path, Conditions(), lambda *_: None) as other:
            changed = other.run(other.notebook.cells)
    first, second, third = (run.boundaries[0].outputs for run in (one, same, changed))
    assert sum(len(item["data"]["text"]) for item in first) < 1_100_000
    assert outputs.is_cut(first)
    assert not outputs.is_cut(one.boundaries[1].outputs)
    assert outputs.difference(first, second) == ""
    assert outputs.difference(first, third) != ""
