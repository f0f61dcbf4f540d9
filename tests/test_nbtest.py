"""``%%nbtest``: tests over the notebook's variables, in a shell and in a real kernel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nb2pkg.jupyter import extension
from nb2pkg.notebook import test_cells
from tests import build

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def notebook(shell: InteractiveShell) -> InteractiveShell:
    """A notebook with some variables and the magic."""
    shell.reset()
    extension.load(shell)
    shell.run_cell("total = 4\nwords = ['a', 'b']\ndef add(n):\n    global total\n    total += n")
    return shell


def report(notebook: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str) -> str:
    """What the cell prints, without the time that it took."""
    capsys.readouterr()
    assert notebook.run_cell(f"%%nbtest {cell}").success
    return capsys.readouterr().out.rpartition(" in ")[0]


REPORTS = {
    "asserts alone": ("\nassert total == 4\nassert words", "✓ assert total == 4\n1 passed"),
    "called by name": ("all is well\nassert total", "✓ all is well\n1 passed"),
    "called by a comment": ("\n# it is four\nassert total", "✓ it is four\n1 passed"),
    "both sides and the line": (
        "sizes\nexpected = 2\nassert len(words) == expected + 1",
        "✗ sizes\n    line 3: assert len(words) == expected + 1\n    assert 2 == (2 + 1)\n"
        "     +  where 2 = len(['a', 'b'])\n1 failed",
    ),
    "percent signs in what differs": (
        "p\nassert 'a%s' == '%d'",
        "✗ p\n    line 2: assert 'a%s' == '%d'\n    assert 'a%s' == '%d'\n"
        "      - %d\n      + a%s\n1 failed",
    ),
    "functions, parameters, fixtures": (
        "\n@pytest.fixture\ndef two():\n    return 2\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_n(n, two, tmp_path, capsys, monkeypatch):\n    assert n == two",
        "✗ test_n[1]\n    line 7: assert n == two\n    assert 1 == 2\n✓ test_n[2]\n1 passed, 1 failed",
    ),
    "classes": (
        "\nimport unittest\nclass Sums(unittest.TestCase):\n    def test_it(self):\n"
        "        self.assertEqual(total, 5)\nclass TestIt:\n    def test_it(self): assert total",
        "✗ Sums::test_it\n    line 5: self.assertEqual(total, 5)\n    AssertionError: 4 != 5\n"
        "✓ TestIt::test_it\n1 passed, 1 failed",
    ),
    "skipped and expected to fail": (
        "\n@pytest.mark.skip(reason='later')\ndef test_a(): pass\n"
        "@pytest.mark.xfail(reason='known')\ndef test_b(): assert 0",
        "- test_a (skipped): later\n- test_b (xfailed): known\n1 skipped, 1 xfailed",
    ),
    "plain code beside functions": (
        "\nlimit = 3\ndef test_a(): assert limit == 3\nassert limit == 3\nlimit = 4\nassert limit == 3",
        "✓ test_a\n✗ assert limit == 3\n    line 6: assert limit == 3\n    assert 4 == 3\n"
        "1 passed, 1 failed",
    ),
    "chosen by an expression": (
        "-k two\ndef test_one(): assert 0\ndef test_two(): assert 1",
        "✓ test_two\n1 passed, 1 left out",
    ),
    "quiet": ("-q\ndef test_one(): pass\ndef test_two(): pass", "2 passed"),
    "what a failing test prints": (
        "\nprint('so far')\nassert not total",
        "✗ assert not total\n    line 3: assert not total\n    assert not 4\n"
        "    printed:\n        so far\n1 failed",
    ),
    "an error before the tests": (
        "\nx = 1 / 0\ndef test_a(): pass",
        "✗ before the tests\n    line 2: x = 1 / 0\n    ZeroDivisionError: division by zero\n1 error",
    ),
    "no Python": (
        "\nassert (",
        "✗ before the tests\n    line 2: assert (\n    SyntaxError: '(' was never closed\n1 error",
    ),
    "a fixture that there is not": (
        "\ndef test_a(ghost): pass",
        "✗ test_a\n    there is no fixture ghost\n1 error",
    ),
    "a variable that a function of the notebook sets": (
        "n\nadd(1)\nassert total == 5",
        "✓ n\n1 passed",
    ),
    "dataclasses": (
        "\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    x: 'int'\nassert P(1) == P(1)",
        "✓ assert P(1) == P(1)\n1 passed",
    ),
}


@pytest.mark.parametrize(("cell", "wanted"), REPORTS.values(), ids=REPORTS.keys())
def test_what_it_reports(
    notebook: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str, wanted: str
) -> None:
    assert report(notebook, capsys, cell) == wanted


def test_nothing_is_left_behind(
    notebook: InteractiveShell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Names, modules, files, the environment and hooks are as they were; objects are shared."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    before = dict(notebook.user_ns), set(sys.modules), dict(os.environ), list(sys.meta_path)
    cell = "import unittest\ntotal = 5\ndef test_a(tmp_path):\n    words.append(1)\n    assert total == 5"
    assert notebook.run_cell(f"%%nbtest\n{cell}").success
    outcome = extension.last()
    assert outcome is not None
    assert [result.kind for result in outcome.results] == ["passed"]
    assert notebook.user_ns["words"] == ["a", "b", 1]
    assert notebook.user_ns["total"] == 4
    fresh = {name for name in notebook.user_ns if name not in before[0] and name[0] != "_"}
    assert fresh == set()
    assert not {name for name in set(sys.modules) - before[1] if name.startswith("nbtest")}
    assert (dict(os.environ), list(sys.meta_path)) == before[2:]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["conftest.py", "pytest.ini"]


def test_strict_raises_at_the_end(
    notebook: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    done = notebook.run_cell("%%nbtest --strict\ndef test_a(): assert 0\ndef test_b(): pass")
    assert isinstance(done.error_in_exec, extension.TestsFailedError)
    said = capsys.readouterr().out
    assert "✓ test_b" in said
    assert "TestsFailedError: 1 passed, 1 failed" in said
    assert "Traceback" not in said
    assert notebook.run_cell("%%nbtest --strict\nassert total == 4").success


@pytest.mark.parametrize(
    ("line", "said"),
    [("--wild", "there is no option --wild"), ("-k", "-k needs"), ("-k 'a and'", "expression")],
)
def test_a_wrong_call_is_one_line(
    notebook: InteractiveShell, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    assert not notebook.run_cell(f"%%nbtest {line}\ndef test_a(): pass").success
    captured = capsys.readouterr()
    assert said in captured.out + captured.err


def test_without_pytest_it_says_what_to_install(
    notebook: InteractiveShell,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extension.importlib.util, "find_spec", lambda _name: None)
    assert not notebook.run_cell("%%nbtest\nassert 1").success
    captured = capsys.readouterr()
    assert "pip install 'nb2pkg[jupyter]'" in captured.out + captured.err


def test_the_package_itself_stays_light() -> None:
    code = "import sys, nb2pkg\nprint(sorted({'IPython', 'pytest', 'nb2pkg.jupyter'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_the_first_line_is_read() -> None:
    assert test_cells.parse_request(
        "birds are whole -k 'a or b' --strict -q"
    ) == test_cells.NbtestRequest("birds are whole", "a or b", strict=True, quiet=True)
    assert test_cells.begins("\n  \n%%nbtest x") == (3, 0)
    assert test_cells.begins("%%nbtests") is None
    assert test_cells.begins("x = 1\n%%nbtest") is None


# ---- a real kernel


def test_in_a_kernel(tmp_path: Path) -> None:
    """Run All goes on behind a failing test, and stops behind a strict one."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    cells = [
        "%load_ext nb2pkg",
        "birds = {'Adelie': 3, 'Gentoo': 2}",
        "%%nbtest\ndef test_a(tmp_path, capfd):\n    assert birds['Adelie'] == 4\ndef test_b(): pass",
        "print(sorted(name for name in globals() if name.startswith('test')))",
        "%%nbtest --strict\nassert birds['Gentoo'] == 3",
        "print('not reached')",
    ]
    path = build.write(tmp_path, cells)
    document: Any = nbformat.read(path, as_version=4)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    client = NotebookClient(document, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    with pytest.raises(CellExecutionError, match="TestsFailedError"):
        client.execute(env=environment)
    printed = ["".join(o.get("text", "") for o in cell.outputs) for cell in document.cells]
    assert printed[2].startswith("✗ test_a\n    line 3: assert birds['Adelie'] == 4\n")
    assert "✓ test_b\n1 passed, 1 failed in" in printed[2]
    assert printed[3] == "[]\n"
    assert printed[4].startswith("✗ assert birds['Gentoo'] == 3\n")
    assert document.cells[4].outputs[-1]["traceback"] == ["TestsFailedError: 1 failed"]
    assert document.cells[5].outputs == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["analysis.ipynb"]
