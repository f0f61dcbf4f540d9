"""Requirements merged by the distribution that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from nb2pkg.merge import lines
from nb2pkg.merge.model import (
    BOTH,
    BOTH_MADE,
    DELETED_HERE,
    Conflict,
    MergedFile,
    Resolve,
    Sides,
)

_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_MARKER = re.compile(r";\s*(.*)")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which version of one entry is left: None if it goes."""

    text: str | None
    reason: str = ""  # of a conflict
    kept: bool = False
    dropped: bool = False


def key(requirement: str) -> str:
    """The distribution, spelled as package indexes do; and when it is asked for.

    >>> key("Scikit_Learn[extra]>=1; python_version < '3.11'")
    "scikit-learn; python_version < '3.11'"
    """
    bare = requirement.partition("#")[0].strip()
    match = _NAME.match(bare)
    if match is None or bare.startswith("-"):
        return bare
    name = canonicalize_name(match[1])
    marker = _MARKER.search(bare)
    return f"{name}; {marker[1].strip()}" if marker else name


def choose(b: str | None, t: str | None, o: str | None) -> Choice:
    """The rule for one entry: a requirement is only dropped if nobody touched it, and then told."""
    if t in (b, o):
        return Choice(o, dropped=o is None and t is not None)
    if o == b:
        return Choice(t, kept=True)
    if b is None:
        return Choice(t, BOTH_MADE)
    if o is None:
        return Choice(t, kept=True)  # the engineer pinned it: it is theirs now
    return Choice(t, DELETED_HERE if t is None else BOTH)


def merge(path: str, sides: Sides, resolve: Resolve) -> MergedFile:
    """A requirements file: comments, order and blank lines are those of the engineer."""
    base, theirs, ours = (_entries(text or "") for text in (sides.base, sides.theirs, sides.ours))
    written: dict[str, str] = {}
    conflicts: list[Conflict] = []
    kept, dropped = [], []
    for name in {**theirs, **ours, **base}:
        b, t, o = (_bare(found.get(name)) for found in (base, theirs, ours))
        choice = choose(b, t, o)
        three = Sides(base.get(name), theirs.get(name), ours.get(name))
        if choice.reason:
            conflicts.append(three.conflict(path, name, choice.reason))
            written[name] = lines.settled(three, resolve)
        elif choice.text is not None:
            written[name] = theirs[name] if choice.text == t else _with_remark(ours, theirs, name)
        kept += [f"{path}: {name}"] if choice.kept else []
        dropped += [f"{path}: {name}"] if choice.dropped else []
    text = _laid_out(sides.theirs or "", written, ours)
    return MergedFile(text, tuple(conflicts), tuple(kept), tuple(dropped))


def _entries(text: str) -> dict[str, str]:
    """Distribution -> its line; lines that only comment are not entries."""
    found = (line for line in text.split("\n") if key(line))
    return {key(line): line + "\n" for line in found}


def _bare(line: str | None) -> str | None:
    return None if line is None else "".join(line.partition("#")[0].split())


def _with_remark(ours: Mapping[str, str], theirs: Mapping[str, str], name: str) -> str:
    """What the notebook requires now, with the comment that the engineer put behind it."""
    remark = theirs.get(name, "").rstrip("\n").partition("#")[2]
    has_own = "#" in ours[name]
    return f"{ours[name].rstrip()}  #{remark}\n" if remark and not has_own else ours[name]


def _laid_out(text: str, written: Mapping[str, str], ours: Mapping[str, str]) -> str:
    rows = text.split("\n")[: -1 if text.endswith("\n") or not text else None]
    last = {key(row): number for number, row in enumerate(rows) if key(row)}
    parts = [
        (
            (key(row), written.get(key(row), "") if last[key(row)] == n else "")
            if key(row)
            else ("", row + "\n")
        )
        for n, row in enumerate(rows)
    ]
    for name in ours:
        if name in written and name not in last:
            at = next((n for n, (k, _) in enumerate(parts) if k and k > name), len(parts))
            parts.insert(at, (name, written[name]))
    for name in written:
        if name not in last and name not in ours:
            parts.append((name, written[name]))
    return "".join(part for _, part in parts)
