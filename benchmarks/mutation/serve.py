"""Run pytest in forked children that find the libraries imported already. Linux only.

    python serve.py '["numpy", "pandas"]'

Reads requests and writes answers, a line of JSON each. It runs with the interpreter of the notebooks,
which has pytest, but neither nb2pkg nor mutmut: only the standard library is imported here.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import defaultdict
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

MEMORY = 6 << 30  # a number of the mutated code must not take all that the machine has
LOG, LINES = "pytest.log", "lines.json"
SHOWN = 6
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
OF_A_FUNCTION = 0x1  # CO_OPTIMIZED: not the body of a module or of a class


def main() -> None:
    """Import what the tests will, then fork a child for every request."""
    sys.path.pop(0)  # the folder of this file, whose modules no notebook means
    answers = os.fdopen(os.dup(1), "w")
    for name in json.loads(sys.argv[1]):
        # A module that is not there is not there in the child either.
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fork, wait as long as is allowed, and leave no process behind."""
    started = time.monotonic()
    child = os.fork()
    if not child:
        _be_the_child(request)
    ended = _wait(child, request["seconds"])
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # it, and what it has started
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    notes = Path(request["notes"])
    lines = notes / LINES
    return {
        "exit": code if ended else None,
        "seconds": round(time.monotonic() - started, 2),
        "tail": _tail(notes / LOG),
        "lines": json.loads(lines.read_text()) if request["trace"] and lines.exists() else {},
    }


def _wait(child: int, seconds: float) -> bool:
    """Whether the child ended in time. Its status is left for waitpid, so its id stays its own."""
    handle = os.pidfd_open(child)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(handle)


def _tail(log: Path) -> str:
    text = log.read_text(errors="replace") if log.exists() else ""
    return "\n".join(text.strip().splitlines()[-SHOWN:])


def _be_the_child(request: dict[str, Any]) -> None:
    """Run the tests of one project, and end without what is registered for the end of the server."""
    code = 3
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)  # an endless loop would stay
        notes = Path(request["notes"])
        _redirect(notes / LOG)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        os.environ.update(request["environment"])
        os.chdir(request["project"])
        tempfile.tempdir = None
        _reseed()
        executed = _traced(request["project"]) if request["trace"] else {}
        arguments = ["-q", "-x", "-p", "no:cacheprovider", "--tb=short", "tests"]
        code = int(pytest.main(arguments))
        if request["trace"]:
            sys.settrace(None)
            (notes / LINES).write_text(json.dumps({k: sorted(v) for k, v in executed.items()}))
    except BaseException:  # of this file: pytest lets nothing pass
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        os._exit(code)


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for target, source in ((0, nothing), (1, file), (2, file)):
        os.dup2(source, target)
    sys.stdin = open(0)  # noqa: SIM115
    sys.argv[:] = ["pytest"]


def _reseed() -> None:
    """A new process draws other random numbers than the last one; a fork alone would not."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()


def _traced(project: str) -> dict[str, set[int]]:
    """The lines of src that run from now on, by file: `called FILE` in functions, else `imported`."""
    found: dict[str, set[int]] = defaultdict(set)
    source = os.path.join(os.path.realpath(project), "src") + os.sep

    def on_call(frame: FrameType, _event: str, _argument: object) -> Any:
        name = frame.f_code.co_filename
        if not name.startswith(source):
            return None
        manner = "called" if frame.f_code.co_flags & OF_A_FUNCTION else "imported"
        lines = found[f"{manner} {os.path.relpath(name, project)}"]

        def on_line(frame: FrameType, event: str, _argument: object) -> Any:
            if event == "line":
                lines.add(frame.f_lineno)
            return on_line

        return on_line

    threading.settrace(on_call)
    sys.settrace(on_call)
    return found


if __name__ == "__main__":
    main()
