"""How much of the logic of a notebook moved into the package.

Logic lines are the lines of top-level statements other than imports, bare expressions that show
something, and statements that only print. A statement has moved when the package holds it and
the narrative no longer does.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

PYTHON_MAGICS = ("%%time", "%%capture", "%%timeit", "%%prun")
MAGIC = "pass  # magic"
MAGIC_LINE = re.compile(r"^(\s*)(?:[\w, ]+=\s*)?[%!?][^=].*$|^(\s*)[\w.%]+\?{1,2}\s*$")
LONG, MOST = 3, 0.7  # lines of a statement that count as most of it
SHOWS = {"print", "display", "pprint", "show"}
# Added by promotion on purpose: types, docstrings, keyword-only parameters, keyword arguments.
IGNORED_FIELDS = {
    "returns",
    "annotation",
    "type_comment",
    "ctx",
    "kind",
    "type_params",
    "type_ignores",
}


@dataclass(frozen=True)
class Share:
    """Logic lines of a notebook, and how many of them moved."""

    lines: int
    moved: int

    @property
    def value(self) -> float | None:
        """The share of lines that moved; None when there is nothing to move."""
        return self.moved / self.lines if self.lines else None


@dataclass(frozen=True)
class Statement:
    """A top-level statement of a code cell, with the lines of it that count."""

    node: ast.stmt
    lines: list[str]
    shows: bool  # it is there only to show something


class Package:
    """What the modules of a generated package hold."""

    def __init__(self, project: Path) -> None:
        self.nodes: dict[str, list[ast.stmt]] = defaultdict(list)  # at any depth, by type
        self.lines: list[set[str]] = []  # of each module
        for path in sorted((project / "src").rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            self.lines.append({line.strip() for line in text.split("\n")})
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.stmt):
                    self.nodes[type(node).__name__].append(node)

    def holds(self, statement: Statement) -> bool:
        """The statement is there, but for what promotion adds, or most lines of a long one are."""
        if any(_same(statement.node, other) for other in _candidates(statement.node, self.nodes)):
            return True
        lines = statement.lines
        return len(lines) >= LONG and any(
            sum(map(held.__contains__, lines)) >= MOST * len(lines) for held in self.lines
        )


def measure(original: Path, project: Path) -> Share:
    """Compare an original notebook with the project made of it."""
    stayed = Counter(
        ast.dump(part.node) for part in _statements(project / "notebooks" / original.name)
    )
    package = Package(project)
    lines = moved = 0
    for statement in _statements(original):
        if statement.shows:
            continue
        lines += len(statement.lines)
        dump = ast.dump(statement.node)
        if stayed[dump] > 0:
            stayed[dump] -= 1
        elif package.holds(statement):
            moved += len(statement.lines)
    return Share(lines, moved)


def _statements(path: Path) -> Iterator[Statement]:
    for cell in json.loads(path.read_text(encoding="utf-8-sig")).get("cells", []):
        if cell.get("cell_type") != "code":
            continue
        source = python_of("".join(cell["source"]))
        body = parse(source)
        showed = any(
            output.get("output_type") == "execute_result" for output in cell.get("outputs", [])
        )
        for node in body:
            is_shown = isinstance(node, ast.Expr) and showed and node is body[-1]
            yield Statement(
                node, _logic_lines(node, source.split("\n")), is_shown or _only_shows(node)
            )


def saved_code(path: Path) -> list[str]:
    """Sources of the code cells of a notebook, as they are saved."""
    cells = json.loads(path.read_text(encoding="utf-8-sig")).get("cells", [])
    return ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]


def python_of(source: str) -> str:
    """The Python of a cell with one line for each line of it; magic lines are emptied."""
    if source.lstrip().startswith("%%"):
        if not source.lstrip().startswith(PYTHON_MAGICS):
            return ""
        source = "#" + source.lstrip()
    return "\n".join(MAGIC_LINE.sub(rf"\1{MAGIC}", line) for line in source.split("\n"))


def parse(source: str) -> list[ast.stmt]:
    """Statements of a cell; none when it is not Python even without its magic lines."""
    try:
        tree = compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (SyntaxError, ValueError):
        return []
    return cast(ast.Module, tree).body


def _only_shows(node: ast.stmt) -> bool:
    """Imports, `pass`, bare values, calls of `print` and the like, and blocks of such."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass)):
        return True
    if isinstance(node, ast.Expr):
        if not isinstance(node.value, ast.Call):
            return not any(
                isinstance(part, (ast.Call, ast.Await, ast.NamedExpr))
                for part in ast.walk(node.value)
            )
        function = node.value.func
        return (
            function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        ) in SHOWS
    if isinstance(node, (ast.For, ast.If, ast.With)):
        return all(_only_shows(child) for child in [*node.body, *getattr(node, "orelse", [])])
    return False


def _logic_lines(node: ast.stmt, lines: list[str]) -> list[str]:
    """Physical lines of a statement without blank lines, comments and docstrings."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(part.lineno for part in decorators)])
    numbers = set(range(first, (node.end_lineno or node.lineno) + 1))
    for part in ast.walk(node):
        if isinstance(
            part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        ) and ast.get_docstring(part):
            docstring = part.body[0]
            numbers -= set(range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1))
    texts = [lines[number - 1].strip() for number in sorted(numbers)]
    return [text for text in texts if text and not text.startswith("#") and text != MAGIC]


def _candidates(statement: ast.stmt, held: dict[str, list[ast.stmt]]) -> Iterator[ast.stmt]:
    """Statements that could be this one: of its type, or a `return` of what it assigned."""
    yield from held[type(statement).__name__]
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        for other in held["AnnAssign"]:
            assert isinstance(other, ast.AnnAssign)
            if other.value is not None:
                yield ast.Assign(targets=[other.target], value=other.value)
    if isinstance(statement, (ast.Assign, ast.Expr)):
        for other in held["Return"]:
            assert isinstance(other, ast.Return)
            if other.value is not None and _same(statement.value, other.value):
                yield statement


def _same(one: Any, two: Any) -> bool:
    """Structural equality, but for what promotion may add."""
    if isinstance(one, list):
        return isinstance(two, list) and len(one) == len(two) and all(map(_same, one, two))
    if not isinstance(one, ast.AST):
        return bool(one == two)
    if type(one) is not type(two):
        return False
    return all(
        _same(_field(one, name), _field(two, name)) or _extends(one, two, name)
        for name in one._fields
        if name not in IGNORED_FIELDS
    )


def _field(node: ast.AST, name: str) -> Any:
    """A field of a node; the body of a definition without its docstring."""
    value = getattr(node, name, None)
    if name != "body" or not isinstance(
        node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    ):
        return value
    return (
        node.body if ast.get_docstring(node, clean=False) is None else node.body[1:] or [ast.Pass()]
    )


def _extends(one: ast.AST, two: ast.AST, name: str) -> bool:
    """Whether the second has the keywords or keyword-only parameters of the first, and more."""
    mine, theirs = getattr(one, name, []), getattr(two, name, [])
    if isinstance(one, ast.Call) and name == "keywords":
        return all(any(_same(part, other) for other in theirs) for part in mine)
    if isinstance(one, ast.arguments) and name in ("kwonlyargs", "kw_defaults"):
        return len(theirs) >= len(mine)
    return False
