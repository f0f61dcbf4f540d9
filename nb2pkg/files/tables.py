"""Tables that come with nb2pkg: in TOML, which people write, and kept as JSON, which is read ten times as fast."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nb2pkg
from nb2pkg.files import user_cache

_HERE = Path(nb2pkg.__file__).parent


@cache
def table(name: str) -> Mapping[str, Any]:
    """A table by its path below ``nb2pkg``, without ``.toml``."""
    data = (_HERE / f"{name}.toml").read_bytes()
    place = user_cache.folder("tables")
    digest = hashlib.blake2b(data, digest_size=20).hexdigest()
    found: Mapping[str, Any] | None = user_cache.load(place, digest)
    if found is None:
        found = _parsed(data.decode("utf-8"))
        user_cache.save(place, digest, found)
        user_cache.prune(place)
    return found


def _parsed(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)
