"""The review as one HTML page: everything in it, nothing outside of it, no script.

Three walls keep what a notebook says from doing anything: every text is escaped by the templates,
the page's policy forbids to load or run, and HTML of outputs is cleaned and shown in a sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import Any

from nb2pkg import __version__
from nb2pkg.review.model import Review, Story, Symbol
from nb2pkg.review.outputs import Shown
from nb2pkg.templates import environment, folder

_WIDE = 84  # characters of code that are sure to fit beside each other
_MOST_FRAMES = 60
_NO_FRAME = Shown("note", "", f"HTML is left out: the page shows {_MOST_FRAMES} of them")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""What cannot be seen, or makes code look like other code: it is named instead."""


@dataclass(frozen=True, slots=True)
class Group:
    """Symbols that were made of the same cells: these are shown once."""

    cells: tuple[Story, ...]
    symbols: tuple[Symbol, ...]


def render(review: Review) -> str:
    """The text of the page."""
    frames = count(1)
    groups = [replace(g, cells=_framed(g.cells, frames)) for g in _groups(review)]
    stays = [replace(stay, cell=_framed((stay.cell,), frames)[0]) for stay in review.stays]
    templates = environment("review", autoescape=True, keep_trailing_newline=False, finalize=_seen)
    templates.filters["is_wide"] = _is_wide
    return templates.get_template("page.html.jinja").render(
        review=review,
        groups=groups,
        stays=stays,
        style=(folder() / "review" / "style.css").read_text(encoding="utf-8"),
        version=__version__,
    )


def visible(text: str) -> str:
    """The text with every character named that a reader could not see."""
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def _groups(review: Review) -> Iterator[Group]:
    for _, members in groupby(review.symbols, key=lambda s: tuple(cell.id for cell in s.cells)):
        symbols = tuple(members)
        yield Group(symbols[0].cells, symbols)


def _framed(cells: tuple[Story, ...], frames: Iterator[int]) -> tuple[Story, ...]:
    """The cells without the frames that are too many for the page: each costs some milliseconds."""
    return tuple(
        replace(
            cell,
            outputs=tuple(
                _NO_FRAME if shown.kind == "frame" and next(frames) > _MOST_FRAMES else shown
                for shown in cell.outputs
            ),
        )
        for cell in cells
    )


def _seen(value: Any) -> Any:
    """A text as a reader sees it; markup of ours stays as it is."""
    from markupsafe import Markup

    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _is_wide(text: str) -> bool:
    """Does the text need a scroll bar? Then the keyboard must reach it."""
    return any(len(line) > _WIDE for line in text.split("\n"))
