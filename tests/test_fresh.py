"""nb2pkg verify --env fresh: real environments, built from an index of this machine's own wheels."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import build, venvs
from tests.index import Index, closure, serving

pytestmark = pytest.mark.xdist_group("fresh")  # its fixtures are made once

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = """
# %%
import birdlab
# %% tags=["nb2pkg:weights.summed"]
total = sum([61, 74, 58]) + len(birdlab.version)
# %%
print(total)
"""
TELLING = NOTEBOOK.replace("len(birdlab.version)", "int(birdlab.version[0])")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """It has what runs a kernel, and two versions of a library."""
    with serving(tmp_path_factory.mktemp("wheels")) as found:
        for name in sorted(closure(["ipykernel", "pip", "pytest"])):
            found.add_installed(name)
        for version in ("1.0", "2.0"):
            found.add("birdlab", version)
        yield found


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment in which the library is installed in version 2.0."""
    made = venvs.create(tmp_path_factory.mktemp("kernel"))
    venvs.add(made, "birdlab", "2.0", {"birdlab.py": "version = '2.0'\n"})
    return made.python


def environment(folder: Path, index: Index) -> dict[str, str]:
    """Environments are made beside the folder of the notebook, which is copied for each run."""
    given = {"UV_DEFAULT_INDEX": index.url, "PIP_INDEX_URL": index.url, "PYTHONPATH": str(ROOT)}
    scratch(folder).mkdir(exist_ok=True)
    cache = folder.parent / "cache-of-fresh"  # wheels are unpacked once for all tests
    return index.environment(cache, TMPDIR=str(scratch(folder)), **given)


def scratch(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}-scratch")


def run(
    folder: Path, index: Index, *words: object, **more: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nb2pkg", *map(str, words)]
    variables = {**environment(folder, index), **more}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)


def promoted(folder: Path, index: Index, kernel: Path, text: str, *options: object) -> Path:
    build.write(folder, text)
    done = run(folder, index, "promote", "analysis.ipynb", "--python", kernel, *options)
    assert done.returncode == 0, done.stderr
    return folder / "analysis-package"


def left(folder: Path) -> list[str]:
    return [path.name for path in scratch(folder).glob("nb2pkg-*")]


def test_it_works_with_nothing_but_what_is_declared(
    tmp_path: Path, index: Index, kernel: Path
) -> None:
    """Also where the analysis ran with another version, of which the values do not depend."""
    (tmp_path / "client.txt").write_text("birdlab<2\n", encoding="utf-8")
    wanted = ("--verify", "--env", "fresh", "--constraints", "client.txt")
    build.write(tmp_path, NOTEBOOK)
    done = run(tmp_path, index, "promote", "analysis.ipynb", "--python", kernel, *wanted)
    assert done.returncode == 0, done.stderr
    assert "NB509 it ran with birdlab 2.0, and client.txt, line 1 says birdlab<2" in done.stderr
    assert "made by uv" in done.stderr
    lines = done.stderr.splitlines()
    assert lines[-2].endswith("requirements-notebook.txt, client.txt: birdlab 1.0")
    assert lines[-1] == "versions that differ from where the notebook ran: birdlab 2.0 -> 1.0"
    assert lines.count("verified: 1 step exact") == 2
    assert not left(tmp_path)


def test_another_value_with_the_versions_of_the_client(
    tmp_path: Path, index: Index, kernel: Path
) -> None:
    (tmp_path / "client.txt").write_text("birdlab==1.0\n", encoding="utf-8")
    project = promoted(tmp_path, index, kernel, TELLING, "--verify", "--constraints", "client.txt")
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    done = run(tmp_path, index, "verify", project, "--env", "fresh", "--python", kernel)
    assert done.returncode == 1
    assert "original   int: 195" in done.stderr
    assert "narrative  int: 194" in done.stderr
    assert "birdlab 2.0 -> 1.0" in done.stderr
    assert "so the cause is what is installed" in done.stderr
    assert "outputs of all cells are the same" not in done.stderr
    assert before == {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    machine = run(
        tmp_path, index, "verify", project, "--env", "fresh", "--python", kernel, "--json"
    )
    told = json.loads(machine.stdout)
    assert told["verified"] is False
    assert told["environment"]["changed"] == {"birdlab": ["2.0", "1.0"]}
    assert "pytest" not in told["environment"]["loaded"]


def test_what_nobody_declares_is_not_there(tmp_path: Path, index: Index, kernel: Path) -> None:
    project = promoted(tmp_path, index, kernel, NOTEBOOK)
    for path in (project / "pyproject.toml", *project.glob("requirements*.txt")):
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "birdlab" not in line), encoding="utf-8")
    done = run(tmp_path, index, "verify", project, "--env", "fresh", "--python", kernel)
    assert done.returncode == 1
    assert "birdlab is not there in a fresh environment: nothing declares it" in done.stderr


def test_pip_makes_it_where_there_is_no_uv(tmp_path: Path, index: Index, kernel: Path) -> None:
    """The command and the package of uv are hidden; everything else is as it is."""
    project = promoted(tmp_path, index, kernel, NOTEBOOK)
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "uv.py").write_text("def find_uv_bin(): raise FileNotFoundError\n", encoding="utf-8")
    path = os.pathsep.join(
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if not shutil.which("uv", path=folder)
    )
    own = {"PATH": path, "PYTHONPATH": os.pathsep.join([str(hidden), str(ROOT)])}
    done = run(tmp_path, index, "verify", project, "--env", "fresh", "--python", kernel, **own)
    assert done.returncode == 0, done.stderr
    assert "made by pip" in done.stderr
    assert "verified: 1 step exact" in done.stderr


def test_versions_that_do_not_fit_are_told_in_the_words_of_the_resolver(
    tmp_path: Path, index: Index, kernel: Path
) -> None:
    project = promoted(tmp_path, index, kernel, NOTEBOOK)
    client = tmp_path / "client.txt"
    client.write_text("birdlab==1.0\n", encoding="utf-8")
    words = ("verify", project, "--env", "fresh", "--python", kernel)
    done = run(tmp_path, index, *words, "--constraints", client)
    assert done.returncode == 1
    assert "birdlab==2.0" in done.stderr
    assert "Promote with --constraints client.txt" in done.stderr
    assert "Traceback" not in done.stderr
    assert not left(tmp_path)
    client.write_text("birdlab==3.0\n", encoding="utf-8")
    assert run(tmp_path, index, *words, "--constraints", client).returncode == 1
    gone = run(tmp_path, index, *words, "--constraints", "no-such-file.txt")
    assert "no-such-file.txt: is not there" in gone.stderr


def test_a_lock_is_what_is_installed(tmp_path: Path, index: Index, kernel: Path) -> None:
    project = promoted(tmp_path, index, kernel, NOTEBOOK)
    pyproject = project / "pyproject.toml"
    for path in (pyproject, *project.glob("requirements*.txt")):
        text = (
            path.read_text("utf-8").replace("birdlab>=2.0,<3", "birdlab").replace("==2.0", "==1.0")
        )
        path.write_text(text, encoding="utf-8")
    locked = run(tmp_path, index, "lock", project)
    assert locked.returncode == 0, locked.stderr
    for path in project.glob("requirements*.txt"):
        if "lock" not in path.name:
            path.write_text(path.read_text("utf-8").replace("==1.0", "==2.0"), encoding="utf-8")
    done = run(tmp_path, index, "verify", project, "--env", "fresh", "--python", kernel)
    assert done.returncode == 0, done.stderr
    assert "in an environment of requirements-notebook-lock.txt: birdlab 1.0" in done.stderr


def test_a_lock_counts_before_what_is_remembered(
    tmp_path: Path, index: Index, kernel: Path
) -> None:
    """Whatever else is around: PYTHONPATH, a lock without a kernel, an interpreter as it is seen
    from here."""
    client = tmp_path / "client.txt"
    client.write_text("birdlab<3\n", encoding="utf-8")
    project = promoted(tmp_path, index, kernel, NOTEBOOK, "--constraints", client)
    assert run(tmp_path, index, "lock", project).returncode == 0
    client.write_text("birdlab<1\n", encoding="utf-8")
    beside = venvs.Environment(tmp_path, tmp_path / "beside")
    venvs.add(beside, "birdlab", "9.9", {"birdlab.py": "version = '9.9'\n"})
    path = os.pathsep.join([str(ROOT), str(beside.site)])
    words = ("verify", project, "--env", "fresh", "--python", os.path.relpath(kernel, tmp_path))
    done = run(tmp_path, index, *words, PYTHONPATH=path)
    assert "in an environment of requirements-notebook-lock.txt: birdlab 2.0" in done.stderr
    (project / "requirements-notebook-lock.txt").unlink()
    done = run(tmp_path, index, *words)
    assert done.returncode == 0, done.stderr
    assert "in an environment of requirements-lock.txt, ipykernel: birdlab 2.0" in done.stderr
    lock = project / "requirements-lock.txt"
    blocks = re.split(r"\n(?=\S)", lock.read_text("utf-8"))
    kept = [block for block in blocks if not block.startswith("birdlab")]
    lock.write_text("\n".join(kept), encoding="utf-8")
    done = run(tmp_path, index, *words)
    assert done.returncode == 1
    assert "birdlab is declared, and not in requirements-lock.txt" in done.stderr
    assert "nothing declares it" not in done.stderr


def test_one_document_tells_of_both(tmp_path: Path, index: Index, kernel: Path) -> None:
    """And what was written is not denied where no environment can be made."""
    build.write(tmp_path, NOTEBOOK)
    words = (
        "promote",
        "analysis.ipynb",
        "--verify",
        "--env",
        "fresh",
        "--json",
        "--python",
        kernel,
    )
    found = json.loads(run(tmp_path, index, *words).stdout)
    assert found["written"] is True
    assert found["fresh"]["environment"]["loaded"]["birdlab"] == "2.0"
    (tmp_path / "client.txt").write_text("birdlab==7\n", encoding="utf-8")
    done = run(tmp_path, index, *words, "--constraints", "client.txt")
    assert done.returncode == 1
    assert "birdlab==7" in json.loads(done.stdout)["fresh"]["error"]
    assert "othing was written" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to another process")
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, index: Index, kernel: Path) -> None:
    slow = NOTEBOOK.replace("print(total)", "import time\ntime.sleep(60)")
    project = promoted(tmp_path, index, kernel, slow)
    words = [sys.executable, "-m", "nb2pkg", "verify", str(project), "--env", "fresh"]
    with subprocess.Popen(
        [*words, "--python", str(kernel)],
        cwd=tmp_path,
        env=environment(tmp_path, index),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        while "made by" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode != 0
    assert not left(tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("promote", "analysis.ipynb", "--env", "fresh"), "add --verify"),
        (("verify", ".", "--constraints", "client.txt"), "--env fresh"),
    ],
)
def test_options_that_do_not_go_together(
    tmp_path: Path, index: Index, words: tuple[str, ...], message: str
) -> None:
    build.write(tmp_path, NOTEBOOK)
    done = run(tmp_path, index, *words)
    assert done.returncode == 2
    assert message in done.stderr
