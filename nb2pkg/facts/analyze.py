"""From cells to facts: mask, parse, cut into statements, walk each once."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nb2pkg import magics
from nb2pkg.errors import NotebookError
from nb2pkg.facts import evidence, looking, stars, statements
from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.flow import Flow
from nb2pkg.knowledge import Aliases, known, knows_call
from nb2pkg.model import (
    Cell,
    CellFacts,
    Facts,
    ImportedName,
    Magic,
    MagicKind,
    Masked,
    Notebook,
    StatementKind,
    Use,
)

_PLACEHOLDER = "__magic__"


def analyze(notebook: Notebook) -> tuple[CellFacts, ...]:
    """Facts of every code cell, in document order.

    Raises NotebookError, naming all of them, when cells are not Python.
    """
    parsed = _parse_all(notebook)
    aliases = Aliases(_aliases(tree for _, _, tree in parsed))
    cells = [_cell_facts(cell, masked, tree, aliases) for cell, masked, tree in parsed]
    return _with_text_reads(_with_star_imports(cells), aliases)


def aliases_of(cells: Iterable[CellFacts]) -> Aliases:
    """What the notebook's imports call things."""
    return Aliases(_aliases(facts.node for cell in cells for facts in cell.statements))


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
        result.append(replace(cell, statements=tuple(changed)))
    return _with_text_reads(result, aliases)


def _restated(cell: Cell, facts: Facts, source: str, aliases: Aliases) -> Facts:
    node = _parse(source).body[0]
    ast.increment_lineno(node, facts.line - 1)  # so that places are those of the notebook
    piece = statements.Piece(node, source, facts.leading, facts.line, facts.end_line)
    fresh = _statement_facts(cell, facts.position, piece, Masked(""), aliases)
    return replace(fresh, shows=facts.shows, quiet=facts.quiet)


def _parse_all(notebook: Notebook) -> list[tuple[Cell, Masked, ast.Module]]:
    parsed, bad = [], []
    for cell in notebook.code:
        try:
            masked = magics.mask(cell.source)
            parsed.append((cell, masked, _parse(masked.python)))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            message = getattr(error, "msg", None) or str(error)
            bad.append(f"cell {cell.index + 1}, line {line}: {message}")
    if bad:
        raise NotebookError(
            f"{notebook.path}: not valid Python: " + "; ".join(bad),
            "Mend these cells, or make them raw cells, and try again.",
        )
    return parsed


def _parse(python: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as an invalid escape: the user's, and harmless
        return ast.parse(python)


def _aliases(trees: Iterable[ast.AST]) -> dict[str, str]:
    """What imported names mean. A name that is imported twice keeps its first meaning."""
    names: dict[str, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            for imported in statements.imported_names(node):
                meaning = _meaning(imported)
                if imported.name != meaning:
                    names.setdefault(imported.name, meaning)
    return names


def _meaning(imported: ImportedName) -> str:
    if imported.attribute:
        return f"{imported.module}.{imported.attribute}"
    return (
        imported.name
        if "." in imported.module and imported.name == imported.module.split(".")[0]
        else imported.module
    )


def _cell_facts(cell: Cell, masked: Masked, tree: ast.Module, aliases: Aliases) -> CellFacts:
    pieces, trailing = statements.split(masked.python, tree)
    repeated = any(m.kind is MagicKind.CELL and m.name == "timeit" for m in masked.magics)
    quiet = _ends_with_semicolon(masked.python)
    last = len(pieces) - 1
    found = []
    for position, piece in enumerate(pieces):
        facts = _statement_facts(cell, position, piece, masked, aliases)
        if position == last:
            shows = isinstance(piece.node, ast.Expr) and not quiet and facts.magic is None
            facts = replace(facts, shows=shows, quiet=quiet)
        # %%timeit runs its body in a function: nothing of that is bound in the notebook.
        if repeated and facts.magic is None:
            facts = replace(facts, binds=(), maybe_binds=(), deletes=())
        found.append(facts)
    return CellFacts(cell, masked, tuple(found), trailing)


def _ends_with_semicolon(python: str) -> bool:
    """IPython's rule: the last token that is no comment and no line end."""
    if ";" not in python:
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


def _statement_facts(
    cell: Cell, position: int, piece: statements.Piece, masked: Masked, aliases: Aliases
) -> Facts:
    node = piece.node
    found = _magics_of(node, masked)
    magic = found[0] if found else None
    flow = Flow(lambda section, name: knows_call(section, aliases.dotted(name)))
    flow.statement(node)
    kind = StatementKind.MAGIC if magic else _kind(node, aliases)
    facts = Facts(
        cell=cell.index,
        position=position,
        line=piece.line,
        end_line=piece.end_line,
        kind=kind,
        source=piece.source,
        leading=piece.leading,
        node=node,
        name=_name_of(node),
        imports=_imports_of(node, kind),
        mutates=evidence.mutations(node, aliases),
        opaque=evidence.reasons_to_stay(node, aliases),
        effects=_effects(node, aliases),
        looks=looking.statement_looks(node, aliases),
        magic=magic,
    )
    return _with_flow(facts, flow, found)


def _with_flow(facts: Facts, flow: Flow, found: tuple[Magic, ...]) -> Facts:
    for magic in found:
        _read_magic(flow, magic)
    flow.reads.pop(_PLACEHOLDER, None)
    flow.uses.pop(_PLACEHOLDER, None)
    surely = tuple(name for name in flow.may if name in flow.must)
    return replace(
        facts,
        binds=surely,
        maybe_binds=tuple(
            name for name in flow.may if name not in flow.must and name not in flow.deletes
        ),
        loop_targets=tuple(flow.loop_targets),
        reads=tuple(flow.reads),
        uses=tuple(flow.uses),
        late_reads=tuple(flow.late_reads),
        late_writes=tuple(flow.late_writes),
        deletes=tuple(flow.deletes),
        reads_everything=_reads_everything(facts),
    )


def _kind(node: ast.stmt, aliases: Aliases) -> StatementKind:
    kind = statements.kind_of(node)
    if kind is StatementKind.PLAIN and isinstance(node, ast.Assign) and len(node.targets) == 1:
        if isinstance(node.targets[0], ast.Name) and _is_constant_call(node.value, aliases):
            return StatementKind.LITERAL
    return kind


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


def _imports_of(node: ast.stmt, kind: StatementKind) -> tuple[ImportedName, ...]:
    if kind is StatementKind.GUARDED_IMPORT:
        return tuple(name for part in ast.walk(node) for name in statements.imported_names(part))
    return statements.imported_names(node)


def _effects(node: ast.stmt, aliases: Aliases) -> tuple[str, ...]:
    effects = []
    if evidence.touches_files(node, aliases):
        effects.append("files")
    if evidence.keeps_alive(node, aliases):
        effects.append("alive")
    shown_by = looking.shown_by(node, aliases)
    if shown_by:
        effects.append("print" if shown_by in ("print", "pprint.pprint") else "display")
    if any(
        isinstance(part, ast.Await | ast.AsyncFor | ast.AsyncWith)
        for part in _outside_functions(node)
    ):
        effects.append("await")
    if statements.kind_of(node) is StatementKind.PLAIN and _makes_definition(node):
        effects.append("inner definition")
    return tuple(effects)


def _makes_definition(node: ast.stmt) -> bool:
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(part, definitions) for part in ast.walk(node))


def _outside_functions(node: ast.AST) -> Iterable[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _outside_functions(child)


def _reads_everything(facts: Facts) -> bool:
    """Code from text, and looks at the namespace, may read any name of the notebook."""
    if facts.magic is not None:
        return facts.magic.name in known("magics", "reads_everything")
    return any(use.code in ("NB301", "NB302") for use in facts.opaque)


# ---- magics


def _magics_of(node: ast.stmt, masked: Masked) -> tuple[Magic, ...]:
    """The magics of a statement: it is one, assigns one, or holds some inside."""
    if not masked.magics:
        return ()
    found = []
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Name(id="__magic__"), args=[ast.Constant(value=int(number))]):
                found.append(masked.magics[number])
    return tuple(found)


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
        tree = _parse(magic.python)
    except SyntaxError:
        for name in evidence.identifiers(magic.python):
            flow.read(name)
        return
    before = dict(flow.may), set(flow.must)
    flow.block(tree.body)
    if magic.name in ("timeit", "memit"):
        flow.may, flow.must = before


# ---- names in texts


def _with_text_reads(cells: list[CellFacts], aliases: Aliases) -> tuple[CellFacts, ...]:
    """Add the notebook's names that queries, formulas and eval read out of texts."""
    bound = {name for cell in cells for facts in cell.statements for name in facts.bound}
    everywhere: frozenset[str] | None = None
    result = []
    for cell in cells:
        changed = []
        for facts in cell.statements:
            names, unknown = evidence.names_in_text(facts.node, aliases)
            if unknown:
                everywhere = everywhere or _all_text_names(cells)
                names |= everywhere
            changed.append(_reading(facts, sorted(names & bound)) if names & bound else facts)
        result.append(replace(cell, statements=tuple(changed)))
    return tuple(result)


def _all_text_names(cells: list[CellFacts]) -> frozenset[str]:
    texts = (t for cell in cells for facts in cell.statements for t in evidence.strings(facts.node))
    return frozenset(name for text in texts for name in evidence.identifiers(text))


def _reading(facts: Facts, names: list[str]) -> Facts:
    """Facts that read names too: at once, or when called if the text is inside a definition."""
    uses = tuple(dict.fromkeys([*facts.uses, *names]))
    if facts.kind in (StatementKind.FUNCTION, StatementKind.CLASS):
        return replace(
            facts, uses=uses, late_reads=tuple(dict.fromkeys([*facts.late_reads, *names]))
        )
    fresh = [name for name in names if name not in facts.binds]
    return replace(facts, uses=uses, reads=tuple(dict.fromkeys([*facts.reads, *fresh])))


# ---- star imports


def _with_star_imports(cells: list[CellFacts]) -> list[CellFacts]:
    """Make star imports explicit: the names that they bring and that the notebook mentions."""
    if not any(name.name == "*" for c in cells for f in c.statements for name in f.imports):
        return cells
    used = {name for cell in cells for facts in cell.statements for name in facts.uses}
    return [
        replace(cell, statements=tuple(_explicit(facts, used) for facts in cell.statements))
        for cell in cells
    ]


def _explicit(facts: Facts, used: set[str]) -> Facts:
    if not any(imported.name == "*" for imported in facts.imports):
        return facts
    found: list[ImportedName] = []
    opaque = facts.opaque
    for imported in facts.imports:
        names = (
            stars.exported(imported.module) if imported.name == "*" and not imported.level else None
        )
        if imported.name != "*":
            found.append(imported)
        elif names is None:
            text = f"from {imported.module} import *"
            opaque = (*opaque, Use("NB314", text, facts.node.lineno, 0, len(text)))
        else:
            found.extend(ImportedName(n, imported.module, n) for n in sorted(names & used))
    binds = tuple(dict.fromkeys([*facts.binds, *(name.name for name in found)]))
    return replace(facts, imports=tuple(found), binds=binds, opaque=opaque)
