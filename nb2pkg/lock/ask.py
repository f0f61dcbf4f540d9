"""Run a resolver, and hand on its words where it finds nothing."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from nb2pkg.errors import Nb2pkgError

_SECRET = re.compile(r"(?<=://)[^/@\s]+@|(?<=/)[^/@\s:]+:[^/@\s]+@")  # some drop a slash


# What another environment sets for its own sake: an installer would see that one's libraries, or
# install into it.
OF_OTHERS = frozenset(
    {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    | {"PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_USER"}
)


class ResolverError(Nb2pkgError):
    """It finds no versions that fit together, or cannot get them. words: its own."""

    def __init__(self, words: str) -> None:
        super().__init__(
            f"the resolver finds no versions that fit together, or cannot get them:\n{words}",
            "Nothing was written. What is kept stands in requirements*.txt and in the constraints.",
        )
        self.words = words


def run(command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> str:
    """Its standard output; ResolverError with its words if it fails."""
    own = {name: text for name, text in os.environ.items() if name not in OF_OTHERS}
    environment = {**own, **variables, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        raise _refused(f"{done.stderr}\n{_cause(done.stdout)}")
    return done.stdout


def write(place: Path, name: str, lines: Sequence[str]) -> Path:
    """A file of requirements for the resolver."""
    path = place / name
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))
    return path


def _cause(output: str) -> str:
    """pip tells on standard output which requirements are at odds."""
    _, words, cause = output.partition("The conflict is caused by:")
    return words + cause


def _refused(words: str) -> ResolverError:
    lines = [line for line in words.splitlines() if not line.startswith(("WARNING: ", "[notice]"))]
    return ResolverError(_SECRET.sub("", "\n".join(lines).strip()))
