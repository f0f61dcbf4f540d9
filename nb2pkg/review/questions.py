"""What only the data scientist can answer. Each question comes from a fact, never from a guess."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

from nb2pkg import escape
from nb2pkg.graph.network import Edge
from nb2pkg.model import CellFacts
from nb2pkg.observed import Verdict
from nb2pkg.problems import CATALOGUE
from nb2pkg.review.issues import meant
from nb2pkg.review.model import Issue, Question, Symbol

_USUAL = frozenset({0, 1, 2, -1, 100})  # numbers that need no name
_MOST_NUMBERS = 3  # asked about in one step
_OF_DRAWING = frozenset(  # arguments that say how a figure looks: nobody asks for their reasons
    {
        "alpha",
        "dpi",
        "figsize",
        "fontsize",
        "linewidth",
        "lw",
        "markersize",
        "rotation",
        "s",
        "size",
    }
)
_ABSOLUTE = re.compile(r"(?:~|/|[A-Za-z]:[\\/])[^\n\0]*")
_FILE = re.compile(r"(?:~/|[A-Za-z]:[\\/]|/(?:home|Users|mnt|tmp|data|content|root)/|.*\.\w{1,5}$)")


@dataclass(frozen=True, slots=True)
class Known:
    """The facts that questions are made of. tagged: index of a code cell to its tag.

    parameters are the names in config.py, values the numbers that they stand for.
    """

    notebook: str
    symbols: tuple[Symbol, ...]
    issues: tuple[Issue, ...]
    facts: tuple[CellFacts, ...]
    flows: tuple[Edge, ...]
    tagged: Mapping[int, str]
    parameters: frozenset[str]
    values: frozenset[Any]


def collect(known: Known, anchors: Mapping[str, str]) -> tuple[Question, ...]:
    """All questions, kind by kind, each in the order of the notebook."""
    asked = [
        *_names(known),
        *_unstable(known),
        *_numbers(known),
        *_paths(known),
        *_untagged(known),
        *_along(known),
    ]
    places = {symbol.symbol: symbol.anchor for symbol in known.symbols}
    return tuple(
        replace(question, anchor=places.get(question.symbol, anchors.get(question.cell, "")))
        for question in asked
    )


def parameters(config: ast.Module) -> tuple[frozenset[str], frozenset[Any]]:
    """Names that config.py binds to values, and the numbers among these."""
    bound = [node for node in config.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    targets = [t for n in bound for t in (n.targets if isinstance(n, ast.Assign) else [n.target])]
    names = frozenset(target.id for target in targets if isinstance(target, ast.Name))
    values = [value for node in bound if node.value is not None for value in _literals(node.value)]
    return names, frozenset(value for value, _ in values)


# --------------------------------------------------------------------------------- names, chance


def _names(known: Known) -> Iterator[Question]:
    for issue in known.issues:
        if issue.code == "NB501":
            name = meant(CATALOGUE["NB501"], issue.message)
            symbol = _of_name(known, name, issue.cell)
            module = symbol.module if symbol else "MODULE"
            yield Question(
                "name",
                f"{name} got its name for want of a better one. What does cell {issue.number} do?",
                f"Name it: nb2pkg tag {escape.shell(known.notebook)} {issue.number} --as {module}.NAME",
                issue.cell,
                issue.number,
                symbol.symbol if symbol else "",
            )


def _of_name(known: Known, name: str, cell: str) -> Symbol | None:
    named = [symbol for symbol in known.symbols if symbol.name == name]
    here = [symbol for symbol in named if cell in (story.id for story in symbol.cells)]
    return next(iter(here or named), None)


def _unstable(known: Known) -> Iterator[Question]:
    """Results of steps that differ from run to run; then those of cells that stayed."""
    covered: set[str] = set()
    for symbol in known.symbols:
        if symbol.verdict == Verdict.UNSTABLE.value:
            covered |= {story.id for story in symbol.cells}
            last = symbol.cells[-1] if symbol.cells else None
            yield Question(
                "chance",
                f"{symbol.symbol} is not the same in each run: {'; '.join(symbol.notes)}. "
                "Is that meant?",
                "If not: seed the random numbers (random_state=, default_rng(SEED)), sort what has "
                "no order, leave times and addresses out; then promote with --verify again.",
                last.id if last else "",
                last.number if last else 0,
                symbol.symbol,
            )
    for issue in known.issues:
        if issue.code == "NB603" and issue.cell not in covered:
            yield Question(
                "chance",
                f"In cell {issue.number}, {issue.message}. Is that meant?",
                issue.hint,
                issue.cell,
                issue.number,
            )


# --------------------------------------------------------------------------------------- numbers


def _numbers(known: Known) -> Iterator[Question]:
    """Numbers without a name in the code of steps, as it is on disk now."""
    for symbol in known.symbols:
        if symbol.kind != "step" or not symbol.cells:
            continue
        asked: dict[Any, str] = {}
        for value, line in _numbers_of(symbol.code.text):
            if value not in _USUAL and value not in known.values and len(asked) < _MOST_NUMBERS:
                asked.setdefault(value, line)
        if not asked:
            continue
        cell = symbol.cells[-1]
        lines = dict.fromkeys(line[:120] for line in asked.values())
        yield Question(
            "number",
            f"{' and '.join(map(repr, asked))} in {symbol.symbol}: would anybody want another "
            f"value? ({' ... '.join(lines)})",
            "If so: give it a name in capitals in a cell that is tagged parameters, and use the "
            f"name in cell {cell.number}. If not, a comment behind it tells the next reader.",
            cell.id,
            cell.number,
            symbol.symbol,
        )


def _numbers_of(source: str) -> Iterator[tuple[Any, str]]:
    """Numbers in the body of a function, each with its line."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    lines = source.split("\n")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for value, line in _literals(ast.Module(node.body, [])):
                yield value, lines[line - 1].strip()


def _literals(tree: ast.AST) -> Iterator[tuple[int | float, int]]:
    """Numbers and their lines, in the order of the text; -3 is one number."""
    drawn = (
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg in _OF_DRAWING
        for inner in ast.walk(node)
    )
    negated: set[int] = set()
    found: list[tuple[int, int, int | float]] = []
    skipped = set(drawn)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = node.operand
            if isinstance(inner, ast.Constant) and _is_number(inner.value):
                negated.add(id(inner))
                found.append((node.lineno, node.col_offset, -inner.value))
        elif isinstance(node, ast.Constant) and id(node) not in negated and _is_number(node.value):
            found.append((node.lineno, node.col_offset, node.value))
    for line, _, value in sorted(found, key=lambda item: item[:2]):
        yield value, line


def _is_number(value: object) -> TypeGuard[int | float]:
    return type(value) in (int, float)  # True is an int too


# ----------------------------------------------------------------------------------- paths, tags


def _paths(known: Known) -> Iterator[Question]:
    """Files that are named by a path which only one computer has."""
    made = {story.id: symbol for symbol in known.symbols for story in symbol.cells}
    for facts in known.facts:
        cell = facts.cell
        if cell.id not in made and known.tagged.get(cell.index) != "parameters":
            continue
        symbol = made[cell.id].symbol if cell.id in made else ""
        texts = {text: None for fact in facts.statements for text in _absolute(fact.node)}
        for text in texts:
            yield Question(
                "path",
                f"Cell {cell.index + 1} names {text[:200]}, a path that other computers do not "
                "have. Where is that file for others?",
                "Write the path relative to the notebook, or make it a parameter: a name in "
                "capitals in a cell that is tagged parameters.",
                cell.id,
                cell.index + 1,
                symbol,
            )


def _absolute(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _ABSOLUTE.fullmatch(node.value) and _FILE.match(node.value):
                yield node.value


def _untagged(known: Known) -> Iterator[Question]:
    """Cells that nobody tagged and that feed what was promoted."""
    cells = {facts.cell.index: facts.cell for facts in known.facts}
    made: dict[int, list[Symbol]] = {}
    for symbol in known.symbols:
        for story in symbol.cells:
            made.setdefault(story.number - 1, []).append(symbol)
    takers: dict[int, dict[str, None]] = {}
    given: dict[int, dict[str, None]] = {}
    for edge in known.flows:
        names = [name for name in edge.names if name not in known.parameters]
        if not names or edge.source in made or known.tagged.get(edge.source):
            continue
        for symbol in made.get(edge.target, ()):
            takers.setdefault(edge.source, {})[symbol.symbol] = None
            given.setdefault(edge.source, {}).update(dict.fromkeys(names))
    for index, symbols in sorted(takers.items()):
        taken = ", ".join(given[index])
        yield Question(
            "tag",
            f"Cell {index + 1} is not tagged, and {', '.join(symbols)} takes {taken} from it. "
            "Is it validated?",
            f"If so: nb2pkg tag {escape.shell(known.notebook)} {index + 1}, and promote again. If not, it stays, "
            f"and whoever calls the package hands {taken} in.",
            cells[index].id,
            index + 1,
            next(iter(symbols)),
        )


def _along(known: Known) -> Iterator[Question]:
    """Definitions that were promoted without a tag, one question for each cell."""
    by_cell: dict[str, list[Issue]] = {}
    for issue in known.issues:
        if issue.code == "NB504":
            by_cell.setdefault(issue.cell, []).append(issue)
    for cell, issues in by_cell.items():
        names = [meant(CATALOGUE["NB504"], issue.message) for issue in issues]
        symbol = _of_name(known, names[0], cell)
        number = issues[0].number
        yield Question(
            "tag",
            f"{', '.join(names)} of cell {number} came along, since what was tagged needs it. "
            "Is it validated?",
            f"If so: nb2pkg tag {escape.shell(known.notebook)} {number}",
            cell,
            number,
            symbol.symbol if symbol else "",
        )
