"""nb2pkg lock --docker: what it writes is linted, and carried out with the sample, without Docker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from nb2pkg import paths
from nb2pkg.project import manifest
from tests import build, dockerfiles
from tests.index import Index, closure, serving

pytestmark = pytest.mark.xdist_group("lock_docker")  # its fixtures are made once

ROOT = Path(__file__).resolve().parents[1]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
NEEDED = ("hatchling", "pytest", "ipykernel")
posix = pytest.mark.skipif(os.name == "nt", reason="an image is one of Linux")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with serving(tmp_path_factory.mktemp("wheels")) as found:
        yield found


def _run(folder: Path, index: Index, *words: object) -> subprocess.CompletedProcess[str]:
    given = {"UV_DEFAULT_INDEX": index.url, "PIP_INDEX_URL": index.url, "PYTHONPATH": str(ROOT)}
    environment = index.environment(folder / "cache", **given)
    command = [sys.executable, "-m", "nb2pkg", *map(str, words)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def _ok(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, index: Index) -> Path:
    """The sample, promoted and locked, against wheels of what is installed here."""
    folder = tmp_path_factory.mktemp("sample")
    for name in ("penguins.ipynb", "penguins.csv"):
        shutil.copy(ROOT / "sample_project" / name, folder)
    _ok(_run(folder, index, "promote", "penguins.ipynb"))
    project = folder / "penguins-package"
    pins = list(project.glob("requirements*.txt"))
    names = [
        line for p in pins for line in p.read_text("utf-8").splitlines() if re.match(r"\w", line)
    ]
    for name in sorted(closure([*names, *NEEDED])):
        index.add_installed(name)
    _ok(_run(folder, index, "lock", project, "--docker"))
    return project


def _hadolint(project: Path) -> str:
    command = [str(Path(sys.executable).with_name("hadolint")), "--no-fail", "Dockerfile"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@posix
def test_the_linter_has_nothing_to_say(sample: Path) -> None:
    text = (sample / "Dockerfile").read_text(encoding="utf-8")
    assert _hadolint(sample) == ""
    assert "apt-get" not in text  # it needs nothing of the system
    assert f"FROM python:{HERE}-slim AS build\n" in text
    broken = sample.parent / "broken"
    broken.mkdir()
    (broken / "Dockerfile").write_text(text.replace(f"python:{HERE}-slim\n", "python\n"))
    assert "DL3006" in _hadolint(broken)  # it does look


@posix
def test_only_code_is_sent(sample: Path) -> None:
    (sample / "data.csv").write_text("secret\n", encoding="utf-8")
    (sample / ".env").write_text("secret\n", encoding="utf-8")
    (sample / "src" / "penguins" / ".env").write_text("secret\n", encoding="utf-8")
    text = (sample / ".dockerignore").read_text(encoding="utf-8")
    left = set(dockerfiles.sent(sample, text))
    for path in ("data.csv", ".env", "src/penguins/.env"):
        (sample / path).unlink()
    code = {p.relative_to(sample).as_posix() for p in (sample / "src").rglob("*") if p.is_file()}
    others = {"pyproject.toml", "README.md", "requirements-lock.txt", "requirements-build-lock.txt"}
    assert left == {path for path in code if "__pycache__" not in path} | others


@posix
def test_the_steps_are_carried_out_and_the_image_runs(sample: Path, index: Index) -> None:
    folder = Path(tempfile.mkdtemp(prefix="nb2pkg-image-"))  # one that other users may enter
    folder.chmod(0o755)
    try:
        _carry_out(sample, index, folder)
    finally:
        shutil.rmtree(folder)


def _carry_out(sample: Path, index: Index, folder: Path) -> None:
    path = os.pathsep.join([str(dockerfiles.python(folder)), os.environ["PATH"]])
    environment = index.environment(folder / "cache", PATH=path)
    image, said = dockerfiles.carried_out(
        sample, folder, {**environment, "PIP_INDEX_URL": index.url}
    )
    assert image.user not in ("0", "root")
    assert "Successfully installed penguins-0.1.0" in said
    locked = (sample / "requirements-lock.txt").read_text(encoding="utf-8")
    site = next(image.place("/opt/analysis").rglob("site-packages"))
    installed = {
        d.metadata["Name"].lower(): d.version for d in metadata.distributions(path=[str(site)])
    }
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", locked, re.MULTILINE):
        assert installed[name] == version
    assert "pytest" not in installed
    assert not (site / "hatchling").exists()
    shutil.copy(sample.parent / "penguins.csv", image.place("/data"))
    before = _all(image.place("/opt"))
    done = dockerfiles.entered(image, environment, "--seed", "3")
    _ok(done)
    expected = subprocess.run(
        [sys.executable, "-m", "penguins", "--seed", "3"],
        cwd=sample,
        env={**os.environ, "PYTHONPATH": "src"},
        capture_output=True,
        text=True,
    )
    assert done.stdout == expected.stdout
    assert done.stdout
    assert _all(image.place("/opt")) == before  # it ran as somebody who may not write there


def _all(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@posix
def test_what_was_edited_is_kept(sample: Path, index: Index) -> None:
    path = sample / "Dockerfile"
    made = path.read_bytes()
    path.write_bytes(made + b"LABEL owner=ada\n")
    before = {p: p.read_bytes() for p in sample.iterdir() if p.is_file()}
    done = _run(sample.parent, index, "lock", sample, "--docker")
    assert done.returncode == 1
    assert "Dockerfile was edited, so nothing was written" in done.stderr
    assert {p: p.read_bytes() for p in sample.iterdir() if p.is_file()} == before
    _ok(_run(sample.parent, index, "lock", sample))  # it is not asked for
    assert path.read_bytes() == made + b"LABEL owner=ada\n"
    _ok(_run(sample.parent, index, "lock", sample, "--docker", "--force"))
    assert path.read_bytes() == made


@posix
def test_packages_of_debian(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    with serving(tmp_path / "wheels") as index:
        for name in ("lightgbm", "psycopg2", "psycopg-binary", "crate"):
            index.add(name, "1.0")
        index.add("opencv-python", "1.0", "lightgbm")
        index.add("psycopg", "1.0", "psycopg-binary")
        project = _promoted(tmp_path, index, '["opencv-python", "psycopg2", "psycopg"]')
        _ok(_run(tmp_path, index, "lock", project, "--docker"))
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    build_, last = text.split("\nFROM ", 2)[1:]
    assert "--no-install-recommends gcc libc6-dev libpq-dev \\\n" in build_
    assert "--no-install-recommends libgl1 libglib2.0-0 libgomp1 libpq5 \\\n" in last
    assert _hadolint(project) == ""


@posix
def test_a_version_from_git_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    with serving(tmp_path / "wheels") as index:
        project = _promoted(tmp_path, index, '["crate"]')
        path = project / "pyproject.toml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"crate>=0"]', '"crate>=0", "setuptools-scm"]', 1), "utf-8")
        done = _run(tmp_path, index, "lock", project, "--docker")
    assert done.returncode == 1
    assert "takes the version from git" in done.stderr


def _promoted(folder: Path, index: Index, needs: str) -> Path:
    """A package of one function in a codebase that was there before."""
    project = folder / "lab"
    (project / "src" / "lab").mkdir(parents=True)
    (project / "src" / "lab" / "__init__.py").touch()
    head = '[build-system]\nrequires = ["crate>=0"]\n[project]\nname = "lab"\nversion = "1"\n'
    (project / "pyproject.toml").write_text(f"{head}dependencies = {needs}\n", encoding="utf-8")
    cells = '# %% tags=["nb2pkg:sums.add"]\ntotal = 1 + 2\n# %%\nprint(total)\n'
    notebook = build.write(folder, cells, name="bears.ipynb")
    _ok(_run(folder, index, "promote", notebook, "--into", project))
    return project


@posix
def test_a_package_in_a_codebase(tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    with serving(tmp_path / "wheels") as index:
        index.add("crate", "1.0")
        project = _promoted(tmp_path, index, '["crate"]')
        _ok(_run(tmp_path, index, "lock", project, "--docker"))
    text = (project / "Dockerfile").read_text(encoding="utf-8")
    known = manifest.required(paths.Project(project, paths.PackagePaths("lab.bears")))
    assert f'ENTRYPOINT ["python", "-m", "{known.package}"]\n' in text
    assert f"    {known.variable}=/data\n" in text
    left = dockerfiles.sent(project, (project / ".dockerignore").read_text(encoding="utf-8"))
    assert {path.partition("/")[0] for path in left} == {
        *("pyproject.toml", "src", "requirements-lock.txt", "requirements-build-lock.txt")
    }


def test_a_project_without_a_package(tmp_path: Path) -> None:
    text = '[project]\nname = "lab"\nversion = "1"\ndependencies = ["crate"]\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    (tmp_path / "wheels").mkdir()
    with serving(tmp_path / "wheels") as index:
        done = _run(tmp_path, index, "lock", tmp_path, "--docker")
        assert not index.asked
    assert done.returncode == 1
    assert "manifest" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 2
