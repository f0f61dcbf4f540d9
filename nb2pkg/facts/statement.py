"""The facts of one statement, from its parts and from one flow-sensitive pass."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from nb2pkg.facts import certain, evidence, looking, scopes, statements, storing
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.flow import Flow
from nb2pkg.facts.libraries import Aliases, known
from nb2pkg.facts.parts import Parts
from nb2pkg.model import (
    Cell,
    Facts,
    ImportedName,
    Magic,
    MagicKind,
    Masked,
    StatementKind,
    Use,
)
from nb2pkg.notebook import magics
from nb2pkg.notebook.magic_syntax import parse

_PLACEHOLDER = "__magic__"
_AWAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def facts(
    cell: Cell,
    position: int,
    piece: statements.StatementText,
    parts: Parts,
    masked: Masked,
    aliases: Aliases,
) -> Facts:
    """All that is known of a statement by itself."""
    node = piece.node
    found = _magics_of(parts, masked)
    installs = bool(found) and _installs_what_is_missing(node, found)
    kind = StatementKind.MAGIC if found and not installs else _kind(node, aliases)
    kind = StatementKind.IMPORT if installs else kind
    parts = _with_code_of(found, node, parts)
    calls = parts.calls(aliases)
    executed = () if kind is StatementKind.FUNCTION else evidence.executed_texts(calls)
    flow = _flow(node, found, executed, aliases)
    opaque = evidence.reasons_to_stay(parts, calls, aliases)
    text_names, has_unknown_text = evidence.names_in_text(calls, aliases)
    return Facts(
        cell=cell.index,
        position=position,
        line=piece.line,
        end_line=piece.end_line,
        kind=kind,
        source=piece.source,
        leading=piece.leading,
        node=node,
        name=_name_of(node),
        binds=tuple(name for name in flow.may if name in flow.must or installs),
        maybe_binds=tuple(
            name
            for name in flow.may
            if name not in flow.must and name not in flow.deletes and not installs
        ),
        loop_targets=tuple(flow.loop_targets),
        reads=tuple(flow.reads),
        uses=tuple(flow.uses),
        sure_reads=() if found else tuple(n for n in certain.reads(node, parts) if n in flow.reads),
        late_reads=tuple(flow.late_reads),
        late_writes=tuple(flow.late_writes),
        deletes=tuple(flow.deletes),
        mutates=evidence.mutations(parts, calls, aliases),
        imports=_imports_of(node, kind, parts),
        effects=_effects(node, parts, calls, kind),
        opaque=opaque,
        stores=storing.stored(node, parts, aliases),
        only_called=storing.only_called(parts),
        text_names=tuple(sorted(text_names)),
        has_unknown_text=has_unknown_text,
        reads_everything=_reads_everything(found, opaque),
        looks=looking.statement_looks(node, parts, calls),
        magic=found[0] if found else None,
    )


def _flow(
    node: ast.stmt, found: Iterable[Magic], executed: Iterable[str], aliases: Aliases
) -> Flow:
    """Names that the statement reads and binds, with the code of its magics and of exec."""
    flow = Flow(aliases.knows)
    flow.statement(node)
    for magic in found:
        _read_magic(flow, magic)
    is_alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    for text in executed:  # in a function exec binds what is local there
        _read_executed(flow, text, is_alone)
    flow.reads.pop(_PLACEHOLDER, None)
    flow.uses.pop(_PLACEHOLDER, None)
    return flow


def _installs_what_is_missing(node: ast.stmt, found: Iterable[Magic]) -> bool:
    """``try: import x`` / ``except ImportError: !pip install x``: an import, in the end.

    It may print which version that is.
    """
    if not isinstance(node, ast.Try) or node.orelse or node.finalbody:
        return False
    handled = [part for handler in node.handlers for part in handler.body]
    names = {i.text for part in node.body for i in statements.imported_names(part)}
    again = {i.text for part in handled for i in statements.imported_names(part)}
    return (
        bool(names)
        and again <= names
        and all(map(_imports_or_installs, (*node.body, *handled)))
        and all(magics.installs(magic) for magic in found)
    )


def _imports_or_installs(node: ast.stmt) -> bool:
    """An import, a magic, or a message of it."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Pass():
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="__magic__" | "print"))):
            return True
    return False


def _kind(node: ast.stmt, aliases: Aliases) -> StatementKind:
    kind = statements.kind_of(node)
    if kind is StatementKind.PLAIN and isinstance(node, ast.Assign) and len(node.targets) == 1:
        if isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Call):
            return _kind_of_call(node.targets[0].id, node.value, aliases)
    return kind


def _kind_of_call(name: str, call: ast.Call, aliases: Aliases) -> StatementKind:
    """``Point = namedtuple("Point", "x y")`` makes a class of that name; other calls make constants."""
    called = aliases.dotted(dotted(call.func))
    if called in known("class_makers") and call.args:
        match call.args[0]:
            case ast.Constant(value=str(text)) if text == name:
                return StatementKind.CLASS
    return StatementKind.LITERAL if _is_constant_call(call, aliases) else StatementKind.PLAIN


def _is_constant_call(node: ast.expr, aliases: Aliases) -> bool:
    """``re.compile("...")``: as good as a literal."""
    if not isinstance(node, ast.Call) or aliases.dotted(dotted(node.func)) not in known(
        "constants"
    ):
        return False
    return all(statements.is_literal(a) for a in [*node.args, *(k.value for k in node.keywords)])


def _name_of(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
    return ""


def _imports_of(node: ast.stmt, kind: StatementKind, parts: Parts) -> tuple[ImportedName, ...]:
    if kind is StatementKind.GUARDED_IMPORT:
        inside = [*parts.of(ast.Import), *parts.of(ast.ImportFrom)]
        return tuple(name for part in inside for name in statements.imported_names(part))
    if kind is StatementKind.IMPORT and isinstance(node, ast.Try):
        return tuple(name for part in node.body for name in statements.imported_names(part))
    return statements.imported_names(node)


def _effects(
    node: ast.stmt, parts: Parts, calls: evidence.Calls, kind: StatementKind
) -> tuple[str, ...]:
    effects = []
    if evidence.touches_files(calls):
        effects.append("files")
    if evidence.keeps_alive(calls):
        effects.append("alive")
    shown_by = looking.shown_by(node, calls)
    if shown_by:
        effects.append("print" if shown_by in ("print", "pprint.pprint") else "display")
    if _may_await(parts) and any(_awaits(part) for part in scopes.outside_functions(node)):
        effects.append("await")
    if kind is StatementKind.PLAIN and parts.has(*_DEFINITIONS):
        effects.append("inner definition")
    return tuple(effects)


def _may_await(parts: Parts) -> bool:
    return parts.has(*_AWAITS) or any(part.is_async for part in parts.of(ast.comprehension))


def _awaits(node: ast.AST) -> bool:
    return isinstance(node, _AWAITS) or (
        isinstance(node, ast.comprehension) and bool(node.is_async)
    )


def _reads_everything(found: tuple[Magic, ...], opaque: tuple[Use, ...]) -> bool:
    """Code from text, and looks at the namespace, may read any name of the notebook."""
    if any(magic.name in known("magics", "reads_everything") for magic in found):
        return True
    return any(use.code in ("NB301", "NB302") for use in opaque)


# ---- magics


def _magics_of(parts: Parts, masked: Masked) -> tuple[Magic, ...]:
    """The magics of a statement: it is one, assigns one, or holds some inside."""
    if not masked.magics:
        return ()
    found = []
    for call in parts.of(ast.Call):
        match call:
            case ast.Call(func=ast.Name(id="__magic__"), args=[ast.Constant(value=int(number))]):
                found.append(masked.magics[number])
    return tuple(found)


def _read_executed(flow: Flow, text: str, is_alone: bool) -> None:
    """The code that exec runs. Inside another statement, nothing is sure to be bound by it."""
    try:
        tree = parse(text)
    except SyntaxError:
        return
    sure = set(flow.must)
    flow.block(tree.body)
    flow.must = flow.must if is_alone else sure


def _with_code_of(found: Iterable[Magic], node: ast.stmt, parts: Parts) -> Parts:
    """The parts of a statement and of the Python that its magics run: ``%time n = eval("m + 1")``."""
    run = []
    for magic in found:
        try:
            tree = parse(magic.python)
        except SyntaxError:
            continue
        run += ast.increment_lineno(tree, magic.line - 1).body
    return Parts(ast.Module([node, *run], [])) if run else parts


def _read_magic(flow: Flow, magic: Magic) -> None:
    """Names that the magic's text reads and binds."""
    for name in magic.names:
        flow.read(name)
    if magic.python:
        _read_python(flow, magic)
    elif magic.kind is MagicKind.LINE and not magic.names:
        for name in evidence.identifiers(magic.argument):
            flow.read(name)
    for name in magics.bound_names(magic):
        flow.bind(name)


def _read_python(flow: Flow, magic: Magic) -> None:
    """The code that a magic runs: %time in the notebook, the others in a place of their own."""
    try:
        tree = parse(magic.python)
    except SyntaxError:
        for name in evidence.identifiers(magic.python):
            flow.read(name)
        return
    before = dict(flow.may), set(flow.must)
    flow.block(tree.body)
    if magic.name in ("timeit", "memit"):
        flow.may, flow.must = before
