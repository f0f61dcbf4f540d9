"""Reads the pages of tests/cases; README.md there says how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")

_HEADING = re.compile(r"^## (.*)\n", re.MULTILINE)
_BODY = re.compile(
    r"\n(?P<words>(?:(?!```)[\s\S])*)```python\n(?P<cells># %%.*\n(?:(?!```).*\n)*)```\s*\Z"
)
_NOTEBOOK = re.compile(r"^```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_REFUSED = re.compile(r"^Refused: (NB\d{3})$", re.MULTILINE)


@dataclass(frozen=True)
class CaseFile:
    """One notebook, as text, and the code of the problem if it is refused as a whole."""

    name: str
    refused: str
    cells: str


def read(page: Path) -> list[CaseFile]:
    """The cases of a page, in its order."""
    _, *sections = _HEADING.split(page.read_text(encoding="utf-8"))
    return [
        _case(f"{page.name}: {name}", name, body)
        for name, body in zip(sections[::2], sections[1::2])
    ]


def examples(page: Path) -> list[tuple[str, str]]:
    """Each notebook of a page on which one heading may have several, with its heading."""
    _, *sections = _HEADING.split(page.read_text(encoding="utf-8"))
    return [
        (heading, match[1])
        for heading, body in zip(sections[::2], sections[1::2])
        for match in _NOTEBOOK.finditer(body)
    ]


def _case(place: str, name: str, body: str) -> CaseFile:
    match = _BODY.match(body)
    if not match or not re.fullmatch(r"\w+", name):
        raise ValueError(f"{place}: not a name, some words, and one block of python with cells")
    refused = _REFUSED.search(match["words"])
    return CaseFile(name, refused[1] if refused else "", match["cells"])
