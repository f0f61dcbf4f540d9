"""From drafts to steps: a name, a body, a docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable

from nb2pkg.facts.dotted import dotted
from nb2pkg.facts.libraries import known
from nb2pkg.model import Facts
from nb2pkg.plan import naming
from nb2pkg.plan.choice import Choice
from nb2pkg.plan.model import Definition, Keyword, Step
from nb2pkg.plan.runs import Draft
from nb2pkg.plan.world import BUILTINS, Meaning


def name_all(
    choice: Choice,
    drafts: Iterable[Draft],
    module_of: Callable[[int], str],
    definitions: Iterable[Definition],
) -> Iterable[Step]:
    """A step for each draft; no two have the same name, and none that of anything else."""
    taken = {*choice.names(), *(item.name for item in definitions)}
    seen: set[int] = set()
    for draft in drafts:
        module = module_of(draft.cell)
        taken.add(module)
        step = _step(choice, draft, module, taken, draft.cell in seen)
        seen.add(draft.cell)
        taken.add(step.name)
        yield step


def _step(choice: Choice, draft: Draft, module: str, taken: set[str], later: bool) -> Step:
    facts = tuple(choice.timeline.statements[position] for position in draft.positions)
    wanted = _tagged_name(choice, draft, later)
    heeded = bool(wanted) and naming.may_be_function(wanted, taken)
    name, is_numbered = (wanted, False) if heeded else _name(choice, draft, facts, taken)
    keywords = tuple(_keyword(choice, facts, parameter) for parameter in draft.keywords)
    shows = _itself(choice, facts[-1]) if draft.shown else ""
    shows = shows if shows in (*draft.returns, *draft.params) else ""
    shown = draft.shown and not shows and not _is_none(choice, facts[-1])
    shown_name = naming.free("shown", taken, ("value",)) if shown and draft.returns else ""
    return Step(
        name=name,
        module=module,
        cell=draft.cell,
        line=facts[0].line,
        positions=draft.positions,
        params=draft.params,
        keywords=keywords,
        returns=draft.returns,
        body=_body(facts, keywords, shown, shown_name),
        doc=_doc(choice, draft, name, later),
        shown=shown_name,
        returns_shown=shown and not draft.returns,
        shows=shows,
        is_numbered=is_numbered,
        unheeded="" if heeded else wanted,
        mutates=tuple(dict.fromkeys(n for f in facts for n, _ in f.mutates if n in draft.params)),
        is_async=draft.awaits,
    )


def _name(
    choice: Choice, draft: Draft, facts: tuple[Facts, ...], taken: set[str]
) -> tuple[str, bool]:
    """The name of a step, and whether it had to be told apart by a number."""
    title = choice.story.section(draft.cell).title
    data = frozenset(n for f in facts for n in f.uses if choice.world.meaning(n) is Meaning.DATA)
    wanted = naming.step(facts, draft.returns, draft.rebinds, data, title, choice.aliases)
    words = wanted.split("_")
    more = [naming.slug(name) for name in (*naming.called(facts), *draft.returns, *draft.params)]
    more = [name for name in more if name and not set(name.split("_")) <= set(words)]
    suffixes = (*dict.fromkeys(more), naming.slug(title, 2) or "step")
    name = naming.free(wanted, taken | naming.always_taken(), suffixes)
    return name, name not in (wanted, *(f"{wanted}_{suffix}" for suffix in suffixes))


def _tagged_name(choice: Choice, draft: Draft, later: bool) -> str:
    """The name that the tag asks for. It is that of the cell's first step."""
    tag = choice.request.tags.get(draft.cell)
    return tag.function if tag is not None and not later else ""


def _is_none(choice: Choice, facts: Facts) -> bool:
    """Is the value of the expression surely None, so that nothing is shown?"""
    match facts.node:
        case ast.Expr(value=ast.Call(func=function)):
            if choice.aliases.dotted(dotted(function)) in known("returns_none"):
                return True
            if _is_bare_method(choice, facts.node.value):
                return True
            if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                own = _is_container(choice, function.value.id)
                return own and function.attr in known("returns_none", "methods")
    return False


def _is_bare_method(choice: Choice, node: ast.expr) -> bool:
    """``connection.commit()``"""
    match node:
        case ast.Call(func=ast.Attribute(attr=method), args=[], keywords=[]):
            own = method in choice.aliases.own_methods
            return method in known("returns_none", "bare_methods") and not own
    return False


def _itself(choice: Choice, facts: Facts) -> str:
    """The name of the object that the last expression gives back: ``model`` for ``model.fit(X, y)``."""
    match facts.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method))):
            if method in known("returns_self", "methods") and _is_made_by_package(choice, name):
                return name
    return ""


def _is_made_by_package(choice: Choice, name: str) -> bool:
    """Is the name only ever bound to what a call of one of these packages makes?"""
    packages = known("returns_self", "packages")
    makers = [choice.timeline.statements[p].node for p in choice.timeline.binders(name)]
    return bool(makers) and all(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and _is_bound_alone(node)
        and choice.aliases.dotted(dotted(node.value.func)).partition(".")[0] in packages
        for node in makers
    )


_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def _is_container(choice: Choice, name: str, asked: frozenset[str] = frozenset()) -> bool:
    """Is the name only ever bound to a list, dictionary or set that is written out, or to another's?"""
    nodes = [choice.timeline.statements[p].node for p in choice.timeline.binders(name)]
    asked |= {name}

    def is_one(value: ast.expr) -> bool:
        match value:
            case ast.Name(id=other):
                return other in asked or _is_container(choice, other, asked)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return is_one(left) and is_one(right)
        return isinstance(value, _DISPLAYS)

    return bool(nodes) and all(
        isinstance(n, ast.Assign | ast.AugAssign) and _is_bound_alone(n) and is_one(n.value)
        for n in nodes
    )


def _is_bound_alone(node: ast.Assign | ast.AugAssign) -> bool:
    """Each target is a name, and nothing inside the value binds one."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    inside = (isinstance(part, ast.NamedExpr) for part in ast.walk(node))
    return all(isinstance(target, ast.Name) for target in targets) and not any(inside)


def _keyword(choice: Choice, facts: tuple[Facts, ...], parameter: str) -> Keyword:
    """The parameter in lower case, as arguments are written, if that hides nothing."""
    name = parameter.lower()
    free = name not in choice.names() and name not in BUILTINS and name not in naming.always_taken()
    plain = not any(_is_bound_or_spoken(f.node, parameter) for f in facts)
    return Keyword(name if free and plain else parameter, parameter)


def _is_bound_or_spoken(node: ast.AST, name: str) -> bool:
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
            from nb2pkg.plan import rewrite  # brings LibCST: 0.2 s, for those who need it

            source = rewrite.rename(source, renamed)
        if shown and position == len(facts) - 1:
            source = (f"{shown_name} = " if shown_name else "return ") + source
        parts.extend([f.leading, source] if f.leading else [source])
    return "\n".join(parts)


def _doc(choice: Choice, draft: Draft, name: str, later: bool) -> str:
    remark = choice.story.remark(draft.cell)
    if remark and not later:
        return remark
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:] + "."
