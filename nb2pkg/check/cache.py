"""What was found is kept: by the content of the file, the settings, and the version of nb2pkg.

An entry holds codes, messages and places; no line of a notebook, and no secret. The folder may be
deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from nb2pkg import __version__
from nb2pkg.check.model import Edit, Finding, Limits, ProjectFacts, Strip
from nb2pkg.model import Place

_SHAPE = 2  # of the entries
_OLD = 30 * 24 * 3600  # seconds after which an entry that nobody wrote anew goes
_DAY = 24 * 3600


def folder() -> Path:
    """The user's cache folder. NB2PKG_CACHE_DIR says another."""
    own = os.environ.get("NB2PKG_CACHE_DIR")
    if own:
        return Path(own)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "nb2pkg" / "check"


def key(data: bytes, wanted: frozenset[str], limits: Limits, project: ProjectFacts) -> str:
    """A name for what a check of these bytes gives."""
    declared = None if project.declared is None else sorted(project.declared)
    python = ".".join(map(str, sys.version_info[:2]))
    about = [_SHAPE, __version__, python, _code(), sorted(wanted), asdict(limits), declared]
    about += [sorted(project.local), project.depth]
    if "NB802" in wanted:
        from nb2pkg.environment import installed  # costs more than a small notebook

        about.append(sorted(installed()))
    digest = hashlib.blake2b(data, digest_size=20)
    digest.update(json.dumps(about).encode())
    return digest.hexdigest()


@cache
def _code() -> int:
    """When the rules were last changed: they do so between versions where nb2pkg is worked on."""
    here = Path(__file__).parent
    files = (*here.rglob("*.py"), *here.parent.glob("*.toml"))
    return max(path.stat().st_mtime_ns for path in files)


def load(place: Path, name: str) -> tuple[Finding, ...] | None:
    """The findings of an entry; None if there is none that can be read."""
    try:
        entry = json.loads((place / f"{name}.json").read_bytes())
        return tuple(_finding(item) for item in entry["findings"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save(place: Path, name: str, found: Iterable[Finding]) -> None:
    """Keep the findings. A cache that cannot be written is no reason to stop."""
    text = json.dumps({"findings": [_plain(finding) for finding in found]})
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


def _plain(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "kind": type(finding.fix).__name__}


def _finding(item: dict[str, Any]) -> Finding:
    kinds = {"Edit": Edit, "Strip": Strip}
    fix = kinds[item["kind"]](**item["fix"]) if item["fix"] else None
    place = Place(**item["place"]) if item["place"] else None
    code, message, hint, missing = (str(item[k]) for k in ("code", "message", "hint", "missing"))
    return Finding(place, code, message, hint, fix, missing)
