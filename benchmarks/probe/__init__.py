"""What the state of a running kernel is, as text: a fingerprint of each variable, and the state
of the process.

This package is loaded by its path *inside* the kernel of a judged notebook, so it needs nothing
but the standard library there, and it must not disturb what it looks at: no iterator is
consumed, no property of a user's object is called, no name is bound in the notebook's namespace.
Identities and pickles never enter a fingerprint.
"""

from __future__ import annotations

import collections
import itertools
import json
import pathlib
import re
import sys
import warnings
from typing import Any

from .state import process_state
from .values import Walk, kind_of, preview_of

ADDRESS = re.compile(r"0x[0-9a-fA-F]{5,}")
MANY = 20  # so many names of one object tell enough
HIDDEN = {"In", "Out", "exit", "quit", "get_ipython", "open"}


def write_snapshot(namespace: dict[str, Any], target: str, folders: list[tuple[str, str]]) -> None:
    """Write fingerprints and the state of the process as JSON; folders become words."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))  # a notebook may have set it low

    def scrub(text: str) -> str:
        for folder, word in folders:
            text = text.replace(folder, word)
        return ADDRESS.sub("0x", text)

    state = process_state(scrub)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values, state["aliases"] = fingerprint_all(dict(namespace), scrub)
    text = json.dumps({"values": values, "state": state})
    pathlib.Path(target).write_text(text, encoding="utf-8")


def fingerprint_all(namespace: dict[str, Any], scrub: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """Fingerprint every variable a person made, and tell which of them share a mutable object."""
    values: dict[str, Any] = {}
    holders: dict[int, list[str]] = collections.defaultdict(list)
    alive: list[Walk] = []  # what was walked stays alive: a freed id could be given away
    for name in sorted(namespace):
        if name.startswith("_") or name in HIDDEN:
            continue
        value, walk = namespace[name], Walk(scrub)
        values[name] = {
            "kind": kind_of(value),
            "digest": walk.fingerprint(value),
            "preview": preview_of(value, scrub),
        }
        alive.append(walk)
        for identity in walk.seen:
            holders[identity].append(name)
    pairs = {
        f"{a}~{b}" for names in holders.values() for a, b in itertools.combinations(names[:MANY], 2)
    }
    return values, dict.fromkeys(sorted(pairs), "shared")
