"""The command line of nb2pkg in a copy of this process, which has imported all of it already."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_BROKEN = 70  # an end that the command line does not know


def can_fork() -> bool:
    """Can a process copy itself here? Not on Windows."""
    return hasattr(os, "fork")


def nb2pkg(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What ``python -m nb2pkg WORDS`` gives in a folder, without the time that its imports take."""
    import nb2pkg.api
    import nb2pkg.cli.main
    import nb2pkg.cli.promote  # noqa: F401  # what a copy would import anew each time

    with tempfile.TemporaryFile("w+b") as out, tempfile.TemporaryFile("w+b") as err:
        child = os.fork()
        if not child:
            _become(words, folder, out, err)
        _, status = os.waitpid(child, 0)
        texts = [_all_of(file) for file in (out, err)]
    return subprocess.CompletedProcess(list(words), os.waitstatus_to_exitcode(status), *texts)


def _become(words: Sequence[str], folder: Path, out: IO[bytes], err: IO[bytes]) -> None:
    """Run the command, and end without anything that this process has to do at its own end."""
    from nb2pkg.cli.main import main

    code = _BROKEN
    try:
        os.chdir(folder)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w"), "utf-8")
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w"), "utf-8")
        sys.argv = ["nb2pkg", *words]
        main()
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(bool(ending.code))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _all_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8")
