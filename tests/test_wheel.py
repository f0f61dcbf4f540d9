"""The wheel: it holds all that the command needs, and works where the checkout is not."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import build, venvs
from tests.venvs import Environment

pytestmark = pytest.mark.xdist_group("wheel")  # its fixtures are made once

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = """
# %% [markdown]
# # Weighing
# %% tags=["nb2pkg"]
LIMIT = 60
# %% tags=["nb2pkg:weights.pick_heavy"]
weights = [61, 74, 58]
heavy = [weight for weight in weights if weight > LIMIT]
# %%
print(heavy)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout, without a network: hatchling is that of the environment."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_everything_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert inside == {*_modules(), *_templates(), *_tables(), *_page()}


def _tables() -> set[str]:
    tables = (
        path for kind in ("*.toml", "*.tsv", "py.typed") for path in (ROOT / "nb2pkg").rglob(kind)
    )
    return {path.relative_to(ROOT).as_posix() for path in tables}


def _page() -> set[str]:
    """What nb2pkg ui serves."""
    static = ROOT / "nb2pkg/ui/static"
    return {path.relative_to(ROOT).as_posix() for path in static.iterdir()}


def _modules() -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / "nb2pkg").rglob("*.py")}


def _templates() -> set[str]:
    found = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    found = [path for path in found if path.parent.name != "__pycache__"]
    assert found
    return {f"nb2pkg/{path.relative_to(ROOT).as_posix()}" for path in found}


# ---------------------------------------------------------------------------------- installed


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A new environment in which the wheel is installed, and in which the checkout is not seen."""
    folder = tmp_path_factory.mktemp("environment")
    made = venvs.create(folder)
    options = ["--no-deps", "--no-index", "--ignore-installed", "--disable-pip-version-check"]
    done = _run(made.python, "-m", "pip", "install", *options, wheel, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def _run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True
    )


def test_what_runs_is_what_was_installed(installed: Environment, tmp_path: Path) -> None:
    done = _run(installed.python, "-c", "import nb2pkg; print(nb2pkg.__file__)", cwd=tmp_path)
    assert Path(done.stdout.strip()).is_relative_to(installed.site), done.stdout + done.stderr


def test_help(installed: Environment, tmp_path: Path) -> None:
    done = _run(installed.scripts / "nb2pkg", "--help", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {"promote", "show", "tag"} <= set(done.stdout.split())


def test_promote_somewhere_else(installed: Environment, tmp_path: Path) -> None:
    build.write(tmp_path, NOTEBOOK, name="weighing.ipynb")
    done = _run(installed.scripts / "nb2pkg", "promote", "weighing.ipynb", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    project = tmp_path / "weighing-package"
    assert "def pick_heavy(" in (project / "src/weighing/weights.py").read_text(encoding="utf-8")
    done = _run(installed.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
