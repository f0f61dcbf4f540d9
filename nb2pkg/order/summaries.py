"""From the facts of statements to what a cell does as a whole: cells are what can be moved."""

from __future__ import annotations

import ast
import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from nb2pkg.graph import proofs
from nb2pkg.model import CellFacts, Facts, MagicKind, StatementKind
from nb2pkg.order import late
from nb2pkg.order.model import Read, Role, Summary
from nb2pkg.plan import shared
from nb2pkg.plan.order import changed
from nb2pkg.plan.scope import BUILTINS
from nb2pkg.plan.shared import NOTHING, SETTINGS, Touch

_DEFINES = (
    StatementKind.IMPORT,
    StatementKind.GUARDED_IMPORT,
    StatementKind.FUNCTION,
    StatementKind.CLASS,
    StatementKind.LITERAL,
    StatementKind.MAGIC,
)
_FIXED = _DEFINES[:4]
_IMPORTS = (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT)
_SEEDS = re.compile(r"\.seed\(|set_seed\(")
_UNSEEN = {"NB301", "NB302", "NB314"}  # code from text, the namespace, unresolved star imports


def summaries(cells: Iterable[CellFacts]) -> tuple[Summary, ...]:
    """What each code cell does that holds any code, in document order."""
    cells = [cell for cell in cells if cell.cell.source.strip()]
    modules = {name for cell in cells for facts in cell.statements for name in _imported(facts)}
    statements = [facts for cell in cells for facts in cell.statements]
    called = iter(late.late_reads(statements))
    found = [_summary(cell, [next(called) for _ in cell.statements], modules) for cell in cells]
    return _with_keys(found, cells)


def _summary(
    cell: CellFacts, late_reads: Sequence[Mapping[str, bool]], modules: set[str]
) -> Summary:
    reads: dict[str, Read] = {}
    bound: set[str] = set()
    own = _timed(cell)
    gone: set[str] = set()
    changes: set[str] = set()
    for facts, called in zip(cell.statements, late_reads):
        for name, read in _reads(facts, called):
            if name not in bound | own and proofs.provable(name) and not _is_sure(reads.get(name)):
                reads[name] = read
        changes |= {name for name in changed(facts) if name in reads and name not in modules}
        bound |= {*facts.bound, *facts.late_writes}
        gone = (gone | set(facts.deletes)) - set(facts.bound)
        bound -= set(facts.deletes)
    changes |= {name for name in bound if name in reads and reads[name].sure}
    return Summary(
        cell=cell.cell,
        reads=reads,
        binds=frozenset(bound),
        deletes=frozenset(gone),
        changes=frozenset(changes),
        fixed=frozenset(n for f in cell.statements if f.kind in _FIXED for n in f.bound),
        role=_role(cell),
        unseen=_unseen(cell),
    )


def _timed(cell: CellFacts) -> set[str]:
    """Names that exist only while ``%%timeit`` runs."""
    magics = cell.masked.magics
    if not (magics and magics[0].kind is MagicKind.CELL and magics[0].name == "timeit"):
        return set()
    nodes = [facts.node for facts in cell.statements]
    with contextlib.suppress(SyntaxError):
        nodes += ast.parse(magics[0].python).body
    names = (node for node in _walk(nodes) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _is_sure(read: Read | None) -> bool:
    return read is not None and read.sure


def _reads(facts: Facts, called: Mapping[str, bool]) -> Iterator[tuple[str, Read]]:
    """Of a magic only what IPython runs as Python: its other words are mostly no names."""
    magic = facts.magic
    later = set(facts.late_reads) - set(facts.sure_reads)  # g = lambda: x reads no x yet
    direct = (
        set(facts.reads) - later if magic is None else _names_in(magic.python) | set(magic.names)
    )
    for name in sorted(direct):
        sure = name in facts.sure_reads or name in facts.deletes
        yield name, Read(facts.line, sure, sure)
    for name in sorted(called.keys() - direct):
        yield name, Read(facts.line, False, called[name])


def _imported(facts: Facts) -> tuple[str, ...]:
    return facts.binds if facts.kind in _IMPORTS else ()


def _names_in(python: str) -> set[str]:
    try:
        tree = ast.parse(python)
    except SyntaxError:
        return set()
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    stored = {node.id for node in nodes if not isinstance(node.ctx, ast.Load)}
    return {node.id for node in nodes} - stored


def _role(cell: CellFacts) -> Role:
    """Set-up: imports and settings alone, with definitions perhaps; at least one of the first two."""
    sets = [facts for facts in cell.statements if facts.kind in _IMPORTS or _is_setup(facts)]
    rest = [facts for facts in cell.statements if facts not in sets]
    imports = {name for facts in sets for name in facts.binds}
    if all(facts.kind in _DEFINES or _only_calls(facts, imports) for facts in rest):
        return Role.SETUP if sets or not rest else Role.DEFINITION
    return Role.OTHER


def _is_setup(facts: Facts) -> bool:
    return shared.is_setting(facts) or (bool(_SEEDS.search(facts.source)) and not facts.binds)


def _only_calls(facts: Facts, imports: set[str]) -> bool:
    """Does it do nothing but call functions of modules that the cell itself imports?"""
    reads = set(facts.reads) - BUILTINS
    return isinstance(facts.node, ast.Expr) and bool(imports) and reads <= imports


def _unseen(cell: CellFacts) -> str:
    for facts in cell.statements:
        if facts.magic is not None and facts.reads_everything:
            return facts.magic.text.split("\n")[0]
        for use in facts.opaque:
            if use.code in _UNSEEN:
                return use.what
    return ""


# -------------------------------------------------------------------------- parts of objects


def _with_keys(found: list[Summary], cells: Sequence[CellFacts]) -> tuple[Summary, ...]:
    """Parts of objects that one cell makes and others mention, as the column of a table."""
    trees = [[facts.node for facts in cell.statements] for cell in cells]
    made = [_made(nodes) for nodes in trees]
    words = [_words(nodes) for nodes in trees]
    known = {pair for pairs in made for pair in pairs}
    known -= {
        (name, key)
        for name, key in known
        for summary, said, pairs in zip(found, words, made)
        if summary.originates(name) and key in said and (name, key) not in pairs
    }
    touches = shared.by_cell(shared.touches(cells))
    result = []
    for summary, said, pairs in zip(found, words, made):
        mentioned = {(name, key) for name, key in known if name in summary.reads and key in said}
        touch = touches.get(summary.index, NOTHING)
        result.append(_with_parts(summary, mentioned, pairs & known, touch))
    return tuple(result)


def _with_parts(
    summary: Summary,
    mentioned: set[tuple[str, str]],
    made: set[tuple[str, str]],
    touch: Touch,
) -> Summary:
    """Who writes a file comes before those who read it, as who makes a column; so does who seeds."""
    makes = {f"{name}[{key!r}]" for name, key in made} | touch.makes
    reads = {f"{name}[{key!r}]" for name, key in mentioned - made} | (touch.finds - touch.makes)
    reads -= {SETTINGS}
    return replace(summary, makes_keys=frozenset(makes), reads_keys=frozenset(reads), shared=touch)


def _made(nodes: Sequence[ast.stmt]) -> set[tuple[str, str]]:
    """(name, key) of each ``name["key"] = ...`` and ``name.key = ...``."""
    found = set()
    for node in _walk(nodes):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            key = _key(node)
            if key and isinstance(node.value, ast.Name):
                found.add((node.value.id, key))
    return found


def _key(node: ast.Subscript | ast.Attribute) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    key = node.slice
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def _words(nodes: Sequence[ast.stmt]) -> set[str]:
    """Texts and attributes that a cell mentions."""
    found: set[str] = set()
    for node in _walk(nodes):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
    return found


def _walk(nodes: Sequence[ast.stmt]) -> Iterator[ast.AST]:
    return (part for node in nodes for part in ast.walk(node))


def originators(found: Iterable[Summary]) -> Mapping[str, tuple[int, ...]]:
    """For each name, the cells that make it without needing it before, in document order."""
    makers: dict[str, list[int]] = {}
    for summary in found:
        for name in sorted(summary.binds):
            if summary.originates(name):
                makers.setdefault(name, []).append(summary.index)
    return {name: tuple(cells) for name, cells in makers.items()}
