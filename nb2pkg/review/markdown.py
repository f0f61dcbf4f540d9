"""The review as the text of a pull request, in the Markdown of GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nb2pkg import __version__
from nb2pkg.review import decide
from nb2pkg.review.model import Issue, Review, Symbol
from nb2pkg.review.page import visible

LIMIT = 60_000  # characters; GitHub takes 65,536
_MOST_DRAWN = 40  # cells in a picture that is still readable there

_SPECIAL = re.compile(r"([\\`*_\[\]|~>$])")
_AT_START = re.compile(r"^(\d*)([-+#=.)])")  # of a list, a heading
_RUN = re.compile("`+")


def render(review: Review) -> str:
    """The text, cut to what a pull request can hold."""
    kept: list[str] = []
    room = LIMIT
    for line in _lines(review):
        room -= len(line) + 1
        if room < 0:
            # An open fence or table would swallow the note: an empty line ends the one, and the
            # picture, which alone has a fence, comes last.
            kept += ["", "The rest is left out: `nb2pkg review` writes all of it as a page."]
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def plain(text: str) -> str:
    """Text that stays text: no markup, no HTML, nobody notified, no issue linked."""
    line = " ".join(visible(text).split())
    line = line.replace("&", "&amp;").replace("<", "&lt;")
    line = _AT_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line))
    # A backslash does not keep GitHub from finding names, numbers and addresses: a space does.
    return re.sub(r"(@|#|://|www)(?=\S)", "\\1\u200b", line)


def code(text: str, in_table: bool = False) -> str:
    """Text between backticks, however many of them it has itself."""
    line = " ".join(visible(text).split())
    if not line:
        return ""
    longest = max((len(run) for run in _RUN.findall(line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if line[0] == "`" or line[-1] == "`" else ""
    if in_table:  # a cell of a table ends at a pipe, wherever it stands
        line = line.replace("|", "\\|")
    return f"{fence}{space}{line}{space}{fence}"


def _lines(review: Review) -> Iterator[str]:
    yield f"## Promoted from {code(review.notebook)}: package {code(review.package)}"
    yield ""
    yield plain(review.verdict)
    for note in review.notes:
        yield ""
        yield plain(note)
    yield ""
    yield ", ".join(f"**{number}** {word}" for word, number in review.counts)
    yield from _questions(review)
    yield from _matters(review)
    yield from _symbols(review.symbols)
    yield from _issues(review.issues)
    yield from _changes(review)
    yield ""
    yield f"Made by nb2pkg {__version__} with `nb2pkg review --markdown`."
    yield from _picture(review)


def _symbols(symbols: Iterable[Symbol]) -> Iterator[str]:
    yield ""
    yield "### What was promoted"
    yield ""
    rows = [_row(symbol) for symbol in symbols]
    if not rows:
        yield "Nothing."
        return
    yield "| symbol | cell | verdict | tests | |"
    yield "|---|---|---|---:|---|"
    yield from rows


def _row(symbol: Symbol) -> str:
    cells = ", ".join(str(cell.number) for cell in symbol.cells)
    verdict = symbol.verdict or "definition"
    if symbol.notes:
        verdict += f": {'; '.join(symbol.notes)}"
    mark = "edited since it was generated" if symbol.is_edited else ""
    if symbol.code.note:
        mark = symbol.code.note
    fields = (code(symbol.symbol, True), cells, plain(verdict), str(len(symbol.tests)), plain(mark))
    return f"| {' | '.join(fields)} |"


def _questions(review: Review) -> Iterator[str]:
    yield ""
    yield "### Open questions to the data scientist"
    yield ""
    for question in review.questions:
        yield f"- [ ] {plain(question.text)}"
        yield f"  {plain(question.answer)}"
    if not review.questions:
        yield "None."


def _matters(review: Review) -> Iterator[str]:
    for matter in decide.matters(review.symbols, review.rows):
        yield ""
        yield f"### {matter.title}"
        yield ""
        yield plain(matter.advice)
        yield ""
        for item in matter.items:
            yield f"- {code(item.symbol)}: {plain(item.text)}"


def _issues(issues: tuple[Issue, ...]) -> Iterator[str]:
    yield ""
    yield "### What stayed, and why"
    yield ""
    for issue in issues:
        place = f"cell {issue.number}" if issue.number else "the notebook"
        line = f", line {issue.line}" if issue.number and issue.line else ""
        yield f"- {code(issue.code)} {place}{line}: {plain(issue.message)}"
    if not issues:
        yield "No problems."


def _changes(review: Review) -> Iterator[str]:
    yield ""
    yield "### What changed since the last promotion"
    yield ""
    for change in review.changes:
        counts = f" (+{change.added} −{change.removed})" if change.added or change.removed else ""
        yield f"- {code(change.path)} {change.how}{counts}"
    if not review.changes:
        yield "Nothing: every file is as it was generated."


def _picture(review: Review) -> Iterator[str]:
    """Cells and what flows between them, which GitHub draws."""
    boxes = review.flow.whole.boxes
    if not 0 < len(boxes) <= _MOST_DRAWN:
        return
    yield ""
    yield "<details><summary>How values flow</summary>"
    yield ""
    yield "```mermaid"
    yield "flowchart TD"
    for box in boxes:
        yield f'    c{box.node.key + 1}["{_label(box.node.lines[0])}"]'
    for arrow in review.flow.whole.arrows:
        names = _label(", ".join(arrow.edge.names))
        yield f'    c{arrow.edge.source + 1} -->|"{names}"| c{arrow.edge.target + 1}'
    yield "```"
    yield ""
    yield "</details>"


def _label(text: str) -> str:
    """Words only: what else mermaid may read out of a label is not worth finding out."""
    return " ".join(re.sub(r"[^\w ,.…=]", " ", visible(text)).split())[:60]
