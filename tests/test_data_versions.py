"""Versions of data files: real git, real files, and DVC itself where an interpreter has it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nb2pkg.cli.main import cli
from nb2pkg.data import dvc, dvcfile, exchange, history, record, repository
from nb2pkg.data.dvcfile import Out
from nb2pkg.data.record import State
from nb2pkg.data.store import Store
from nb2pkg.data.version import tree_of
from nb2pkg.errors import ConflictError, Nb2pkgError
from nb2pkg.files import walk

Run = Callable[..., Result]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
BUILT = Path(__file__).parents[1] / "build/dvc/environment" / SCRIPTS / "python"  # make dvc
DVC = os.environ.get(dvc.PYTHON) or (str(BUILT) if BUILT.exists() else "")
MD5 = "5d41402abc4b2a76b9719d911017c592"  # of hello


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository without DVC, in which commands run."""
    project = tmp_path / "project"
    project.mkdir()
    _isolate(tmp_path, monkeypatch)
    monkeypatch.setenv(dvc.PYTHON, "")
    monkeypatch.chdir(project)
    git(project, "init", "-q")
    return project


def _isolate(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR", "DVC_SITE_CACHE_DIR"):
        monkeypatch.setenv(name, str(home / name))
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")


def git(place: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=place, check=True, capture_output=True, text=True
    ).stdout


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["data", *words])


def commit(place: Path, message: str = "data") -> None:
    git(place, "add", "-A")
    git(place, "commit", "-qm", message)


def with_remote(place: Path, url: str = "../../remote") -> None:
    text = f"[core]\n    remote = share\n['remote \"share\"']\n    url = {url}\n"
    (place / ".dvc/config").write_text(text, encoding="utf-8")


def make_folder(place: Path) -> Path:
    """With what DVC counts, and other walks leave out."""
    for name in ("a-b.txt", "a/b.txt", "ü.txt", "__pycache__/x.pyc", ".hidden", "empty.txt"):
        path = place / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("" if "empty" in name else name, encoding="utf-8")
    return place / "images"


# ----------------------------------------------------------------------------------- recording


def test_a_version_is_a_file_for_git_and_an_object(folder: Path) -> None:
    (folder / "birds.csv").write_bytes(b"hello")
    assert run("add", "birds.csv").exit_code == 0
    text = (folder / "birds.csv.dvc").read_text(encoding="utf-8")
    assert text == f"outs:\n- md5: {MD5}\n  size: 5\n  hash: md5\n  path: birds.csv\n"
    assert (folder / ".dvc/cache/files/md5" / MD5[:2] / MD5[2:]).read_bytes() == b"hello"
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "/birds.csv\n"
    commit(folder)
    tracked = {".dvc/.gitignore", ".dvc/config", ".dvcignore", ".gitignore", "birds.csv.dvc"}
    assert set(git(folder, "ls-files").split()) == tracked


def test_status_says_what_is_not_as_recorded(folder: Path) -> None:
    images = make_folder(folder)
    (folder / "birds.csv").write_bytes(b"hello")
    assert run("add", "birds.csv", "images").exit_code == 0
    assert run("status").exit_code == 0
    (folder / "birds.csv").unlink()
    (images / "a/b.txt").write_bytes(b"other")
    done = run("status", "--json")
    states = {each["path"]: each["state"] for each in json.loads(done.stdout)}
    assert (states, done.exit_code) == ({"birds.csv": "missing", "images": "changed"}, 1)
    assert "birds.csv: missing\nimages: changed (6 files, " in run("status").stdout


def test_recording_again_keeps_what_else_stands_in_the_file(folder: Path) -> None:
    (folder / "birds.csv").write_bytes(b"hello")
    run("add", "birds.csv")
    file = folder / "birds.csv.dvc"
    before = file.read_text(encoding="utf-8")
    file.write_text(
        f"# from the field\n{before}  desc: 'a: b'\nmeta:\n  by: Ada\n", encoding="utf-8"
    )
    (folder / "birds.csv").write_bytes(b"hello, world")
    assert run("add", "birds.csv.dvc").exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# from the field\nouts:\n- md5: e4d7f1b4ed2e42d15898f4b27b019da4\n")
    assert text.endswith(
        "  size: 12\n  hash: md5\n  path: birds.csv\n  desc: 'a: b'\nmeta:\n  by: Ada\n"
    )
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "/birds.csv\n"


def test_a_file_that_becomes_a_folder_and_back(folder: Path) -> None:
    data = folder / "data"
    data.write_bytes(b"hello")
    run("add", "data")
    plain = (folder / "data.dvc").read_text(encoding="utf-8")
    data.unlink()
    (data / "in").mkdir(parents=True)
    (data / "in/x").write_bytes(b"hello")
    run("add", "data")
    assert "  nfiles: 1\n" in (folder / "data.dvc").read_text(encoding="utf-8")
    git(folder, "add", "-A")
    (folder / "data.dvc").write_text(plain, encoding="utf-8")
    assert run("pull").exit_code == 0
    assert data.read_bytes() == b"hello"


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda place: commit(place), "is tracked by git"),
        (lambda place: (place / "birds.csv").unlink(), "there is no such file or folder"),
        (lambda place: (place / ".dvc").mkdir() or _legacy(place), "is not an MD5 as DVC 3"),
    ],
)
def test_what_cannot_be_recorded_changes_nothing(
    folder: Path, prepare: Callable[[Path], None], words: str
) -> None:
    (folder / "birds.csv").write_bytes(b"hello")
    (folder / "other.csv").write_bytes(b"other")
    if words != "is tracked by git":
        (folder / ".gitignore").touch()
    prepare(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    done = run("add", "birds.csv", *(["other.csv"] if words[0] != "i" else []))
    assert done.exit_code != 0
    assert words in f"{done.exception} {done.output}"
    now = {path for path in folder.rglob("*") if path.is_file() and ".git/" not in path.as_posix()}
    assert now <= before.keys()


def _legacy(place: Path) -> None:
    text = f"outs:\n- md5: {MD5}\n  size: 5\n  path: birds.csv\n"
    (place / "birds.csv.dvc").write_text(text, encoding="utf-8")


def test_parts_of_what_is_recorded_as_a_whole_are_refused(folder: Path) -> None:
    images = make_folder(folder)
    run("add", "images")
    with pytest.raises(Nb2pkgError, match="which is recorded as a whole"):
        record.add([images / "ü.txt"])
    (folder / "outer").mkdir()
    (folder / "outer/x").write_bytes(b"x")
    record.add([folder / "outer/x"])
    with pytest.raises(Nb2pkgError, match="has recorded files in it: x"):
        record.add([folder / "outer"])


def test_patterns_of_dvcignore_are_dvcs(folder: Path) -> None:
    images = make_folder(folder)
    (folder / ".dvcignore").write_text("*.pyc\n", encoding="utf-8")
    with pytest.raises(Nb2pkgError, match="only DVC knows what they leave out of images"):
        record.add([images])
    assert not (folder / "images.dvc").exists()


def test_a_project_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dvc.PYTHON, "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "birds.csv").write_bytes(b"hello")
    assert run("add", "birds.csv").exit_code == 0
    assert (tmp_path / ".dvc/config").read_text(encoding="utf-8") == "[core]\n    no_scm = True\n"
    assert not (tmp_path / ".gitignore").exists()
    assert [version.revision for version in history.versions(tmp_path / "birds.csv")] == [None]


@pytest.mark.parametrize(
    "name", ["yes", "a: b #c.csv", "it's.csv", "ü ñ.csv", "-x.csv", "1e5", "a[1]*.csv"]
)
def test_names_of_every_kind(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"hello")
    (out,) = record.add([folder / name])
    assert out.out == Out(name, MD5, 5)
    assert dvcfile.read(folder / f"{name}.dvc").path == name
    assert git(folder, "status", "--short", "--porcelain", "-z", "--", f":(literal){name}") == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "outs: []\n",
        "outs:\n- &a md5: 5\n",
        f"outs:\n- md5: {MD5}\n  size: 5\n  hash: md5\n  path: ../x\n",
        f"outs:\n- md5: {MD5}\n  size: 5\n  hash: md5\n  path: x\n- md5: {MD5}\n  size: 1\n  path: y\n",
        f"deps:\n- path: x\nouts:\n- md5: {MD5}\n  size: 5\n  hash: md5\n  path: x\n",
        f"outs:\n- md5: {MD5}\n  size: many\n  hash: md5\n  path: x\n",
        f"outs:\n- md5: {MD5[:-1]}\n  size: 5\n  hash: md5\n  path: x\n",
        f"<<<<<<< HEAD\nouts:\n- md5: {MD5}\n  size: 5\n  hash: md5\n  path: x\n",
        "outs:\n\t- md5: x\n",
        "\xff",
    ],
)
def test_other_yaml_is_refused(text: str) -> None:
    with pytest.raises(Nb2pkgError, match=": cannot be read"):
        dvcfile.parse(text.encode("latin-1"), Path("x.dvc"))


def test_one_file_that_is_for_dvc_alone_hides_no_others(folder: Path) -> None:
    (folder / "birds.csv").write_bytes(b"hello")
    run("add", "birds.csv")
    text = f"deps:\n- path: x\nouts:\n- md5: {MD5}\n  size: 5\n  hash: md5\n  path: got\n"
    (folder / "got.dvc").write_text(text, encoding="utf-8")
    done = run("status")
    assert done.exit_code == 0
    assert done.stdout.startswith("birds.csv: unchanged\ngot: not followed (")
    with_remote(folder)
    with pytest.raises(Nb2pkgError, match="only DVC can follow"):
        exchange.push(folder, [])


def test_the_cache_is_no_part_of_what_is_walked_through(folder: Path) -> None:
    (folder / "birds.csv").write_bytes(b"hello")
    run("add", "birds.csv")
    assert {path.name for path in walk.files(folder)} == {
        ".dvcignore",
        ".gitignore",
        "birds.csv",
        "birds.csv.dvc",
    }


# --------------------------------------------------------------------------------- push and pull


def test_push_and_pull_in_a_clone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = make_folder(folder)
    (folder / "birds.csv").write_bytes(b"hello")
    run("add", "birds.csv", "images")
    with_remote(folder)
    commit(folder)
    assert "pushed 8 objects" in run("push").output  # 7 files, and the list of the folder
    assert "everything is there already" in run("push").output
    clone = folder.parent / "clone"
    git(folder.parent, "clone", "-q", str(folder), str(clone))
    monkeypatch.chdir(clone)
    done = run("pull")
    assert done.stdout == "birds.csv\nimages\n"
    assert tree_of(clone / "images") == tree_of(images)
    assert (clone / "birds.csv").read_bytes() == b"hello"
    assert git(clone, "status", "--short") == ""
    assert all(each.state is State.SAME for each in record.status(clone))


def test_changes_that_no_version_holds_are_not_lost(folder: Path) -> None:
    images = make_folder(folder)
    run("add", "images")
    (images / "new.txt").write_bytes(b"only here")
    (images / "ü.txt").unlink()
    with pytest.raises(ConflictError, match="has changes that no version holds"):
        exchange.pull(folder, [images])
    assert not (images / "ü.txt").exists()
    exchange.pull(folder, [images], force=True)
    assert {path.name for path in images.iterdir()} >= {"ü.txt", "a-b.txt"}
    assert not (images / "new.txt").exists()


def test_an_older_version_gives_way_without_force(folder: Path) -> None:
    data = folder / "birds.csv"
    data.write_bytes(b"one")
    run("add", "birds.csv")
    old = (folder / "birds.csv.dvc").read_bytes()
    data.write_bytes(b"two")
    run("add", "birds.csv")
    (folder / "birds.csv.dvc").write_bytes(old)
    assert exchange.pull(folder, [data]).restored == (data,)
    assert data.read_bytes() == b"one"


def test_a_damaged_object_is_not_spread(folder: Path) -> None:
    data = folder / "birds.csv"
    data.write_bytes(b"hello")
    run("add", "birds.csv")
    kept = Store(repository.find(folder).cache).path(MD5)
    kept.chmod(0o644)
    kept.write_bytes(b"hullo")
    with_remote(folder)
    with pytest.raises(Nb2pkgError, match="is damaged"):
        exchange.push(folder, [data])
    assert not list((folder.parent / "remote").rglob("*41402*"))
    data.unlink()
    with pytest.raises(Nb2pkgError, match="is damaged"):
        exchange.pull(folder, [data])
    assert not data.exists()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://bucket/birds", "can only be reached by DVC"),
        ("../../nowhere", "is neither in the cache nor in"),
        ("", "has no remote"),
    ],
)
def test_remotes_that_cannot_be_used(folder: Path, url: str, words: str) -> None:
    (folder / "birds.csv").write_bytes(b"hello")
    run("add", "birds.csv")
    Store(repository.find(folder).cache).path(MD5).unlink()
    (folder / "birds.csv").unlink()
    if url:
        with_remote(folder, url)
    with pytest.raises(Nb2pkgError) as caught:
        exchange.pull(folder, [])
    assert words in caught.value.message
    assert "s3" not in url or "nb2pkg[dvc]" in caught.value.hint


def test_the_cache_of_the_config_is_used(folder: Path) -> None:
    (folder / ".dvc").mkdir()
    (folder / ".dvc/config").write_text("[cache]\n    dir = ../../shared\n", encoding="utf-8")
    (folder / "birds.csv").write_bytes(b"hello")
    run("add", "birds.csv")
    assert (folder.parent / "shared/files/md5" / MD5[:2] / MD5[2:]).exists()


def test_history_is_that_of_git(folder: Path) -> None:
    for number in (1, 2, 3):
        (folder / "birds.csv").write_bytes(b"x" * number)
        run("add", "birds.csv")
        if number < 3:
            commit(folder, f"version {number}")
    listed = json.loads(run("log", "birds.csv", "--json").stdout)
    assert [(each["message"], each["size"]) for each in listed] == [
        (None, 3),
        ("version 2", 2),
        ("version 1", 1),
    ]
    assert "Ada: version 2" in run("log", "birds.csv").stdout


# ------------------------------------------------------------------------------------- real DVC


@pytest.fixture
def real(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The command dvc in the project, and its interpreter for nb2pkg."""
    if not DVC:
        pytest.skip("there is no DVC to try it with: make dvc")
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")

    def call(*words: str, place: Path = folder) -> str:
        done = subprocess.run(
            [DVC, "-m", "dvc", *words], cwd=place, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def test_dvc_reads_what_we_write(folder: Path, real: Callable[..., str]) -> None:
    images = make_folder(folder)
    names = ["yes", "a: b #c.csv", "it's.csv", "ü ñ.csv", "a[1]*.csv"]
    for name in names:
        (folder / name).write_text(name, encoding="utf-8")
    record.add([images, *(folder / name for name in names)])
    with_remote(folder)
    exchange.push(folder, [])
    commit(folder)
    assert real("status", "--json") == "{}\n"
    clone = folder.parent / "clone"
    git(folder.parent, "clone", "-q", str(folder), str(clone))
    real("pull", place=clone)
    assert tree_of(clone / "images") == tree_of(images)
    assert [(clone / name).read_text(encoding="utf-8") for name in names] == names
    assert real("status", "--json", place=clone) == "{}\n"
    assert git(clone, "status", "--short") == ""


def test_we_read_what_dvc_writes(
    folder: Path, real: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    images = make_folder(folder)
    (folder / "a: b.csv").write_text("a\n1\n", encoding="utf-8")
    real("init", "-q")
    real("add", "-q", "images", "a: b.csv")
    real("remote", "add", "-q", "-d", "share", str(folder.parent / "remote"))
    real("push", "-q")
    commit(folder)
    assert all(each.state is State.SAME and each.is_kept for each in record.status(folder))
    clone = folder.parent / "clone"
    git(folder.parent, "clone", "-q", str(folder), str(clone))
    monkeypatch.chdir(clone)
    assert run("pull").stdout == "a: b.csv\nimages\n"
    assert tree_of(clone / "images") == tree_of(images)
    (clone / "a: b.csv").write_text("a\n1\n2\n", encoding="utf-8")
    assert "1 row added; 0 removed; 1 unchanged" in run("diff", "a: b.csv").stdout


@pytest.mark.usefixtures("real")
def test_dvc_does_the_work_where_it_is(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(dvc.PYTHON, DVC)
    data = folder / "birds.csv"
    data.write_bytes(b"hello")
    assert run("add", "birds.csv").exit_code == 0
    assert (folder / ".dvc/tmp").is_dir()  # it was DVC
    assert record.required(data) == Out("birds.csv", MD5, 5)
    with_remote(folder)
    assert exchange.push(folder, []) == 1
    data.unlink()
    assert exchange.pull(folder, []).restored == (data,)
    data.write_bytes(b"changed")
    with pytest.raises(Nb2pkgError, match="DVC: "):
        exchange.pull(folder, [])
    assert data.read_bytes() == b"changed"


def test_an_interpreter_without_dvc_is_one_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "birds.csv").write_bytes(b"hello")
    monkeypatch.setenv(dvc.PYTHON, str(folder / "nowhere"))
    with pytest.raises(Nb2pkgError, match="nowhere: DVC cannot be used there"):
        record.add([folder / "birds.csv"])
    assert not (folder / "birds.csv.dvc").exists()
