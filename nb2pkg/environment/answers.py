"""What an interpreter said of its environment is kept until something is installed there, or removed.

To be asked it is started, and reads the metadata of everything that is installed: that takes longer than the promotion of a
short notebook.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nb2pkg import __version__
from nb2pkg.files import user_cache

_SHAPE = 1  # of the entries
_VARIABLES = ("PYTHON", "HOME", "USERPROFILE", "APPDATA")
_TELLING = (".dist-info", ".egg-info", ".egg-link", ".pth", "_finder.py")
_METADATA = ("METADATA", "PKG-INFO", "RECORD", "direct_url.json")


def load(name: str) -> Mapping[str, Any] | None:
    """The answer that is kept under that name; None if there is none, or if it is no longer true."""
    entry = user_cache.load(user_cache.folder("environment"), name)
    try:
        is_true = _state(entry["answer"]["watched"])[0] == entry["state"]
        return entry["answer"] if is_true else None
    except (KeyError, TypeError):
        return None


def save(name: str, answer: Mapping[str, Any]) -> None:
    """Keep an answer, unless its environment has changed just now, and may be changing still."""
    state, newest = _state(answer["watched"])
    if time.time_ns() - newest > user_cache.RACY:
        place = user_cache.folder("environment")
        user_cache.save(place, name, {"state": state, "answer": answer})
        user_cache.prune(place)


def name_of(command: list[str], script: str) -> str:
    """A name for what an interpreter says when it is started so. It depends on the variables for Python, too."""
    variables = {k: v for k, v in os.environ.items() if k.startswith(_VARIABLES)}
    program = os.path.realpath(command[0])
    about = [_SHAPE, __version__, platform.release(), command, program, _changed(program)]
    settings = Path(command[0]).parent.parent / "pyvenv.cfg"
    about += [_changed(str(settings)), sorted(variables.items()), script]
    return hashlib.blake2b(json.dumps(about).encode(), digest_size=20).hexdigest()


def _state(watched: list[str]) -> tuple[str, int]:
    """A digest of when these folders, and what tells of distributions in them, were changed; and the last such time."""
    found = [(path, _changed(path)) for folder in watched for path in (folder, *_telling(folder))]
    digest = hashlib.blake2b(json.dumps(found).encode(), digest_size=20).hexdigest()
    return digest, max((changed for _, changed in found), default=0)


def _telling(folder: str) -> Iterator[str]:
    try:
        entries = sorted(os.listdir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.endswith(_TELLING):
            path = os.path.join(folder, entry)
            yield path
            yield from (os.path.join(path, name) for name in _METADATA)


def _changed(path: str) -> int:
    """When something was changed, in nanoseconds; 0 if it is not there."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
