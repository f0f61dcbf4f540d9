"""Attempts in git: recorded, found, joined and pruned, and nothing else in the repository changes."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nb2pkg.attempts import compared, content, git, history, prune, refs, store, sync
from nb2pkg.attempts.model import Attempt, AttemptComment, Metric, RunResult
from nb2pkg.attempts.record import AttemptRequest, in_passing, record
from nb2pkg.attempts.restore import restore
from nb2pkg.data.version import version_of
from nb2pkg.errors import MissingFileError, Nb2pkgError
from tests import build
from tests.attempts import make_many

ROOT = Path(__file__).resolve().parents[1]
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(autouse=True)
def nobody(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git without any configuration: not even a name."""
    empty = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(empty))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(empty))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in [name for name in os.environ if name.startswith("GIT_") and "CONFIG" not in name]:
        monkeypatch.delenv(name)


def _git(folder: Path, *words: str) -> str:
    command = ["git", "--no-optional-locks", *words]  # looking at it is not to change it
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit, a staged change, one that is not, and a file that git does not know."""
    folder = tmp_path / "work"
    folder.mkdir()
    _git(folder, "init", "-q", "-b", "main")
    (folder / "code.py").write_text("x = 1\n")
    _git(folder, "add", ".")
    _commit(folder, "code")
    (folder / "code.py").write_text("x = 2\n")
    _git(folder, "add", ".")
    (folder / "code.py").write_text("x = 3\n")
    (folder / "unknown.txt").write_text("?")
    return folder


def _commit(folder: Path, message: str) -> None:
    _git(folder, "-c", "user.name=Ada", "-c", "user.email=a@b", "commit", "-qam", message)


def _state(folder: Path) -> tuple[str, bytes, str, str, str]:
    """All of a repository that a person looks at."""
    index = Path(folder / _git(folder, "rev-parse", "--git-path", "index").strip()).read_bytes()
    stash = _git(folder, "stash", "list")
    head = _git(folder, "rev-parse", "HEAD")
    return _git(folder, "status", "--short"), index, _git(folder, "branch", "-a"), stash, head


def _notebook(folder: Path, value: int = 1, name: str = "analysis.ipynb") -> Path:
    """A notebook with outputs of several kinds, of which one follows from the value."""
    result = {"output_type": "execute_result", "execution_count": 3, "metadata": {}}
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": PICTURE}}
    cells: list[str | dict[str, Any]] = [
        "import json",
        f"x = {value}",
        {
            "cell_type": "code",
            "id": "shown",
            "metadata": {"tags": ["nb2pkg-metric"]},
            "source": ["x"],
            "execution_count": 3,
            "outputs": [
                {**result, "data": {"text/plain": [str(value)]}},
                picture,
                {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]},
            ],
        },
    ]
    return build.write(folder, cells, name)


def _attempts(notebook: Path) -> tuple[Attempt, ...]:
    place = store.find(notebook)
    assert place is not None
    return history.read(place).attempts


def _read(notebook: Path, attempt: str) -> bytes:
    place = store.required(notebook)
    return content.joined(store.files(place.repository, attempt))


# ------------------------------------------------------------------------------- what stays as it is


def test_nothing_else_in_the_repository_changes(repository: Path) -> None:
    path = _notebook(repository)
    before = _state(repository)
    record(path, AttemptRequest("first", (Metric("loss", 0.5),)))
    path.write_text(path.read_text() + " ")
    record(path, AttemptRequest("second", branch="trees"))
    place = store.required(path)
    store.comment(place.repository, _attempts(path)[0].id, AttemptComment("now", "Ada", "good"))
    path.write_text(path.read_text().rstrip(" "))
    assert _state(repository) == before


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    path = _notebook(tmp_path)
    record(path)
    assert len(_attempts(path)) == 1
    assert "No commits yet" in _git(tmp_path, "status")


def test_without_a_repository_one_of_ours_is_made(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = _notebook(tmp_path / "deep")
    first = record(path)
    assert (tmp_path / "deep/.nb2pkg/attempts.git/HEAD").is_file()
    _git(tmp_path, "init", "-q")  # one that is made later hides nothing
    second = record(_notebook(tmp_path / "deep", 2))
    assert [attempt.id for attempt in _attempts(path)] == [first.id, second.id]
    assert "attempts.git" not in _git(tmp_path, "status", "--short", "-uall")


def test_a_notebook_that_is_not_there_makes_no_repository(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        record(tmp_path / "none.ipynb")
    assert not list(tmp_path.iterdir())


def test_work_trees_share_attempts_but_not_the_branch_that_goes_on(repository: Path) -> None:
    path = _notebook(repository)
    record(path)
    other = repository.parent / "other"
    _git(repository, "worktree", "add", "-q", "--detach", str(other))
    there = _notebook(other, 2)
    before = _state(other)
    record(there, AttemptRequest(branch="trees"))
    assert _state(other) == before
    assert [a.facts.branch for a in _attempts(path)] == ["main", "trees"]
    assert store.branches(store.required(path)).current == "main"
    assert store.branches(store.required(there)).current == "trees"


def test_a_submodule_has_its_own(repository: Path) -> None:
    inner = repository.parent / "inner"
    inner.mkdir()
    _git(inner, "init", "-q")
    (inner / "a").touch()
    _git(inner, "add", ".")
    _commit(inner, "a")
    always = ("-c", "protocol.file.allow=always")
    _git(repository, *always, "submodule", "--quiet", "add", str(inner), "part")
    path = _notebook(repository / "part")
    record(path)
    place = store.required(path)
    assert (place.repository.top, place.notebook) == (repository / "part", "analysis.ipynb")
    assert not _git(repository, "for-each-ref", refs.ATTEMPTS)


def test_variables_of_a_hook_lead_to_no_other_repository(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    _git(other, "init", "-q")
    path = _notebook(repository)
    for name, value in {
        "GIT_DIR": other / ".git",
        "GIT_WORK_TREE": other,
        "GIT_INDEX_FILE": other / "index",
        "GIT_OBJECT_DIRECTORY": other / ".git/objects",
    }.items():
        monkeypatch.setenv(name, str(value))
    record(path)
    assert len(_attempts(path)) == 1
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.delenv(name)
    assert not _git(other, "for-each-ref")
    assert len(_attempts(path)) == 1


def test_a_repository_that_git_refuses_is_no_missing_one(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: nowhere")
    path = _notebook(tmp_path)
    with pytest.raises(Nb2pkgError, match="git refused: not a git repository"):
        record(path)
    assert not (tmp_path / ".nb2pkg").exists()


# --------------------------------------------------------------------------------------- round trips


LAYOUTS = {
    "as Jupyter writes it": lambda text: text,
    "no line at the end": lambda text: text.rstrip("\n"),
    "tabs": lambda text: json.dumps(json.loads(text), indent="\t"),
    "one line": lambda text: json.dumps(json.loads(text)),
    "sorted, with odd numbers": lambda text: text.replace('"nbformat": 4', '"nbformat" :  4.0e0'),
    "windows": lambda text: text.replace("\n", "\r\n"),
    "byte order mark": lambda text: "\ufeff" + text,
    "markers of a merge": lambda text: "<<<<<<< ours\n" + text,
    "half of it": lambda text: text[: len(text) // 2],
    "sources as lists": lambda text: text.replace('"import json"', '["import ", "json"]'),
    "half a surrogate": lambda text: text.replace("import json", r"x = '\ud83d'"),
    "two counts": lambda text: text.replace('"execution_count": 3', '"execution_count": 7', 1),
}


@pytest.mark.parametrize("change", LAYOUTS.values(), ids=LAYOUTS)
def test_restoring_gives_back_every_byte(tmp_path: Path, change: Any) -> None:
    path = _notebook(tmp_path)
    data = change(path.read_text(encoding="utf-8")).encode("utf-8")
    path.write_bytes(data)
    first = record(path)
    _notebook(tmp_path, 5)
    between = path.read_bytes()
    restored = restore(store.required(path), _attempts(path)[0])
    assert path.read_bytes() == data
    assert restored.before is not None
    assert _read(path, restored.before.id) == between  # what was there is kept
    assert _read(path, first.id) == data


def test_what_cannot_be_recorded_is_not_overwritten(repository: Path) -> None:
    path = _notebook(repository)
    record(path)
    _notebook(repository, 2)
    between = path.read_bytes()
    place, attempt = store.required(path), _attempts(path)[0]
    lock = repository / ".git" / refs.ATTEMPTS / "analysis.ipynb" / "main.lock"
    lock.touch()  # as a process that died leaves it behind
    with pytest.raises(Nb2pkgError, match="lock"):
        restore(place, attempt)
    assert path.read_bytes() == between


def test_a_cell_alone_is_brought_back(tmp_path: Path) -> None:
    path = build.write(tmp_path, '# %% id="a"\nx = 1\n# %% id="b"\ny = 1\n# %% id="c"\nz = 1')
    record(path)
    build.write(tmp_path, '# %% id="a"\nx = 2\n# %% id="c"\nz = 2')
    attempt = _attempts(path)[0]
    assert restore(store.required(path), attempt, "a").cell == 1
    assert restore(store.required(path), attempt, "2").cell == 2  # it was taken out
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert [(cell["id"], "".join(cell["source"])) for cell in cells] == [
        ("a", "x = 1"),
        ("b", "y = 1"),
        ("c", "z = 2"),
    ]
    with pytest.raises(Nb2pkgError, match="no cell zz"):
        restore(store.required(path), attempt, "zz")


def test_outputs_are_kept_once(repository: Path) -> None:
    path = _notebook(repository)
    first = record(path)
    text = path.read_text(encoding="utf-8").replace("import json", "import os")
    path.write_text(text.replace('"execution_count": 3', '"execution_count": 8'), encoding="utf-8")
    second = record(path)
    trees = [git.listed(store.required(path).repository, one.id) for one in (first, second)]
    outputs = [{p: i for p, i in tree.items() if p.startswith("outputs/")} for tree in trees]
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == 3
    assert _read(path, second.id) == path.read_bytes()


def test_outputs_that_are_left_out_are_nowhere(repository: Path) -> None:
    path = _notebook(repository, 123456789)
    path.write_text(path.read_text().replace("x = 123456789", "x = f()"), encoding="utf-8")
    done = record(path, AttemptRequest(outputs="strip"))
    place = store.required(path)
    files = store.files(place.repository, done.id)
    shown = b"".join(data for name, data in files.items() if name != content.FACTS)
    assert b"123456789" not in shown
    assert PICTURE.encode() not in shown
    assert "3" not in json.loads(files[content.NOTEBOOK])["cells"][2]
    path.write_text("{", encoding="utf-8")
    with pytest.raises(Nb2pkgError, match="outputs cannot be left out"):
        record(path, AttemptRequest(outputs="strip"))


# ------------------------------------------------------------------------------ what an attempt knows


def test_what_is_known_of_an_attempt(repository: Path) -> None:
    (repository / "data").mkdir()
    (repository / "data/a.csv").write_text("a\n1\n")
    (repository / "b.txt").write_text("b")
    code = 'from pathlib import Path\nimport packaging.version\nD = Path("data") / "a.csv"\nopen("b.txt"); f("gone.csv")'
    path = build.write(repository, code)
    _git(repository, "config", "user.name", "Ada Lovelace")
    record(path, AttemptRequest("why\nand how", (Metric("auc", float("nan")),)))
    (attempt,) = _attempts(path)
    facts = attempt.facts
    assert (facts.who, facts.why, facts.branch) == ("Ada Lovelace", "why\nand how", "main")
    assert [file.version for file in facts.data] == [
        version_of(repository / name, repository) for name in ("b.txt", "data/a.csv")
    ]
    assert facts.installed.python == ".".join(map(str, sys.version_info[:3]))
    assert set(facts.installed.distributions) == {"packaging"}
    assert [metric.name for metric in facts.metrics] == ["auc"]
    assert "environ" not in str(facts)
    assert os.environ["PATH"] not in str(facts)


def test_a_file_that_was_not_touched_is_not_read_again(repository: Path) -> None:
    data = repository / "a.csv"
    data.write_text("1")
    os.utime(data, (1_000_000_000, 1_000_000_000))
    path = build.write(repository, 'open("a.csv")')
    record(path)
    data.write_text("2")  # somebody who sets the time back is not seen: that is how git looks, too
    os.utime(data, (1_000_000_000, 1_000_000_000))
    record(path)
    data.write_text("3")
    record(path)
    digests = [attempt.facts.data[0].version.md5 for attempt in _attempts(path)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        ("0.97", 0.97),
        ("np.float64(0.5)", 0.5),
        ("-1e-3", -0.001),
        ("1_000", 1000.0),
        ("Decimal('0.25')", 0.25),
        ("inf", float("inf")),
        ("True", None),
        ("0.9 (good)", None),
        ("[1, 2]", None),
        ("12%", None),
    ],
)
def test_metrics_of_tagged_cells(tmp_path: Path, shown: str, value: float | None) -> None:
    output = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
    cell = {
        "cell_type": "code",
        "metadata": {},
        "source": "# nb2pkg-metric: my score\nf()",
        "execution_count": 1,
        "outputs": [{**output, "data": {"text/plain": shown}}],
    }
    path = build.write(tmp_path, ["x = 1", cell])
    done = record(path)
    metrics = _attempts(path)[0].facts.metrics
    assert [(m.name, m.value) for m in metrics] == ([("my score", value)] if value else [])
    assert bool(done.notes) == (value is None)


def test_the_result_is_that_of_the_outputs_or_of_the_run(repository: Path) -> None:
    error = {"output_type": "error", "ename": "ValueError", "evalue": "bad 7", "traceback": []}
    cell = {"cell_type": "code", "metadata": {}, "source": "f()", "execution_count": 1}
    path = build.write(repository, ["x = 1", {**cell, "outputs": [error]}])
    record(path, AttemptRequest(outputs="strip"))
    record(path)
    kinds = ["failed: cell 2: ValueError", "failed: cell 2: ValueError: bad 7"]
    assert [attempt.result.text for attempt in _attempts(path)] == kinds
    in_passing(path, AttemptRequest(trigger="check", result=RunResult("ran")))
    assert [attempt.result.text for attempt in _attempts(path)] == [kinds[0], "ran"]


# ------------------------------------------------------------------------------ without being asked


def test_the_same_notebook_is_not_recorded_twice(repository: Path) -> None:
    path = _notebook(repository)
    first = in_passing(path, AttemptRequest(trigger="promote"))
    again = in_passing(path, AttemptRequest(trigger="verify", result=RunResult("ran", "exact")))
    failed = AttemptRequest(trigger="check", result=RunResult("failed", "cell 2: KeyError"))
    third = in_passing(path, failed)
    assert first
    assert again
    assert third
    assert first.id == again.id == third.id
    (attempt,) = _attempts(path)
    assert attempt.result.text == "failed: cell 2: KeyError"
    assert attempt.facts.is_automatic
    assert not attempt.said
    (repository / "a.csv").write_text("1")
    build.write(repository, 'open("a.csv")')
    one = in_passing(path, AttemptRequest(trigger="verify"))
    (repository / "a.csv").write_text("2")  # the same notebook, on other data
    two = in_passing(path, AttemptRequest(trigger="verify"))
    assert one
    assert two
    assert one.id != two.id


def test_a_number_that_is_none_is_the_same_again(repository: Path) -> None:
    path = _notebook(repository)
    text = path.read_text(encoding="utf-8").replace(
        '"text/plain": [\n       "1"', '"text/plain": [\n       "nan"'
    )
    path.write_text(text, encoding="utf-8")
    ids = {str(in_passing(path, AttemptRequest(trigger="verify"))).split("'")[1] for _ in range(3)}
    assert len(ids) == 1
    assert str(_attempts(path)[0].facts.metrics[0].value) == "nan"


def test_nothing_is_recorded_where_nobody_wants_it(tmp_path: Path) -> None:
    path = _notebook(tmp_path)
    wanted = AttemptRequest(trigger="verify")
    assert in_passing(path, wanted) is None
    assert sorted(p.name for p in tmp_path.iterdir()) == ["analysis.ipynb"]
    (tmp_path / ".nb2pkg").mkdir()
    assert in_passing(path, wanted) is not None
    (tmp_path / "pyproject.toml").write_text("[tool.nb2pkg]\nattempts = false\n")
    assert in_passing(_notebook(tmp_path, 2), wanted) is None
    assert record(path).is_new  # but a person may


def test_where_notebooks_keep_no_outputs_no_attempt_does(repository: Path) -> None:
    (repository / "pyproject.toml").write_text('[tool.nb2pkg]\noutputs = "strip"\n')
    path = _notebook(repository)
    assert in_passing(path, AttemptRequest(trigger="verify"))
    record(path, AttemptRequest(outputs="keep"))
    assert [attempt.facts.outputs for attempt in _attempts(path)] == ["strip", "keep"]


def test_outputs_that_a_person_left_out_stay_out(repository: Path) -> None:
    path = _notebook(repository)
    record(path, AttemptRequest(outputs="strip"))
    in_passing(_notebook(repository, 2), AttemptRequest(trigger="verify"))
    in_passing(_notebook(repository, 3), AttemptRequest(trigger="promote"))
    record(path)
    outputs = [attempt.facts.outputs for attempt in _attempts(path)]
    assert outputs == ["strip", "strip", "strip", "keep"]


# --------------------------------------------------------------------------------------------- names


NAMES = [
    *("a b", "Über", "u\u0308ber", "A", "a", "..", "-x", "x.lock", "@{1}", "a~1^2:3?*[", "con"),
    *("CON.x", "%41", "=", "日本語の分析ノート", "x" * 120, "日" * 70, "Ä" * 60, "'\"\\$(x)", ".x"),
]


def test_names_are_apart_and_come_back() -> None:
    encoded = [refs.encoded_notebook(f"{name}/{name}.ipynb") for name in NAMES]
    assert len({name.casefold() for name in encoded}) == len(NAMES)
    for name, ref in zip(NAMES, encoded):
        if not any(part.startswith("=") for part in ref.split("/")):
            assert refs.decoded(ref) == f"{name}/{name}.ipynb"
    assert sum("=" in ref for ref in encoded) <= 3  # only what no file system could hold
    for ref in encoded:
        full = f"{refs.ATTEMPTS}/{ref}/main"
        assert not subprocess.run(["git", "check-ref-format", full]).returncode


@pytest.mark.skipif(sys.platform != "linux", reason="other systems forbid such names of files")
def test_notebooks_and_branches_of_any_name(repository: Path) -> None:
    for number, name in enumerate(NAMES):
        folder = repository / "ä b" / f"{number}"
        folder.mkdir(parents=True)
        path = folder / f"{name[:60]}.ipynb"
        path.write_bytes(_notebook(repository).read_bytes())
        record(path, AttemptRequest(branch=name[:20]))
        place = store.required(path)
        assert [a.facts.notebook for a in history.read(place).attempts] == [place.notebook]
        assert store.branches(place).current == name[:20]
    assert len(history.notebooks(store.required(path).repository)) == len(NAMES)
    for name in ("", " a", "a\nb", "x" * 300):
        with pytest.raises(Nb2pkgError, match="name"):
            record(path, AttemptRequest(branch=name or "\t"))


def test_a_folder_that_is_called_like_a_notebook(repository: Path) -> None:
    path = _notebook(repository, name="a.ipynb")
    record(path)
    path.unlink()
    (repository / "a.ipynb").mkdir()
    inner = _notebook(repository / "a.ipynb", name="main")
    inner = inner.rename(inner.with_suffix(".ipynb"))
    record(inner)
    assert history.notebooks(store.required(inner).repository) == ("a.ipynb", "a.ipynb/main.ipynb")


def test_attempts_are_found_by_number_id_and_branch(repository: Path) -> None:
    path = _notebook(repository)
    record(path)
    record(_notebook(repository, 2), AttemptRequest(branch="trees"))
    known = history.read(store.required(path))
    first, second = known.attempts
    for name in ("1", "#1", first.short, first.id[:4], first.id, "main"):
        assert history.find(known, name) == first
    assert history.find(known, "trees") == second
    with pytest.raises(Nb2pkgError) as caught:
        history.find(known, "tres")
    assert caught.value.hint == "Did you mean 'trees'?"
    with pytest.raises(Nb2pkgError, match="there is no attempt 3"):
        history.find(known, "3")


# --------------------------------------------------------------------------- others, and at once


@pytest.fixture
def people(repository: Path) -> Iterator[tuple[Path, Path, Path]]:
    """A bare repository, and the clones of two people."""
    shared = repository.parent / "shared.git"
    _git(repository, "clone", "-q", "--bare", str(repository), str(shared))
    clones = []
    for name in ("ada", "bob"):
        clone = repository.parent / name
        _git(repository, "clone", "-q", str(shared), str(clone))
        _git(clone, "config", "user.name", name)
        clones.append(clone)
    return shared, clones[0], clones[1]


def test_two_people_record_and_nothing_is_lost(people: tuple[Path, Path, Path]) -> None:
    _, ada, bob = people
    first = record(_notebook(ada, 1), AttemptRequest("of both"))
    place = store.required(ada / "analysis.ipynb"), store.required(bob / "analysis.ipynb")
    sync.push(place[0].repository, "origin")
    assert sync.fetch(place[1].repository, "origin") == sync.Fetched(1, 0)
    record(_notebook(ada, 2), AttemptRequest("of ada"))
    record(_notebook(bob, 3), AttemptRequest("of bob"))
    store.comment(place[0].repository, first.id, AttemptComment("1", "ada", "yes"))
    store.comment(place[1].repository, first.id, AttemptComment("2", "bob", "no"))
    before = _state(bob)
    sync.push(place[0].repository, "origin")
    with pytest.raises(Nb2pkgError, match="attempts that are not here"):
        sync.push(place[1].repository, "origin")
    assert sync.fetch(place[1].repository, "origin") == sync.Fetched(1, 1)
    assert sync.fetch(place[1].repository, "origin") == sync.Fetched(0, 0)
    sync.push(place[1].repository, "origin")
    sync.fetch(place[0].repository, "origin")
    for one in place:
        known = history.read(one)
        assert [a.facts.why for a in known.attempts] == ["of both", "of ada", "of bob"]
        assert [c.text for c in known.attempts[0].said] == ["yes", "no"]
    assert _state(bob) == before
    again = in_passing(bob / "analysis.ipynb", AttemptRequest(trigger="verify"))
    assert again
    assert again.id == history.read(place[1]).attempts[2].id
    assert not _git(ada, "for-each-ref", refs.FETCHED)


def test_a_clone_has_no_attempts_until_they_are_fetched(people: tuple[Path, Path, Path]) -> None:
    shared, ada, bob = people
    record(_notebook(ada))
    assert not _git(shared, "for-each-ref", "refs/nb2pkg")  # nothing is pushed unless asked
    _git(ada, "push", "-q", "--all")
    assert not _git(shared, "for-each-ref", "refs/nb2pkg")
    sync.push(store.required(ada / "analysis.ipynb").repository, str(shared))
    repository = git.find(bob)
    assert repository
    assert history.notebooks(repository) == ()
    sync.fetch(repository, "origin")
    assert (
        _read(bob / "analysis.ipynb", "refs/nb2pkg/attempts/analysis.ipynb/main")
        == (ada / "analysis.ipynb").read_bytes()
    )


def test_cleaning_up_and_rewriting_branches_lose_no_attempt(repository: Path) -> None:
    path = _notebook(repository)
    ids = [record(_notebook(repository, value)).id for value in range(3)]
    _git(repository, "checkout", "-q", "-f", "-b", "work")
    for number in range(3):
        (repository / "code.py").write_text(f"y = {number}\n")
        _commit(repository, f"work {number}")
    _git(repository, "checkout", "-q", "main")
    (repository / "more.py").touch()
    _git(repository, "add", "more.py")
    _commit(repository, "more")
    _git(repository, "-c", "user.name=A", "-c", "user.email=a@b", "rebase", "-q", "main", "work")
    ids.append(record(_notebook(repository, 9)).id)
    _git(repository, "reflog", "expire", "--expire=now", "--all")
    _git(repository, "gc", "-q", "--prune=now", "--aggressive")
    assert [attempt.id for attempt in _attempts(path)] == ids
    assert _read(path, ids[-1]) == path.read_bytes()
    assert b'"x = 0"' in _read(path, ids[0])


RECORD = """
import sys
from pathlib import Path
from nb2pkg.attempts.record import AttemptRequest, record
path = Path(sys.argv[1])
for number in range(int(sys.argv[3])):
    print(record(path, AttemptRequest(f"{sys.argv[2]} {number}")).id, flush=True)
"""


def _recording(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", RECORD, str(path), name, str(count)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)


def test_processes_that_record_at_once_lose_none(repository: Path) -> None:
    path = _notebook(repository)
    running = [_recording(path, name, 8) for name in ("one", "two", "three")]
    said = [process.communicate()[0].split() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    attempts = _attempts(path)
    assert {attempt.id for attempt in attempts} == {id_ for ids in said for id_ in ids}
    assert [attempt.parent for attempt in attempts[1:]] == [a.id for a in attempts[:-1]]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes cannot be killed like that")
def test_a_crash_loses_no_earlier_attempt(repository: Path) -> None:
    path = _notebook(repository)
    known = [record(path).id]
    chance = random.Random(1)
    for number in range(5):
        process = _recording(path, f"crash {number}", 1000)
        assert process.stdout is not None
        said = [process.stdout.readline().strip()]  # it is at work now
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        said += process.communicate()[0].split()
        known += said
        assert {*known} <= {attempt.id for attempt in _attempts(path)}
        lock = repository / ".git" / refs.ATTEMPTS / "analysis.ipynb" / "main.lock"
        lock.unlink(missing_ok=True)  # git itself leaves it behind, and says so
    last = record(path, AttemptRequest("afterwards"))
    assert _attempts(path)[-1].id == last.id
    _git(repository, "fsck", "--connectivity-only")


def test_what_others_wrote_leads_nowhere_else(repository: Path) -> None:
    path = _notebook(repository)
    record(path)
    place = store.required(path)
    before = store.tip(place, store.branches(place).tips["main"])
    for name in ("../outside.ipynb", "a/../../outside.ipynb", ".."):
        away = store.Store(place.repository, name)
        facts = replace(before.facts, notebook=name)
        store.add(away, "main", facts, {"outputs/x": b"{", "outputs/0-0.json": b"{"}, None)
    hidden = store.Store(place.repository, "other.ipynb")
    store.add(hidden, "main", replace(before.facts, notebook="analysis.ipynb"), {}, None)
    assert history.notebooks(place.repository) == ("analysis.ipynb",)
    odd = {**store.files(place.repository, before.id), "outputs/0-1.json": b"{", "outputs/x": b""}
    odd.pop(content.ORIGINAL, None)
    bad = store.add(place, "main", before.facts, odd, before)
    now = path.read_bytes()
    with pytest.raises(Nb2pkgError, match="outputs of the attempt cannot be read"):
        restore(place, history.find(history.read(place), bad))
    assert path.read_bytes() == now


# --------------------------------------------------------------------------------------------- prune


def test_pruning_keeps_the_others_and_what_was_said(repository: Path) -> None:
    path = _notebook(repository)
    place = store.required(path)
    for value in range(4):
        trigger = "verify" if value == 1 else "command"
        record(_notebook(repository, value), AttemptRequest(f"{value}", trigger=trigger))
    record(_notebook(repository, 7), AttemptRequest("7", branch="trees"))
    before = history.read(place)
    store.comment(place.repository, before.attempts[3].id, AttemptComment("1", "ada", "best"))
    chosen = prune.chosen(before, prune.PruneRequest(automatic=True))
    assert [attempt.facts.why for attempt in chosen] == ["1"]
    _git(repository, "update-ref", "refs/nb2pkg/pruned", "HEAD")  # as if one had been cut off
    prune.prune(place, chosen)
    assert not _git(repository, "for-each-ref", "refs/nb2pkg/pruned")
    after = history.read(place)
    assert [a.facts.why for a in after.attempts] == ["0", "2", "3", "7"]
    assert after.attempts[0].id == before.attempts[0].id
    assert [c.text for c in after.attempts[2].said] == ["best"]
    assert history.find(after, before.attempts[3].short) == after.attempts[2]  # by its old id
    assert _read(path, after.attempts[3].id) == path.read_bytes()
    prune.prune(place, prune.chosen(after, prune.PruneRequest(branch="trees")))
    last = history.read(place)
    assert (set(last.branches), last.current) == ({"main"}, "main")
    prune.prune(place, last.attempts)
    assert history.read(place).attempts == ()
    assert record(path).branch == "main"


# --------------------------------------------------------------------------------------------- big


def test_a_thousand_attempts_are_listed_and_recorded_as_fast(repository: Path) -> None:
    path = _notebook(repository)
    make_many(path, 1000)
    start = time.process_time()
    known = history.read(store.required(path))
    assert len(known.attempts) == 1000
    assert known.attempts[999].parent == known.attempts[998].id
    assert time.process_time() - start < 5  # a fraction of that: nothing is asked of git one by one
    assert record(path).id == _attempts(path)[-1].id


def test_rows_of_data_are_counted_where_both_versions_are_kept(repository: Path) -> None:
    notebook = build.write(repository, "open('birds.csv').read()")
    birds = repository / "birds.csv"
    birds.write_text("id,mass\n1,60\n2,70\n", encoding="utf-8")
    _git(repository, "add", "birds.csv")
    _commit(repository, "birds")
    old = record(notebook, AttemptRequest())
    birds.write_text("id,mass\n2,70\n3,80\n4,90\n", encoding="utf-8")
    place = store.required(notebook)
    known = history.read(place)
    (change,) = compared.between(place, history.find(known, old.id), None).data
    assert change.how == "2 rows added; 1 removed; 0 changed; 1 unchanged (by id)"
    new = record(notebook, AttemptRequest())
    birds.write_text("id,mass\n", encoding="utf-8")  # what the second one had is kept nowhere
    known = history.read(place)
    pair = (history.find(known, attempt.id) for attempt in (old, new))
    (change,) = compared.between(place, *pair).data
    assert change.how == ""
    assert change.old != change.new
