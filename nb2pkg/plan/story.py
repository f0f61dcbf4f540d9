"""What the markdown tells: sections for modules, sentences for docstrings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nb2pkg.model import Notebook
from nb2pkg.notebook.headings import headings, plain

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'(])")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Section:
    """title names the module, text the first sentences below the heading."""

    title: str
    text: str
    cell: int


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    sections: tuple[Section, ...]  # by cell, ascending
    remarks: tuple[tuple[int, str], ...]  # (code cell, the sentence right above it)

    @property
    def summary(self) -> str:
        """The first sentences below the first heading."""
        return self.sections[0].text if self.sections else ""

    def section(self, cell: int) -> Section:
        """The section in which a cell stands."""
        found = Section(self.title, "", -1)
        for section in self.sections:
            if section.cell < cell:
                found = section
        return found

    def remark(self, cell: int) -> str:
        return dict(self.remarks).get(cell, "")


def read(notebook: Notebook) -> Story:
    """Sections are made by the headings of the first two levels in use; deeper ones are in them."""
    known = headings(notebook)
    second = min((h.level for h in known if h.level > 1), default=2)
    title = next((h.text for h in known if h.level == 1), notebook.stem)
    sections = tuple(
        Section(h.text, _sentences(notebook.cells[h.cell].source), h.cell)
        for h in known
        if h.level <= second
    )
    return Story(title, sections, tuple(_remarks(notebook)))


def _remarks(notebook: Notebook) -> list[tuple[int, str]]:
    found = []
    for before, cell in zip(notebook.cells, notebook.cells[1:]):
        if before.kind == "markdown" and cell.kind == "code":
            text = _sentences(before.source)
            if text:
                found.append((cell.index, text))
    return found


def _sentences(markdown: str) -> str:
    """The first paragraph that is plain text, cut at a sentence."""
    for paragraph in re.split(r"\n\s*\n", _without_headings(markdown)):
        text = " ".join(plain(line) for line in paragraph.strip().split("\n"))
        if text and not paragraph.lstrip().startswith(
            ("|", "```", "$$", "![", "<", "- ", "* ", "1.", ">")
        ):
            return _shortened(text.strip())
    return ""


def _without_headings(markdown: str) -> str:
    lines = markdown.split("\n")
    kept = []
    for line, following in zip(lines, [*lines[1:], ""]):
        underlined = following.strip() and not following.strip("=- ") and line.strip()
        if (
            not line.lstrip().startswith("#")
            and not underlined
            and (line.strip("=- ") or not line.strip())
        ):
            kept.append(line)
        elif line.lstrip().startswith("#"):
            kept.append("")
    return "\n".join(kept)


def _shortened(text: str) -> str:
    sentences = _SENTENCE_END.split(text)
    kept = sentences[0]
    for sentence in sentences[1:2]:
        if len(kept) + len(sentence) < 160:
            kept += " " + sentence
    if len(kept) > _LONGEST:
        kept = kept[:_LONGEST].rsplit(" ", 1)[0] + " ..."
    return kept if kept.endswith((".", "!", "?", ":")) else kept + "."
