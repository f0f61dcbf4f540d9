"""Run generated notebooks and pipelines, each in a process that is forked for it.

A fork of a process that has IPython loaded costs a hundredth of a kernel, and leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Cells = list[
    dict[str, Any]
]  # of each cell: what it printed and showed, its error, the values behind it
_OURS = {"In", "Out", "exit", "quit", "get_ipython", "open"}


def apart(do: Callable[[], Any], seconds: int = 20) -> Any:
    """What a function returns in a process of its own, or why it does not, as a text."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _do(do, writing, seconds)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return json.loads(data) if data else "ended without a word"


def _do(do: Callable[[], Any], writing: int, seconds: int) -> None:
    import signal

    signal.alarm(seconds)
    try:
        found: Any = do()
    except BaseException as error:
        found = f"{type(error).__name__}: {error}"
    with os.fdopen(writing, "wb") as pipe:
        pipe.write(json.dumps(found).encode())
    os._exit(0)


def cells(document: Mapping[str, Any], folder: Path) -> Cells:
    """Run the code cells of a notebook, as IPython does, in this process."""
    from IPython.core.interactiveshell import InteractiveShell

    os.chdir(folder)
    random.seed(7)
    shell: Any = InteractiveShell.instance()
    shell.history_manager.enabled = False
    found: Cells = []
    for cell in document["cells"]:
        if cell["cell_type"] != "code":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            shell.displayhook.display_trap_active = False
            done = shell.run_cell("".join(cell["source"]), store_history=False, silent=False)
        error = done.error_before_exec or done.error_in_exec
        is_quiet = (
            "".join(cell["source"]).rstrip().endswith(";")
        )  # IPython asks its history for that
        found.append(
            {
                "printed": _without_times(printed.getvalue()),
                "shown": "" if is_quiet or done.result is None else described(done.result),
                "error": type(error).__name__ if error else "",
                "values": values(shell.user_ns),
            }
        )
        if error:
            break
    return found


def _without_times(text: str) -> str:
    lines = (line for line in text.splitlines() if "time" not in line)
    return "\n".join(line for line in lines if not line.startswith("Out["))


def pipeline(package: str, source: Path, folder: Path) -> dict[str, str]:
    """What run() gives."""
    os.chdir(folder)
    sys.path.insert(0, str(source))
    module = importlib.import_module(f"{package}.pipeline")
    random.seed(7)
    with contextlib.redirect_stdout(io.StringIO()):
        return values(module.run())


def values(namespace: Mapping[str, Any]) -> dict[str, str]:
    """Each variable in words, without addresses and modules."""
    return {
        name: described(value)
        for name, value in list(namespace.items())
        if not name.startswith("_") and name not in _OURS and not _is_code(value)
    }


def _is_code(value: Any) -> bool:
    return isinstance(value, (type, type(os))) or (callable(value) and hasattr(value, "__name__"))


def described(value: Any, seen: Sequence[int] = ()) -> str:
    """A value in words."""
    kind = type(value).__name__
    if id(value) in seen:
        return "..."
    seen = (*seen, id(value))
    if _is_code(value):
        return "code"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {described(v, seen)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return kind + "[" + ", ".join(described(item, seen) for item in value) + "]"
    if value is None or isinstance(value, (int, float, str, bool)):
        return repr(value)
    if hasattr(value, "__dict__"):
        return f"{kind}({described(vars(value), seen)})"
    return kind
