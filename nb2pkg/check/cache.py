"""What was found is kept: by the content of the file, the settings, and the version of nb2pkg.

An entry holds codes, messages and places; no line of a notebook, and no secret. The folder may be
deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from nb2pkg import __version__
from nb2pkg.check.model import Edit, Finding, Limits, ProjectFacts, Strip
from nb2pkg.files import user_cache
from nb2pkg.model import Place

_SHAPE = 2  # of the entries


def folder() -> Path:
    """Where entries are."""
    return user_cache.folder("check")


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
    entry = user_cache.load(place, name)
    try:
        return tuple(_finding(item) for item in entry["findings"])
    except (KeyError, TypeError):
        return None


def save(place: Path, name: str, found: Iterable[Finding]) -> None:
    """Keep the findings."""
    user_cache.save(place, name, {"findings": [_plain(finding) for finding in found]})


def _plain(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "kind": type(finding.fix).__name__}


def _finding(item: dict[str, Any]) -> Finding:
    kinds = {"Edit": Edit, "Strip": Strip}
    fix = kinds[item["kind"]](**item["fix"]) if item["fix"] else None
    place = Place(**item["place"]) if item["place"] else None
    code, message, hint, missing = (str(item[k]) for k in ("code", "message", "hint", "missing"))
    return Finding(place, code, message, hint, fix, missing)
