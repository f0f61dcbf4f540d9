"""The list of benchmarks.distributions, and how it is read from wheels."""

from __future__ import annotations

import zipfile
from pathlib import Path

import click
import pytest

from benchmarks.distributions import collect, installed, pairs, wheel
from benchmarks.distributions.answers import AMONG, NONE, RIGHT, WRONG, Answer, Question
from benchmarks.distributions.pairs import Pair, normal
from benchmarks.installs.packages import Package

EXTEND = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
FILES = {
    "lone.py": "",
    "fast.cpython-311-x86_64-linux-gnu.so": "",
    "_private.py": "",
    "tests/test_lone.py": "",
    "wide/__init__.py": "from .deep import here\n",
    "wide/deep.py": "",
    "cloud/store/__init__.py": "",
    "cloud/store/_inner.py": "",
    "old/__init__.py": EXTEND,
    "old/part/__init__.py": "",
    "busy/__init__.py": f"from .part import here\n{EXTEND}",
    "busy/part.py": "",
    "made-1.0.data/purelib/moved.py": "",
    "data/table.csv": "",
    "wide/_vendor/other-2.0.dist-info/RECORD": "other.py,,\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A wheel with one of each."""
    path = tmp_path / "made-1.0-py3-none-any.whl"
    record = "".join(f"{name},sha256=x,1\n" for name in [*FILES, "made-1.0.dist-info/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**FILES, "made-1.0.dist-info/RECORD": record}.items():
            archive.writestr(name, text)
    return path


def test_public_modules_of_a_wheel(made: Path) -> None:
    expected = ("busy", "cloud.store", "fast", "lone", "moved", "old.part", "wide")
    assert wheel.public(wheel.read(made)) == expected


def test_modules_that_a_line_names_must_be_in_the_wheel(made: Path) -> None:
    line, missing = collect.lines("made>=1: wide.deep, cloud  # a note\nmade: other\n")
    found = collect.brought_by(line, made)
    assert [(one.module, one.distribution, one.version, one.note) for one in found] == [
        ("wide.deep", "made", "1.0", "a note"),
        ("cloud", "made", "1.0", "a note"),
    ]
    with pytest.raises(click.ClickException, match="does not bring other"):
        collect.brought_by(missing, made)


def test_distributions_that_bring_one_module_are_one_pair(made: Path) -> None:
    brought = [
        one
        for line in collect.lines("made: lone\nhand_made: lone, wide")
        for one in collect.brought_by(line, made)
    ]
    both = Pair("lone", ("made", "hand_made"), ("1.0", "1.0"), "several")
    assert collect.pairs(brought) == [both, Pair("wide", ("hand_made",), ("1.0",), "other name")]
    first, second = installed.apart(collect.pairs(brought))
    assert (first, second) == ({"made==1.0": ["lone"]}, {"hand_made==1.0": ["lone", "wide"]})


def test_the_list() -> None:
    found = pairs.read()
    listed = list(collect.lines(collect.LIST.read_text(encoding="utf-8")))
    assert [pair.module for pair in found] == sorted({pair.module for pair in found})
    for pair in found:
        assert all(part.isidentifier() for part in pair.module.split("."))
        assert len(set(map(normal, pair.distributions))) == len(pair.versions)
        assert all(pair.versions)
    named = {normal(name) for pair in found for name in pair.distributions}
    assert named == {normal(line.name) for line in listed}
    asked = [(module, normal(line.name)) for line in listed for module in line.modules]
    brought = {(pair.module, normal(name)) for pair in found for name in pair.distributions}
    assert set(asked) <= brought


@pytest.mark.parametrize(
    ("names", "verdict"),
    [({"a"}, RIGHT), ({"a", "b"}, RIGHT), ({"a", "c"}, AMONG), ({"c"}, WRONG), ((), NONE)],
)
def test_what_an_answer_is_worth(names: set[str], verdict: str) -> None:
    question = Question("module", frozenset({"a", "b"}))
    assert Answer("tool", "part", question, frozenset(names)).verdict == verdict


@pytest.mark.parametrize(
    "line", ["torch", "Torch==2.1", "torch>=2", "torch[extra]~=2.1", "torch<3 ; x"]
)
def test_packages_that_ask_for_what_is_left_out(tmp_path: Path, line: str) -> None:
    package = Package("book.ipynb", tmp_path, frozenset(["numpy>=2", line]))
    assert package.asks_for(["tensorflow", " torch"])
    assert not package.asks_for(["torchvision", ""])
