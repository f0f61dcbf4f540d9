"""Which kernel a notebook names, and which Python that is; nothing is started."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nb2pkg.environment import program
from nb2pkg.model import Notebook


def command_for(notebook: Notebook, python: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """How to start the kernel of a notebook, and what its kernelspec adds to the environment."""
    if python:
        return launcher(program(python)), {}
    name = notebook.document.get("metadata", {}).get("kernelspec", {}).get("name", "")
    spec = _spec(name) if name and isinstance(name, str) else None
    if spec is None:
        return launcher(sys.executable), {}
    return tuple(spec["argv"]), dict(spec.get("env", {}))


def _spec(name: str) -> Mapping[str, Any] | None:
    """The kernel.json of a kernel for Python, found as jupyter_client finds it, whose import takes longer than
    all that is asked of it here.
    """
    for folder in _kernel_folders():
        for entry in _entries(folder):
            if entry.name.lower() == name.lower() and (entry / "kernel.json").is_file():
                return _read(entry / "kernel.json")
    return None


def _kernel_folders() -> Iterable[Path]:
    from jupyter_core.paths import jupyter_path

    ipython = os.environ.get("IPYTHONDIR") or Path.home() / ".ipython"
    return [*map(Path, jupyter_path("kernels")), Path(ipython) / "kernels"]


def _entries(folder: Path) -> list[Path]:
    try:
        return [*folder.iterdir()]
    except OSError:
        return []


def _read(path: Path) -> Mapping[str, Any] | None:
    """A specification that says how to start a kernel for Python; None for any other."""
    try:
        spec = json.loads(path.read_text(encoding="utf-8"))
        is_python = spec["language"].lower() == "python"
        starts = spec["argv"] and all(isinstance(word, str) for word in spec["argv"])
        is_complete = starts and isinstance(spec.get("env", {}), dict)
        return spec if is_python and is_complete else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def python_of(notebook: Notebook, python: str) -> str:
    """The interpreter of a notebook's kernel, which is not started: a person's, or the kernel's own."""
    return interpreter(command_for(notebook, python)[0])


def launcher(python: str) -> tuple[str, ...]:
    """How to start a kernel with an interpreter that has ipykernel."""
    return (python, "-m", "ipykernel_launcher", "-f", "{connection_file}")


def interpreter(command: tuple[str, ...]) -> str:
    """The Python of a kernel: a bare python means the one that runs nb2pkg, as in Jupyter."""
    is_bare = os.sep not in command[0] and command[0].startswith("python")
    return sys.executable if is_bare else command[0]
