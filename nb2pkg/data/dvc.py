"""The user's own DVC: it does the work where it is installed.

It has its own remotes, links and ignored files, which nothing here repeats. It runs in a process of
the interpreter that has it, and is told to send nothing to its makers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nb2pkg.errors import Nb2pkgError

PYTHON = "NB2PKG_DVC_PYTHON"
_WORKER = Path(__file__).with_name("dvc_worker.py")
_RUN = "import sys; sys.path[:1] = []; exec(compile(sys.argv[1], 'nb2pkg', 'exec'))"


def interpreter() -> str:
    """The Python that has DVC: the one that is named, this one, or that of the command dvc.

    Empty if there is none.
    """
    if PYTHON in os.environ:
        return os.environ[PYTHON]
    if find_spec("dvc") is not None:
        return sys.executable
    command = shutil.which("dvc")
    if command is None:
        return ""
    folder = Path(command).resolve().parent
    names = ("python.exe", "../python.exe") if os.name == "nt" else ("python", "python3")
    return next((str(folder / name) for name in names if (folder / name).is_file()), "")


def ask(python: str, root: Path, task: str, paths: Sequence[Path], **options: Any) -> list[str]:
    """Have DVC do something in a repository; what it did, by paths as seen from the root.

    Raises:
        Nb2pkgError: It cannot, with what it says.
    """
    request = {"root": str(root), "task": task, "paths": list(map(str, paths)), **options}
    words = [python, "-c", _RUN, _WORKER.read_text(encoding="utf-8")]
    try:
        done = subprocess.run(
            words,
            input=json.dumps(request),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            cwd=root,
            env={**os.environ, "DVC_NO_ANALYTICS": "1", "PYTHONIOENCODING": "utf-8"},
            check=False,
        )
    except OSError as error:
        raise _unusable(python, error.strerror or str(error)) from None
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise _unusable(python, last) from None
    if "error" in answer:
        raise Nb2pkgError(f"DVC: {answer['error']}", "Nothing was changed by nb2pkg itself.")
    return [str(path) for path in answer["done"]]


def _unusable(python: str, reason: str) -> Nb2pkgError:
    return Nb2pkgError(
        f"{python}: DVC cannot be used there: {reason}",
        f"Repair it, or name another interpreter in {PYTHON}; empty, nb2pkg does without DVC.",
    )
