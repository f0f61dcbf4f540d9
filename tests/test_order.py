"""``nb2pkg order``: data first, then what is written, then real kernels."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from nb2pkg import facts
from nb2pkg.cli.main import cli
from nb2pkg.execution import outcome
from nb2pkg.graph import fingerprint
from nb2pkg.model import Notebook
from nb2pkg.notebook import reader
from nb2pkg.notebook.execution_log import Execution, line, path_for
from nb2pkg.order import move
from nb2pkg.order.choose import choose
from nb2pkg.order.counts import history
from nb2pkg.order.model import Certainty, Early, Kind, OrderFinding
from nb2pkg.order.reads import early
from nb2pkg.order.study import study
from nb2pkg.order.summaries import summaries
from tests import build, kernels

ROOT = Path(__file__).resolve().parents[1]


def cells(*sources: str, counts: str = "") -> list[dict[str, Any]]:
    """Code cells; counts has a word for each: a number, or - for none."""
    words = counts.split() or ["-"] * len(sources)
    return [
        build.cell("code", source, execution_count=None if word == "-" else int(word))
        for source, word in zip(sources, words, strict=True)
    ]


def found_in(notebook: Notebook) -> OrderFinding:
    found = summaries(facts.analyze(notebook))
    return choose(found, history(found))


def chosen(*sources: str, counts: str = "") -> str:
    """The order that is chosen, cells counted from 1, and how sure it is."""
    finding = found_in(build.notebook(cells(*sources, counts=counts)))
    order = " ".join(str(index + 1) for index in finding.chosen.cells)
    return f"{order} {finding.certainty.name.lower()}"


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


# ------------------------------------------------------------------- which order is chosen


RIGHT = {  # document order: nothing is to change
    "no counts": (["a = 1", "b = a"], "", "1 2 guessed"),
    "counts in order": (["a = 1", "b = a"], "1 2", "1 2 known"),
    "counts with a gap": (["a = 1", "b = a"], "3 7", "1 2 guessed"),
    "counts swapped, no matter": (["a = 1", "b = 2", "a + b"], "2 1 3", "1 2 3 known"),
    "counts swapped, only looked at": (["a = 1", "print(a)", "a + 1"], "1 3 2", "1 2 3 known"),
    "first cell run again": (["a = 1", "b = a"], "3 2", "1 2 guessed"),
    "all run twice": (["a = 1", "b = a", "c = b"], "4 5 3", "1 2 3 guessed"),
    "a cell never run": (["a = 1", "b = a", "c = b"], "1 - 2", "1 2 3 guessed"),
    "same counts twice": (["a = 1", "b = a"], "1 1", "1 2 guessed"),
    "counts of two sessions": (["rate = 1", "price = rate", "rate = 2"], "1 2 1", "1 2 3 guessed"),
    "read in a function": (["def f():\n    return a", "a = 1", "f()"], "", "1 2 3 guessed"),
    "passed on, perhaps called": (
        ["def f():\n    return a", "g = [f]", "a = 1"],
        "",
        "1 2 3 guessed",
    ),
    "perhaps a name in a text": (["df = {}", "df.query('a > 1')", "a = 1"], "", "1 2 3 guessed"),
    "a function of two definitions": (
        ["def f(): return 1", "f()", "def f(): return a", "a = 1", "f()"],
        "",
        "1 2 3 4 5 guessed",
    ),
    "a lambda": (["f = lambda: a", "a = 1", "f()"], "", "1 2 3 guessed"),
    "own default": (["try:\n    n\nexcept NameError:\n    n = 0", "n = n + 1"], "", "1 2 guessed"),
    "empty cells": (["a = 1", "", "b = a"], "1 - 2", "1 3 known"),
    "error that was shown": (["a = 1", "b = a / 0"], "1 2", "1 2 known"),
    "may come from elsewhere": (["%run setup.py", "b = a", "a = 1"], "1 2 3", "1 2 3 known"),
    "a star that is not known": (
        ["from nowhere_at_all import *", "b = a", "a = 1"],
        "1 2 3",
        "1 2 3 known",
    ),
    "words of a magic": (["%matplotlib inline", "inline = 1"], "", "1 2 guessed"),
    "deleted and made again": (["a = 1", "del a", "a = 2", "a"], "", "1 2 3 4 guessed"),
}
OTHER = {  # another order is needed
    "counts say another": (["b = a", "a = 1"], "2 1", "2 1 known"),
    "other values": (["rate = 1", "price = rate", "rate = 2"], "1 3 2", "1 3 2 known"),
    "changed in place": (["a = []", "len(a)", "a.append(1)"], "1 3 2", "1 3 2 known"),
    "random numbers": (
        ["import random\nrandom.seed(1)", "a = random.random()", "b = random.random()"],
        "1 3 2",
        "1 3 2 known",
    ),
    "counts and one never run": (["b = a", "a = 1", "c = b"], "2 1 -", "2 1 3 guessed"),
    "reader moves down": (["b = a", "a = 1"], "", "2 1 guessed"),
    "import moves up": (
        ["x = np.pi", "y = np.e", "z = np.e", "import numpy as np"],
        "",
        "4 1 2 3 guessed",
    ),
    "call before what it reads": (
        ["def f():\n    return a", "f()", "a = 1"],
        "",
        "1 3 2 guessed",
    ),
    "chain": (["c = b", "b = a", "a = 1"], "", "3 2 1 guessed"),
    "deleted above": (["a = 1", "del a", "b = a"], "", "1 3 2 guessed"),
}


@pytest.mark.parametrize("case", RIGHT)
def test_document_order_stays(case: str) -> None:
    sources, counts, expected = RIGHT[case]
    assert chosen(*sources, counts=counts) == expected


@pytest.mark.parametrize("case", OTHER)
def test_another_order_is_found(case: str) -> None:
    sources, counts, expected = OTHER[case]
    assert chosen(*sources, counts=counts) == expected


MISSING = {
    "nothing makes it": (["b = ghost"], {"ghost": True}),
    "only in a function": (["def f():\n    return ghost"], {}),
    "in a function that is called": (["def f():\n    return ghost", "f()"], {"ghost": False}),
    "only changed": (["n += 1", "n"], {"n": True}),
    "on some paths": (["if len('a') > 2:\n    ghost"], {"ghost": False}),
    "perhaps from a file": (["%run setup.py", "ghost"], {"ghost": False}),
    "timed": (["%time fit(data)", "data = 1"], {"fit": False}),
    "only while it is timed": (["%%timeit n = 1\nm = n\nm + n"], {}),
    "builtins": (["print(len('a'), __name__, _, In, display)"], {}),
    "attribute and keyword": (["a = dict(ghost=1)", "a.ghost"], {}),
    "local of a comprehension": (["[ghost for ghost in range(3)]"], {}),
}


@pytest.mark.parametrize("case", MISSING)
def test_names_that_nothing_makes_are_told(case: str) -> None:
    sources, expected = MISSING[case]
    finding = found_in(build.notebook(cells(*sources)))
    assert {item.name: item.sure for item in finding.missing} == expected


def test_hints_come_from_the_notebook_or_a_convention() -> None:
    notebook = build.notebook(cells("total_weight = 1", "np.log(totl_weight)", "n += 1"))
    hints = {item.name: item.hint for item in found_in(notebook).missing}
    assert hints == {
        "np": "by convention: import numpy as np",
        "totl_weight": "cell 1 makes total_weight: was it renamed?",
        "n": "cell 3 changes it, and no cell makes it",
    }


def test_a_column_that_is_made_later_is_told() -> None:
    """It may have been in the data, so that the order stays."""
    sources = ["df = {'x': 1}", "print(df['z'], df['x'])", "df['z'] = 2", "df['x'] = 3"]
    finding = found_in(build.notebook(cells(*sources)))
    assert finding.is_right
    assert finding.parts == ("cell 2 mentions df['z'], which cell 3 makes later",)
    known = found_in(build.notebook(cells(*sources, counts="1 2 3 4")))
    assert (known.certainty, known.parts) == (Certainty.KNOWN, ())


def test_what_the_counts_lost_is_told() -> None:
    told = history(summaries(facts.analyze(build.notebook(cells(*"abcd", counts="2 5 5 -")))))
    assert told.lost == (
        "[1]: 1 run of a cell that is gone, or that was run again later (before cell 1)",
        "[3] to [4]: 2 runs of a cell that is gone, or that was run again later (before cell 3)",
    )
    assert told.doubts == (
        "cell 4 was never run, or cleared",
        "[5] stand at several cells: several sessions, or cells that were pasted",
    )
    assert not told.complete


# ------------------------------------------------------------------------------ properties

_NAMES = st.sampled_from("abcde")
_LINES = st.one_of(
    st.builds("{} = {} + 1".format, _NAMES, _NAMES),
    st.builds("{} = 0".format, _NAMES),
    st.builds("print({})".format, _NAMES),
    st.builds("{} = []".format, _NAMES),
    st.builds("{}.append({})".format, _NAMES, _NAMES),
    st.builds("def {}():\n    return {}".format, _NAMES, _NAMES),
    st.builds("{}()".format, _NAMES),
    st.builds("del {}".format, _NAMES),
    st.just(""),
)
_SOURCES = st.lists(st.lists(_LINES, min_size=1, max_size=2).map("\n".join), min_size=1, max_size=7)


@st.composite
def _notebooks(draw: st.DrawFn, counted: bool = True) -> list[dict[str, Any]]:
    sources = draw(_SOURCES.filter(lambda found: any(source.strip() for source in found)))
    counts = st.one_of(st.none(), st.integers(1, 9)) if counted else st.none()
    made: list[dict[str, Any]] = []
    for number, source in enumerate(sources):
        if draw(st.booleans()):
            text = draw(st.sampled_from(["# One", "## Two", "text", "### Three\n\ntext"]))
            made.append(build.cell("markdown", text, id=f"m{number}"))
        made.append(build.cell("code", source, execution_count=draw(counts), id=f"c{number}"))
    if draw(st.booleans()):
        made.append(build.cell("markdown", "end", id="end"))
    return made


def _chosen_and_early(made: list[dict[str, Any]]) -> tuple[OrderFinding, tuple[Early, ...]]:
    found = summaries(facts.analyze(build.notebook(made)))
    finding = choose(found, history(found))
    return finding, early(finding.chosen.cells, found)


@settings(max_examples=150, deadline=None)
@given(_notebooks(counted=False))
def test_a_guess_reads_nothing_too_early_if_any_order_does_so(made: list[dict[str, Any]]) -> None:
    finding, wrong = _chosen_and_early(made)
    assert wrong == finding.chosen.early
    if any(option.works for option in finding.candidates):
        assert not any(item.likely for item in wrong)


@settings(max_examples=150, deadline=None)
@given(_notebooks())
def test_what_was_written_down_reads_nothing_too_early_for_sure(made: list[dict[str, Any]]) -> None:
    finding, wrong = _chosen_and_early(made)
    if finding.certainty is Certainty.KNOWN or any(o.works for o in finding.candidates):
        assert not any(item.sure for item in wrong)


@settings(max_examples=150, deadline=None)
@given(_notebooks())
def test_what_is_applied_is_document_order_then(made: list[dict[str, Any]]) -> None:
    notebook = build.notebook(made)
    finding = found_in(notebook)
    document = move.applied(notebook, finding.chosen.cells)
    again = reader.parse(json.dumps(document).encode(), "again.ipynb")
    before, after = (
        sorted(json.dumps(cell, sort_keys=True) for cell in one["cells"])
        for one in (notebook.document, document)
    )
    assert before == after
    assert {**notebook.document, "cells": 0} == {**document, "cells": 0}
    if finding.chosen.may_work:
        assert found_in(again).chosen.is_document_order
    if finding.chosen.is_document_order:
        assert document["cells"] == notebook.document["cells"]


# ------------------------------------------------------------------------- text and headings


def order_of(text: str, order: str) -> str:
    """Ids of all cells with the code in an order of ids."""
    notebook = build.notebook(text)
    places = {cell.id: cell.index for cell in notebook.cells}
    wanted = tuple(places[name] for name in order.split())
    return " ".join(notebook.cells[i].id for i in move.arrangement(notebook, wanted))


STORY = """
# %% [markdown] id="title"
# # Title
# %% [markdown] id="load"
# ## Load
# %% id="a"
a = 1
# %% id="b"
b = a
# %% [markdown] id="fit"
# ## Fit
# %% [markdown] id="words"
# Some words.
# %% id="c"
c = b
# %% [markdown] id="note"
# A note on d.
# %% id="d"
d = c
# %% [markdown] id="end"
# The end.
"""
MOVES = {
    "nothing moves": ("a b c d", "title load a b fit words c note d end"),
    "sections change places": ("c d a b", "title fit words c note d load a b end"),
    "a heading goes with the cell below it": ("c a b d", "title fit words c load a b note d end"),
    "a note goes with its cell": ("a b d c", "title load a b fit words note d c end"),
    "a section stays when a cell leaves with its note": (
        "d a b c",
        "title note d load a b fit words c end",
    ),
}


@pytest.mark.parametrize("case", MOVES)
def test_text_moves_with_its_code(case: str) -> None:
    order, expected = MOVES[case]
    assert order_of(STORY, order) == expected


# ----------------------------------------------------------------------------- command line


def test_document_order_is_exit_code_0_and_nothing_is_written(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("a = 1", "b = a", counts="1 2"))
    before = path.read_bytes()
    result = invoke("order", path)
    assert result.exit_code == 0
    assert result.stdout == "   1    [1]  a = 1\n   2    [2]  b = a\n"
    assert "Document order is right (known)" in result.stderr
    result = invoke("order", path, "--apply")
    assert result.exit_code == 0
    assert "Nothing was changed" in result.stderr
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_another_order_is_exit_code_1_and_written_only_with_apply(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("b = a", "a = 1", counts="2 1"))
    before = path.read_bytes()
    result = invoke("order", path)
    assert result.exit_code == 1
    assert result.stdout == "   2    [1]  a = 1\n   1    [2]  b = a\n"
    assert "Another order is needed (known)" in result.stderr
    assert path.read_bytes() == before
    result = invoke("order", path, "--apply")
    assert result.exit_code == 0
    assert "moved cell 2 before all others" in result.stderr
    assert invoke("order", path).exit_code == 0
    assert invoke("promote", path, "--all").exit_code == 0


def test_a_guess_is_not_written_without_yes(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("b = a", "a = 1"))
    before = path.read_bytes()
    result = invoke("order", path, "--apply")
    assert result.exit_code == 1
    assert "only a guess" in str(result.exception)
    assert path.read_bytes() == before
    assert invoke("order", path, "--apply", "--yes").exit_code == 0
    assert [cell.source for cell in reader.read(path).cells] == ["a = 1", "b = a"]


@pytest.mark.parametrize("indent", [1, 4, None])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_layout_of_the_file_is_kept(tmp_path: Path, indent: int | None, newline: str) -> None:
    path = tmp_path / "analysis.ipynb"
    document = build.document(cells("b = a  # é", "a = 1", counts="2 1"), extra={"z": 1, "a": [2]})
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    path.write_bytes(text.replace("\n", newline).encode())
    assert invoke("order", path, "--apply").exit_code == 0
    document["cells"].reverse()
    expected = json.dumps(document, indent=indent, ensure_ascii=False)
    assert path.read_bytes() == expected.replace("\n", newline).encode()


def test_what_nothing_makes_is_exit_code_1(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("a = 1", "b = ghost", counts="1 3"))
    result = invoke("order", path)
    assert result.exit_code == 1
    assert "missing: ghost: cell 2, line 1 reads it, and no cell makes it" in result.stderr
    assert "lost: [2]: 1 run" in result.stderr


def test_json_has_all_of_it(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("b = a", "a = 1", "ghost", counts="2 1 3"))
    result = invoke("order", path, "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (1, "")
    assert (found["order"], found["kind"], found["certainty"]) == ([2, 1, 3], "counts", "known")
    assert found["ids"] == ["c1", "c0", "c2"]
    assert found["missing"][0]["name"] == "ghost"
    assert found["document_order_is_right"] is False
    assert found["run"] is None


@pytest.mark.parametrize(
    ("words", "code"), [(["--yes"], 2), (["--wild"], 2), (["nowhere.ipynb"], 1)]
)
def test_wrong_calls(tmp_path: Path, words: list[str], code: int) -> None:
    path = build.write(tmp_path, cells("a = 1"))
    named = [] if "nowhere.ipynb" in words else [path]
    assert invoke("order", *named, *words).exit_code == code


def test_promote_says_how_to_get_the_order(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("b = a", "a = 1", counts="2 1"))
    result = invoke("promote", path, "--all")
    assert result.exit_code == 1
    hints = [problem.hint for problem in getattr(result.exception, "problems", ())]
    assert any("nb2pkg order NOTEBOOK" in hint for hint in hints)


def test_promote_sees_that_a_change_in_place_came_before_a_look(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("a = []", "len(a)", "a.append(1)", counts="1 3 2"))
    problems = getattr(invoke("promote", path, "--all").exception, "problems", ())
    assert [problem.code for problem in problems] == ["NB205"]


# ------------------------------------------------------------------------- recorded sessions


def log(path: Path, runs: str, **changed: str) -> None:
    """Write a log: c1 c0! c1 means that cells of these ids ran, ! failed; changed: other texts."""
    texts = {cell.id: cell.source for cell in reader.read(path).cells}
    target = path_for(path)
    target.parent.mkdir(exist_ok=True)
    with target.open("a", encoding="utf-8") as file:
        for number, word in enumerate(runs.split(), start=1):
            name = word.rstrip("!")
            text = changed.get(name, texts.get(name, name))
            ok = not word.endswith("!")
            file.write(
                line(
                    Execution(
                        "s",
                        number,
                        name,
                        fingerprint.of_source(text),
                        "2026-01-01",
                        0.1,
                        ok,
                        "",
                        (name,),
                    )
                )
            )


def recorded(tmp_path: Path, sources: list[str], runs: str, **changed: str) -> OrderFinding:
    path = build.write(tmp_path, sources)
    log(path, runs, **changed)
    return study(path).finding


def test_a_log_makes_the_order_known(tmp_path: Path) -> None:
    finding = recorded(tmp_path, ["x = 1", "x = 2", "print(x)"], "c1 c0 c2")
    assert finding.chosen.cells == (1, 0, 2)
    assert (finding.chosen.kind, finding.certainty) == (Kind.RECORDED, Certainty.KNOWN)


def test_a_log_of_document_order_changes_nothing(tmp_path: Path) -> None:
    finding = recorded(tmp_path, ["x = 1", "print(x)"], "c0 c1")
    assert finding.is_right
    assert finding.certainty is Certainty.KNOWN


def test_runs_again_failures_edits_and_deleted_cells_are_told(tmp_path: Path) -> None:
    finding = recorded(
        tmp_path, ["a = 1", "b = gone", "c = a"], "c0 gone c1 c0 c2! c2", c2="c = a + 1"
    )
    said = "\n".join([*finding.history.known, *finding.history.doubts, *finding.history.lost])
    assert "cell 1 was run more than once" in said
    assert "cell 3: edited since the last recorded run" in said
    assert "run 2: a cell that is gone; it made gone" in said
    assert finding.certainty is Certainty.GUESSED
    (item,) = finding.missing
    assert item.hint == "a cell that is gone made it, in run 2 of the recorded session"


def test_first_runs_count_when_the_last_cannot_be(tmp_path: Path) -> None:
    finding = recorded(tmp_path, ["b = a", "a = 1", "a + b"], "c1 c0 c2 c1")
    assert finding.chosen.cells == (1, 0, 2)
    assert finding.certainty is Certainty.GUESSED


def test_cells_without_an_id_are_found_by_their_text(tmp_path: Path) -> None:
    path = build.write(tmp_path, ["x = 1", "x = 2", "print(x)"])
    log(path, "c1 c0 c2")
    target = path_for(path)
    target.write_text(
        'half a li\n[]\n{"names": 1}\n"text"\n'
        + target.read_text(encoding="utf-8").replace('"cell":"c', '"cell":"other'),
        encoding="utf-8",
    )
    assert study(path).finding.chosen.cells == (1, 0, 2)
    assert study(path).finding.certainty is Certainty.KNOWN


@pytest.mark.parametrize("key", ["session", "number", "cell", "digest", "names"])
def test_lines_that_are_no_executions_are_skipped(tmp_path: Path, key: str) -> None:
    path = build.write(tmp_path, ["a = 1"])
    log(path, "c0")
    target = path_for(path)
    broken = json.loads(target.read_text(encoding="utf-8")) | {key: None}
    target.write_text(json.dumps(broken) + "\n", encoding="utf-8")
    assert study(path).finding.history.source == ""


# ----------------------------------------------------------------------------- real kernels


def shown(source: str, count: int, text: str) -> dict[str, Any]:
    output = {"output_type": "stream", "name": "stdout", "text": [text]}
    return build.cell("code", source, execution_count=count, outputs=[output] if text else [])


def test_a_run_settles_what_is_only_a_guess(tmp_path: Path) -> None:
    """Nothing but the stored output tells that the table was changed before it was looked at."""
    made = [
        shown("rows = [1]", 1, ""),
        shown("print(len(rows))", 1, "2\n"),
        shown("rows.append(open('a.txt').read())", 1, ""),
        shown("import time\nprint(time.time())", 1, "3.0\n"),
    ]
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    path = build.write(tmp_path, made)
    before = path.read_bytes()
    result = invoke("order", path, "--run")
    assert result.exit_code == 1, result.output
    assert "Another order is needed (confirmed by a run)" in result.stderr
    assert [text.split()[0] for text in result.stdout.splitlines()] == ["1", "3", "2", "4"]
    assert "cell 4 shows something else (differs from run to run: time)" in result.stderr
    assert path.read_bytes() == before
    assert invoke("order", path, "--run", "--apply").exit_code == 0
    assert invoke("order", path, "--run").exit_code == 0
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.txt", "analysis.ipynb"]


def test_what_does_not_run_is_told_with_the_reason(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("a = 1", "open('nowhere.csv')", "a", counts="1 2 3"))
    result = invoke("order", path, "--run", "--no-values")
    assert result.exit_code == 1
    assert "cell 2 failed (missing file)\n" in result.stderr
    assert "Run: 1 of 3 cells ran" in result.stderr


def test_a_stored_error_may_come_again(tmp_path: Path) -> None:
    error = {"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero"}
    made = [
        build.cell("code", "1 / 0", execution_count=1, outputs=[error | {"traceback": []}]),
        shown("print(2)", 2, "2\n"),
    ]
    result = invoke("order", build.write(tmp_path, made), "--run", "--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 0, result.stderr
    assert (found["run"]["ran"], found["run"]["matches"]) == (2, 2)
    assert found["certainty"] == "run"


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to another process")
def test_ctrl_c_leaves_no_kernel_and_writes_nothing(tmp_path: Path) -> None:
    path = build.write(tmp_path, cells("b = a\nimport time; time.sleep(60)", "a = 1", counts="2 1"))
    before = path.read_bytes()
    words = [sys.executable, "-m", "nb2pkg", "order", str(path), "--run", "--apply"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as process:
        started = kernels.started(process.pid)
        time.sleep(1)  # until it computes
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
    assert started
    assert process.returncode not in (0, None)
    assert not kernels.are_running(started)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


# -------------------------------------------------------------------------- outputs compared


CLOSE = {
    "same": ("a 1.0", "a 1.0", True),
    "last digits": ("x 0.123456789", "x 0.123456788", True),
    "spaces": ("a   b\n", "a b", True),
    "another number": ("n 3", "n 4", False),
    "another word": ("yes 3", "no 3", False),
    "one more": ("1 2", "1 2 3", False),
    "zero": ("0.0", "1e-3", False),
}


@pytest.mark.parametrize("case", CLOSE)
def test_texts_that_are_close(case: str) -> None:
    one, two, same = CLOSE[case]
    assert outcome.close(one, two) is same
