"""The text of the modules: constants, definitions, steps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from nb2pkg import escape
from nb2pkg.errors import InternalError
from nb2pkg.facts.dotted import root
from nb2pkg.model import StatementKind
from nb2pkg.observed import Observed
from nb2pkg.plan.model import Definition, Module, Plan, Step, Style
from nb2pkg.render.annotations import Signature, Signatures, signatures
from nb2pkg.render.code import docstring, formatted, indented
from nb2pkg.render.imports import block
from nb2pkg.templates import fill


def module(plan: Plan, item: Module, observed: Observed | None = None) -> str:
    """One file of the package; with annotations, if the notebook was run."""
    seen = signatures(plan, item, observed) if observed else Signatures()
    own = [d for d in item.definitions if d.shared_from is None]
    constants = [d for d in own if d.kind is StatementKind.LITERAL]
    functions = [d for d in own if d.kind is not StatementKind.LITERAL]
    text = fill(
        "module.py",
        docstring=docstring(plan.style, item.doc, "") if item.doc else "",
        imports=block([*seen.header, *_imports(plan, item)], looked_up=item.looked_up),
        type_imports=block(seen.imports),
        guarded_imports=item.guarded,
        constants=[_with_leading(constant) for constant in constants],
        functions=[
            *(_origin(plan, d.cell) + _with_leading(d) for d in functions),
            *(
                _origin(plan, s.cell) + step(plan.style, s, seen.steps.get(s.name, Signature()))
                for s in item.functions
            ),
        ],
    )
    return formatted(plan.style, text)


def alone(style: Style, item: Definition | Step) -> str:
    """The text of one function, class or constant, as far as it is known without a run."""
    if isinstance(item, Step):
        return formatted(style, step(style, item, Signature()))
    return formatted(style, _with_leading(item))


def _imports(plan: Plan, item: Module) -> list[str]:
    """What the module imports: not what only that needed which is imported itself now."""
    shared = [d for d in item.definitions if d.shared_from is not None]
    if not shared:
        return [*item.imports]
    own = [d.source for d in item.definitions if d.shared_from is None]
    own += [part for s in item.functions for part in (s.body, *(k.parameter for k in s.keywords))]
    words = {*re.findall(r"\w+", "\n".join(own)), *item.looked_up}
    found = [line for text in item.imports for line in _used_of(text, words)]
    above = plan.package.rpartition(".")[0]
    for each in shared:
        if each.shared_from is not None:
            inner = each.shared_from.module.removeprefix(f"{above}.")
            found.append(f"from ..{inner} import {each.name} as {each.name}")
    return found


def _used_of(line: str, words: set[str]) -> Iterator[str]:
    """An import line, with the names alone that are used."""
    for node in ast.parse(line).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            used = [a for a in node.names if (a.asname or a.name.partition(".")[0]) in words]
            future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            if used or future:
                node.names = node.names if future else used
                yield ast.unparse(node)


def _origin(plan: Plan, cell: int) -> str:
    """Where it came from: one line for tools, with an id that stays when cells are moved."""
    place = f"{plan.notebook.stem}.ipynb#{plan.notebook.cells[cell].id}"
    return f"# nb2pkg: {escape.line(place)}\n"


def _with_leading(definition: Definition) -> str:
    return f"{definition.leading}\n{definition.source}" if definition.leading else definition.source


def step(style: Style, item: Step, seen: Signature) -> str:
    """The function of a step."""
    body = item.body if item.returns_shown else _returning(item)
    keyword = "async def" if item.is_async else "def"
    returns = f" -> {seen.returns}" if seen.returns else ""
    head = f"{keyword} {item.name}({signature(item, seen.types)}){returns}:"
    says = _says(style, item, seen, body)
    text = "\n".join([head, *says, indented(body)])
    _check(body, text, behind=len(says))
    return text


def _says(style: Style, item: Step, seen: Signature, body: str) -> list[str]:
    """The docstring, if the author or the run has something to say. A text that begins the body is none."""
    paragraphs = [item.doc] if item.doc else []
    sections = [("Returns", tuple(seen.returned.items()))] if seen.returned and item.doc else []
    if not item.doc:
        is_alone = len(item.returns) == 1
        paragraphs += [said if is_alone else f"{n}: {said}" for n, said in seen.returned.items()]
    paragraphs += _changes(item, seen)
    if not paragraphs and ast.get_docstring(ast.parse(body)) is not None:
        paragraphs = ["As the notebook has it."]
    return [docstring(style, "\n\n".join(paragraphs), sections=sections)] if paragraphs else []


def _changes(item: Step, seen: Signature) -> list[str]:
    """A sentence on what it changes in place: what a run saw, and what the code says beyond doubt."""
    added = [said for said in seen.changes.values() if said]
    surely = _changed_surely(item.body)
    names = dict.fromkeys([*(n for n in item.inside(item.mutates) if n in surely), *seen.changes])
    others = [name for name in names if not seen.changes.get(name)]
    return [*added, *([f"Changes {_listed(others)} in place."] if others else [])]


def _changed_surely(body: str) -> set[str]:
    """Names of which the code sets or deletes a part, or calls a method with ``inplace=True``.

    What it binds anew is another object by then.
    """
    changed: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(ast.parse(body)):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
            case ast.Subscript() | ast.Attribute() if not isinstance(node.ctx, ast.Load):
                changed.add(root(node, through_calls=False))
            case ast.Call(func=function, keywords=options):
                if any(ast.unparse(option) == "inplace=True" for option in options):
                    changed.add(root(function, through_calls=False))
    return changed - bound


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _returning(item: Step) -> str:
    """The body with its return; ``x = f(y)`` at the end and ``return x`` are one statement."""
    returned = item.inside((*item.returns, *([item.shown] if item.shown else [])))
    if not returned:
        return item.body
    last = ast.parse(item.body).body[-1]
    match last:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if returned == (name,):
            if last.lineno > 0 and value.lineno == last.lineno:
                lines = item.body.split("\n")
                before, line, after = (
                    lines[: last.lineno - 1],
                    lines[last.lineno - 1],
                    lines[last.lineno :],
                )
                kept = line.encode()[value.col_offset :].decode()
                shortened = "\n".join([*before, f"return {kept}", *after])
                if _is_same_value(shortened, value):
                    return shortened
    return f"{item.body}\nreturn {', '.join(returned)}"


def _is_same_value(body: str, value: ast.expr) -> bool:
    """Brackets around the value stand before it: without them it may be another statement."""
    try:
        last = ast.parse(body).body[-1]
    except SyntaxError:
        return False
    return (
        isinstance(last, ast.Return)
        and last.value is not None
        and ast.dump(last.value) == ast.dump(value)
    )


def signature(item: Step, types: Mapping[str, str]) -> str:
    """The parameters, annotated where their types are known."""
    params = [f"{n}: {types[n]}" if n in types else n for n in item.inside(item.params)]
    keywords = [f"{s.name}: {types[s.name]}" if s.name in types else s.name for s in item.settings]
    keywords += [
        (
            f"{k.name}: {types[k.name]} = {k.parameter}"
            if k.name in types
            else f"{k.name}={k.parameter}"
        )
        for k in item.keywords
    ]
    return ", ".join([*params, *(["*", *keywords] if keywords else [])])


def _check(body: str, text: str, behind: int) -> None:
    """Indenting must not have changed the statements: a difference is our bug."""
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
    wanted = [ast.dump(part) for part in ast.parse(body).body]
    found = [ast.dump(part) for part in function.body[behind : behind + len(wanted)]]
    if found != wanted:
        raise InternalError(f"the function is not what its cell was:\n{text}")
