"""A run records which versions of files it worked with, and status says when these have changed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.data import dvc, record
from nb2pkg.errors import Nb2pkgError
from nb2pkg.project import manifest
from nb2pkg.status.look import look
from nb2pkg.status.model import Mark, State
from tests import build

BIRDS = "id,m\n1,2\n2,3\n3,4\n"
STORY = """
# %% id="names"
PLACES = "places.bin"
BIRDS = "../data/birds.csv"
# %% id="load" tags=["nb2pkg:clean.load"]
import csv
with open(BIRDS) as f:
    birds = list(csv.DictReader(f))
# %% id="base" tags=["nb2pkg:clean.base"]
import sqlite3
with sqlite3.connect("sites.db") as database:
    sites = database.execute("select * from t").fetchall()
# %% id="total" tags=["nb2pkg:clean.total"]
total = sum(int(b["m"]) for b in birds)
with open("out.txt", "w") as f:
    _ = f.write(str(total))
# %% id="look"
print(total, open("out.txt").read(), len(sites), open("helper.py").read())
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A notebook in a folder of a git repository, verified once for all tests of this file."""
    top = tmp_path_factory.mktemp("project")
    (top / "data").mkdir()
    (top / "nb").mkdir()
    (top / "data/birds.csv").write_text(BIRDS, encoding="utf-8")
    (top / "nb/places.bin").write_bytes(b"\0\1\2")
    (top / "nb/helper.py").write_text("x = 1\n", encoding="utf-8")
    code = "import sqlite3; d = sqlite3.connect('sites.db'); d.execute('create table t (a)'); d.close()"
    subprocess.run([sys.executable, "-c", code], cwd=top / "nb", check=True)
    build.write(top / "nb", STORY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(dvc.PYTHON, "")
        patch.setenv("SOURCE_DATE_EPOCH", "0")
        done = invoke("promote", top / "nb/analysis.ipynb", "--verify")
        assert done.exit_code == 0, done.output
        yield top


@pytest.fixture
def birds(place: Path) -> Iterator[Path]:
    """The file, which is as it was after the test."""
    path = place / "data/birds.csv"
    yield path
    path.write_text(BIRDS, encoding="utf-8")


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def stale(package: Path) -> dict[str, str]:
    """Symbols whose verdict does not hold, and why."""
    found = look(package)
    assert all(row.state is State.IN_STEP for row in found.rows)
    return {r.symbol: r.verified.reason for r in found.rows if r.verified.mark is Mark.STALE}


def test_the_manifest_has_the_versions_of_what_was_read(place: Path) -> None:
    known = manifest.required(place / "nb/analysis-package")
    assert {file.version.path: file.cells for file in known.data} == {
        "../data/birds.csv": ("load",),
        "places.bin": ("names",),  # a cell names it
        "sites.db": ("base",),  # a database is opened to be written to
    }
    assert [file.version.size for file in known.data if "birds" in file.version.path] == [
        len(BIRDS)
    ]


def test_nothing_is_stale_while_the_data_is_the_same(place: Path) -> None:
    assert stale(place / "nb/analysis-package") == {}


def test_what_uses_the_data_is_stale_when_it_changes(place: Path, birds: Path) -> None:
    package = place / "nb/analysis-package"
    birds.write_text(BIRDS + "4,5\n", encoding="utf-8")
    found = stale(package)
    assert set(found) == {"clean.load", "clean.total"}
    # The old version is nowhere, so there are only sizes and digests.
    assert "../data/birds.csv: 17 B, 9e13b268 -> 21 B, " in found["clean.load"]
    done = invoke("status", package)
    assert done.exit_code == 0  # the code is what the cells give
    assert "clean.load, clean.total: the data changed since a run on" in done.output
    assert invoke("status", package, "--require", "verified").exit_code == 1
    changed = json.loads(invoke("status", package, "--json").stdout)["data_changed"]
    assert [each["path"] for each in changed] == ["../data/birds.csv"]


def test_rows_are_counted_if_the_old_version_is_kept(place: Path, birds: Path) -> None:
    git(place, "init", "-q")
    record.add([birds])
    birds.write_text("id,m\n1,2\n3,9\n4,1\n5,1\n", encoding="utf-8")
    counts = "birds.csv: 2 rows added; 1 removed; 1 changed; 1 unchanged (by id)"
    assert counts in stale(place / "nb/analysis-package")["clean.load"]


def test_rows_are_counted_from_git(place: Path, birds: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(place, copy)
    for name in ("data/birds.csv.dvc", "data/.gitignore"):
        (copy / name).unlink(missing_ok=True)
    for name in (".git", ".dvc"):
        shutil.rmtree(copy / name, ignore_errors=True)
    git(copy, "init", "-q")
    git(copy, "add", "data")
    git(copy, "-c", "user.name=Ada", "-c", "user.email=a@example.org", "commit", "-qm", "data")
    (copy / "data" / birds.name).write_text(BIRDS + "4,1\n", encoding="utf-8")
    found = stale(copy / "nb/analysis-package")["clean.load"]
    assert "birds.csv: 1 row added; 0 removed; 0 changed; 3 unchanged" in found


def test_a_file_that_is_elsewhere_has_not_changed(place: Path, birds: Path) -> None:
    birds.unlink()
    assert stale(place / "nb/analysis-package") == {}


def test_a_manifest_from_before_has_no_versions(place: Path) -> None:
    known = manifest.required(place / "nb/analysis-package")
    run = {key: value for key, value in known.content["run"].items() if key != "data"}
    assert manifest.parsed({**known.content, "run": run}).data == ()


@pytest.mark.parametrize(
    "data", [{"a": ["x", "y"]}, {"a": [1, 2]}, {"a": []}, [], {"a": ["x", 1, 2]}]
)
def test_versions_of_another_shape_are_one_message(place: Path, data: Any, tmp_path: Path) -> None:
    known = manifest.required(place / "nb/analysis-package")
    content = {**known.content, "run": {**known.content["run"], "data": data}}
    (tmp_path / ".nb2pkg").mkdir()
    (tmp_path / manifest.PATH).write_text(manifest.as_text(content), encoding="utf-8")
    with pytest.raises(Nb2pkgError, match="the manifest cannot be read"):
        manifest.read(tmp_path)


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
