"""nb2pkg data diff as a person calls it: versions on disk, recorded ones and those of git."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.data import dvc, repository
from nb2pkg.data.store import Store
from nb2pkg.errors import MissingFileError, Nb2pkgError

TABLE = "g,m\n" + "x,1\n" * 5 + "y,2\n" * 3


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository with a table that is recorded, in two commits."""
    monkeypatch.setenv(dvc.PYTHON, "")
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    for number, text in enumerate((TABLE, TABLE + "z,3\n"), start=1):
        (tmp_path / "birds.csv").write_text(text, encoding="utf-8")
        assert run("add", "birds.csv").exit_code == 0
        git("add", "-A")
        git("-c", "user.name=Ada", "-c", "user.email=a@example.org", "commit", "-qm", f"v{number}")
    return tmp_path


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["data", *words])


def test_counts_come_first_and_no_value_is_shown(folder: Path) -> None:
    (folder / "birds.csv").write_text("g,m,n\n" + "x,1.5,\n" * 4 + "y,,5\n", encoding="utf-8")
    assert run("diff", "birds.csv").stdout == (
        "birds.csv: 5 rows added; 9 removed; 0 unchanged\n"
        "  n: column added\n"
        "  m: retyped, int -> float\n"
        "  m: 1 more missing\n"
    )
    values = run("diff", "birds.csv", "--values").stdout
    assert "  + g=x, m=1.5\n" in values
    assert "  - g=z, m=3\n" in values


@pytest.mark.usefixtures("folder")
def test_revisions_of_git() -> None:
    assert "birds.csv: no difference\n" in run("diff", "birds.csv").stdout
    text = "birds.csv: 1 row added; 0 removed; 8 unchanged\n"
    assert run("diff", "birds.csv@HEAD~1", "birds.csv").stdout == text
    assert run("diff", "birds.csv@HEAD~1").stdout == text
    assert run("diff", "birds.csv@HEAD", "birds.csv@HEAD~1").stdout == (
        "birds.csv: 0 rows added; 1 removed; 8 unchanged\n"
    )
    with pytest.raises(Nb2pkgError, match="git knows no such revision"):
        _raise(run("diff", "birds.csv@nowhere"))


def test_a_file_that_git_itself_keeps(folder: Path) -> None:
    (folder / "small.csv").write_text(TABLE, encoding="utf-8")
    git("add", "small.csv")
    git("-c", "user.name=Ada", "-c", "user.email=a@example.org", "commit", "-qm", "small")
    (folder / "small.csv").write_text(TABLE + "x,1\n", encoding="utf-8")
    assert "1 row added; 0 removed; 8 unchanged" in run("diff", "small.csv").stdout


def test_a_key_in_words_and_in_json(folder: Path) -> None:
    for name, text in (("a.csv", "id,m\n1,a\n2,b\n3,c\n"), ("b.csv", "id,m\n1,a\n2,x\n4,\n")):
        (folder / name).write_text(text, encoding="utf-8")
    assert run("diff", "a.csv", "b.csv", "--key", "id").stdout == (
        "b.csv: 1 row added; 1 removed; 1 changed; 1 unchanged (by id)\n"
        "  m: 1 cell changed; 1 more missing\n"
    )
    found = json.loads(run("diff", "a.csv", "b.csv", "--json").stdout)["files"][0]["tables"][0]
    assert found["rows"] == {"added": 1, "removed": 1, "changed": 1, "unchanged": 1}
    assert found["columns"]["changed"] == {"m": 1}
    assert "values" not in found


def test_folders_by_file(folder: Path) -> None:
    for name in ("old", "new"):
        (folder / name).mkdir()
        (folder / name / "same.bin").write_bytes(b"same")
        (folder / name / f"{name}.bin").write_bytes(name.encode())
        (folder / name / "t.csv").write_text(TABLE + "x,1\n" * (name == "new"), encoding="utf-8")
        (folder / name / "broken.csv").write_text(f"a,b\n{name}\n", encoding="utf-8")
    lines = run("diff", "old", "new").stdout.splitlines()
    assert lines[0] == "new: 1 file added; 1 removed; 2 changed; 1 unchanged"
    assert "  new.bin: added (3 B, 22af645d)" in lines
    assert "  old.bin: removed (3 B, 149603e6)" in lines
    assert "  t.csv: 1 row added; 0 removed; 8 unchanged" in lines
    assert any("its rows were not compared" in line for line in lines)


def test_other_files_by_size_and_digest(folder: Path) -> None:
    (folder / "a.bin").write_bytes(b"one")
    (folder / "b.bin").write_bytes(b"three")
    assert run("diff", "a.bin", "b.bin").stdout == (
        "b.bin: changed (3 B, f97c5d29 -> 5 B, 35d6d334)\n"
    )


def test_rows_in_another_order_are_no_difference(folder: Path) -> None:
    rows = TABLE.splitlines()[1:]
    (folder / "a.csv").write_text("\n".join(["g,m", *reversed(rows), ""]), encoding="utf-8")
    (folder / "b.csv").write_text(TABLE, encoding="utf-8")
    lines = run("diff", "a.csv", "b.csv").stdout.splitlines()
    assert lines[0] == "b.csv: 0 rows added; 0 removed; 8 unchanged"
    assert "in their order" in lines[1]


def test_a_version_that_is_not_in_the_cache(folder: Path) -> None:
    (folder / "birds.csv").write_text(TABLE, encoding="utf-8")
    found = json.loads(run("log", "birds.csv", "--json").stdout)[0]
    Store(repository.find(folder).cache).path(found["md5"]).unlink()
    lines = run("diff", "birds.csv").stdout.splitlines()
    assert lines[0].startswith("birds.csv: changed (40 B, ")
    assert "birds.csv as recorded is not in the cache" in lines[1]


def test_wrong_calls(folder: Path) -> None:
    (folder / "new.csv").write_text(TABLE, encoding="utf-8")
    (folder / "images").mkdir()
    assert isinstance(run("diff", "nowhere.csv").exception, MissingFileError)
    for words, message in (
        (("new.csv",), "has no recorded version"),
        (("new.csv", "images"), "one is a folder"),
        (("new.csv", "birds.csv", "--key", "gg"), "is not a column of both tables"),
        (("new.csv", "birds.csv", "--key", "g"), "does not name one row each"),
        (("new.csv@HEAD",), "has neither new.csv.dvc nor new.csv"),
    ):
        with pytest.raises(Nb2pkgError, match=message):
            _raise(run("diff", *words))
    assert run("diff", "new.csv", "birds.csv", "--tolerance", "-1").exit_code == 2


def _raise(done: Result) -> None:
    assert done.exception is not None
    raise done.exception
