"""Which kernel a notebook names, and which Python that is; nothing is started."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec

from nb2pkg.environment import program
from nb2pkg.model import Notebook


def command_for(notebook: Notebook, python: str) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """How to start the kernel of a notebook, and what its kernelspec adds to the environment."""
    if python:
        return launcher(program(python)), {}
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    name = notebook.document.get("metadata", {}).get("kernelspec", {}).get("name", "")
    try:
        spec = KernelSpecManager().get_kernel_spec(name) if name else None
    except (NoSuchKernel, ValueError):
        spec = None
    if spec is None or spec.language.lower() != "python" or not spec.argv:
        return launcher(sys.executable), {}
    return tuple(spec.argv), dict(spec.env)


def python_of(notebook: Notebook, python: str) -> str:
    """The interpreter of a notebook's kernel, which is not started: a person's, or the kernel's own.

    That of nb2pkg where nothing is installed that knows kernels.
    """
    if not python and find_spec("jupyter_client") is None:
        return sys.executable
    return interpreter(command_for(notebook, python)[0])


def launcher(python: str) -> tuple[str, ...]:
    """How to start a kernel with an interpreter that has ipykernel."""
    return (python, "-m", "ipykernel_launcher", "-f", "{connection_file}")


def interpreter(command: tuple[str, ...]) -> str:
    """The Python of a kernel: a bare python means the one that runs nb2pkg, as in Jupyter."""
    is_bare = os.sep not in command[0] and command[0].startswith("python")
    return sys.executable if is_bare else command[0]
