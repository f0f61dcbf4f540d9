"""Every command on one notebook, in this process: what comes out, and how long it took."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nb2pkg.cli.main import main

NAME = "analysis.ipynb"
COMMANDS = (
    ("show", NAME),
    ("check", NAME),
    ("order", NAME),
    ("deps", NAME),
    ("tag", NAME, "--suggest"),
    ("promote", NAME, "--all", "--output", "made"),
    ("status", "made"),
    ("review", "made", "--output", "review.html"),
    ("promote", NAME, "--output", "tagged"),
    ("tag", NAME, "1"),
)
SLOW_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A command that ended as none should: by a traceback, as a bug of ours, or too late."""

    command: str
    kind: str
    text: str


def run(folder: Path, data: bytes) -> Iterator[Failure]:
    """Run all commands on the notebook in a folder of its own."""
    (folder / NAME).write_bytes(data)
    for words in COMMANDS:
        if words[1] in ("made", "tagged") and not (folder / words[1]).is_dir():
            continue
        began = time.monotonic()
        code, said = called(folder, words)
        took = time.monotonic() - began
        last = said.strip().splitlines()[-1][:300] if said.strip() else ""
        if code not in (0, 1):
            yield Failure(words[0], f"exit {code}", last)
        elif took > SLOW_SECONDS:
            yield Failure(words[0], "slow", f"{took:.1f} s")


def called(folder: Path, words: tuple[str, ...]) -> tuple[int | str, str]:
    """The exit code of a command, or the name of an exception that nobody caught, and what it said."""
    before, arguments = Path.cwd(), sys.argv
    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace")
    os.chdir(folder)
    sys.argv = ["nb2pkg", *words]
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            main()
        return 0, _text(said)
    except SystemExit as stop:
        return (stop.code if isinstance(stop.code, int) else 0), _text(said)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        return type(error).__name__, f"{_text(said)}\n{type(error).__name__} {place}: {error}"
    finally:
        os.chdir(before)
        sys.argv = arguments


def _text(said: io.TextIOWrapper) -> str:
    said.seek(0)
    return said.read()
