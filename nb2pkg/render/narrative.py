"""The linked notebook: the same story, importing from the package.

Markdown, outputs, order and ids are those of the original. A cell from which nothing was moved keeps its
text to the letter.
"""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from nb2pkg import escape
from nb2pkg.facts import statements
from nb2pkg.model import CellFacts, Facts, MagicKind, StatementKind
from nb2pkg.notebook import magics
from nb2pkg.paths import OWN, PackagePaths
from nb2pkg.plan.model import USUAL, CellPlan, Piece, PieceKind, Plan, Step
from nb2pkg.plan.plan_state import starts
from nb2pkg.render.code import formatted
from nb2pkg.render.pipeline import call, variable

_WIDTH = 88


def write(plan: Plan, data_folder: str, paths: PackagePaths = OWN) -> dict[str, Any]:
    """The document of the narrative, in format 4.5, to stand in the folder notebooks/."""
    document = copy.deepcopy(dict(plan.notebook.document))
    plans = {cell.cell: cell for cell in plan.cells}
    for index, (cell, raw) in enumerate(zip(plan.notebook.cells, document["cells"])):
        raw["id"] = cell.id
        raw.setdefault("source", [])
        if index in plans and not plans[index].untouched:
            raw["source"] = _lines(cell_text(plan, plans[index]))
    _add_setup(document, setup(plan, data_folder, paths))
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

    is_apart: a blank line stands above them.
    """

    text: str
    positions: tuple[int, ...] = ()
    is_apart: bool = False


def cell_text(plan: Plan, cell: CellPlan) -> str:
    """The new source of one cell."""
    facts = next(f for f, _ in starts(plan.facts) if f.cell.index == cell.cell)
    lines = ["\n" * part.is_apart + part.text for part in parts(plan, cell)]
    return magics.unmask("\n".join(lines), facts.masked.magics)


def parts(plan: Plan, cell: CellPlan) -> list[Part]:
    """What a cell is made of, its magics masked: tag, imports of the package, calls, what stayed."""
    facts, start = next((f, s) for f, s in starts(plan.facts) if f.cell.index == cell.cell)
    pieces = list(cell.pieces)
    comments = statements.head(facts.masked.python)
    head = [Part(comments)] if comments else []
    while pieces and _comes_first(_facts(facts, start, pieces[0])):
        piece = pieces.pop(0)
        head.append(Part(_kept(facts, start, piece), (piece.position,)))
    imports = _package_imports(plan, pieces)
    body = list(_body(facts, start, pieces, plan))
    if facts.statements and not (imports or body):
        body = [Part(_called_below(plan, start))]
    if facts.trailing:
        body.append(Part(facts.trailing))
    if imports and body:
        body[0] = replace(body[0], is_apart=True)
    return [*head, *imports, *body]


def _called_below(plan: Plan, start: int) -> str:
    """What is left of a cell that became part of a step with the cells below it."""
    name = next((step.name for step in plan.steps if start in step.positions), "")
    return f"# part of {name}, which is called below" if name else ""


def _facts(cell: CellFacts, start: int, piece: Piece) -> Facts:
    return cell.statements[piece.position - start]


def _comes_first(facts: Facts) -> bool:
    """A cell magic, and imports from the future."""
    if facts.magic is not None and facts.magic.kind is MagicKind.CELL:
        return True
    return any(imported.module == "__future__" for imported in facts.imports)


def _package_imports(plan: Plan, pieces: Iterable[Piece]) -> list[Part]:
    """One import for each module of which the cell uses something."""
    wanted: dict[str, set[str]] = {}
    fetched: dict[str, list[int]] = {}
    for piece in pieces:
        if piece.step is not None:
            wanted.setdefault(piece.step.module, set()).add(piece.step.function)
        elif piece.definition is not None and not piece.in_place:
            wanted.setdefault(piece.definition.module, set()).add(piece.definition.name)
            fetched.setdefault(piece.definition.module, []).append(piece.position)
    return [
        Part(
            _fitted(f"from {plan.package}.{module} import {', '.join(sorted(names))}"),
            tuple(fetched.get(module, ())),
        )
        for module, names in sorted(wanted.items())
    ]


def _body(cell: CellFacts, start: int, pieces: Iterable[Piece], plan: Plan) -> Iterator[Part]:
    previous: int | None = None
    texts = [(piece, _text(cell, start, piece, plan)) for piece in pieces]
    written = [(piece, text) for piece, text in texts if text]
    for piece, text in written:
        facts = _facts(cell, start, piece)
        if piece is written[-1][0] and _would_show(piece, facts):
            text = _with_semicolon(text, ";")
        first = facts.line - (facts.leading.count("\n") + 1 if facts.leading else 0)
        positions = piece.step.positions if piece.step is not None else (piece.position,)
        yield Part(text, positions, previous is not None and first > previous + 1)
        previous = facts.end_line


def _would_show(piece: Piece, facts: Facts) -> bool:
    """Does IPython show its value only now, since what stood behind it in the cell has moved?"""
    is_value = piece.kind is PieceKind.KEPT and isinstance(facts.node, ast.Expr)
    is_silent = {"print", "display"} & set(facts.effects)
    return is_value and not (facts.shows or facts.quiet or facts.magic or is_silent)


def _text(cell: CellFacts, start: int, piece: Piece, plan: Plan) -> str:
    if piece.kind is PieceKind.CALL and piece.step is not None:
        return step_call(piece.step)
    if piece.definition is not None:
        item = piece.definition
        return f"from {plan.package}.{item.module} import {item.name}" if piece.in_place else ""
    if piece.kind is PieceKind.DROPPED:
        return _facts(cell, start, piece).leading
    return _kept(cell, start, piece)


def _kept(cell: CellFacts, start: int, piece: Piece) -> str:
    facts = _facts(cell, start, piece)
    semicolon = ";" if facts.quiet and isinstance_expression(facts) else ""
    source = _with_semicolon(facts.source, semicolon)
    return f"{facts.leading}\n{source}" if facts.leading else source


def isinstance_expression(facts: Facts) -> bool:
    return facts.kind in (StatementKind.PLAIN, StatementKind.MAGIC)


def _with_semicolon(source: str, semicolon: str) -> str:
    """The semicolon goes before a comment on the last line."""
    if not semicolon:
        return source
    head, mark, last = source.rpartition("\n")
    code, comment, rest = last.partition("  #")
    return head + mark + code + semicolon + comment + rest


def step_call(step: Step) -> str:
    """The call of a step as the notebook makes it."""
    text = _fitted(call(step, [keyword.parameter for keyword in step.keywords]))
    shown = step.shown or step.shows
    return "\n".join([*step.remarks, text, *([shown] if shown else [])])


def _fitted(text: str) -> str:
    return text if len(text) <= _WIDTH else formatted(USUAL, text).rstrip("\n")


# ---- finding the package and the files


def _add_setup(document: dict[str, Any], text: str) -> None:
    """Let the notebook find the package and the files of the original, wherever it is run."""
    for raw in document["cells"]:
        if raw.get("cell_type") == "code":
            source = "".join(raw["source"])
            if source.lstrip().startswith("%%") or "__future__" in source:
                break
            head = statements.head(source)
            rest = source.lstrip("\n")[len(head) :].lstrip("\n") if head else source
            raw["source"] = _lines("\n\n".join(part for part in (head, text, rest) if part))
            return
    fresh = {"cell_type": "code", "id": "nb2pkg-setup", "metadata": {}, "source": _lines(text)}
    document["cells"].insert(0, fresh)


def setup(plan: Plan, data_folder: str, paths: PackagePaths = OWN) -> str:
    """Lines that do something the first time only, while the folder is still the narrative's."""
    found, appended, changed = finding(
        plan.package, variable(plan), paths.above, f"../{data_folder}"
    )
    lines = [
        "# Where the package and the files of the analysis are.",
        "import os",
        "import sys",
        "",
    ]
    lines += [found, appended, *([changed] if plan.touches_files else [])]
    return "\n".join([*lines, *(["del os, sys"] if plan.lists_names else [])])


def finding(package: str, variable: str, source: str, data: str) -> tuple[str, str, str]:
    """The lines that find the package and the files, from folders as the narrative sees them."""
    inner = f"{source}/{package.replace('.', '/')}"
    return (
        f"if os.path.isdir({escape.python(inner)}):",
        f"    sys.path.append(os.path.abspath({escape.python(source)}))",
        f'    os.chdir(os.environ.get("{variable}", {escape.python(data)}))',
    )


def moved(text: str, old: Iterable[str], new: Iterable[str]) -> str:
    """The text of a narrative that finds the package from another folder."""
    for before, after in zip(old, new):
        text = text.replace(json.dumps(before)[1:-1], json.dumps(after)[1:-1])
    return text
