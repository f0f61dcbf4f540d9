"""The linked notebook: the same story, importing from the package.

Markdown, outputs, order and ids are those of the original. A cell from which nothing was moved keeps its
text to the letter.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nb2pkg.facts import statements
from nb2pkg.model import CellFacts, Facts, MagicKind, StatementKind
from nb2pkg.notebook import magics
from nb2pkg.paths import finding_line
from nb2pkg.plan.model import USUAL, CellPlan, Piece, PieceKind, Plan, Step
from nb2pkg.plan.plan_state import starts
from nb2pkg.render.code import formatted
from nb2pkg.render.imports import block, is_sorted
from nb2pkg.render.pipeline import call

OWN_CELL = "nb2pkg-setup"  # id of a cell that the original does not have
_WIDTH = 88


def write(plan: Plan) -> dict[str, Any]:
    """The document of the narrative, in format 4.5, to stand in the folder notebooks/."""
    document = copy.deepcopy(dict(plan.notebook.document))
    plans = {cell.cell: cell for cell in plan.cells}
    for index, (cell, raw) in enumerate(zip(plan.notebook.cells, document["cells"])):
        raw["id"] = cell.id
        raw.setdefault("source", [])
        if index in plans and not plans[index].untouched:
            raw["source"] = _lines(cell_text(plan, plans[index]))
    if text := _own_cell(plan):
        if not (plan.header.is_numbered and _add_to_first(document, text)):
            _add_own_cell(document, text)
    document["cells"] = [_ordered(raw) for raw in document["cells"]]
    document["nbformat"], document["nbformat_minor"] = 4, max(5, document.get("nbformat_minor", 5))
    return document


def _ordered(raw: dict[str, Any]) -> dict[str, Any]:
    """Keys in the order in which Jupyter writes them."""
    raw.setdefault("metadata", {})
    if raw.get("cell_type") == "code":
        raw.setdefault("outputs", [])
        raw.setdefault("execution_count", None)
    return dict(sorted(raw.items()))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


@dataclass(frozen=True, slots=True)
class Part:
    """Some lines of a narrative cell. positions: the statements of the original that they stand for.

    is_apart: a blank line stands above them. is_sorted_in: an import that goes among those above it.
    """

    text: str
    positions: tuple[int, ...] = ()
    is_apart: bool = False
    is_sorted_in: bool = False


def cell_text(plan: Plan, cell: CellPlan) -> str:
    """The new source of one cell."""
    facts = next(f for f, _ in starts(plan.facts) if f.cell.index == cell.cell)
    return magics.unmask(_joined(parts(plan, cell)), facts.masked.magics)


def parts(plan: Plan, cell: CellPlan) -> list[Part]:
    """What a cell is made of, its magics masked: tag, calls below their imports, what stayed."""
    facts, start = next((f, s) for f, s in starts(plan.facts) if f.cell.index == cell.cell)
    comments = statements.head(facts.masked.python)
    head = [Part(comments)] if comments else []
    body = _sorted_in(list(_body(facts, start, cell.pieces, plan)))
    if facts.statements and not any(_is_code(part, facts) for part in body):
        body.append(Part(pointer(plan, cell)))
    tail = [Part(facts.trailing)] if facts.trailing else []
    return [*head, *body, *tail]


def _is_code(part: Part, facts: CellFacts) -> bool:
    """Is it more than a cell magic, which IPython does not run without a body?"""
    magics_ = facts.masked.magics
    alone = magics_ and magics_[0].kind is MagicKind.CELL and part.text == "__magic__(0)"
    return bool(part.text) and not alone


def pointer(plan: Plan, cell: CellPlan) -> str:
    """A comment in a cell of which everything moved: where that is now."""
    statements_ = [facts for one in plan.facts for facts in one.statements]
    lines: dict[str, list[str]] = {}
    imported: list[str] = []
    for piece in cell.pieces:
        if piece.kind is PieceKind.ABOVE and piece.definition is not None:
            where = f"{plan.package}.{piece.definition.module}"
            lines.setdefault(where, []).append(piece.definition.name)
        elif piece.kind is PieceKind.DROPPED:
            texts = [imported.text for imported in statements_[piece.position].imports]
            imported.extend(texts)
    if lines or imported:
        found = [f"# {', '.join(names)}: see {where}" for where, names in lines.items()]
        found += [f"# moved to {plan.package}: {'; '.join(imported)}"] if imported else []
        return "\n".join(found)
    start = next(s for f, s in starts(plan.facts) if f.cell.index == cell.cell)
    name = next((step.name for step in plan.steps if start in step.positions), "")
    return f"# part of {name}, which is called below" if name else ""


def _facts(cell: CellFacts, start: int, piece: Piece) -> Facts:
    return cell.statements[piece.position - start]


def _body(cell: CellFacts, start: int, pieces: Iterable[Piece], plan: Plan) -> Iterator[Part]:
    texts = [(piece, _text(cell, start, piece, plan)) for piece in pieces]
    last = next((piece for piece, text in reversed(texts) if text), None)
    previous: int | None = None
    is_apart = False
    for piece, text in texts:
        facts = _facts(cell, start, piece)
        if piece is last and _would_show(piece, facts):
            text = _with_semicolon(text, ";")
        if text:
            first = facts.line - (facts.leading.count("\n") + 1 if facts.leading else 0)
            is_apart = is_apart or (previous is not None and first > previous + 1)
            if piece.imports:
                yield Part(_fitted(piece.imports), is_apart=is_apart or previous is not None)
            positions = piece.step.positions if piece.step is not None else (piece.position,)
            yield Part(text, positions, is_apart or bool(piece.imports))
            previous, is_apart = facts.end_line, False
        elif piece.kind is PieceKind.ABOVE:
            yield Part("", (piece.position,))
        if piece.position == plan.header.below:
            yield from header(plan)
            is_apart = True


def _would_show(piece: Piece, facts: Facts) -> bool:
    """Does IPython show its value only now, since what stood behind it in the cell has moved?"""
    is_value = piece.kind is PieceKind.KEPT and isinstance(facts.node, ast.Expr)
    is_silent = {"print", "display"} & set(facts.effects)
    return is_value and not (facts.shows or facts.quiet or facts.magic or is_silent)


def _text(cell: CellFacts, start: int, piece: Piece, plan: Plan) -> str:
    if piece.kind is PieceKind.CALL and piece.step is not None:
        return _call(piece.step, piece.called)
    if piece.kind is PieceKind.ABOVE:
        return ""
    if piece.definition is not None:
        item = piece.definition
        return _fitted(f"from {plan.package}.{item.module} import {item.name}")
    if piece.kind is PieceKind.DROPPED:
        return _facts(cell, start, piece).leading
    return _kept(cell, start, piece)


def _kept(cell: CellFacts, start: int, piece: Piece) -> str:
    facts = _facts(cell, start, piece)
    semicolon = ";" if facts.quiet and _is_expression(facts) else ""
    source = _with_semicolon(facts.source, semicolon)
    return f"{facts.leading}\n{source}" if facts.leading else source


def _is_expression(facts: Facts) -> bool:
    return facts.kind in (StatementKind.PLAIN, StatementKind.MAGIC)


def _with_semicolon(source: str, semicolon: str) -> str:
    """The semicolon goes before a comment on the last line."""
    if not semicolon:
        return source
    head, mark, last = source.rpartition("\n")
    code, comment, rest = last.partition("  #")
    return head + mark + code + semicolon + comment + rest


def _call(step: Step, called: str) -> str:
    """The call of a step as the notebook makes it."""
    text = _fitted(call(step, [keyword.parameter for keyword in step.keywords], called=called))
    shown = step.shown or step.shows
    return "\n".join([*step.remarks, text, *([shown] if shown else [])])


def _fitted(text: str) -> str:
    return text if len(text) <= _WIDTH else formatted(USUAL, text).rstrip("\n")


# ---- what is imported at the top


def _finding(plan: Plan) -> list[Part]:
    says = "  # where the package is, unless it is installed"
    name = plan.header.finder
    imported = "import sys" if name == "sys" else f"import sys as {name}"
    found = finding_line(plan.header.source).replace("sys.", f"{name}.", 1)
    return [Part(imported, is_sorted_in=True), Part(found + says, is_apart=True)]


def _sorted_in(body: Sequence[Part]) -> list[Part]:
    """Put our own import where isort has it, if the imports above it are in isort's order."""
    place = next((i for i, part in enumerate(body) if part.is_sorted_in), 0)
    above = [part for part in body[:place] if part.text]
    texts = [part.text for part in above]
    if not above or not is_sorted(texts, _joined(above)):
        return list(body)
    known = {part.text: part for part in above}
    lines = block([*texts, body[place].text]).split("\n")
    found = [
        replace(known.get(line, Part(line)), is_apart=number > 0 and not lines[number - 1])
        for number, line in enumerate(lines)
        if line
    ]
    return [*found, *[part for part in body[:place] if not part.text], *body[place + 1 :]]


def header(plan: Plan) -> list[Part]:
    """The imports of the package, and the call that goes to the folder of the files."""
    top = plan.header
    lines = [f"from {plan.package} import {', '.join(top.modules)}"] if top.modules else []
    lines += [
        f"from {plan.package}.{module} import {', '.join(names)}" for module, names in top.names
    ]
    enters = top.enter and not (top.enters_apart or top.is_hidden)
    calls = [Part(f"{top.enter}()", is_apart=True)] if enters else []
    imports = [Part(_fitted(line)) for line in lines]
    found = [] if _is_found_before(plan) else _finding(plan)
    return [*found, *imports, *calls]


def _is_found_before(plan: Plan) -> bool:
    """Is a cell above needed in any case?"""
    top = plan.header
    return top.is_hidden or bool(top.enter and top.enters_apart)


def _own_cell(plan: Plan) -> str:
    """The source of a cell above all others, if there has to be one."""
    enter, is_hidden = plan.header.enter, plan.header.is_hidden
    found: list[Part] = _finding(plan) if _is_found_before(plan) else []
    if enter and found:
        found.append(Part(f"from {plan.package}.config import {enter}"))
        found.append(Part(f"{enter}()", is_apart=True))
    if is_hidden:
        names = ["sys", *([enter] if enter else [])]
        found.append(Part(f"del {', '.join(names)}"))
    return _joined([*found, *(header(plan) if plan.header.below is None else [])])


def _joined(parts: Iterable[Part]) -> str:
    """The parts that say something, below each other."""
    lines = ["\n" * part.is_apart + part.text for part in parts if part.text]
    return "\n".join(lines).lstrip("\n")


def _add_to_first(document: dict[str, Any], text: str) -> bool:
    """Put the lines on top of the first code cell, if they may stand there."""
    first = next(raw for raw in document["cells"] if raw["cell_type"] == "code")
    source = "".join(first["source"])
    if source.lstrip().startswith("%%") or "__future__" in source:
        return False
    head = statements.head(source)
    rest = source.lstrip("\n")[len(head) :].lstrip("\n")
    first["source"] = _lines("\n\n".join(part for part in (head, text, rest) if part))
    return True


def _add_own_cell(document: dict[str, Any], text: str) -> None:
    """It stands below the title, and what is said there before the next heading."""
    kinds = [(cell["cell_type"], "".join(cell["source"])) for cell in document["cells"]]
    titled = next((i for i, (kind, _) in enumerate(kinds) if kind != "raw"), len(kinds))
    place = titled
    while place < len(kinds) and kinds[place][0] == "markdown":
        if place > titled and kinds[place][1].lstrip().startswith("#"):
            break
        place += 1
    fresh = {"cell_type": "code", "id": OWN_CELL, "metadata": {}, "source": _lines(text)}
    document["cells"].insert(place, fresh)
