"""What ``import nb2pkg`` offers: the examples of its docstrings are run, in a folder with a notebook."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import nb2pkg
from nb2pkg import api
from tests import build

DOCS = Path(__file__).resolve().parents[1] / "docs" / "api.md"
NOTEBOOK = """
    # %%
    delays = [12, 0, 45, 3]
    # %%
    longest = sorted(delays)[-2:]
    mean = sum(longest) / len(longest)
    """


@pytest.mark.parametrize("name", api.__all__)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build.write(tmp_path, NOTEBOOK).rename(tmp_path / "flights.ipynb")
    monkeypatch.chdir(tmp_path)
    (example,) = doctest.DocTestFinder(recurse=False).find(getattr(nb2pkg, name), name)
    assert example.examples
    report: list[str] = []
    doctest.DocTestRunner().run(example, out=report.append)
    assert not report, "".join(report)


@pytest.mark.parametrize("name", api.__all__)
def test_docstrings_have_all_parts(name: str) -> None:
    function = getattr(nb2pkg, name)
    text = inspect.getdoc(function) or ""
    assert all(f"\n{part}:\n" in text for part in ("Args", "Returns", "Raises", "Example"))
    for parameter in inspect.signature(function).parameters:
        assert f"\n    {parameter}: " in text
    assert f"\n## {name}\n" in DOCS.read_text(encoding="utf-8")


def test_functions_keep_their_names_when_rooms_of_that_name_are_imported() -> None:
    code = (
        "import nb2pkg, nb2pkg.cli.main, nb2pkg.promote.verified, nb2pkg.check.run, nb2pkg.status.look\n"
        "assert all(callable(getattr(nb2pkg, name)) for name in nb2pkg.__all__)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_brings_nothing_but_the_names() -> None:
    code = (
        "import sys, nb2pkg\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'libcst', 'networkx', 'black', 'jinja2', 'nbformat', 'asyncio', 'click'}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_text_in_memory_is_read_without_a_file(tmp_path: Path) -> None:
    path = build.write(tmp_path, NOTEBOOK)
    text = path.read_text(encoding="utf-8")
    path.unlink()
    made = nb2pkg.plan(nb2pkg.read(path, text), everything=True)
    assert [cell.source for cell in made.notebook.code][1].startswith("longest")
    assert list(tmp_path.iterdir()) == []
