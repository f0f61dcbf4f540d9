"""Files that cells read, and that are not there. Whether they are is asked by those who know the folder."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath

from nb2pkg.check.catalogue import finding
from nb2pkg.check.model import Examined, Finding
from nb2pkg.check.rules.paths import is_personal
from nb2pkg.check.rules.rule import rule
from nb2pkg.facts.libraries import known
from nb2pkg.facts.parts import children
from nb2pkg.model import Facts, MagicKind, Place
from nb2pkg.plan import files_named
from nb2pkg.plan.files_named import Constants, FileUse

_ONLY_SOMETIMES = (
    ast.If, ast.Try, ast.For, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.IfExp,
)  # fmt: skip
_WRITE_NOTHING = frozenset(
    {"print", "display", "len", "repr", "str", "os.path.join", "pathlib.Path"}
)


@rule("NB816")
def not_there(examined: Examined) -> Iterator[Finding]:
    """Every file that is surely read, where no cell above writes it, or may do so.

    The finding holds the path; it is dropped where there is such a file.
    """
    constants = files_named.constants(examined.lines.statements, examined.aliases)
    known = list(_known(examined, constants))
    last = max((n for n, uses in enumerate(known) if any(map(_is_expected, uses))), default=-1)
    written: set[str] = set()
    for position, uses in enumerate(known[: last + 1]):
        facts = examined.lines.statements[position]
        sure = _sure_nodes(facts) if uses and not _may_fail(examined, facts) else set()
        for use in uses:
            if id(use.node) not in sure or not _is_expected(use):
                continue
            if not (
                _is_outside(use.path, examined.project.depth) or _is_written(use.path, written)
            ):
                written.add(use.path)  # once is enough
                yield finding("NB816", _place(facts, use), use.path, missing=use.path)
        written |= {use.path for use in uses if use.kind != "reads"}
        written |= _handed_on(examined, position, constants)


def _known(examined: Examined, constants: Constants) -> Iterator[tuple[FileUse, ...]]:
    """The files that each statement names, up to one that may write any file."""
    for position, facts in enumerate(examined.lines.statements):
        parts = examined.parts[position]
        uses = tuple(files_named.uses(facts, parts, examined.aliases, constants))
        yield uses
        if _may_write_anything(examined, position) or any(
            use.kind != "reads" and not use.path for use in uses
        ):
            return


def _handed_on(examined: Examined, position: int, constants: Constants) -> set[str]:
    """Files that a call of which nothing is known is given: it may write them."""
    given = [
        argument
        for call, name in examined.calls[position]
        if not files_named.is_known(name) and name not in _WRITE_NOTHING
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
    ]
    paths = {files_named.read_off(argument, examined.aliases, constants) for argument in given}
    return {posixpath.normpath(path) for path in paths if path}


def _is_expected(use: FileUse) -> bool:
    is_file = bool(PurePosixPath(use.path).suffix)
    return use.expects and is_file and use.kind == "reads" and not is_personal(use.path)


def _is_outside(path: str, depth: int) -> bool:
    """Is it outside the project, as NB811 says?"""
    return -1 < depth < path.split("/").count("..")


def _is_written(path: str, written: set[str]) -> bool:
    return any(path == other or path.startswith(f"{other}/") for other in written)


def _sure_nodes(facts: Facts) -> set[int]:
    """The parts of a statement that are evaluated whenever it runs."""
    found: set[int] = set()
    waiting: list[ast.AST] = [facts.node]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, _ONLY_SOMETIMES):
            found.add(id(node))
            waiting += children(node)
    return found


def _may_fail(examined: Examined, facts: Facts) -> bool:
    """An error that was kept is said by NB703, or is part of the story."""
    cell = examined.notebook.cells[facts.cell]
    return "raises-exception" in cell.tags or any(o.kind == "error" for o in cell.outputs)


def _may_write_anything(examined: Examined, position: int) -> bool:
    """Commands, and what downloads or unpacks: nobody can read off which files there are then."""
    facts = examined.lines.statements[position]
    if facts.magic is not None:
        quiet = facts.magic.name in known("magics", "setup") | known("magics", "looking")
        return facts.magic.kind is not MagicKind.HELP and not quiet
    return any(
        name.rpartition(".")[2] in known("file_uses", "brings_files")
        for _, name in examined.calls[position]
    )


def _place(facts: Facts, use: FileUse) -> Place:
    node = use.node
    if not isinstance(node, ast.expr) or node.end_lineno != node.lineno:
        return Place(facts.cell, facts.line)
    width = (node.end_col_offset or 0) - node.col_offset
    return Place(facts.cell, node.lineno, node.col_offset, max(width, 1))
