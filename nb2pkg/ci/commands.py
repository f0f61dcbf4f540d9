"""The commands that every server runs, as text for a shell."""

from __future__ import annotations

import shlex

from nb2pkg.ci.model import Wish


def installing(wish: Wish) -> tuple[str, ...]:
    """nb2pkg; and what the notebooks need, if they are run."""
    return (_pip(wish, wish.install, *(wish.found.for_notebooks if wish.runs else ())),)


def check(wish: Wish, form: str = "", target: str = "") -> str:
    """Look at the notebooks. form: in which format; target: into which file.

    Logs of servers are kept, and seen by many: no values of a run stand in them. A server has not the
    kernels that notebooks name, but the Python into which all was installed.
    """
    words = ["nb2pkg check .", *(["--run --no-values --python python"] if wish.runs else [])]
    words += [f"--format {form}"] if form else []
    words += [f"> {target}"] if target else []
    return " ".join(words)


def gate(wish: Wish) -> str:
    """Is the package in step, and is each symbol all that is asked for?"""
    required = f" --require {','.join(wish.require)}" if wish.require else ""
    return f"nb2pkg status {shlex.quote(wish.project)}{required}"


def testing(wish: Wish) -> tuple[str, ...]:
    """Install what the package needs, and run its tests."""
    return (
        _pip(wish, *wish.found.for_tests),
        f"{_path(wish)}python -m pytest {shlex.join(wish.found.tests)}",
    )


def _path(wish: Wish) -> str:
    return f"PYTHONPATH={shlex.quote(wish.found.sources)} " if wish.found.sources else ""


def _pip(wish: Wish, *words: str) -> str:
    index = ("--index-url", wish.index) if wish.index else ()
    return f"python -m pip install {shlex.join((*index, *words))}"
