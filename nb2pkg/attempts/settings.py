"""What a project wants of attempts: ``[tool.nb2pkg]`` in the nearest pyproject.toml that says so."""

from __future__ import annotations

from pathlib import Path

from nb2pkg import pyproject
from nb2pkg.attempts.model import Outputs
from nb2pkg.errors import Nb2pkgError

KEY = "attempts"


def is_on(folder: Path) -> bool:
    """Are attempts recorded without being asked for?"""
    found = _setting(folder, KEY, True)
    if not isinstance(found, bool):
        raise Nb2pkgError(
            f"[tool.nb2pkg]: {KEY} is {found!r}, which is neither true nor false", "Fix the file."
        )
    return found


def outputs(folder: Path) -> Outputs:
    """What becomes of outputs: where notebooks may not keep them, no attempt does."""
    return "keep" if _setting(folder, "outputs", "allow") == "allow" else "strip"


def _setting(folder: Path, key: str, default: object) -> object:
    found = pyproject.nearest(
        folder, lambda document: key in pyproject.table(document, "tool", "nb2pkg")
    )
    return default if found is None else pyproject.table(found[0], "tool", "nb2pkg")[key]
