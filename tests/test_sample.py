"""The sample: what it is promoted to is what is committed, and it works where it is installed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner
from nbclient import NotebookClient

from nb2pkg.cli.main import cli
from nb2pkg.project import base, locate
from nb2pkg.promote.build import Request, promote
from tests import venvs

pytestmark = pytest.mark.xdist_group("sample")  # its fixtures are made once

SAMPLE = Path(__file__).resolve().parents[1] / "sample_project"
COMMITTED = SAMPLE / "penguins-package"
MAKEFILE = (SAMPLE.parent / "Makefile").read_text(encoding="utf-8")
PINNED = re.compile(r'^(\s*"?[\w.-]+)[=>]=[\w.+!,<]+', re.MULTILINE)
FRACTION = re.compile(r"-?\d+\.\d+")
VERSIONS = re.compile(r'^ *"environment": .*$', re.MULTILINE)
PYTHON = re.compile(r'(?<=^requires-python = )".*"', re.MULTILINE)
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-notebook.txt")
NOT_OURS = {"__pycache__", ".ruff_cache", ".mypy_cache", ".pytest_cache"}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of a copy of the sample, at the same place beside its notebook."""
    folder = tmp_path_factory.mktemp("copy") / "sample_project"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("penguins-package", *NOT_OURS))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in re.findall(r"^sample: export (\w+) = (.+)$", MAKEFILE, re.MULTILINE):
            patch.setenv(name, value)
        words = ["promote", str(folder / "penguins.ipynb"), "--verify"]
        done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    return folder / "penguins-package"


# ---------------------------------------------------------------------------- what is committed


def test_it_is_what_is_committed(project: Path) -> None:
    """If it is not, look at the difference, and run make sample if it is meant."""
    made, committed = _texts(project), _texts(COMMITTED)
    assert sorted(made) == sorted(committed)
    for path, text in made.items():
        assert text.splitlines() == committed[path].splitlines(), path
        assert text == committed[path], path


def _texts(project: Path) -> dict[str, str]:
    """Every file of a package, but for what depends on the environment.

    Requirements and the oldest Python follow the versions that are installed where the kernel runs,
    so only the names can be compared; the last digits of a fit, dtypes and digests follow them too.
    """
    files = (path for path in sorted(project.rglob("*")) if path.is_file())
    ours = {
        path.relative_to(project).as_posix(): path.read_bytes().decode("utf-8")
        for path in files
        if not NOT_OURS & set(path.relative_to(project).parts)
    }
    del ours["tests/recorded.json"]
    ours = {path: VERSIONS.sub("", FRACTION.sub("0.0", text)) for path, text in ours.items()}
    # What zlib makes of a text is another text with another zlib.
    del ours[base.PATH]
    ours |= {f"generated {name}": text for name, text in locate.generated(project).items()}
    for name in ("pyproject.toml", *REQUIREMENTS):
        for where in (name, f"generated {name}"):
            ours[where] = PYTHON.sub("", PINNED.sub(r"\1", ours[where]))
    return ours


def test_every_step_is_in_the_pipeline(project: Path) -> None:
    """The sample has no step that can only be called from the notebook."""
    plan = promote(project.parent / "penguins.ipynb", Request()).plan
    assert plan.pipeline.ends_before is None
    assert not plan.pipeline.inputs
    in_pipeline = [line.step for line in plan.pipeline.lines if line.step is not None]
    assert sorted(step.name for step in in_pipeline) == sorted(step.name for step in plan.steps)


def test_what_stays_has_a_reason_that_the_sample_shows(project: Path) -> None:
    plan = promote(project.parent / "penguins.ipynb", Request()).plan
    ids = {cell.index: cell.id for cell in plan.notebook.cells}
    found = {(p.code, ids[p.place.cell]) for p in plan.problems if p.place}
    assert found == {("NB202", "features")}


# ---------------------------------------------------------------------------- installed and run


@pytest.fixture(scope="module")
def run(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command with the Python of a new environment in which the package is installed."""
    folder = tmp_path_factory.mktemp("environment")
    made = venvs.create(folder)
    environment = {
        k: v for k, v in os.environ.items() if k not in ("PENGUINS_DATA_DIR", "PYTHONPATH")
    }
    environment |= {"MPLBACKEND": "Agg", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [str(made.python), *arguments]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)

    options = [
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--disable-pip-version-check",
        "--quiet",
    ]
    done = run("-m", "pip", "install", *options, str(project), cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (made.site / "penguins" / "py.typed").is_file()
    run("-c", "import matplotlib.pyplot", cwd=folder)  # says once that it looks for fonts
    return run


def test_its_tests_pass(run: Run, project: Path) -> None:
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed", done.stdout)
    assert "skipped" not in done.stdout


@pytest.mark.parametrize(
    "tool",
    [["ruff", "check", "--no-cache", "."], ["mypy", "--cache-dir", os.devnull, "src", "tests"]],
    ids=lambda tool: tool[0],
)
def test_it_is_clean(run: Run, project: Path, tool: list[str]) -> None:
    done = run("-m", *tool, cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pipeline_runs_as_a_command(run: Run, project: Path) -> None:
    """The installed package finds the data in the working directory."""
    done = run("-m", "penguins", cwd=project.parent)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^accuracy: 0\.9\d+$", done.stdout, re.MULTILINE)


def test_a_parameter_is_an_option(run: Run, project: Path) -> None:
    plain = run("-m", "penguins", cwd=project.parent)
    other = run("-m", "penguins", "--seed", "8", cwd=project.parent)
    assert other.returncode == 0, other.stderr
    assert other.stdout != plain.stdout


def test_importing_has_no_effect(run: Run, tmp_path: Path, project: Path) -> None:
    stems = sorted(path.stem for path in (project / "src" / "penguins").glob("*.py"))
    assert {"config", "pipeline", "__main__"} <= set(stems)
    modules = ["penguins", *(f"penguins.{stem}" for stem in stems if stem != "__init__")]
    done = run("-c", "\n".join(f"import {module}" for module in modules), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------- the notebook and its story


@pytest.fixture(scope="module")
def outputs(project: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The outputs of the original and of the narrative, by cell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PENGUINS_DATA_DIR", raising=False)
        original = _executed(project.parent / "penguins.ipynb")
        patch.setenv("PYTHONPATH", str(project / "src"))  # as if the package were installed
        yield original, _executed(project / "notebooks" / "penguins.ipynb")


def _executed(path: Path) -> dict[str, Any]:
    """Run it in a new kernel, in its own folder: cell id to what the cell shows."""
    document = nbformat.read(path, as_version=4)
    NotebookClient(document, resources={"metadata": {"path": str(path.parent)}}).execute()
    return {
        # stderr has warnings of older pandas alone, and they name the place of the code.
        cell.id: _joined(
            [_shown(output) for output in cell.outputs if output.get("name") != "stderr"]
        )
        for cell in document.cells
        if cell.cell_type == "code"
    }


def _joined(shown: list[tuple[str, str, list[str]]]) -> list[tuple[str, str, list[str]]]:
    """What is printed in one go may come in several parts."""
    found: list[tuple[str, str, list[str]]] = []
    for kind, text, more in shown:
        if found and kind == "stdout" and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + text, more)
        else:
            found.append((kind, text, more))
    return found


def _shown(output: Any) -> tuple[str, str, list[str]]:
    """Texts as they are; of pictures only that there is one, since they are compared elsewhere."""
    if output.output_type == "stream":
        return output.name, output.text, []
    return output.output_type, output.data.get("text/plain", ""), sorted(output.data)


def test_the_story_shows_what_the_original_shows(
    outputs: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    original, narrative = outputs
    assert narrative == original
    assert [key for key, shown in original.items() if shown], "the sample shows something"


def test_the_story_tells_the_same(project: Path) -> None:
    """Cells keep their ids and order, and markdown its text; no code is there twice."""
    original = json.loads((SAMPLE / "penguins.ipynb").read_text(encoding="utf-8"))["cells"]
    story = json.loads((project / "notebooks" / "penguins.ipynb").read_text(encoding="utf-8"))[
        "cells"
    ]
    assert [cell["id"] for cell in story] == [cell["id"] for cell in original]
    words = [cell["source"] for cell in original if cell["cell_type"] == "markdown"]
    assert [cell["source"] for cell in story if cell["cell_type"] == "markdown"] == words
    text = "\n".join("".join(cell["source"]) for cell in story)
    assert "train_test_split(" not in text
    assert "train.split(complete," in text


def test_one_changed_line_changes_one_line(project: Path, tmp_path: Path) -> None:
    """In the code, and in what belongs to it; everything else stays byte for byte."""
    shutil.copytree(project.parent, tmp_path / "sample_project")
    path = tmp_path / "sample_project" / "penguins.ipynb"
    text = path.read_text(encoding="utf-8")
    assert text.count(r"stratify=complete[\"species\"]") == 1
    path.write_text(
        text.replace(r"stratify=complete[\"species\"]", r"stratify=complete[\"island\"]"), "utf-8"
    )
    before = _bytes(project)
    done = CliRunner().invoke(cli, ["promote", str(path), "--verify"])
    assert done.exit_code == 0, done.output
    after = _bytes(tmp_path / "sample_project" / project.name)
    changed = sorted(p for p in before | after if before.get(p) != after.get(p))
    module, manifest, texts = "src/penguins/train.py", ".nb2pkg/manifest.json", ".nb2pkg/base.jsonl"
    assert [path for path in changed if not path.startswith("tests/")] == [texts, manifest, module]
    assert len(_new(before[module], after[module])) == len(_new(after[module], before[module])) == 1
    assert len(_new(before[manifest], after[manifest])) <= 4
    tests = {path for path in changed if path.startswith("tests/test_")}
    assert tests == {"tests/test_train.py"}


def _new(before: bytes, after: bytes) -> list[bytes]:
    """Lines that one has and the other has not."""
    return [line for line in after.splitlines() if line not in before.splitlines()]


def _bytes(project: Path) -> dict[str, bytes]:
    files = (path for path in sorted(project.rglob("*")) if path.is_file())
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in files}
