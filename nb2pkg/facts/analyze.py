"""From cells to facts: mask, parse, cut into statements, walk each once."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nb2pkg.errors import NotebookError
from nb2pkg.facts import guards, isolated, lookups, statement, statements
from nb2pkg.facts.libraries import Aliases
from nb2pkg.facts.parts import Parts, parts_of
from nb2pkg.model import Cell, CellFacts, Facts, ImportedName, MagicKind, Masked, Notebook
from nb2pkg.notebook import language, magics
from nb2pkg.notebook.magic_syntax import InvalidSyntaxError, parsed
from nb2pkg.notebook.test_cells import is_isolated

_COMPILED = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_ALLOWED_LATER = "asynchronous comprehension outside"  # within another one, by Python 3.11
_Pieces = tuple[tuple[statements.StatementText, Parts], ...]


def analyze(notebook: Notebook) -> tuple[CellFacts, ...]:
    """Facts of every code cell, in document order.

    Raises NotebookError, naming all of them, when cells are not Python.
    """
    cut = _cut_all(notebook)
    aliases = meanings([parts for _, _, pieces, _ in cut for _, parts in pieces])
    cells = [_cell_facts(*parts_of_cell, aliases) for parts_of_cell in cut]
    return lookups.with_names_in_texts(lookups.with_star_imports(cells))


def aliases_of(cells: Iterable[CellFacts]) -> Aliases:
    """What the notebook's imports call things."""
    return meanings([parts_of(facts.node) for cell in cells for facts in cell.statements])


def restate(cells: Sequence[CellFacts], sources: Mapping[int, str]) -> tuple[CellFacts, ...]:
    """The facts after some statements (by position in the notebook) got another text."""
    aliases = aliases_of(cells)
    position = 0
    result = []
    for cell in cells:
        changed = []
        for facts in cell.statements:
            source = sources.get(position)
            changed.append(
                facts if source is None else _restated(cell.cell, facts, source, aliases)
            )
            position += 1
        result.append(_with(cell, changed))
    return lookups.with_names_in_texts(result)


def _restated(cell: Cell, facts: Facts, source: str, aliases: Aliases) -> Facts:
    node = ast.parse(source).body[0]
    ast.increment_lineno(node, facts.line - 1)  # so that places are those of the notebook
    piece = statements.StatementText(node, source, facts.leading, facts.line, facts.end_line)
    fresh = statement.facts(cell, facts.position, piece, parts_of(node), Masked(""), aliases)
    shows = facts.shows and isinstance(node, ast.Expr)
    return replace(fresh, shows=shows, quiet=facts.quiet)


def _cut_all(notebook: Notebook) -> list[tuple[Cell, Masked, _Pieces, str]]:
    cut, bad = [], []
    for cell in notebook.code:
        try:
            cut.append(_cut(cell, magics.mask(cell.source)))
        except SyntaxError as error:
            bad.append((cell, error))
    if bad:
        raise _unreadable(notebook, bad)
    return cut


def _unreadable(notebook: Notebook, bad: Sequence[tuple[Cell, SyntaxError]]) -> NotebookError:
    """What is wrong with the cells that are not Python, or not of this version."""
    places = "; ".join(f"cell {c.index + 1}, line {e.lineno or 1}: {e.msg}" for c, e in bad)
    metadata = notebook.document.get("metadata", {})
    for error in (error for _, error in bad if not isinstance(error, InvalidSyntaxError)):
        if found := language.needed_python(metadata, error.msg):
            return NotebookError(f"{notebook.path}: {found[0]}: {places}", found[1])
    return NotebookError(
        f"{notebook.path}: not valid Python: {places}",
        "Fix these cells, or make them raw cells, and try again.",
    )


def _cut(cell: Cell, masked: Masked) -> tuple[Cell, Masked, _Pieces, str]:
    tree = parsed(masked.python)
    _compile(tree)
    found, trailing = statements.split(masked.python, tree)
    pieces = guards.without(found, masked.python)
    return cell, masked, tuple((piece, parts_of(piece.node)) for piece in pieces), trailing


def _compile(tree: ast.Module) -> None:
    """Raise SyntaxError for what parses and is not Python all the same: ``return`` in no function."""
    try:
        compile(tree, "<cell>", "exec", _COMPILED, dont_inherit=True)
    except (RecursionError, MemoryError):
        raise InvalidSyntaxError("too deeply nested") from None
    except SyntaxError as error:
        if error.msg.startswith(_ALLOWED_LATER):
            raise
        raise InvalidSyntaxError(*error.args) from None  # it was parsed: the syntax is known


def meanings(trees: Sequence[Parts]) -> Aliases:
    """What the imports among these statements call things."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    methods = {
        part.name
        for parts in trees
        for node in parts.of(ast.ClassDef)
        for part in node.body
        if isinstance(part, functions)
    }
    imported = [
        name
        for parts in trees
        for node in [*parts.of(ast.Import), *parts.of(ast.ImportFrom)]
        for name in statements.imported_names(node)
    ]
    modules = frozenset(name.module.partition(".")[0] for name in imported)
    return Aliases(_aliases(imported), frozenset(methods), modules)


def _aliases(imported: Iterable[ImportedName]) -> dict[str, str]:
    """What imported names mean. A name that is imported twice keeps its first meaning."""
    names: dict[str, str] = {}
    for name in imported:
        meaning = _meaning(name)
        if name.name != meaning:
            names.setdefault(name.name, meaning)
    return names


def _meaning(imported: ImportedName) -> str:
    if imported.attribute:
        return f"{imported.module}.{imported.attribute}"
    return (
        imported.name
        if "." in imported.module and imported.name == imported.module.split(".")[0]
        else imported.module
    )


def _cell_facts(
    cell: Cell, masked: Masked, pieces: _Pieces, trailing: str, aliases: Aliases
) -> CellFacts:
    repeated = any(m.kind is MagicKind.CELL and m.name == "timeit" for m in masked.magics)
    quiet = _ends_with_semicolon(masked.python)
    found = []
    for position, (piece, parts) in enumerate(pieces):
        facts = statement.facts(cell, position, piece, parts, masked, aliases)
        if position == len(pieces) - 1:
            shows = isinstance(piece.node, ast.Expr) and not quiet and facts.magic is None
            facts = replace(facts, shows=shows, quiet=quiet)
        # %%timeit runs its body in a function: nothing of that is bound in the notebook.
        if repeated and facts.magic is None:
            facts = replace(facts, binds=(), maybe_binds=(), deletes=())
        found.append(facts)
    return _with(CellFacts(cell, masked, (), trailing), found)


def _with(cell: CellFacts, found: Sequence[Facts]) -> CellFacts:
    separate = is_isolated(cell.masked)
    return replace(cell, statements=isolated.isolate(found) if separate else tuple(found))


def _ends_with_semicolon(python: str) -> bool:
    """IPython's rule: the last token that is no comment and no line end."""
    lines = [line for line in python.splitlines() if line.strip() and line.lstrip()[0] != "#"]
    if not lines or ";" not in lines[-1]:
        return False
    last = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(python).readline):
            if token.type not in (
                tokenize.COMMENT,
                tokenize.NL,
                tokenize.NEWLINE,
                tokenize.ENDMARKER,
                tokenize.DEDENT,
            ):
                last = token.string
    except (tokenize.TokenError, IndentationError):
        return False
    return last == ";"
