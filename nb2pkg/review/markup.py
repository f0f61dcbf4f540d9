"""HTML of an output with all taken out that is not layout of text: what is left cannot load or run.

The frame that shows it forbids scripts and the page forbids to load anything. This is the third
wall: a browser may look up the host of a link before any policy is asked.
"""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

_TAGS = frozenset(
    [
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "caption",
        "div",
        "span",
        "p",
        "b",
        "i",
        "u",
        "s",
        "em",
        "strong",
        "small",
        "sub",
        "sup",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "br",
        "hr",
        "blockquote",
    ]
)
_VOID = frozenset({"br", "hr"})
_SILENT = frozenset(  # their text is not for readers
    [
        "script",
        "style",
        "title",
        "template",
        "noscript",
        "noembed",
        "noframes",
        "iframe",
        "svg",
        "math",
        "object",
        "select",
        "textarea",
        "audio",
        "video",
        "canvas",
    ]
)
_NUMBERS = frozenset({"colspan", "rowspan"})
_ASIDE = 1_000  # a span over more rows than that is no table
_DEEPEST = 60  # tags inside each other


def cleaned(text: str, limit: int) -> tuple[str, bool]:
    """The markup that may be shown, at most limit characters and closed; and is it all of it?"""
    cleaner = _Cleaner(limit)
    cleaner.feed(text)
    cleaner.close()
    return cleaner.closed(), not cleaner.is_full


class _Cleaner(HTMLParser):
    """Writes the tags and texts that may stay."""

    def __init__(self, limit: int) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[str] = []
        self.silent: list[str] = []
        self.room = limit
        self.is_full = False

    def _add(self, part: str, later: int = 0) -> bool:
        """later: so much is to be added behind it, when its tag is closed."""
        if self.is_full or len(part) + later > self.room:
            self.is_full = True
            return False
        self.room -= len(part) + later
        self.parts.append(part)
        return True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.silent or tag in _SILENT:
            self.silent.append(tag)
            return
        if tag not in _TAGS or len(self.open) >= _DEEPEST:
            return
        kept = "".join(
            f' {name}="{int(value)}"'
            for name, value in attrs
            if name in _NUMBERS and value and value.isascii() and value.isdigit()
            if len(value) <= 4 and 0 < int(value) <= _ASIDE
        )
        closing = 0 if tag in _VOID else len(tag) + 3
        if self._add(f"<{tag}{kept}>", closing) and closing:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # A browser takes <script/> for the beginning of a script: so do we.
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag in self.silent:
                del self.silent[self.silent.index(tag) :]
            return
        if tag in self.open and not self.is_full:
            while self.open:
                last = self.open.pop()
                self.parts.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if self.silent or self.is_full:
            return
        text = escape(data if data.strip() else " ", quote=False)
        if len(text) > self.room:  # a part of it; the sixth is sure to fit once it is escaped
            self._add(escape(data[: self.room // 6], quote=False))
            self.is_full = True
        else:
            self._add(text)

    def closed(self) -> str:
        return "".join([*self.parts, *(f"</{tag}>" for tag in reversed(self.open))])
