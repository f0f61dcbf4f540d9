"""A promotion that changed nothing is not done again, as long as all that it had read is as it was: what it printed is printed again.

Most of the time of a command goes into importing what it needs, so this is asked before that.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nb2pkg import __version__
from nb2pkg.files import reads, user_cache
from nb2pkg.files.reads import Reads

_SHAPE = 1  # of the entries
_VARIABLES = (
    *(
        "APPDATA",
        "CONDA",
        "GIT_",
        "HOME",
        "IPYTHON",
        "JUPYTER",
        "LC_",
        "LANG",
        "LOCALAPPDATA",
        "NB2PKG",
    ),
    *("PATH", "PIP_", "PYTHON", "USERPROFILE", "UV_", "VIRTUAL_ENV", "XDG_"),
)
_begun: dict[str, Reads] = {}  # the command that is listened to, by its name


def forget() -> None:
    """The command is over: another one in the same process is not listened to."""
    _begun.clear()


def repeat(words: list[str]) -> bool:
    """Print what the same command printed last time, if it would do the same again; else listen to it."""
    from nb2pkg.cli import report

    place, name = user_cache.folder("promote"), _name(words)
    said = _said(user_cache.load(place, name))
    if said is None:
        _begun[name] = Reads()
        report.listen()
        return False
    for how, text, ends in said:
        report.repeat(how, text, ends)
    return True


def keep() -> None:
    """Keep what this command printed, which has changed nothing. Nothing happens if nobody listened."""
    from nb2pkg.cli import report
    from nb2pkg.requirements import roots

    for name, heard in _begun.items():
        paths = heard.paths((*roots.MARKS, *roots.LISTS))
        if paths is not None and heard.is_settled(paths[0]):
            entry = {"files": paths[0], "folders": paths[1], "said": report.heard()}
            place = user_cache.folder("promote")
            user_cache.save(place, name, {**entry, "state": reads.state(*paths)})
            user_cache.prune(place)


def _said(entry: Any) -> list[tuple[str, str, bool]] | None:
    """What an entry says was printed; None for one that no longer holds, or is damaged."""
    try:
        said = [(str(how), str(text), bool(ends)) for how, text, ends in entry["said"]]
        return said if _holds(entry) else None
    except (KeyError, TypeError, ValueError):
        return None


def _holds(entry: Mapping[str, Any]) -> bool:
    """Is all as it was, the environment of the kernel too, which was itself asked of the cache?"""
    from nb2pkg.environment import answers

    asked = str(user_cache.folder("environment"))
    names = [Path(path).stem for path in entry["files"] if os.path.dirname(path) == asked]
    is_same = reads.state(entry["files"], entry["folders"]) == entry["state"]
    return is_same and all(answers.load(name) is not None for name in names)


def _name(words: list[str]) -> str:
    """A name for the command, where it was started, and the variables that it may ask for."""
    variables = sorted(item for item in os.environ.items() if item[0].startswith(_VARIABLES))
    about = [_SHAPE, __version__, sys.version, sys.executable, words, os.getcwd(), variables]
    about += [sys.stdout.isatty(), sys.stderr.isatty()]
    return hashlib.blake2b(json.dumps(about).encode(), digest_size=20).hexdigest()
