"""Which kernel a notebook names: found as jupyter_client finds it, without importing that."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nb2pkg.environment.kernelspec import command_for, launcher, python_of
from tests import build

ARGV = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which Jupyter looks for kernels, before all others."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return tmp_path / "share" / "kernels"


def kernel(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "kernel.json").write_text(text, encoding="utf-8")


def specification(python: str, **more: object) -> str:
    return json.dumps(
        {"argv": [python, *ARGV], "display_name": "One", "language": "python", **more}
    )


def found(name: str) -> tuple[list[str], dict[str, str]]:
    command, more = command_for(build.notebook(["a = 1"], kernelspec={"name": name}), "")
    return list(command), dict(more)


@pytest.mark.parametrize("name", ["mine", "MINE", "other-3.12", "theirs"])
def test_a_kernel_is_the_one_that_jupyter_starts(tmp_path: Path, kernels: Path, name: str) -> None:
    from jupyter_client.kernelspec import KernelSpecManager

    kernel(kernels, "mine", specification("/opt/mine/bin/python", env={"LEVEL": "2"}))
    kernel(kernels, "Other-3.12", specification("/opt/other/bin/python"))
    kernel(tmp_path / "ipython" / "kernels", "theirs", specification("/opt/theirs/bin/python"))
    jupyter = KernelSpecManager().get_kernel_spec(name)
    assert found(name) == (jupyter.argv, jupyter.env)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        json.dumps({"argv": ["Rscript"], "display_name": "R", "language": "R"}),
        json.dumps({"argv": [], "display_name": "None", "language": "python"}),
        specification("/opt/mine/bin/python", env=["LEVEL"]),
    ],
    ids=["damaged", "a list", "R", "no command", "a list as environment"],
)
def test_what_is_not_a_kernel_for_python_is_not_taken(kernels: Path, text: str) -> None:
    kernel(kernels, "mine", text)
    assert found("mine") == (list(launcher(sys.executable)), {})


def test_the_python_of_a_kernel_without_a_folder_is_that_of_nb2pkg(kernels: Path) -> None:
    kernel(kernels, "bare", specification("python3"))
    notebook = build.notebook(["a = 1"], kernelspec={"name": "bare"})
    assert python_of(notebook, "") == sys.executable
