"""Run by the interpreter that has DVC: one task, as JSON on stdin; the answer is the last line on stdout.

It is passed as text, so that nothing of nb2pkg need be there.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any


def perform(request: dict[str, Any]) -> list[str]:
    """Do what is asked for; what was done, as DVC reports it."""
    from dvc.repo import Repo

    repo = Repo(request["root"])
    paths = request["paths"]
    remote = request.get("remote") or None
    try:
        if request["task"] == "add":
            return [stage.relpath for stage in repo.add(paths)]
        if request["task"] == "push":
            return [""] * int(repo.push(targets=paths, remote=remote))
        changed = repo.pull(targets=paths, remote=remote, force=bool(request.get("force")))
        return [path for kind in ("added", "modified") for path in changed.get(kind, ())]
    finally:
        repo.close()


def main() -> None:
    request = json.load(sys.stdin)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # it shows what it is doing
            answer: dict[str, Any] = {"done": perform(request)}
    except ImportError as error:
        raise SystemExit(str(error)) from None
    except Exception as error:  # whatever DVC says is for the person who asked
        causes: list[BaseException] = [error]
        while causes[-1].__cause__ is not None:
            causes.append(causes[-1].__cause__)
        texts = dict.fromkeys(str(cause).strip() or type(cause).__name__ for cause in causes)
        answer = {"error": ": ".join(texts)}
    print(json.dumps(answer))


main()
