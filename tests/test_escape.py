"""Names that somebody else chose, wherever they are written: they are shown, and do nothing."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nb2pkg import escape
from nb2pkg.paths import source_of
from nb2pkg.promote.build import Request, promote
from nb2pkg.promote.restore import restore
from nb2pkg.promote.source import requested
from nb2pkg.promote.update import update, write
from tests import build

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CELLS = "# %% [markdown]\n# # {title}\n#\n# ## Sum\n# %%\nrows = open('a.txt').readlines()\nrows.append('b')\n# %%\ntotal = len(rows)\nprint(total)"
NASTY = st.text(
    st.sampled_from("ab \n\r\t\"'\\#`${}%|<>&;:*[]=-~é\u202e\u2066\u2028\x1b\x07\x7f\x85{"),
    min_size=1,
    max_size=24,
).filter(lambda text: text.strip(". ") and text not in (".", ".."))
SLOW = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
CHANGES_ORDER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202a-\u202e\u2066-\u2069]")


def made(stem: str, folder: str, title: str) -> dict[str, str]:
    """What is generated for a notebook of that name, in a folder of that name."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch, folder)
        place.mkdir()
        path = build.write(place, CELLS.replace("{title}", title))
        path = path.rename(place / f"{stem}.ipynb")
        files = promote(path, Request(Path(scratch, "project"), True, "pack")).files
        return {name: text.encode("utf-8").decode("utf-8") for name, text in files.items()}


def shape(text: str) -> str:
    """The tree of a module, whatever stands in its strings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


HARMLESS = made("analysis", "work", "Sum")


@SLOW
@given(NASTY, NASTY)
@example("a\nPWN = 1\n#", 'w"); import os; ("')
@example('a"""\nimport os\n"""', "w'\\")
def test_names_put_no_code_anywhere(stem: str, folder: str) -> None:
    files = made(stem, folder, "Sum")
    code = {path: text for path, text in HARMLESS.items() if path.endswith(".py")}
    for path, text in code.items():
        assert shape(files[path]) == shape(text), path
        assert not CHANGES_ORDER.search(files[path]), path
    assert tomllib.loads(files["pyproject.toml"]) == tomllib.loads(HARMLESS["pyproject.toml"])
    assert not CHANGES_ORDER.search(files["README.md"])
    document = json.loads(files[f"notebooks/{stem}.ipynb"])
    usual = json.loads(HARMLESS["notebooks/analysis.ipynb"])
    for cell, other in zip(document["cells"], usual["cells"]):
        if cell["cell_type"] == "code":
            assert shape("".join(cell["source"])) == shape("".join(other["source"]))


@SLOW
@given(NASTY.filter(lambda text: "\n" not in text and "\r" not in text and text.strip()))
@example('"""; import os')
@example("ends with a backslash \\")
def test_a_title_is_no_code(title: str) -> None:
    files = made("analysis", "work", f"{title} x")
    source = source_of("pack")
    for name in ("pipeline", "__main__", "__init__", "config"):
        assert shape(files[f"{source}/{name}.py"]) == shape(HARMLESS[f"{source}/{name}.py"])
    assert set(tomllib.loads(files["pyproject.toml"])) == {"build-system", "project", "tool"}


def test_such_a_notebook_is_promoted_again_and_in_place(tmp_path: Path) -> None:
    name = "a\nPWN = 1 \"'\\\u202e" + "n" * 150
    path = build.write(tmp_path, CELLS).rename(tmp_path / f"{name}.ipynb")
    before = path.read_bytes()
    write(update(promote(path, Request(everything=True))))
    found = requested(path, Request(everything=True, in_place=True))
    write(update(promote(path, found.wanted), origin=found))
    assert path.read_bytes() != before
    restore(tmp_path / f"{name}-package")
    assert path.read_bytes() == before


@given(st.text() | NASTY)
def test_strings_are_read_as_they_were(text: str) -> None:
    assert ast.literal_eval(escape.python(text)) == text
    assert (
        tomllib.loads(f"a = {escape.toml(text)}")["a"] == text.encode("utf-8", "replace").decode()
    )
    assert tomlkit.parse(f"a = {escape.toml(text)}")["a"] is not None


@given(st.text() | NASTY)
@example("true")
@example("1.0")
@example("2024-01-01")
def test_yaml_reads_them_too(text: str) -> None:
    yaml = pytest.importorskip("ruamel.yaml")
    plain = re.compile(r"[A-Za-z0-9][\w.=+\[\],-]*")
    found: Any = yaml.YAML(typ="safe").load(f"a: {escape.yaml(text, plain)}\n")
    assert found["a"] == text


@given(st.text() | NASTY)
def test_lines_stay_lines_and_plain_text_stays_as_it_is(text: str) -> None:
    shown = escape.line(text)
    assert shown.splitlines() in ([], [shown])
    assert not CHANGES_ORDER.search(shown)
    assert escape.line(shown) == shown
    if text.isascii() and text.isprintable():
        assert shown == text


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@settings(max_examples=60, deadline=None)
@given(NASTY)
def test_a_shell_reads_the_word(word: str) -> None:
    quoted = escape.shell(word)
    done = subprocess.run(
        ["bash", "-c", f"printf %s {quoted}"],
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout.decode("utf-8") == word
    assert not CHANGES_ORDER.search(quoted)
    if word.isprintable():
        assert shlex.split(quoted) == [word]


@given(st.text(st.characters(), max_size=20))
def test_prose_can_be_written(text: str) -> None:
    shown = escape.whole(text)
    assert len(shown) == len(text)
    shown.encode("utf-8")
    assert all(two in (one, "\ufffd") for one, two in zip(text, shown))


def test_half_of_a_surrogate_pair_is_no_prose() -> None:
    assert escape.whole("a \ud800.") == "a \ufffd."
