"""``nb2pkg ci``: what is written, what becomes of a file that is there, and pre-commit in a real repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from groovy_parser.parser import parse_groovy_content

from benchmarks.ci import servers
from nb2pkg import __version__
from nb2pkg.ci import insert
from nb2pkg.ci.kinds import KINDS
from nb2pkg.ci.model import Found, UnextendableError, Wish
from nb2pkg.cli.main import cli
from tests import build, venvs

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
SCHEMAS = {"github": "github-workflows", "gitlab": "gitlab-ci", "travis": "travis"}
PACKAGE = Found(
    for_tests=("-e", "./penguins-package[test]"),
    tests=("penguins-package",),
    files=("penguins-package/pyproject.toml",),
)
ODD = Found(
    ("-r", "a b/it's/requirements.txt"),
    ("-e", "./a b/it's[test]"),
    ("a b/it's",),
    ("a b/it's/setup.py",),
)
WISHES = {
    "package": Wish("penguins-package", "3.12", found=PACKAGE),
    "none": Wish(),
    "odd": Wish("a b/it's", "3.10", ("validated", "approved"), 'nb2pkg[verify]>=0.1; os == "a"', True, ODD, "https://a.example/it's", "it's"),
    "top": Wish(".", "3.11", (), found=Found(tests=(".",))),
}  # fmt: skip
needs_sh = pytest.mark.skipif(os.name == "nt", reason="the servers have a shell of Unix")
YAML = [kind for kind in KINDS if kind != "jenkins"]


# ---------------------------------------------------------------------------------- what is written


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("kind", YAML)
def test_a_second_time_nothing_changes(kind: str, wish: str) -> None:
    first = KINDS[kind].written(WISHES[wish], None)
    assert KINDS[kind].written(WISHES[wish], first) == first
    assert KINDS[kind].written(WISHES[wish], "\n") == first


@pytest.mark.parametrize("kind", SCHEMAS)
def test_servers_take_what_is_written(kind: str, tmp_path: Path) -> None:
    files = []
    for name, wish in WISHES.items():
        files.append(tmp_path / f"{name}.yml")
        files[-1].write_text(KINDS[kind].written(wish, None), encoding="utf-8")
    broken = tmp_path / "broken.yml"
    text = files[0].read_text(encoding="utf-8")
    broken.write_text(text.replace("script:", "script: {a: [1]}\n  x:").replace("runs-on", "runs"))
    program: list[Any] = [
        PROGRAMS / "check-jsonschema",
        "--builtin-schema",
        f"vendor.{SCHEMAS[kind]}",
    ]
    done = subprocess.run([*program, *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    if kind != "travis":  # whose schema allows nearly everything
        assert subprocess.run([*program, broken], capture_output=True).returncode == 1


def commands(text: str) -> list[str]:
    """All that a shell is told, in the order of the file."""

    def walk(node: Any, key: str = "") -> list[str]:
        if isinstance(node, dict):
            return [line for name, value in node.items() for line in walk(value, name)]
        if isinstance(node, list):
            return [line for value in node for line in walk(value, key)]
        return [node] if key in ("run", "script", "install", "entry") else []

    return walk(insert.read(text))


CHECK = {"github": " --format github", "gitlab": " --format gitlab > gl-code-quality-report.json"}
FORGIVEN = {"gitlab": (" || failed=1", ['test -z "$failed"'])}


@pytest.mark.parametrize("kind", ["github", "gitlab", "travis"])
def test_the_commands_of_a_package(kind: str) -> None:
    found = commands(KINDS[kind].written(WISHES["package"], None))
    forgiven, last = FORGIVEN.get(kind, ("", []))
    assert sorted(found) == sorted(
        [
            "python -m pip install nb2pkg",
            f"nb2pkg check .{CHECK.get(kind, '')}{forgiven}",
            "nb2pkg status penguins-package --require validated",
            "python -m pip install -e './penguins-package[test]'",
            "python -m pytest penguins-package",
            *last,
        ]
    )
    assert commands(KINDS[kind].written(WISHES["none"], None)) == [
        "python -m pip install nb2pkg",
        f"nb2pkg check .{CHECK.get(kind, '')}",
    ]


@needs_sh
@pytest.mark.parametrize("kind", ["github", "gitlab", "travis"])
def test_odd_names_reach_the_shell_as_they_are(kind: str) -> None:
    found = commands(KINDS[kind].written(WISHES["odd"], None))
    lines = "; ".join(f"printf '%s\\n' {line.partition(' > ')[0]}" for line in found)
    said = subprocess.run(["sh", "-c", lines], capture_output=True, text=True, check=True).stdout
    words = said.splitlines()
    assert words.count("a b/it's") == 2  # status and pytest
    assert "./a b/it's[test]" in words
    assert 'nb2pkg[verify]>=0.1; os == "a"' in words
    assert "a b/it's/requirements.txt" in words
    assert "validated,approved" in words
    assert words[words.index("--run") + 1] == "--no-values"  # logs are kept


@pytest.mark.parametrize("wish", ["package", "odd"])
def test_a_jenkinsfile_is_groovy(wish: str) -> None:
    text = KINDS["jenkins"].written(WISHES[wish], None)
    assert "pipeline" in str(parse_groovy_content(text))
    with pytest.raises(Exception, match="Unexpected"):
        parse_groovy_content(text.replace("stages {", "stages {{"))
    stages = ["Install", "Notebooks", "Status", "Tests"]
    assert [line.split("'")[1] for line in text.splitlines() if "stage(" in line] == stages


def test_the_hooks_that_others_refer_to() -> None:
    words = [PROGRAMS / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# ------------------------------------------------------------------------ what is there is extended

# Of each kind: a file of somebody, and the part of it below which ours is found.
GITHUB = """\
# ours since 2019
name: "tests"  # of all
on: [push]
jobs:
    build:   # four blanks, and a comment
        runs-on: ubuntu-latest
        steps:
            - run: |
                make
                # no comment

# the end
env:
    A: 'x'
"""
GITLAB = """\
stages: [build, deploy]

.common: &common
  image: alpine
build:
  <<: *common
  stage: build
  script:
    - !reference [.common, script]
# the end
"""
TRAVIS = "language: c\njobs:\n  include:\n  - name: docs\n    script: make docs\n# the end\nbranches:\n  only: [main]\n"
HOOKS = "repos:\n-   repo: local\n    hooks:\n    -   id: own\n        name: own\n        entry: 'true'\n        language: system\n# the end\nfail_fast: true\n"
THERE = {"github": GITHUB, "gitlab": GITLAB, "travis": TRAVIS, "pre-commit": HOOKS}


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("kind", THERE)
def test_a_file_is_extended_and_loses_nothing(kind: str, ends: str) -> None:
    before = THERE[kind].replace("\n", ends)
    after = KINDS[kind].written(WISHES["package"], before)
    left = iter(after.splitlines(keepends=True))
    assert all(line in left for line in before.splitlines(keepends=True))  # in this order
    assert after.count("\n") == after.count(ends) > before.count("\n")
    old, new = insert.read(before), insert.read(after)
    assert {key: new[key] for key in old if key not in ("jobs", "repos")} == {
        key: old[key] for key in old if key not in ("jobs", "repos")
    }
    assert (
        list(_added(kind, old, new))
        == {
            "github": ["nb2pkg-check", "nb2pkg-tests"],
            "gitlab": ["nb2pkg-check", "nb2pkg-tests"],
            "travis": ["nb2pkg"],
            "pre-commit": ["nb2pkg-check"],
        }[kind]
    )
    assert KINDS[kind].written(WISHES["package"], after) == after


def _added(kind: str, old: Any, new: Any) -> list[str]:
    if kind == "github":
        return list(new["jobs"])[len(old["jobs"]) :]
    if kind == "gitlab":
        return list(new)[len(old) :]
    if kind == "travis":
        return [job["name"] for job in new["jobs"]["include"][1:]]
    return [repo["hooks"][0]["id"] for repo in new["repos"][1:]]


def test_a_job_of_gitlab_has_a_stage_that_exists() -> None:
    after = insert.read(KINDS["gitlab"].written(WISHES["package"], GITLAB))
    assert after["nb2pkg-check"]["stage"] == "build"
    without = insert.read(KINDS["gitlab"].written(WISHES["package"], "a:\n  script: make\n"))
    assert "stage" not in without["nb2pkg-check"]


def test_only_what_lacks_is_added() -> None:
    alone = KINDS["github"].written(WISHES["none"], None)
    both = insert.read(KINDS["github"].written(Wish(), alone.replace("nb2pkg-check:", "other:")))
    assert list(both["jobs"]) == ["other", "nb2pkg-check"]


REFUSED = {
    "another job of this name": ("github", "jobs:\n  nb2pkg-check:\n    runs-on: mine\n", "is there"),
    "in brackets": ("github", "jobs: {a: {runs-on: b}}\n", "in brackets"),
    "no jobs": ("github", "name: a\n", "has no jobs"),
    "empty jobs": ("github", "jobs:\n", "has no jobs"),
    "no YAML": ("gitlab", "a: [\n", "no YAML"),
    "a list": ("gitlab", "- a\n", "no keys"),
    "several documents": ("gitlab", "a: 1\n---\nb: 1\n", "no YAML"),
    "blank lines that count": ("github", "jobs:\n  a:\n    run: |+\n      b\n\n\nc: 1\n", "laid out"),
    "no matrix": ("travis", "language: python\nscript: make\n", "has no jobs.include"),
    "our hooks, otherwise": ("pre-commit", "repos:\n- repo: x\n  hooks:\n  - id: nb2pkg-check\n", "is there"),
    "a Jenkinsfile of somebody": ("jenkins", "node { }\n", "not as nb2pkg wrote it"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_extended_is_refused(name: str) -> None:
    kind, before, reason = REFUSED[name]
    with pytest.raises(UnextendableError) as refused:
        KINDS[kind].written(WISHES["package"], before)
    assert reason in refused.value.message
    assert "nb2pkg check" in refused.value.piece


def test_a_jenkinsfile_is_written_anew_until_somebody_edits_it() -> None:
    jenkins = KINDS["jenkins"]
    first = jenkins.written(WISHES["none"], None)
    second = jenkins.written(WISHES["package"], first)
    assert second == jenkins.written(WISHES["package"], None) != first
    with pytest.raises(UnextendableError):
        jenkins.written(WISHES["package"], first.replace("docker", "label"))


# --------------------------------------------------------------------------------------- the command


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A real repository with a package in it, whose notebook is in step."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "hooks"))
    monkeypatch.setenv("NB2PKG_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    for name, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        git(tmp_path, "config", "--global", name, value)
    top = tmp_path / "repository"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    monkeypatch.chdir(top)
    build.write(top, '# %% tags=["nb2pkg:birds.weigh"]\nweights = [61, 74]\ntotal = sum(weights)\n# %%\nprint(total)')  # fmt: skip
    assert run("promote", "analysis.ipynb").exit_code == 0
    return top


def git(folder: Path, *words: str, refused: bool = False) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True)
    assert bool(done.returncode) is refused, done.stdout + done.stderr
    return done.stdout + done.stderr


def run(*words: str, said: str = "") -> Result:
    return CliRunner().invoke(cli, list(words), input=said)


def test_it_is_shown_and_asked_for(repository: Path) -> None:
    path = repository / ".github" / "workflows" / "notebooks.yml"
    shown = run("ci", "github", "--diff")
    assert (shown.exit_code, path.exists()) == (0, False)
    assert "+    - run: nb2pkg check" not in shown.stdout
    assert "+      - run: nb2pkg check . --format github\n" in shown.stdout
    assert "+        run: nb2pkg status analysis-package --require validated\n" in shown.stdout
    for said in ("", "n\n"):
        refused = run("ci", "github", said=said)
        assert (refused.exit_code, path.parent.exists()) == (1, False)
    agreed = run("ci", "github", "--python", "3.13", said="y\n")
    assert agreed.exit_code == 0
    assert 'python-version: "3.13"' in path.read_text(encoding="utf-8")
    kept = path.read_bytes()
    again = run("ci", "github", "--python", "3.13")
    assert (again.exit_code, again.stdout, path.read_bytes()) == (0, "", kept)
    other = run("ci", "github", "--python", "3.14", "--yes")
    assert (other.exit_code, path.read_bytes()) == (1, kept)
    assert 'python-version: "3.14"' in other.stdout


def test_from_a_folder_below_the_file_is_at_the_top(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "analysis-package" / "src")
    assert run("ci", "gitlab", "--yes", "--require", "").exit_code == 0
    text = (repository / ".gitlab-ci.yml").read_text(encoding="utf-8")
    assert "    - nb2pkg status analysis-package\n" in text


def test_without_a_package_notebooks_are_checked(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("ci", "travis", "--yes")
    assert done.exit_code == 0
    assert "no package here" in done.stderr
    assert "status" not in (tmp_path / ".travis.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [["bitbucket"], ["github", "--python", "3"], ["github", "--require", "blessed"]],
    ids=" ".join,
)
def test_wrong_calls(words: list[str]) -> None:
    assert run("ci", *words).exit_code == 2


# ----------------------------------------------------------------------------- pre-commit, for real


def test_a_broken_notebook_is_not_committed_and_a_stale_package_not_pushed(
    repository: Path,
) -> None:
    assert run("ci", "pre-commit", "--yes").exit_code == 0
    done = subprocess.run([PROGRAMS / "pre-commit", "validate-config"], cwd=repository)
    assert done.returncode == 0
    subprocess.run([PROGRAMS / "pre-commit", "install"], check=True, capture_output=True)
    git(repository, "init", "-q", "--bare", str(repository.parent / "server"))
    git(repository, "remote", "add", "origin", str(repository.parent / "server"))
    git(repository, "add", "-A")
    git(repository, "commit", "-m", "all is well")
    git(repository, "push", "-q", "origin", "main")

    build.write(repository, "print(mean)\nmean = 1", "broken.ipynb")
    git(repository, "add", "-A")
    assert "NB201" in git(repository, "commit", "-m", "broken", refused=True)
    build.write(repository, "mean = 1\nprint(mean)", "broken.ipynb")
    git(repository, "add", "-A")
    git(repository, "commit", "-m", "fixed")
    git(repository, "push", "-q", "origin", "main")

    path = repository / "analysis.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("74", "75"), encoding="utf-8")
    git(repository, "commit", "-a", "-m", "a validated cell has changed")
    said = git(repository, "push", "-q", "origin", "main", refused=True)
    assert "notebook changed" in said
    assert run("promote", "analysis.ipynb").exit_code == 0
    git(repository, "add", "-A")
    git(repository, "commit", "-m", "promoted")
    assert "not validated" in git(repository, "push", "-q", "origin", "main", refused=True)
    assert run("validate", "1", "-m", "weighed again").exit_code == 0
    git(repository, "add", "-A")
    git(repository, "commit", "-m", "validated")
    git(repository, "push", "-q", "origin", "main")


@needs_sh
def test_the_commands_do_what_the_file_is_for(repository: Path) -> None:
    """What GitLab's runner would run, but for the installations, which need a network."""
    assert run("ci", "gitlab", "--yes").exit_code == 0
    script = [line for line in commands((repository / ".gitlab-ci.yml").read_text(encoding="utf-8")) if "pip install" not in line]  # fmt: skip
    steps = [servers.Step(("bash", "-ec", "\n".join(script[:3]))), servers.Step(("sh", "-c", script[3]))]  # fmt: skip
    assert [each.code for each in servers.run(steps, repository, os.environ)] == [0, 0]
    assert json.loads((repository / "gl-code-quality-report.json").read_text()) == []
    build.write(repository, "print(mean)\nmean = 1")
    (failed,) = servers.run(steps, repository, os.environ)
    assert failed.code == 1
    assert "notebook changed" in failed.output  # the status is shown although the check failed


# ------------------------------------------------------------------------ the files, run as servers do


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which is what nb2pkg needs, and not nb2pkg itself; nothing is fetched."""
    folder = tmp_path_factory.mktemp("server")
    environment = venvs.create(folder / "python", venvs.without("nb2pkg", folder / "behind"))
    kept = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    return kept | {
        "PATH": f"{environment.scripts}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


PART = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "zoo"
version = "1"
[project.optional-dependencies]
tests = ["pytest"]
"""
# What setuptools and hatchling do for pip install -e, which would have to be fetched for it.
BACKEND = """
import pathlib, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "zoo-1-py3-none-any.whl"
    extra = 'Provides-Extra: tests\\nRequires-Dist: pytest; extra == "tests"\\n'
    texts = {
        "zoo.pth": str(pathlib.Path("src").resolve()),
        "zoo-1.dist-info/METADATA": f"Metadata-Version: 2.1\\nName: zoo\\nVersion: 1\\n{extra}",
        "zoo-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    texts["zoo-1.dist-info/RECORD"] = "".join(f"{path},,\\n" for path in texts)
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as wheel:
        for path, text in texts.items():
            wheel.writestr(path, text)
    return name
"""


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a project in which a package has a place; there is no requirements.txt."""
    top = tmp_path / "zoo"
    (top / "src" / "zoo").mkdir(parents=True)
    (top / "src" / "zoo" / "__init__.py").touch()
    (top / "pyproject.toml").write_text(PART, encoding="utf-8")
    (top / "backend.py").write_text(BACKEND, encoding="utf-8")
    git(top, "init", "-q", "-b", "trunk")
    build.write(top, "weights = [61, 74]\ntotal = sum(weights)\n# %%\nprint(total)", "birds.ipynb")
    monkeypatch.chdir(top)
    done = run("promote", "birds.ipynb", "--all", "--into", ".")
    assert done.exit_code == 0, done.output
    words = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "wheels"]
    subprocess.run([*words, str(ROOT)], check=True, capture_output=True)
    return top


@needs_sh
def test_a_workflow_is_green_where_the_package_is_a_part_of_a_project(
    part: Path, server: dict[str, str]
) -> None:
    (wheel,) = part.glob("wheels/*.whl")
    done = run("ci", "github", "--run", "--yes", "--install", f"wheels/{wheel.name}")
    assert done.exit_code == 0, done.output
    assert "--require validated is left out for now" in done.stderr
    text = (part / ".github" / "workflows" / "notebooks.yml").read_text(encoding="utf-8")
    assert "requirements.txt" not in text
    assert "branches: [trunk]" in text
    jobs = servers.jobs("github", text, part)
    assert list(jobs) == ["nb2pkg-check", "nb2pkg-tests"]
    for name, steps in jobs.items():
        ran = servers.run(steps, part, server)
        assert [each.code for each in ran] == [0] * len(steps), (name, ran)


@pytest.mark.parametrize(
    ("install", "spec"),
    [
        ("nb2pkg==0.1.0", "nb2pkg[verify]==0.1.0"),
        ("nb2pkg[ci]>=0.1", "nb2pkg[ci,verify]>=0.1"),
        ("git+https://a.example/b.git@v1", "nb2pkg[verify] @ git+https://a.example/b.git@v1"),
        ("here.whl", "./here.whl[verify]"),
        ("", f"nb2pkg[verify]=={__version__}"),
    ],
)
def test_how_nb2pkg_is_installed_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, install: str, spec: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.whl").touch()
    words = ["--install", install] if install else []
    done = run("ci", "gitlab", "--run", "--diff", *words)
    assert f"python -m pip install '{spec}'" in done.stdout


@pytest.mark.parametrize("words", [["--install", "/gone.whl"], ["--install", "/dev/null"], ["--index-url", "https://me:secret@a.example"]])  # fmt: skip
def test_what_no_server_can_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("ci", "github", "--yes", *words)
    assert done.exit_code
    assert not (tmp_path / ".github").exists()
    assert "secret" not in done.output


def test_what_fails_today_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    build.write(tmp_path, "print(mean)\nmean = 1")
    assert "nb2pkg check fails today, for 1 notebook" in run("ci", "github", "--diff").stderr
