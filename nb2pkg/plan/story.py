"""What the markdown tells: sections for modules, sentences for docstrings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nb2pkg.model import Notebook
from nb2pkg.notebook.headings import Heading, headings, plain
from nb2pkg.plan.names.phrases import sentences

_MARKUP = re.compile(r"[$\\|{}<>]|https?:|www\.|\]\(|\*\*|&\w+;|\.\.\.|…")
_LONGEST, _LONG = 240, 160  # letters of one sentence, and of two


@dataclass(frozen=True, slots=True)
class Section:
    """title names the module, text the first sentences below the heading."""

    title: str
    text: str
    cell: int


@dataclass(frozen=True, slots=True)
class Above:
    """What stands right above a code cell: the headings there but for the title, and the sentences."""

    headings: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    title: str
    sections: tuple[Section, ...]  # by cell, ascending
    texts: Mapping[int, Above]  # by code cell

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

    def above(self, cell: int) -> Above:
        """What stands right above a code cell."""
        return self.texts.get(cell, Above())

    def remark(self, cell: int) -> str:
        """The first sentences right above a code cell."""
        return _shortened(" ".join(self.above(cell).sentences))


def read(notebook: Notebook) -> Story:
    """Sections are made by the headings of the first two levels in use; deeper ones are in them."""
    known = headings(notebook)
    second = min((h.level for h in known if h.level > 1), default=2)
    first = next((h for h in known if h.level == 1), None)
    title = first.text if first else notebook.stem
    sections = tuple(
        Section(h.text, _sentences(notebook.cells[h.cell].source), h.cell)
        for h in known
        if h.level <= second
    )
    below = [h for h in known if h is not first]
    return Story(
        title, sections, {cell: _above(notebook, cell, below) for cell in _below_markdown(notebook)}
    )


def _below_markdown(notebook: Notebook) -> list[int]:
    """Code cells right below markdown."""
    pairs = zip(notebook.cells, notebook.cells[1:])
    return [
        cell.index for before, cell in pairs if (before.kind, cell.kind) == ("markdown", "code")
    ]


def _above(notebook: Notebook, cell: int, known: Iterable[Heading]) -> Above:
    """The texts of all markdown between a code cell and the one before it."""
    start = cell
    while start and notebook.cells[start - 1].kind == "markdown":
        start -= 1
    texts = [
        s for c in notebook.cells[start:cell] for p in _paragraphs(c.source) for s in sentences(p)
    ]
    return Above(tuple(h.text for h in known if start <= h.cell < cell), tuple(texts))


def _sentences(markdown: str) -> str:
    """The first paragraph that is plain text, cut at a sentence."""
    return next((kept for text in _paragraphs(markdown) if (kept := _shortened(text))), "")


def _paragraphs(markdown: str) -> Iterator[str]:
    """Those that are plain text, each in one line."""
    for paragraph in re.split(r"\n\s*\n", _without_headings(markdown)):
        text = " ".join(plain(line) for line in paragraph.strip().split("\n")).strip()
        if text and not paragraph.lstrip().startswith(
            ("|", "```", "$$", "![", "<", "- ", "* ", "1.", ">")
        ):
            yield text


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
    """The first sentences of a paragraph that are whole and plain; empty if the first is not."""
    kept = ""
    for sentence, most in zip(sentences(text), (_LONGEST, _LONG)):
        is_whole = sentence.endswith((".", "!", "?")) and not _MARKUP.search(sentence)
        if not is_whole or len(kept) + len(sentence) > most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept
