"""What commands keep for the next one, in the user's cache folder: values that they can make anew.

An entry is written as a whole or not at all. The folder may be deleted at any time.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RACY = 2_000_000_000  # nanoseconds: a file system may give two changes of that time one date
_OLD = 30 * 24 * 3600  # seconds after which an entry that nobody wrote anew goes
_DAY = 24 * 3600


def folder(kind: str) -> Path:
    """The folder for entries of one kind. NB2PKG_CACHE_DIR says another one than the user's."""
    if own := os.environ.get("NB2PKG_CACHE_DIR"):
        return Path(own) / kind
    try:
        return _base() / "nb2pkg" / kind
    except RuntimeError:  # a user without a home
        return Path(os.devnull) / kind  # where nothing can be written, or found


def _base() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def load(place: Path, name: str) -> Any:
    """The value of an entry; None if there is none that can be read."""
    try:
        return json.loads((place / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return None


def save(place: Path, name: str, value: Any) -> None:
    """Keep a value. A cache that cannot be written is no reason to stop."""
    text = json.dumps(value)
    try:
        place.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=place)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, place / f"{name}.json")
    except OSError:
        return


def prune(place: Path) -> None:
    """Once a day, delete what is old; others may do so at the same time."""
    mark, now = place / "pruned", time.time()
    try:
        if mark.exists() and now - mark.stat().st_mtime < _DAY:
            return
        mark.touch()
        for entry in [*place.glob("*.json"), *place.glob(".new-*")]:
            if now - entry.stat().st_mtime > _OLD:
                entry.unlink(missing_ok=True)
    except OSError:
        return
