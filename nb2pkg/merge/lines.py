"""Three texts merged line by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from nb2pkg.merge.model import BOTH, MergedFile, Resolve, Sides

_MARKED = re.compile(
    r"^<{7} (?P<one>.*)\n(?P<theirs>(?:.*\n)*?)(?:\|{7} .*\n(?P<base>(?:.*\n)*?))?={7}\n"
    r"(?P<ours>(?:.*\n)*?)>{7} (?P<other>.*)(?:\n|\Z)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Region:
    """Lines on which the sides agree (sides is None), or the three versions of them."""

    text: str
    sides: Sides | None = None


def merge(path: str, sides: Sides, resolve: Resolve) -> MergedFile:
    """A text of no known structure: a conflict for each region that both sides changed."""
    found = regions(sides)
    conflicts = tuple(r.sides.conflict(path, "", BOTH) for r in found if r.sides)
    return MergedFile(settle(found, resolve), conflicts, (path,))


def regions(sides: Sides) -> tuple[Region, ...]:
    """The text in the order of the file; edits that touch each other are one region."""
    from merge3 import Merge3  # only needed if both sides changed a text

    parts = Merge3(with_ends(sides.base), with_ends(sides.theirs), with_ends(sides.ours))
    found = []
    for group in parts.merge_groups():
        kind, texts = group[0], ["".join(lines) for lines in group[1:]]
        if kind == "conflict":
            found.append(Region("", Sides(*texts)))
        else:
            found.append(Region(texts[0]))
    return tuple(found)


def settle(found: tuple[Region, ...], resolve: Resolve) -> str:
    """One text of the regions."""
    return "".join(r.text if r.sides is None else settled(r.sides, resolve) for r in found)


def settled(sides: Sides, resolve: Resolve) -> str:
    """The text that stands where the sides disagree."""
    if resolve is Resolve.MARKERS:
        return marked(sides)
    return (sides.ours if resolve is Resolve.OURS else sides.theirs) or ""


def marked(sides: Sides) -> str:
    """All three versions, as git writes them with merge.conflictStyle=diff3.

    >>> print(marked(Sides("a = 1", "a = 2", "a = 3")), end="")
    <<<<<<< package
    a = 2
    ||||||| generated before
    a = 1
    =======
    a = 3
    >>>>>>> notebook
    """
    return (
        f"<<<<<<< package\n{_ended(sides.theirs)}||||||| generated before\n{_ended(sides.base)}"
        f"=======\n{_ended(sides.ours)}>>>>>>> notebook\n"
    )


def is_unmerged(text: str) -> bool:
    """Do markers stand in it, ours or git's?"""
    return "<<<<<<< " in text and _MARKED.search(text.replace("\r\n", "\n")) is not None


def written(text: str) -> tuple[Sides, ...]:
    """The versions of each place that has our markers; those of git have other sides."""
    found = _MARKED.finditer(text.replace("\r\n", "\n"))
    return tuple(Sides(m["base"], m["theirs"], m["ours"]) for m in found if _is_ours(m))


def without_markers(text: str, resolve: Resolve) -> str:
    """The text with one side of each of these places."""
    name = "ours" if resolve is Resolve.OURS else "theirs"
    return _MARKED.sub(lambda match: match[name] if _is_ours(match) else match[0], text)


def _is_ours(match: re.Match[str]) -> bool:
    return (match["one"], match["other"]) == ("package", "notebook")


def _ended(text: str | None) -> str:
    return text + "\n" if text and not text.endswith("\n") else text or ""


def with_ends(text: str | None) -> list[Any]:
    """Lines with their ends. Not splitlines: form feeds and the like end no line of Python."""
    lines = (text or "").split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
