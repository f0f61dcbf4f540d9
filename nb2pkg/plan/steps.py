"""From drafts to steps: a name, a body, a docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nb2pkg.model import Facts, StatementKind
from nb2pkg.plan import in_place, naming, shown_value
from nb2pkg.plan.definitions import DEFINITIONS
from nb2pkg.plan.model import Definition, Keyword, Step
from nb2pkg.plan.names import choose
from nb2pkg.plan.names.choose import Named
from nb2pkg.plan.names.work import Work
from nb2pkg.plan.plan_state import PlanState
from nb2pkg.plan.request import Given
from nb2pkg.plan.runs import Draft
from nb2pkg.plan.scope import BUILTINS, Binding
from nb2pkg.plan.story import Above


def name_all(
    state: PlanState,
    drafts: Iterable[Draft],
    module_of: Callable[[int], str],
    definitions: Iterable[Definition],
) -> Iterable[Step]:
    """A step for each draft; no two have the same name, and none that of anything else."""
    wanted = list(drafts)
    asked = _asked(state, wanted)
    own = state.names()
    functions = {
        f.name: f.node for f in state.timeline.statements if f.kind is StatementKind.FUNCTION
    }
    taken = {*own, *(item.name for item in definitions)}
    given: set[str] = set()
    reserved = {one.name for one in asked if one.name and not one.is_shared}
    for draft, one in zip(wanted, asked, strict=True):
        module = module_of(draft.cell)
        taken.add(module)
        names = _Names(own, functions, taken, reserved, frozenset(given))
        step = _step(state, draft, module, names, one)
        taken.add(step.name)
        given.add(step.name)
        yield step


@dataclass(frozen=True, slots=True)
class _Names:
    """Which names mean what: those of the notebook, and its functions; taken: all that are not free any more.

    reserved: names that somebody asks for. given: those that steps have.
    """

    own: frozenset[str]
    functions: Mapping[str, ast.stmt]
    taken: set[str]
    reserved: set[str]
    given: frozenset[str]


def _step(state: PlanState, draft: Draft, module: str, names: _Names, asked: _Asked) -> Step:
    facts = tuple(state.timeline.statements[position] for position in draft.positions)
    named = _named(state, draft, facts, names, asked)
    keywords = tuple(_keyword(names, facts, parameter) for parameter in draft.keywords)
    shows = shown_value.itself(state, facts[-1]) if draft.shown else ""
    shows = shows if shows in (*draft.returns, *draft.params) else ""
    shown = draft.shown and not shows and not shown_value.is_none(state, facts)
    shown_name = naming.free("shown", names.taken, ("value",)) if shown and draft.returns else ""
    return Step(
        name=named.name,
        module=module,
        cell=draft.cell,
        line=facts[0].line,
        positions=draft.positions,
        params=draft.params,
        keywords=keywords,
        returns=draft.returns,
        body=_body(facts, keywords, shown, shown_name),
        doc=named.doc if asked.doc is None else asked.doc,
        shown=shown_name,
        returns_shown=shown and not draft.returns,
        shows=shows,
        is_plain=named.is_plain,
        unheeded="" if asked.is_shared or named.name == asked.name else asked.name,
        part_of=asked.name if asked.is_shared else "",
        mutates=tuple(dict.fromkeys(n for f in facts for n, _ in f.mutates if n in draft.params)),
        is_async=draft.awaits,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The name that a person asks for, in the tag or otherwise, and the docstring.

    is_shared: other steps are asked for under the same name, since they are parts of what is meant.
    """

    name: str = ""
    is_shared: bool = False
    doc: str | None = None


def _asked(state: PlanState, drafts: Sequence[Draft]) -> list[_Asked]:
    """A tag's name belongs to the whole of what was tagged: what is only a part cannot have it."""
    tags = [state.request.tags.get(draft.cell) for draft in drafts]
    cells = [draft.cell for draft in drafts]
    found = []
    for at, (tag, cell) in enumerate(zip(tags, cells, strict=True)):
        count, part = cells.count(cell), cells[: at + 1].count(cell)
        given = _given(state, cell, part, count)
        if tag is not None and tag.function:
            found.append(_Asked(tag.function, tags.count(tag) > 1, given.doc))
        else:
            found.append(given)
    return found


def _given(state: PlanState, cell: int, part: int, count: int) -> _Asked:
    """What a person gave for one of so many steps of a cell."""
    names, id_ = state.options.names, state.notebook.cells[cell].id
    if given := names.get((id_, part)):
        return _Asked(given.name, doc=given.doc)
    given = names.get((id_, 0), Given())
    return _Asked(given.name, count > 1, given.doc if count == 1 else None)


def _named(
    state: PlanState, draft: Draft, facts: tuple[Facts, ...], names: _Names, asked: _Asked
) -> Named:
    """The name of a step and its docstring: as asked for, else by what is said of it and what it does."""
    work = _work(state, draft, facts, names)
    above = state.story.above(facts[0].cell) if _opens(state, facts[0]) else Above()
    used = frozenset(names.taken | names.reserved | naming.always_taken())
    if asked.name and not asked.is_shared and _may_have(state, asked.name, names):
        return choose.named(asked.name, work, above)
    if asked.name and asked.is_shared and (part := choose.part_of(asked.name, work, used)):
        return choose.named(part, work, above)
    return choose.of_step(work, above, state.story.section(draft.cell).title, used)


def _may_have(state: PlanState, name: str, names: _Names) -> bool:
    """Is a name that a person asks for free? A variable of that name is no obstacle: the function is
    called by its module then.
    """
    variables = {name} if _is_variable(state, name) and name not in names.given else set()
    return naming.may_be_function(name, names.taken - variables)


def _is_variable(state: PlanState, name: str) -> bool:
    makers = [state.timeline.statements[position] for position in state.timeline.binders(name)]
    return state.scope.binding(name) is Binding.DATA and not any(
        maker.kind in DEFINITIONS or maker.imports for maker in makers
    )


def _opens(state: PlanState, facts: Facts) -> bool:
    """Does nothing but imports and definitions come before it in its cell?"""
    cell = next(cell for cell in state.cells if cell.cell.index == facts.cell)
    quiet = (StatementKind.IMPORT, StatementKind.GUARDED_IMPORT, *DEFINITIONS)
    return all(f.kind in quiet for f in cell.statements if f.position < facts.position)


def _work(state: PlanState, draft: Draft, facts: tuple[Facts, ...], names: _Names) -> Work:
    bindings = (Binding.DATA, Binding.PARAMETER, Binding.CONSTANT)
    return Work(
        facts=facts,
        returns=draft.returns,
        rebinds=draft.rebinds,
        data=frozenset(n for f in facts for n in f.uses if state.scope.binding(n) in bindings),
        aliases=state.aliases,
        own=names.functions,
        is_shown=draft.shown,
    )


def _keyword(names: _Names, facts: tuple[Facts, ...], parameter: str) -> Keyword:
    """The parameter in lower case, as arguments are written, if that hides nothing."""
    name = parameter.lower()
    inside = {found for f in facts for found in names_in(f.node)}
    taken = {*names.own, *BUILTINS, *naming.always_taken(), *inside}
    plain = not any(is_bound_or_spoken(f.node, parameter) for f in facts)
    return Keyword(name if plain and name not in taken else parameter, parameter)


def names_in(node: ast.AST) -> set[str]:
    """All names in it, also those that only a comprehension or a lambda has."""
    parts = list(ast.walk(node))
    found = {part.id for part in parts if isinstance(part, ast.Name)}
    return found | {part.arg for part in parts if isinstance(part, ast.arg)}


def is_bound_or_spoken(node: ast.AST, name: str) -> bool:
    """Is the name bound somewhere inside, or does it stand in a text that may be looked up?"""
    for part in ast.walk(node):
        match part:
            case ast.arg(arg=found) if found == name:
                return True
            case ast.Name(id=found, ctx=ast.Store() | ast.Del()) if found == name:
                return True
            case ast.Constant(value=str(text)) if re.search(rf"\b{re.escape(name)}\b", text):
                return True
    return False


def _body(
    facts: tuple[Facts, ...], keywords: tuple[Keyword, ...], shown: bool, shown_name: str
) -> str:
    """The statements as they stand, comments and all; parameters under their new names."""
    renamed = {k.parameter: k.name for k in keywords if k.name != k.parameter}
    parts = []
    for position, f in enumerate(facts):
        source = f.source
        if renamed and any(name in f.uses for name in renamed):
            source = in_place.rename(source, renamed)
        if shown and position == len(facts) - 1:
            source = (f"{shown_name} = " if shown_name else "return ") + source
        parts.extend([f.leading, source] if f.leading else [source])
    return "\n".join(parts)
