"""The commands that every server runs, as text for a shell."""

from __future__ import annotations

import shlex

from nb2pkg.ci.model import Wish


def installing(wish: Wish) -> tuple[str, ...]:
    """nb2pkg; and what the notebooks need, if they are run."""
    default = wish.install == "nb2pkg" and wish.runs
    spec = "nb2pkg[verify]" if default else wish.install
    packages = [spec, *(("-r", f"{wish.project}/requirements.txt") if _has_more(wish) else ())]
    return (f"python -m pip install {shlex.join(packages)}",)


def _has_more(wish: Wish) -> bool:
    return wish.runs and bool(wish.project)


def check(wish: Wish, form: str = "", target: str = "") -> str:
    """Look at the notebooks. form: in which format; target: into which file.

    Logs of servers are kept, and seen by many: no values of a run stand in them.
    """
    words = ["nb2pkg check .", *(["--run --no-values"] if wish.runs else [])]
    words += [f"--format {form}"] if form else []
    words += [f"> {target}"] if target else []
    return " ".join(words)


def gate(wish: Wish) -> str:
    """Is the package in step, and is each symbol all that is asked for?"""
    required = f" --require {','.join(wish.require)}" if wish.require else ""
    return f"nb2pkg status {shlex.quote(wish.project)}{required}"


def testing(wish: Wish) -> tuple[str, ...]:
    """Install the package as its users do, and run its tests."""
    folder = "." if wish.project == "." else f"./{wish.project}"
    return (
        f"python -m pip install -e {shlex.quote(f'{folder}[test]')}",
        f"python -m pytest {shlex.quote(wish.project)}",
    )
