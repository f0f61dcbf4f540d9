"""The review as one HTML page: everything in it, nothing outside of it, no script.

Three walls keep what a notebook says from doing anything: every text is escaped by the templates,
the page's policy forbids to load or run, and HTML of outputs is cleaned and shown in a sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, groupby
from typing import Any

from nb2pkg import __version__
from nb2pkg.review import decide, listing
from nb2pkg.review.listing import Listing
from nb2pkg.review.model import Issue, Question, Review, Story, Symbol
from nb2pkg.review.outputs import Shown
from nb2pkg.review.picture import Drawing
from nb2pkg.templates import environment, folder

_MOST_FRAMES = 60
_NO_FRAME = Shown("note", "", f"HTML is left out: the page shows {_MOST_FRAMES} of them")
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""What cannot be seen, or makes code look like other code: it is named instead."""


@dataclass(frozen=True, slots=True)
class Group:
    """Symbols of a module that were made of the same cells: these are shown once."""

    cells: tuple[Story, ...]
    symbols: tuple[Symbol, ...]
    left: tuple[Listing, ...]
    right: tuple[Listing, ...]
    near: Drawing


@dataclass(frozen=True, slots=True)
class Module:
    """The functions of one module, in the order of the notebook."""

    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one kind."""

    title: str
    questions: tuple[Question, ...]


_KINDS = {
    "name": "Names",
    "chance": "Results that differ from run to run",
    "number": "Numbers without a name",
    "path": "Paths",
    "tag": "Cells and definitions without a tag",
}


def render(review: Review) -> str:
    """The text of the page."""
    frames = count(1)
    modules = [_framed_module(module, frames) for module in _modules(review)]
    matters = decide.matters(review.symbols, review.rows)
    flags = decide.flags(review.symbols, matters, review.questions)
    templates = environment(
        "review", autoescape=True, keep_trailing_newline=False, finalize=visible_value
    )
    return templates.get_template("page.html.jinja").render(
        review=review,
        modules=modules,
        stays=[replace(stay, cell=_framed((stay.cell,), frames)[0]) for stay in review.stays],
        listings={
            stay.cell.id: listing.of(stay.cell.source, stay.cell.marked) for stay in review.stays
        },
        asked=tuple(_asked(review.questions)),
        issues=_by_code(review.issues),
        matters=matters,
        flags=flags,
        filters=_filters(flags, matters),
        pairs=range(1, 1 + max((_most(group) for m in modules for group in m.groups), default=0)),
        style=(folder() / "review" / "style.css").read_text(encoding="utf-8"),
        version=__version__,
    )


def _most(group: Group) -> int:
    return max((each.most for each in group.left), default=0)


def _asked(questions: Sequence[Question]) -> Iterator[Asked]:
    for kind, title in _KINDS.items():
        if own := tuple(question for question in questions if question.kind == kind):
            yield Asked(title, own)


def _by_code(issues: Sequence[Issue]) -> list[tuple[Issue, ...]]:
    """The issues of each code together; what is no more than good to know comes last."""
    found: dict[str, list[Issue]] = {}
    for issue in sorted(issues, key=lambda issue: issue.is_quiet):
        found.setdefault(issue.code, []).append(issue)
    return [tuple(own) for own in found.values()]


def _filters(
    flags: Mapping[str, tuple[str, ...]], matters: Sequence[decide.Matter]
) -> list[tuple[str, str, int]]:
    """Key, words and number of functions of each filter that shows some."""
    words = {
        "asked": "with questions",
        **{matter.key: matter.word for matter in matters},
        "unapproved": "not approved",
    }
    counts = {key: sum(key in own for own in flags.values()) for key in words}
    return [(key, words[key], number) for key, number in counts.items() if number]


def visible(text: str) -> str:
    """The text with every character named that a reader could not see."""
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def _modules(review: Review) -> Iterator[Module]:
    """The modules in the order in which the notebook comes to them."""
    found: dict[str, list[Symbol]] = {}
    for symbol in review.symbols:
        found.setdefault(symbol.module, []).append(symbol)
    for name, symbols in found.items():
        yield Module(name, tuple(_groups(symbols, review.near)))


def _groups(symbols: Sequence[Symbol], near: Mapping[tuple[str, ...], Drawing]) -> Iterator[Group]:
    for ids, members in groupby(symbols, key=lambda s: tuple(cell.id for cell in s.cells)):
        own = tuple(members)
        cells = own[0].cells
        yield Group(cells, own, *listing.beside(cells, own), near.get(ids, Drawing()))


def _framed_module(module: Module, frames: Iterator[int]) -> Module:
    groups = tuple(replace(g, cells=_framed(g.cells, frames)) for g in module.groups)
    return replace(module, groups=groups)


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


def visible_value(value: Any) -> Any:
    """A text as a reader sees it; markup of ours stays as it is."""
    from markupsafe import Markup

    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
