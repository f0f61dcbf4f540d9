"""The headings of a notebook, from its markdown cells, as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from nb2pkg.model import Notebook

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*\Z)|~{3,})")
_ATX = re.compile(r" {0,3}(?P<level>#{1,6})(?:[ \t]+(?P<text>.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_UNDERLINE = re.compile(r" {0,3}(?P<level>=+|-+)[ \t]*\Z")
_HTML = re.compile(
    r"<h(?P<level>[1-6])\b[^>]*>(?P<text>.*?)</h[1-6]\s*>", re.DOTALL | re.IGNORECASE
)
# A line that is no paragraph, so that what stands under it is a rule and not an underline.
_BLOCK = re.compile(r" {0,3}(?:>|[-*+][ \t]|\d{1,9}[.)][ \t]|</?[a-zA-Z!])|(?: {4}|\t)")

# Inline markup and what stays of it, in this order.
_MARKUP = (
    (r"<[^>\n]*>", ""),
    (r"!\[([^\]]*)\]\([^)]*\)", r"\1"),
    (r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1"),
    (r"\s*\{#[\w-]+\}\s*\Z", ""),
    (r"(`+)(.+?)\1", r"\2"),
    (r"(\*{1,3}|~~)(?=\S)(.+?)(?<=\S)\1", r"\2"),
    (r"(?<!\w)(_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)", r"\2"),
    (r"\\([!-/:-@\[-`{-~])", r"\1"),
    (r"[\ufeff\u200b]", ""),
    (r"\s+", " "),
)


class Heading(NamedTuple):
    """cell is the index of the markdown cell; level is 1 to 6."""

    cell: int
    level: int
    text: str


def headings(notebook: Notebook) -> list[Heading]:
    """All headings in document order. Those without text (``##``) are left out."""
    return [
        Heading(cell.index, level, text)
        for cell in notebook.cells
        if cell.kind == "markdown"
        for level, raw in _of_markdown(cell.source)
        if (text := plain(raw))
    ]


def plain(markdown: str) -> str:
    """One line of markdown without its markup: ``The *`fit`*`` is ``The fit``."""
    text = markdown
    for pattern, kept in _MARKUP:
        text = re.sub(pattern, kept, text)
    if "&" in text:
        from html import unescape

        text = unescape(text)
    return text.strip()


def _of_markdown(source: str) -> Iterator[tuple[int, str]]:
    """Level and text of each heading. HTML headings may go over lines, so they are found first."""
    text = _COMMENT.sub("", _without_fences(source))
    at = 0
    for match in _HTML.finditer(text):
        yield from _of_lines(text[at : match.start()])
        yield int(match["level"]), match["text"]
        at = match.end()
    yield from _of_lines(text[at:])


def _without_fences(source: str) -> str:
    """The text with the lines of fenced code empty."""
    kept: list[str] = []
    fence = ""
    for line in source.split("\n"):
        match = _FENCE.match(line)
        if not fence:
            fence = match.group(1) if match else ""
            kept.append("" if fence else line)
            continue
        kept.append("")
        if match and match.group(1).startswith(fence) and not line.strip(" `~"):
            fence = ""
    return "\n".join(kept)


def _of_lines(text: str) -> Iterator[tuple[int, str]]:
    paragraph: list[str] = []
    for line in text.split("\n"):
        atx, underline = _ATX.match(line), _UNDERLINE.match(line)
        if atx:
            yield len(atx["level"]), atx["text"] or ""
        elif underline and paragraph:
            yield (1 if underline["level"][0] == "=" else 2), " ".join(paragraph)
        elif line.strip() and (paragraph or not _BLOCK.match(line)):
            paragraph.append(line.strip())
            continue
        paragraph = []
