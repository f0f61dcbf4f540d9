"""``nb2pkg check --run``: what became of each cell, as data, and then in real kernels."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from nb2pkg.check import rerun_findings
from nb2pkg.check.formats.every import FORMATS
from nb2pkg.check.formats.table import table
from nb2pkg.check.model import CellRun, Located, Report
from nb2pkg.cli.main import cli
from nb2pkg.execution import diagnosis, outcome, outputs, replay
from tests import build, kernels, schemas

ROOT = Path(__file__).resolve().parents[1]


def stream(text: str) -> list[dict[str, Any]]:
    return [{"output_type": "stream", "name": "stdout", "text": text}]


ERROR = [{"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero", "traceback": []}]  # fmt: skip


def cell(source: str, count: int | None, stored: str = "", *tags: str) -> dict[str, Any]:
    kept = stream(stored) if stored else []
    return build.cell("code", source, execution_count=count, outputs=kept, tags=list(tags))


# ------------------------------------------------------------------------------- from runs to words

TODAY = "today"

# Cells (source, count, what is stored), then what each shows in one run and in another (None: the
# run ended before it, or in it), then what is said of each.
TOLD: dict[str, tuple[list[Any], list[Any], list[Any], list[str]]] = {
    "same": ([("f()", 1, "a 1")], ["a 1"], [], ["same output"]),
    "last digits": ([("f()", 1, "0.12345678")], ["0.12345679"], [], ["same output"]),
    "nothing stored": (
        [("f()", 1, "a"), ("g()", None, "")],
        ["a", "b"],
        [],
        ["same output", "ran"],
    ),
    "cleared": ([("f()", 1, ""), ("g()", 2, "")], ["a", "b"], [], ["ran", "ran"]),
    "edited": ([("f()", 1, "a")], ["b"], ["b"], ["different output: not known NB712"]),
    "lost": ([("f()", 1, "a")], [""], [""], ["different output: not known NB712"]),
    "order": (
        [("f()", 2, "a"), ("g()", 1, "b")],
        ["c", "b"],
        ["c", "b"],
        ["different output: order NB712", "same output"],
    ),
    "random": (
        [("r = random.random()", 1, ""), ("print(r)", 2, "1")],
        ["", "2"],
        ["", "3"],
        ["ran", "different output: differs from run to run: random numbers without a seed in cell 1 NB713"],
    ),
    "random, and nobody knows why": (
        [("print({random.random()})", 1, "1")],
        ["2"],
        ["3"],
        ["different output: differs from run to run NB713"],
    ),
    "seeded": (
        [("random.seed(1); f()", 1, "1")],
        ["2"],
        ["2"],
        ["different output: not known NB712"],
    ),
    "day": (
        [("f()", 1, "2001-01-01")],
        [TODAY],
        [TODAY],
        ["different output: differs from run to run: time NB713"],
    ),
    "skipped": ([("f()", 1, "a", "skip-execution")], [""], [], ["not run: tagged skip-execution"]),
    "fails": (
        [("f()", 1, "a"), ("g()", 2, "b"), ("h()", 3, "c")],
        ["a", None],
        [],
        ["same output", "error: missing file NB711", "not run: cell 2 failed"],
    ),
}  # fmt: skip


CAUSES = {"random": {1: diagnosis.RANDOM}}  # what more runs have shown


@pytest.mark.parametrize("name", TOLD)
def test_what_is_said_of_runs(name: str) -> None:
    written, one, two, expected = TOLD[name]
    notebook = build.notebook([cell(*item) for item in written])
    today = time.strftime("%Y-%m-%d")  # it may be another than when the tests were collected
    shown = [[today if text == TODAY else text for text in run] for run in (one, two)]
    runs = [_outcome(run) for run in shown if run]
    found = rerun_findings.cells(notebook, replay.stored(notebook), runs, CAUSES.get(name, {}))
    codes = {f.place.cell: f" {f.code}" for f in rerun_findings.findings(found) if f.place}
    assert [_said(run) + codes.get(run.cell, "") for run in found] == expected


ERRORS = {
    "NameError: name 'a' is not defined": "missing name: NameError: name 'a' is not defined",
    "ImportError: cannot import name 'a' from 'b' (/home/anna/b.py)": (
        "missing module: ImportError: cannot import name 'a' from 'b'"
    ),
    "FileNotFoundError: [Errno 2] '/home/anna/a.csv'": "missing file: FileNotFoundError",
    "KeyError: 'anna'": "KeyError",
    "KeyboardInterrupt: ": "KeyboardInterrupt",
    "took longer than 3 seconds": "took longer than 3 seconds",
    "the kernel died: exit code 9": "the kernel died: exit code 9",
}


@pytest.mark.parametrize("reason", ERRORS)
def test_what_is_said_of_errors(reason: str) -> None:
    run = replay.Outcome((0,), {}, reason, 0)
    found = rerun_findings.cells(build.notebook("f()"), {}, [run], {})
    assert [f.message for f in rerun_findings.findings(found)] == [
        f"the cell fails when the notebook is run from the top ({ERRORS[reason]})"
    ]


def _outcome(shown: list[str | None]) -> replay.Outcome:
    kept = {
        index: outputs.normalise(stream(text) if text else [], ())
        for index, text in enumerate(shown)
        if text is not None
    }
    order = tuple(range(3))
    if None in shown:
        stop = "FileNotFoundError: [Errno 2] No such file: '/home/anna/a.csv'"
        return replay.Outcome(order, kept, stop, shown.index(None))
    return replay.Outcome(order, kept)


def _said(run: CellRun) -> str:
    return f"{run.outcome.value}: {run.why}" if run.why else run.outcome.value


def test_no_format_has_a_value_of_a_run() -> None:
    written, one, _, _ = TOLD["fails"]
    notebook = build.notebook([cell(*item) for item in written])
    runs = rerun_findings.cells(notebook, replay.stored(notebook), [_outcome(one)], {})
    found = tuple(Located(finding) for finding in rerun_findings.findings(runs))
    report = Report("a.ipynb", found, runs=runs, seconds=1.0)
    assert all("anna" not in render([report]) for render in FORMATS.values())
    assert "anna" in "".join(table(report, values=True))
    assert "anna" not in "".join(table(report, values=False))
    suite = ElementTree.fromstring(FORMATS["junit"]([report]))
    assert {case.get("name"): [part.tag for part in case] for case in suite.iter("testcase")} == {
        "NB711 cell 2": ["failure"],
        "cell 1 runs": ["system-out"],
        "cell 3 runs": ["skipped"],
    }
    assert suite.find("testsuite").attrib == {  # type: ignore[union-attr]
        "name": "a.ipynb", "tests": "3", "failures": "1", "errors": "0", "skipped": "1"
    }  # fmt: skip
    jsonschema.validate(json.loads(FORMATS["sarif"]([report])), schemas.sarif())


# ------------------------------------------------------------------------------------ real kernels


def check(*words: str) -> Result:
    return CliRunner().invoke(cli, ["check", "--no-cache", *words])


def test_a_folder_is_run_at_once_and_nothing_of_it_changes(tmp_path: Path) -> None:
    (tmp_path / "birds.csv").write_text("61\n", encoding="utf-8")
    sound = [cell("text = open('birds.csv').read()\nprint(text)", 1, "61\n\n"),
             cell("open('birds.csv', 'w').write('0')\nprint('done')", 2, "done\n"),
             build.cell("code", "1 / 0", execution_count=3, outputs=ERROR)]  # fmt: skip
    build.write(tmp_path, sound, "sound.ipynb")
    shaky = [cell("import random", 1), cell("print(random.random())", 2, "0.5\n"),
             cell("print(61)", 3, "62\n"), cell("import no_such_module", 4, "ok\n")]  # fmt: skip
    build.write(tmp_path, shaky, "shaky.ipynb")
    build.write(tmp_path, "# %% [markdown]\n# # Only text", "text.ipynb")
    (tmp_path / "odd.ipynb").write_text("{", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = check(str(tmp_path), "--run", "--select", "NB71", "--ignore", "NB713", "--format", "json", "--jobs", "2")  # fmt: skip
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert done.exit_code == 1
    content = json.loads(done.stdout)
    assert [Path(error["path"]).name for error in content["errors"]] == ["odd.ipynb"]
    assert [(item["code"], item["cell"]) for item in content["findings"]] == [
        ("NB712", 3), ("NB711", 4)
    ]  # fmt: skip
    outcomes = {
        Path(run["path"]).name: [(c["outcome"], c["reason"]) for c in run["cells"]]
        for run in content["runs"]
    }
    assert outcomes == {
        "shaky.ipynb": [
            ("ran", None),
            ("different output", "differs from run to run: random numbers without a seed"),
            ("different output", "not known"),
            ("error", "missing module"),
        ],
        "sound.ipynb": [("same output", None), ("same output", None), ("same output", None)],
    }
    assert "sound.ipynb: 3 same output (" in done.stderr
    assert "'62\\n' became '61\\n'" in done.stderr


REASONS = [  # cells, and what makes them show something else at every run
    ("import os, time, uuid, random, datetime\nx = 1", None),
    ("print(f'{random.random()} {{}}')", "random numbers without a seed"),
    ("print({'a': random.random()}, set())", "random numbers without a seed"),
    ("print(uuid.uuid4().hex, {1})", "random numbers without a seed"),
    ("print(os.urandom(3))", "random numbers without a seed"),
    ("print('-'.join({'one', 'two', 'three', 'four', 'five', 'six', 'seven'}))", "hash order"),
    ("print(f\"{hash('random')} {x}\")", "hash order"),
    ("print(time.time())", "time"),
    ("print(datetime.datetime.now().microsecond, [random])", "time"),
    ("print(os.getpid(), 'random', time)", None),
    ("random.seed(1)\nprint(random.random(), {x})", None),
]


def test_a_reason_is_one_that_runs_have_shown(tmp_path: Path) -> None:
    written = [cell(source, n, "old" * (n > 1)) for n, (source, _) in enumerate(REASONS, 1)]
    path = build.write(tmp_path, written)
    done = check(str(path), "--run", "--select", "NB712,NB713", "--format", "json")
    (run,) = json.loads(done.stdout)["runs"]
    found = [(c["reason"] or "").removeprefix("differs from run to run") for c in run["cells"]]
    assert found[1:-1] == [f": {reason}" if reason else "" for _, reason in REASONS[1:-1]]
    assert found[-1] == "not known"


def test_a_cell_that_takes_too_long_fails(tmp_path: Path) -> None:
    path = build.write(tmp_path, [cell("import time; time.sleep(60)", 1)])
    done = check(str(path), "--run", "--select", "NB711", "--timeout", "1")
    assert done.exit_code == 1
    assert "NB711 the cell fails when the notebook is run from the top (took longer" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_leaves_no_kernel_and_writes_nothing(tmp_path: Path) -> None:
    books, scratch = tmp_path / "books", tmp_path / "scratch"
    books.mkdir()
    scratch.mkdir()
    for name in ("a.ipynb", "b.ipynb"):
        build.write(books, [cell("import time; time.sleep(60)", 1)], name)
    before = {path.name: path.read_bytes() for path in books.iterdir()}
    words = [sys.executable, "-m", "nb2pkg", "check", str(books), "--run", "--no-cache", "--jobs", "2"]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        started = kernels.started(process.pid, 2)
        process.send_signal(signal.SIGINT)
        written, _ = process.communicate(timeout=60)
    assert len(started) == 2
    assert process.returncode not in (0, None)
    assert not kernels.are_running(started)
    assert not written
    assert {path.name: path.read_bytes() for path in books.iterdir()} == before
    assert not list(scratch.glob("nb2pkg-*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--timeout", "3"], "--timeout can only be used with --run"),
        (["--no-values"], "--no-values can only be used with --run"),
        (["--run", "--fix"], "cannot be used with --fix or --diff"),
        (["--run", "--diff"], "cannot be used with --fix or --diff"),
    ],
)
def test_wrong_calls(tmp_path: Path, words: list[str], said: str) -> None:
    done = check(str(build.write(tmp_path, "x = 1")), *words)
    assert (done.exit_code, said in done.stderr) == (2, True)


def test_an_interpreter_without_a_kernel_is_one_error(tmp_path: Path) -> None:
    path = build.write(tmp_path, "x = 1")
    done = subprocess.run(
        [sys.executable, "-m", "nb2pkg", "check", str(path), "--run", "--no-cache", "--python", "no-such-python"],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "no-such-python: cannot be started" in done.stderr


# --------------------------------------------------------------------------- what is layout alone

LAYOUT = [
    ("np.float64(1.0)", "1.0"),
    ("[np.int64(1), np.float64(2.5)]", "[1, 2.5]"),
    ("(np.str_('a'), np.True_)", "('a', True)"),
    ("{np.int64(3): np.float64(1.5)}", "{3: 1.5}"),
    ("[ 1.  2.]", "[1. 2.]"),
    ("a  \nb\n\n", "a\nb"),
    ("{'b', 'a'}", "{'a', 'b'}"),
    ("100%|████| 10/10 [00:00<00:00, 1.2it/s]\nx", "x"),
    ("  0%|   | 0/10\r 50%|  | 5/10\rdone", "done"),
    ("12/12 [====] - 1s 20ms/step - loss: 0.5", "12/12 ━━━ 0s 5ms/step - loss: 0.5"),
    ("100 loops, best of 3: 5 ms per loop", "5.1 ms ± 3 µs per loop"),
    ("Elapsed time: 3.2", "Elapsed time: 4.1"),
    ("Training took 12 seconds", "Training took 3.5 seconds"),
    ("<AxesSubplot:xlabel='a'>", "<Axes: xlabel='a'>"),
    ("/usr/lib/python3.8/site-packages/a/b.py", "/opt/x/lib/python3.11/site-packages/a/b.py"),
    ("=====\na b", "==========\na   b"),
    ("<function f at 0x7f0000000000>", "<function f at 0x7fffffffffff>"),
]
RESULTS = [
    ("np.float64(1.0)", "2.0"),
    ("[1, 2]", "[12]"),
    ("{'a': 1, 'b': 2}", "{'a': 2, 'b': 1}"),
    ("{1, 2}", "{1, 3}"),
    ("['b', 'a']", "['a', 'b']"),
    ("loss: 0.5", "loss: 0.9"),
    ("a b", "ab"),
    ("mean wait 12 seconds", "mean wait 13 seconds"),
    ("duration 3", "duration 4"),
    ("it took 3 samples", "it took 4 samples"),
    ("10 rows", "11 rows"),
    ("50%", "60%"),
]


def printed(text: str) -> list[Any]:
    return outcome.stored({"outputs": stream(text)})


@pytest.mark.parametrize(("one", "two"), LAYOUT)
def test_layout_is_no_difference(one: str, two: str) -> None:
    assert outcome.difference(printed(one), printed(two)) == ""
    assert (
        outputs.difference(printed(one), printed(two)) or "0x" in one
    )  # but between two runs it is


@pytest.mark.parametrize(("one", "two"), RESULTS)
def test_another_result_is_a_difference(one: str, two: str) -> None:
    assert outcome.difference(printed(one), printed(two))


def test_progress_bars_and_names_of_a_session_are_no_outputs() -> None:
    bar = {"output_type": "display_data", "metadata": {}}
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "  0%|   | 0/9 [00:00<?, ?it/s]"}  # fmt: skip
    raw = {"outputs": [{**bar, "data": widget}, *stream("a")]}
    assert outcome.difference(outcome.stored(raw), printed("a")) == ""
