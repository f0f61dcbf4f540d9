"""Promotion into a codebase that is there already: its layout, its style, and nothing else touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

import pytest
from click.testing import CliRunner, Result

from nb2pkg.check.walk import notebooks
from nb2pkg.cli.main import cli
from nb2pkg.errors import ConflictError, Nb2pkgError, VerificationError
from nb2pkg.paths import PackagePaths, Project
from nb2pkg.plan.model import Style
from nb2pkg.project import locate, manifest
from nb2pkg.promote import embed
from nb2pkg.promote.sharing import keeps_state
from nb2pkg.render.code import formatted, scaffold
from nb2pkg.requirements.model import Requirements
from nb2pkg.status.look import look
from tests import build

BEARS = """
# %% [markdown] id="title"
# # Bears
# %% id="imports"
import numpy as np
# %% id="load" tags=["nb2pkg:clean.load"]
weights = [float(line) for line in open("bears.txt")]
heaviest = max(weights)
# %% id="round" tags=["nb2pkg:clean"]
def rounded(share):
    return np.round(share, 2)
# %% id="scale" tags=["nb2pkg:clean.scale"]
# Shares of the heaviest.
shares = [weight / heaviest for weight in weights if weight > 'a'.count('b')]
# %% id="show"
print([float(rounded(s)) for s in shares])
"""
WOLVES = """
# %% id="pack" tags=["nb2pkg:clean.gather"]
pack = sorted([31.5, 40.25])
# %% id="lightest" tags=["nb2pkg:clean.find_lightest"]
lightest = pack[0] + 1
# %% id="show"
print(lightest)
"""
PYPROJECT = """\
# The lab's code.
[project]
name = "lab"
version = "1.0"
dependencies = [
    "requests>=2",  # for the gauges
]

[project.optional-dependencies]
test = ["pytest"]

[tool.pytest.ini_options]
pythonpath = ["{source}"]
"""
OWN_TEST = """\
import os
from pathlib import Path

from lab.tools import double


def test_double():
    assert double(2) == 4
    assert Path(os.environ["WHERE"]) == Path.cwd()
"""


@pytest.fixture(autouse=True)
def ada(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who commits here, and a day that does not go on; the tests are called from the folder."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Ada")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.chdir(tmp_path)


def codebase(folder: Path, source: str = "src", pyproject: str = PYPROJECT) -> Path:
    """A project with a package, in the source folder, and a test of its own."""
    code = folder / "code"
    package = code / source / "lab"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "tools.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    (code / "tests").mkdir()
    (code / "tests" / "test_clean.py").write_text(OWN_TEST, encoding="utf-8")
    (code / "tests" / "test_zoo.py").write_text(OWN_TEST, encoding="utf-8")
    (code / "README.md").write_text("# Lab\n", encoding="utf-8")
    (code / "pyproject.toml").write_text(pyproject.replace("{source}", source), encoding="utf-8")
    return code


def bears(folder: Path, text: str = BEARS) -> Path:
    (folder / "bears.txt").write_text("50.5\n61.5\n72.0\n", encoding="utf-8")
    return build.write(folder, text, "bears.ipynb")


def invoke(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def into(folder: Path, *words: object, name: str = "bears.ipynb") -> Result:
    """The notebook promoted into the code, which must succeed."""
    result = invoke("promote", folder / name, "--into", folder / "code", *words)
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if not {"__pycache__", ".pytest_cache"} & {*path.parts}
    }


def run_tests(code: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers"],
        cwd=code,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "WHERE": str(code.resolve())},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def run_story(story: Path) -> str:
    """What the narrative prints, run as a script from its own folder, where the project is installed."""
    cells = json.loads(story.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    project = next(folder / "code" for folder in story.parents if (folder / "code").is_dir())
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=story.parent,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(project / "src"), str(project)])},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# ------------------------------------------------------------------------------------ one notebook


@pytest.mark.parametrize("source", ["src", "."])
@pytest.mark.parametrize("is_package", [False, True])
def test_it_fits_into_the_code(tmp_path: Path, source: str, is_package: bool) -> None:
    code = codebase(tmp_path, source)
    if is_package:
        (code / "tests" / "__init__.py").write_text("", encoding="utf-8")
    before = tree(code)
    bears(tmp_path)
    into(tmp_path)
    after = tree(code)
    changed = {path for path, data in before.items() if after[path] != data}
    assert changed == {"pyproject.toml"}
    own = source.replace(".", "") + "/lab/bears/"
    new = {path for path in after if path not in before}
    allowed = (own.lstrip("/"), "tests/test_bears/", ".nb2pkg/bears/")
    assert {p for p in new if not p.startswith(allowed)} == {"notebooks/bears.ipynb"}
    assert f"{own.lstrip('/')}clean.py" in new
    assert "2 passed" not in run_tests(code)  # its own, and those that are generated
    assert run_story(code / "notebooks" / "bears.ipynb") == "[0.7, 0.85, 1.0]\n"
    assert into(tmp_path).stderr.endswith("code is up to date: nothing was written.\n")
    assert {p: d for p, d in tree(code).items() if p in after} == after


def test_the_pipeline_runs_from_anywhere(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    into(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(code / "src")}
    told = subprocess.run(
        [sys.executable, "-m", "lab.bears"],
        cwd=code / "tests",
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "shares: [" in told.stdout


def test_requirements_are_added_and_comments_kept(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    (code / "requirements.txt").write_text("# pins\nrequests==2.0\n", encoding="utf-8")
    bears(tmp_path)
    into(tmp_path)
    text = (code / "pyproject.toml").read_text(encoding="utf-8")
    lines = PYPROJECT.replace("{source}", "src").splitlines()
    assert [line for line in text.splitlines() if "numpy" not in line] == lines
    assert [line for line in text.splitlines() if line.startswith('    "numpy>=')]
    pinned = (code / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert pinned[0] == "# pins"
    assert sorted(line.partition("==")[0] for line in pinned[1:]) == ["numpy", "requests"]


def test_a_list_on_one_line_stays_one(tmp_path: Path) -> None:
    rest = PYPROJECT.partition("\n]\n")[2]
    head = '[project]\nname = "lab"\ndependencies = ["attrs", "requests"]  # few\n'
    code = codebase(tmp_path, pyproject=head + rest)
    bears(tmp_path)
    into(tmp_path)
    line = (code / "pyproject.toml").read_text(encoding="utf-8").splitlines()[2]
    assert line.startswith('dependencies = ["attrs", "numpy>=')
    assert line.endswith('", "requests"]  # few')


def test_linters_do_not_look_at_the_record(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    bears(tmp_path, BEARS.replace("'a'.count('b')", "len(weights) == None"))
    into(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "."],
        cwd=code,
        capture_output=True,
        encoding="utf-8",
    )
    assert "src/lab/bears/clean.py" in done.stdout  # as the notebook has it
    assert ".nb2pkg" not in done.stdout


def test_line_ends_stay(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    path = code / "pyproject.toml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    bears(tmp_path)
    into(tmp_path)
    data = path.read_bytes()
    assert b"numpy>=" in data
    assert data.count(b"\n") == data.count(b"\r\n")
    assert "up to date" in into(tmp_path).stderr


def test_from_inside_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    monkeypatch.chdir(code)
    assert invoke("promote", "../bears.ipynb", "--into", ".").exit_code == 0
    assert (code / "src/lab/bears/clean.py").is_file()
    assert invoke("status").exit_code == 0


def test_a_package_in_a_project_that_nb2pkg_made(tmp_path: Path) -> None:
    build.write(tmp_path, WOLVES, "wolves.ipynb")
    assert invoke("promote", "wolves.ipynb", "-o", "code").exit_code == 0
    bears(tmp_path)
    into(tmp_path)
    assert (tmp_path / "code/src/wolves/bears/clean.py").is_file()
    assert "up to date" in into(tmp_path).stderr
    assert "up to date" in invoke("promote", "wolves.ipynb", "-o", "code").stderr
    told = json.loads(invoke("status", "code", "--json").stdout)["packages"]
    assert [(p["package"], p["in_step"]) for p in told] == [
        ("wolves", True),
        ("wolves.bears", True),
    ]
    run_tests(tmp_path / "code")


def test_what_is_required_already_stays_as_it_is(tmp_path: Path) -> None:
    code = codebase(tmp_path, pyproject=PYPROJECT.replace("requests>=2", "NumPy<9,>=1"))
    before = (code / "pyproject.toml").read_bytes()
    bears(tmp_path)
    into(tmp_path)
    assert (code / "pyproject.toml").read_bytes() == before


def test_what_is_not_needed_any_more_stays(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    into(tmp_path)
    before = (code / "pyproject.toml").read_bytes()
    bears(tmp_path, BEARS.replace("np.round", "round").replace("import numpy as np", "import math"))
    into(tmp_path)
    assert (code / "pyproject.toml").read_bytes() == before
    assert "numpy" not in (code / "src/lab/bears/clean.py").read_text(encoding="utf-8")


def test_a_project_without_a_list_of_dependencies_first(tmp_path: Path) -> None:
    head, _, rest = PYPROJECT.partition("dependencies")
    code = codebase(tmp_path, pyproject=head + rest.partition("]\n")[2])
    bears(tmp_path)
    into(tmp_path)
    import tomlkit

    document = tomlkit.parse((code / "pyproject.toml").read_text(encoding="utf-8")).unwrap()
    assert [text[:7] for text in document["project"]["dependencies"]] == ["numpy>="]
    assert document["project"]["optional-dependencies"] == {"test": ["pytest"]}


@pytest.mark.parametrize(
    "pyproject",
    [
        None,
        '[project]\nname = "lab"\ndynamic = ["dependencies"]\n',
        "[tool.black]\nline-length = 99\n",
    ],
)
def test_where_nothing_can_be_declared_it_is_said(tmp_path: Path, pyproject: str | None) -> None:
    code = codebase(tmp_path, pyproject=pyproject or "")
    if pyproject is None:
        (code / "pyproject.toml").unlink()
    before = tree(code).get("pyproject.toml")
    bears(tmp_path)
    assert "It needs numpy>=" in into(tmp_path).stderr
    assert tree(code).get("pyproject.toml") == before
    into(tmp_path)
    assert tree(code).get("pyproject.toml") == before


def test_the_engine_of_a_flow_is_an_extra(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    into(tmp_path, "--verify", "--engine", "hamilton")
    document = tomllib.loads((code / "pyproject.toml").read_text(encoding="utf-8"))
    extras = document["project"]["optional-dependencies"]
    assert extras["hamilton"] == ["sf-hamilton[visualization]>=1.90"]
    assert extras["test"] == ["pytest"]
    assert not any("hamilton" in text for text in document["project"]["dependencies"])
    run = [sys.executable, "-m", "lab.bears"]
    outputs = [
        subprocess.run(
            [*run, *options], cwd=code / "src", capture_output=True, text=True, check=True
        ).stdout
        for options in ([], ["--engine", "hamilton"])
    ]
    assert outputs[0] == outputs[1] != ""


@pytest.mark.parametrize(
    ("pyproject", "undeclared"),
    [
        ("", ("dask[distributed]>=2024.8",)),
        (
            '[project]\nname = "lab"\ndynamic = ["optional-dependencies"]\n',
            ("dask[distributed]>=2024.8",),
        ),
        ('[project]\nname = "lab"\ndependencies = ["dask>=2025"]\n', ()),
        ("[tool.poetry.dependencies]\ndask = '*'\n", ()),
        (PYPROJECT, ()),
    ],
)
def test_an_engine_that_cannot_be_declared_is_said(
    tmp_path: Path, pyproject: str, undeclared: tuple[str, ...]
) -> None:
    code = codebase(tmp_path, pyproject=pyproject)
    found = embed.shared(Project(code), Requirements(), "dask")
    assert found.undeclared == undeclared
    assert ("dask = [" in found.files.get("pyproject.toml", "")) is (pyproject == PYPROJECT)


@pytest.mark.parametrize(
    ("tool", "width", "quotes"),
    [
        ("[tool.black]\nline-length = 60\nskip-string-normalization = true\n", 60, "'a'"),
        ("[tool.ruff]\nline-length = 70\n", 70, '"a"'),
        (
            '[tool.ruff]\nline-length = 120\n[tool.ruff.format]\nquote-style = "preserve"\n',
            120,
            "'a'",
        ),
    ],
)
def test_the_style_of_the_project(tmp_path: Path, tool: str, width: int, quotes: str) -> None:
    code = codebase(tmp_path, pyproject=PYPROJECT + tool)
    bears(tmp_path)
    into(tmp_path)
    text = (code / "src/lab/bears/clean.py").read_text(encoding="utf-8")
    assert f"{quotes}.count(" in text
    assert max(map(len, text.splitlines())) <= width
    black = ["black", "-q", "--check", "--line-length", str(width)]
    if quotes == "'a'":
        black.append("-S")
    made = [code / "src/lab/bears", code / "tests/test_bears"]
    assert subprocess.run([sys.executable, "-m", *black, *made]).returncode == 0
    (place,) = locate.all_in(code)
    assert locate.generated(place)["src/lab/bears/clean.py"] == text


def test_edits_survive(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    into(tmp_path)
    module = code / "src/lab/bears/clean.py"
    text = module.read_text(encoding="utf-8")
    edited = text.replace(
        "return weights, heaviest", "assert heaviest\n    return weights, heaviest"
    )
    module.write_text(edited.replace("def scale(", "def shares_of("), encoding="utf-8")
    bears(tmp_path, BEARS.replace("(share, 2)", "(share, 1)"))
    result = into(tmp_path)
    assert "kept src/lab/bears/clean.py: load" in result.stderr
    assert "clean.scale is now clean.shares_of" in result.stderr
    text = module.read_text(encoding="utf-8")
    assert "assert heaviest" in text
    assert "np.round(share, 1)" in text
    assert run_story(code / "notebooks" / "bears.ipynb") == "[0.7, 0.9, 1.0]\n"
    run_tests(code)


def test_a_conflict_names_the_file_on_disk(tmp_path: Path) -> None:
    code = codebase(tmp_path, ".")
    bears(tmp_path)
    into(tmp_path)
    module = code / "lab/bears/clean.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("(share, 2)", "(share, 3)"), encoding="utf-8")
    bears(tmp_path, BEARS.replace("(share, 2)", "(share, 1)"))
    before = tree(code)
    result = invoke("promote", "bears.ipynb", "--into", "code")
    assert isinstance(result.exception, ConflictError)
    assert "lab/bears/clean.py: rounded" in result.exception.message
    assert "src/" not in result.exception.message
    assert tree(code) == before


def test_the_narrative_is_promoted(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    into(tmp_path)
    story = code / "notebooks" / "bears.ipynb"
    document = json.loads(story.read_text(encoding="utf-8"))
    document["cells"].append(
        {
            "cell_type": "code",
            "id": "new",
            "metadata": {"tags": ["nb2pkg:clean.sum_up"]},
            "source": "total = sum(shares) * 2",
            "outputs": [],
            "execution_count": None,
        }
    )
    story.write_text(json.dumps(document), encoding="utf-8")
    result = invoke("promote", story)
    assert result.exit_code == 0, result.exception
    assert "def sum_up(" in (code / "src/lab/bears/clean.py").read_text(encoding="utf-8")
    assert (code / ".nb2pkg/bears/notebook.ipynb").is_file()
    assert isinstance(invoke("promote", "bears.ipynb", "--into", "code").exception, ConflictError)


@pytest.mark.parametrize("folder", ["", "code/notebooks", "code"])
@pytest.mark.parametrize("source", ["src", "."])
def test_in_place_and_back(tmp_path: Path, folder: str, source: str) -> None:
    code = codebase(tmp_path, source)
    (tmp_path / folder).mkdir(exist_ok=True)
    path = bears(tmp_path / folder)
    before = path.read_bytes()
    result = invoke("promote", path, "--into", "code", "--in-place")
    assert result.exit_code == 0, result.exception
    assert run_story(path) == "[0.7, 0.85, 1.0]\n"
    again = invoke("promote", path, "--into", "code")
    assert "is up to date" in again.stderr, again.exception
    assert invoke("restore", "code").exit_code == 0
    assert path.read_bytes() == before
    known = manifest.required(locate.only(code))
    story = Project(code, known.paths) / known.story
    assert run_story(story) == "[0.7, 0.85, 1.0]\n"


def test_an_original_where_narratives_lie(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    (code / "notebooks").mkdir()
    path = bears(code / "notebooks")
    before = path.read_bytes()
    for _ in range(2):
        assert invoke("promote", path, "--into", code).exit_code == 0
    assert path.read_bytes() == before
    assert run_story(code / "narratives" / "bears.ipynb") == "[0.7, 0.85, 1.0]\n"


def test_dry_run_and_diff_write_nothing(tmp_path: Path) -> None:
    code = codebase(tmp_path, ".")
    bears(tmp_path)
    before = tree(code)
    into(tmp_path, "--dry-run")
    shown = into(tmp_path, "--diff").stdout
    assert "+++ b/lab/bears/clean.py" in shown
    assert "+++ b/tests/test_bears/conftest.py" in shown
    assert '+    "numpy>=' in shown
    assert "b/README.md" not in shown
    assert tree(code) == before


# ----------------------------------------------------------------------------- several notebooks


@pytest.fixture
def two(tmp_path: Path) -> Path:
    codebase(tmp_path)
    bears(tmp_path)
    build.write(tmp_path, WOLVES, "wolves.ipynb")
    into(tmp_path)
    into(tmp_path, name="wolves.ipynb")
    return tmp_path


def test_two_notebooks_in_one_package(two: Path) -> None:
    run_tests(two / "code")
    assert run_story(two / "code/notebooks/wolves.ipynb") == "32.5\n"
    assert "up to date" in into(two).stderr
    assert "up to date" in into(two, name="wolves.ipynb").stderr


def test_status_tells_of_both(two: Path) -> None:
    result = invoke("status", "code")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "lab.bears, from bears.ipynb:",
        "all in step",
        "lab.wolves, from wolves.ipynb:",
        "all in step",
    ]
    build.write(two, WOLVES.replace("pack[0] + 1", "pack[0]  + 2"), "wolves.ipynb")
    result = invoke("status", "code", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)["packages"]
    assert [(p["package"], p["in_step"]) for p in told] == [
        ("lab.bears", True),
        ("lab.wolves", False),
    ]


def test_a_symbol_is_looked_for_in_both(two: Path) -> None:
    module = two / "code/src/lab/wolves/clean.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("return pack[0] + 1", "return pack[0] + 2"), encoding="utf-8")
    for name in (
        "find_lightest",
        "clean.find_lightest",
        "wolves.clean.find_lightest",
        "lab.wolves.clean.find_lightest",
    ):
        assert "+    return pack[0] + 2" in invoke("diff", name, "-p", "code").stdout
    assert invoke("inline", "wolves.clean.find_lightest", "-p", "code").exit_code == 0
    assert "pack[0] + 2" in (two / "wolves.ipynb").read_text(encoding="utf-8")
    assert invoke("status", "code").exit_code == 0
    assert isinstance(invoke("diff", "lions", "-p", "code").exception, Nb2pkgError)


def test_checks_of_a_folder_pass_narratives_over(two: Path) -> None:
    found = notebooks([two / "code"])
    assert found == ()
    assert [path.name for path in notebooks([two])] == ["bears.ipynb", "wolves.ipynb"]


def test_validate_asks_which_notebook(two: Path) -> None:
    result = invoke("validate", "1", "-p", "code")
    assert isinstance(result.exception, Nb2pkgError)
    assert "lab.bears, lab.wolves" in result.exception.message
    done = invoke("validate", "1", "-p", "code", "--notebook", "wolves.ipynb", "-m", "counted")
    assert done.exit_code == 0
    rows = look(locate.only(two / "code", "wolves")).rows
    assert [row.validated.why for row in rows if row.symbol == "clean.gather"] == ["counted"]


def test_reviews(two: Path) -> None:
    assert isinstance(invoke("review", "code").exception, Nb2pkgError)
    page = invoke("review", "code", "--notebook", "wolves", "--markdown").stdout
    assert "package `lab.wolves`" in page
    assert "`clean.gather`" in page
    assert "test_load" not in page
    assert invoke("review", "approve", "find_lightest", "-p", "code").exit_code == 0
    rows = look(locate.only(two / "code", "wolves")).rows
    assert [r.symbol for r in rows if r.approved.holds] == ["clean.find_lightest"]


# -------------------------------------------------------------------------------------- bad input


def refused(*words: object) -> str:
    """What is said when nothing is written."""
    before = tree(Path())
    error = invoke("promote", "bears.ipynb", *words).exception
    assert isinstance(error, Nb2pkgError)
    assert tree(Path()) == before
    return error.message


def test_no_folder(tmp_path: Path) -> None:
    bears(tmp_path)
    assert "is not a folder" in refused("--into", "nowhere")
    assert "is not a folder" in refused("--into", "bears.txt")


def test_no_package(tmp_path: Path) -> None:
    bears(tmp_path)
    (tmp_path / "code" / "tests").mkdir(parents=True)
    (tmp_path / "code" / "tests" / "__init__.py").touch()
    assert "no Python package" in refused("--into", "code")


def test_two_packages(tmp_path: Path) -> None:
    code = codebase(tmp_path, pyproject="")
    bears(tmp_path)
    (code / "src" / "zoo").mkdir()
    (code / "src" / "zoo" / "__init__.py").touch()
    assert "several packages in it: lab, zoo" in refused("--into", "code")
    assert "no package moo" in refused("--into", "code", "--name", "moo.bears")
    into(tmp_path, "--name", "zoo.grizzlies")
    assert (code / "src/zoo/grizzlies/clean.py").is_file()
    assert "is called zoo.grizzlies" in refused("--into", "code", "--name", "lab.bears")


def test_the_package_that_the_project_is_called_after(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    (code / "src" / "zoo").mkdir()
    (code / "src" / "zoo" / "__init__.py").touch()
    into(tmp_path)
    assert (code / "src/lab/bears/clean.py").is_file()


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< one\n[project]\n=======\n>>>>>>> two\n",
        "[project\n",
        "a = 1\na = 2\n",
        "[a]\nb = 1\nb = 2\n",
    ],
)
def test_a_configuration_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    codebase(tmp_path, pyproject=text)
    bears(tmp_path)
    told = refused("--into", "code")
    assert "pyproject.toml: is not valid TOML" in told or "has the markers of a merge" in told


@pytest.mark.parametrize("path", ["src/lab/bears/__init__.py", "src/lab/bears.py"])
def test_a_name_that_is_taken(tmp_path: Path, path: str) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    (code / path).parent.mkdir(exist_ok=True)
    (code / path).touch()
    assert "is there already" in refused("--into", "code")
    into(tmp_path, "--name", "grizzlies")
    assert (code / "src/lab/grizzlies/clean.py").is_file()


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    codebase(tmp_path)
    bears(tmp_path)
    assert invoke("promote", "bears.ipynb", "--into", "code", "-o", "x").exit_code == 2
    assert invoke("promote", "bears.ipynb", "--name", "lab.bears").exit_code == 2


def test_a_manifest_whose_folders_lead_out(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    bears(tmp_path)
    into(tmp_path)
    path = code / ".nb2pkg/bears/manifest.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"tests/test_bears"', '"../elsewhere"'), encoding="utf-8")
    assert isinstance(invoke("status", "code").exception, Nb2pkgError)


# ------------------------------------------------------------------------------------------- homes


@pytest.mark.parametrize(
    ("path", "src", "flat"),
    [
        ("src/lab/bears/clean.py", "src/lab/bears/clean.py", "lab/bears/clean.py"),
        ("tests/conftest.py", "tests/test_bears/conftest.py", "tests/test_bears/conftest.py"),
        ("tests", "tests/test_bears", "tests/test_bears"),
        (".nb2pkg/manifest.json", *[".nb2pkg/bears/manifest.json"] * 2),
        ("pyproject.toml", "pyproject.toml", "pyproject.toml"),
        ("src/lab/bears_too.py", "src/lab/bears_too.py", "src/lab/bears_too.py"),
    ],
)
def test_where_files_stand(path: str, src: str, flat: str) -> None:
    assert PackagePaths().on_disk(path) == path
    assert PackagePaths("lab.bears", "src", "tests/test_bears").on_disk(path) == src
    assert PackagePaths("lab.bears", "", "tests/test_bears").on_disk(path) == flat


# --------------------------------------------------------------------------------- shared helpers

HELPER = """
# %% id="numbers"
import numpy as np
# %% id="round" tags=["nb2pkg:clean"]
DIGITS = 2
def shifted(x):
    return x + DIGITS
def rounded(share):
    return np.round(shifted(share), DIGITS)
# %% id="first" tags=["nb2pkg:clean.make_NAME"]
NAME = [rounded(x) * 2 for x in [1.234, 2.345]]
# %% id="show"
print([float(x) for x in NAME])
"""
PRINTED = "[6.46, 8.7]\n"


def helper(folder: Path, name: str, old: str = "", new: str = "") -> None:
    """A notebook with the helper, maybe changed, promoted."""
    assert old in HELPER
    text = HELPER.replace(old, new) if old else HELPER
    build.write(folder, text.replace("NAME", name), f"{name}.ipynb")


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Two notebooks with the same helper."""
    codebase(tmp_path)
    for name in ("foxes", "hares"):
        helper(tmp_path, name)
        into(tmp_path, name=f"{name}.ipynb")
    return tmp_path


def clean(folder: Path, name: str) -> str:
    return (folder / "code/src/lab" / name / "clean.py").read_text(encoding="utf-8")


def state(folder: Path, name: str) -> dict[str, str]:
    rows = look(locate.only(folder / "code", name)).rows
    return {row.symbol: row.state.value for row in rows if row.symbol}


def test_the_same_helper_is_one_definition(shared: Path) -> None:
    assert "def rounded(" in clean(shared, "foxes")
    text = clean(shared, "hares")
    assert "def rounded(" not in text
    assert "def shifted(" not in text
    assert "from ..foxes.clean import rounded as rounded\n" in text
    assert "numpy" not in text
    run_tests(shared / "code")
    for name in ("foxes", "hares"):
        assert run_story(shared / f"code/notebooks/{name}.ipynb") == PRINTED
        assert "up to date" in into(shared, name=f"{name}.ipynb").stderr
    assert invoke("status", "code").exit_code == 0
    source = shared / "code/src"
    rules = ["check", "--isolated", "--select", "E4,E7,E9,F,I", "--config", 'src = ["src"]']
    assert subprocess.run([sys.executable, "-m", "ruff", *rules, source]).returncode == 0


@pytest.mark.usefixtures("shared")
def test_a_shared_helper_is_named_where_it_is() -> None:
    assert "are the same" in invoke("diff", "rounded", "-p", "code").stderr
    error = invoke("diff", "hares.clean.rounded", "-p", "code").exception
    assert isinstance(error, Nb2pkgError)
    assert "it is lab.foxes.clean.rounded" in error.message


DIFFERENT = {
    "its own code": ("np.round(shifted(share), DIGITS)", "np.round(shifted(share))"),
    "a constant": ("DIGITS = 2", "DIGITS = 3"),
    "what it calls": ("return x + DIGITS", "return x - DIGITS"),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_another_helper_of_the_same_name_is_told(tmp_path: Path, what: str) -> None:
    codebase(tmp_path)
    helper(tmp_path, "foxes")
    into(tmp_path, name="foxes.ipynb")
    helper(tmp_path, "hares", *DIFFERENT[what])
    told = into(tmp_path, name="hares.ipynb").stderr
    assert "NB507 rounded is not the same as lab.foxes.clean.rounded" in told
    assert "def rounded(" in clean(tmp_path, "hares")
    run_tests(tmp_path / "code")


def test_what_is_imported_under_the_same_name_counts(tmp_path: Path) -> None:
    codebase(tmp_path)
    text = """
    # %% tags=["nb2pkg:clean"]
    import MODULE as m
    def floor(x):
        return m.floor(x)
    # %% tags=["nb2pkg:clean.make_it"]
    it = floor(2.5) + 1
    """
    for name, module in (("foxes", "math"), ("hares", "numpy")):
        build.write(tmp_path, text.replace("MODULE", module), f"{name}.ipynb")
        told = into(tmp_path, name=f"{name}.ipynb").stderr
    assert "NB507 floor is not the same as lab.foxes.clean.floor" in told
    assert "import numpy as m" in clean(tmp_path, "hares")


def test_a_changed_helper_puts_the_other_out_of_step(shared: Path) -> None:
    helper(shared, "foxes", "x + DIGITS", "x + DIGITS + 1")
    told = into(shared, name="foxes.ipynb").stderr
    assert "lab.hares imports lab.foxes.clean.shifted, lab.foxes.clean.rounded" in told
    assert "promote hares.ipynb again" in told
    assert state(shared, "hares")["clean.rounded"] == "shared code changed"
    assert invoke("status", "code").exit_code == 1
    told = into(shared, name="hares.ipynb").stderr
    assert "NB507 rounded is not the same as lab.foxes.clean.rounded" in told
    assert "def rounded(" in clean(shared, "hares")
    assert run_story(shared / "code/notebooks/hares.ipynb") == PRINTED
    assert run_story(shared / "code/notebooks/foxes.ipynb") != PRINTED
    assert set(state(shared, "hares").values()) == {"in step"}
    assert "again" not in into(shared, name="foxes.ipynb").stderr


@pytest.mark.parametrize("edit", [("x + DIGITS", "x - DIGITS"), ("def shifted(x)", "def moved(x)")])
def test_an_edit_of_the_shared_code_is_seen(shared: Path, edit: tuple[str, str]) -> None:
    path = shared / "code/src/lab/foxes/clean.py"
    path.write_text(clean(shared, "foxes").replace(*edit), encoding="utf-8")
    assert state(shared, "hares")["clean.rounded"] == "shared code changed"


def test_a_changed_constant_of_a_shared_helper_is_seen(shared: Path) -> None:
    path = shared / "code/src/lab/foxes/clean.py"
    path.write_text(clean(shared, "foxes").replace("DIGITS = 2", "DIGITS = 1"), encoding="utf-8")
    assert state(shared, "hares")["clean.rounded"] == "shared code changed"


def test_packages_do_not_import_each_other_in_a_circle(shared: Path) -> None:
    more = """
    # %% id="more" tags=["nb2pkg:clean"]
    def halved(x):
        return x / 2
    # %% id="half" tags=["nb2pkg:clean.make_half"]
    half = halved(3) + 1
    """
    for name in ("hares", "foxes"):
        text = HELPER.replace("NAME", name) + "\n".join(line[4:] for line in more.split("\n"))
        build.write(shared, text, f"{name}.ipynb")
        into(shared, name=f"{name}.ipynb")
    assert "def halved(" in clean(shared, "hares")
    assert "def halved(" in clean(shared, "foxes")
    run_tests(shared / "code")
    into(shared, name="hares.ipynb")  # which uses that of foxes already
    assert "from ..foxes.clean import halved as halved\n" in clean(shared, "hares")
    run_tests(shared / "code")
    for name in ("foxes", "hares"):
        assert "up to date" in into(shared, name=f"{name}.ipynb").stderr


def test_the_order_of_promotions_does_not_take_a_definition_away(shared: Path) -> None:
    helper(shared, "foxes", "import numpy as np", "import numpy as np  # once")
    into(shared, name="foxes.ipynb")
    assert "def rounded(" in clean(shared, "foxes")
    assert "from ..foxes.clean import rounded" in clean(shared, "hares")


@pytest.mark.parametrize(
    ("source", "keeps"),
    [
        ("def f(x, y=1, *, z=(2, 'a')): return x", False),
        ("def f(x, seen=[]): return seen", True),
        ("def f(x, *, seen={}): return seen", True),
        ("def f(x):\n    def g(y=dict()): return y\n    return g", True),
        ("def f(x):\n    f.calls = x", True),
        ("def f(x):\n    x.calls = 1", False),
        ("class A:\n    size = 3\n    def __init__(self): self.a = []", False),
        ("class A:\n    known = []", True),
        ("class A:\n    known: dict = {}", True),
        ("class A:\n    a: list = field(default_factory=list)", False),
        ("class A:\n    @classmethod\n    def count(cls): cls.n = 1", True),
    ],
)
def test_what_keeps_state(source: str, keeps: bool) -> None:
    assert keeps_state(source) == keeps


def test_state_is_not_shared(tmp_path: Path) -> None:
    codebase(tmp_path)
    for name in ("foxes", "hares"):
        helper(tmp_path, name, "def rounded(share):", "def rounded(share, seen=[]):")
        assert "NB507" not in into(tmp_path, name=f"{name}.ipynb").stderr
    assert "def rounded(" in clean(tmp_path, "hares")
    assert "import shifted as shifted" in clean(tmp_path, "hares")
    run_tests(tmp_path / "code")


def test_what_uses_something_with_state_is_not_shared(tmp_path: Path) -> None:
    codebase(tmp_path)
    for name in ("foxes", "hares"):
        helper(tmp_path, name, "def shifted(x):", "def shifted(x, seen=[]):")
        into(tmp_path, name=f"{name}.ipynb")
    assert "def shifted(" in clean(tmp_path, "hares")
    assert "def rounded(" in clean(tmp_path, "hares")
    assert "foxes" not in clean(tmp_path, "hares")


def test_three_notebooks_import_from_the_one_that_defines_it(shared: Path) -> None:
    helper(shared, "goats")
    into(shared, name="goats.ipynb")
    helper(shared, "voles")
    into(shared, name="voles.ipynb")
    for name in ("goats", "voles"):
        assert "from ..foxes.clean import rounded as rounded" in clean(shared, name)


def test_an_edited_copy_stays(tmp_path: Path) -> None:
    """The engineer's helper is not replaced by that of another notebook, whoever is first."""
    codebase(tmp_path)
    helper(tmp_path, "hares")
    into(tmp_path, name="hares.ipynb")
    path = tmp_path / "code/src/lab/hares/clean.py"
    edited = clean(tmp_path, "hares").replace("x + DIGITS", "DIGITS + x")
    path.write_text(edited, encoding="utf-8")
    helper(tmp_path, "foxes")
    into(tmp_path, name="foxes.ipynb")
    into(tmp_path, name="hares.ipynb")
    assert clean(tmp_path, "hares") == edited


# -------------------------------------------------------------------------------------- verified


@pytest.mark.parametrize("source", ["src", "."])
def test_a_verified_promotion(tmp_path: Path, source: str) -> None:
    code = codebase(tmp_path, source)
    helper(tmp_path, "foxes")
    into(tmp_path, name="foxes.ipynb")
    helper(tmp_path, "hares")
    before = tree(code)
    told = into(tmp_path, "--verify", name="hares.ipynb").stderr
    assert "verified" in told
    assert "1 of 1 step recorded" in told
    after = tree(code)
    assert {path for path in before if after[path] != before[path]} == set()
    assert "from ..foxes.clean import rounded as rounded" in after[
        f"{source}/lab/hares/clean.py".removeprefix("./")
    ].decode("utf-8")
    run_tests(code)
    result = invoke("status", "code", "--require", "verified")
    assert result.exit_code == 1  # foxes was not run
    assert [r.verified.holds for r in look(locate.only(code, "hares")).rows if r.symbol] == [
        True
    ] * 4
    assert into(tmp_path, "--verify", name="hares.ipynb").stderr.endswith("nothing was written.\n")


def test_what_the_project_needs_beside_the_notebook_is_told(tmp_path: Path) -> None:
    code = codebase(tmp_path)
    (code / "src/lab/__init__.py").write_text("import not_installed_here\n", encoding="utf-8")
    bears(tmp_path)
    before = tree(code)
    result = invoke("promote", tmp_path / "bears.ipynb", "--into", code, "--verify")
    assert isinstance(result.exception, VerificationError)
    assert "lab cannot be imported where the notebook runs" in result.exception.message
    assert "No module named 'not_installed_here'" in result.exception.message
    assert tree(code) == before


def test_a_verdict_covers_what_is_shared(shared: Path) -> None:
    into(shared, "--verify", name="hares.ipynb")
    path = shared / "code/src/lab/foxes/clean.py"
    path.write_text(clean(shared, "foxes").replace("x + DIGITS", "x - DIGITS"), encoding="utf-8")
    rows = {r.symbol: r for r in look(locate.only(shared / "code", "hares")).rows if r.symbol}
    assert "the code changed" in rows["clean.make_hares"].verified.text
    result = invoke("verify", "code", "--notebook", "hares")
    assert result.exit_code == 1
    assert "The first difference is after cell" in result.stderr
    path.write_text(clean(shared, "foxes").replace("x - DIGITS", "DIGITS + x"), encoding="utf-8")
    assert invoke("verify", "code", "--notebook", "hares").exit_code == 0
    rows = {r.symbol: r for r in look(locate.only(shared / "code", "hares")).rows if r.symbol}
    assert rows["clean.make_hares"].verified.holds


# -------------------------------------------------------------------- how a project writes its code

QUOTES = [
    ('x = "a"\n', "x = 'a'\n"),
    ('x = f"{a} \\n"\n', "x = f'{a} \\n'\n"),
    ('x = "it\'s"\n', 'x = "it\'s"\n'),
    ('x = "say \\"a\\""\n', 'x = "say \\"a\\""\n'),
    ('def f():\n    """Do."""\n', 'def f():\n    """Do."""\n'),
    ('x = [r"\\d", b"a"], """b"""\n', 'x = [r\'\\d\', b\'a\'], """b"""\n'),
]


@pytest.mark.parametrize(("double", "single"), QUOTES)
def test_single_quotes(double: str, single: str) -> None:
    assert formatted(Style(quotes="single"), double) == single


def test_our_own_lines_fit() -> None:
    """black leaves comments and docstrings as they are."""
    text = '''"""What this file is for, in one sentence that is too long for its line."""

x = 1  # why it is so, which takes more than there is room for


def f():
    """Return what is there. And say a bit more of it than fits.

    A paragraph that is longer than a line of this project may be at all.
    """
    # A comment that has a line of its own, and is too long for it as well.
    return "a text that is too long to fit, which is not ours to change"
'''
    done = scaffold(Style(width=50, wraps=True), text)
    long = [line for line in done.splitlines() if len(line) > 50]
    assert long == ['    return "a text that is too long to fit, which is not ours to change"']
    assert "# why it is so, which takes more than there is\n# room for\nx = 1\n" in done
    assert '"""Return what is there.\n\n    And say a bit more of it than fits.\n' in done


STYLES = [
    ("", Style(wraps=True)),
    ("[tool.black]\nline-length = 100\nskip-string-normalization = true\n", Style(100, "preserve", wraps=True)),
    ("[tool.ruff]\nline-length = 79\n[tool.ruff.format]\nquote-style = 'single'\n", Style(79, "single", wraps=True)),
    ("[tool.black]\nskip-magic-trailing-comma = true\n", Style(trailing_commas=False, wraps=True)),
    ("[tool.ruff.lint]\nselect = ['E', 'D']\n", Style(wraps=True, is_linted=True)),
    ("[tool.ruff.lint]\nselect = ['E', 'PGH']\n", Style(wraps=True)),
]  # fmt: skip


@pytest.mark.parametrize(("table", "style"), STYLES)
def test_what_a_project_says_of_its_style(tmp_path: Path, table: str, style: Style) -> None:
    (tmp_path / "pyproject.toml").write_text(table, encoding="utf-8")
    assert embed.style(Project(tmp_path, PackagePaths("zoo.birds"))) == style


def test_a_package_is_laid_out_as_the_formatter_of_the_project_does_it(tmp_path: Path) -> None:
    (tmp_path / "src" / "zoo").mkdir(parents=True)
    (tmp_path / "src" / "zoo" / "__init__.py").touch()
    text = '[project]\nname = "zoo"\nversion = "1"\n[tool.ruff]\nline-length = 79\n'
    text += '[tool.ruff.lint]\nselect = ["E", "F", "I", "UP", "N", "SIM"]\n[tool.ruff.format]\nquote-style = "single"\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    cells = 'import json\nLIMIT = 60\n# %%\nweights = [61, 74, 58]\nheavy = [w for w in weights if w > LIMIT]\n# %%\nwith open("a.json", "w") as file:\n    json.dump(heavy, file)\n# %%\nprint(heavy)'
    path = build.write(tmp_path, cells)
    words = ["promote", str(path), "--all", "--into", str(tmp_path)]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    for program in (["check", "--output-format", "concise"], ["format", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", *program, "--no-cache", "src", "tests"]
        ran = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout
